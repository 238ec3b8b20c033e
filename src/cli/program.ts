import { Command, CommanderError } from "commander";
import { version } from "../io/version.js";
import { orderArguments } from "./argument-order.js";
import { exitCodeOf, exitCodes, exitCodesHelp } from "./exit-codes.js";
import { withSharedFlags } from "./flags.js";
import { type Perform, performer } from "./shell.js";
import type { Terminal } from "./terminal.js";
import { addVerb } from "./verbs/add.js";
import { clustersVerb } from "./verbs/clusters.js";
import { completionVerb } from "./verbs/completion.js";
import { convertVerb } from "./verbs/convert.js";
import { directionVerb } from "./verbs/direction.js";
import { duplicatesVerb } from "./verbs/duplicates.js";
import { evaluateVerb } from "./verbs/evaluate.js";
import { exploreVerb } from "./verbs/explore.js";
import { graphVerb } from "./verbs/graph.js";
import { imagesVerb } from "./verbs/images.js";
import { indexVerb } from "./verbs/index-space.js";
import { infoVerb } from "./verbs/info.js";
import { invertVerb } from "./verbs/invert.js";
import { mapVerb } from "./verbs/map.js";
import { nearVerb } from "./verbs/near.js";
import { outliersVerb } from "./verbs/outliers.js";
import { projectVerb } from "./verbs/project.js";
import { rankVerb } from "./verbs/rank.js";
import { ratiosVerb } from "./verbs/ratios.js";
import { sampleVerb } from "./verbs/sample.js";
import { walkVerb } from "./verbs/walk.js";
import { wlVerb } from "./verbs/wl.js";
import { wordsVerb } from "./verbs/words.js";

/** The tree of commands. What verbs need of the library they import when they are performed, so that help comes at once. */
export function createProgram(terminal: Terminal, perform: Perform): Command {
  const program = new Command("thing2vec")
    .description("Embed all the things: turns things into vectors, and answers questions of the vectors.")
    .version(version)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.out.write(text),
      writeErr: (text) => terminal.err.write(text),
      getOutHelpWidth: () => terminal.out.columns ?? 100,
      getErrHelpWidth: () => terminal.err.columns ?? 100,
    })
    .showHelpAfterError("(thing2vec --help shows what there is)")
    .configureHelp({ subcommandTerm: (command) => `${command.name()} ${operandsOf(command)}`.trimEnd() })
    .commandsGroup("Help:")
    .helpCommand("help [verb]", "show what a verb does and takes")
    .addHelpText("after", `\nthing2vec VERB --help shows a verb's flags and examples.\n\n${exitCodesHelp}`);
  const verbs = [
    ...[wordsVerb, graphVerb, imagesVerb], // make
    ...[nearVerb, rankVerb, ratiosVerb, wlVerb, duplicatesVerb, outliersVerb, evaluateVerb, infoVerb], // ask
    ...[mapVerb, exploreVerb, clustersVerb, projectVerb], // look
    ...[directionVerb, walkVerb, sampleVerb, invertVerb], // steer
    ...[convertVerb, addVerb, indexVerb, completionVerb], // keep
  ];
  for (const verb of verbs) {
    const command = withSharedFlags(verb(perform));
    command.copyInheritedSettings(program).showHelpAfterError(`(thing2vec ${command.name()} --help shows the flags)`);
    program.addCommand(command);
  }
  return program;
}

/** `<space> <expression...>` */
function operandsOf({ registeredArguments }: Command): string {
  const texts = registeredArguments.map((argument) => {
    const name = argument.name() + (argument.variadic ? "..." : "");
    return argument.required ? `<${name}>` : `[${name}]`;
  });
  return texts.join(" ");
}

/** Runs a command to its end; returns the exit code. */
export async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  const outcome: { code: number } = { code: exitCodes.done };
  const program = createProgram(terminal, performer(terminal, outcome));
  try {
    await program.parseAsync(orderArguments(args, program), { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return exitCodeOf(error); // commander has said what is wrong
  }
  return outcome.code;
}
