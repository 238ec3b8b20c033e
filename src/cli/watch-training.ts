import type { Command } from "commander";
import type { TrainingItems, TrainingPlan } from "../explorer/watched-training.js";
import type { OnProgress, OnVectors } from "../io/progress.js";
import type { Space } from "../space/space.js";
import { UsageError } from "./exit-codes.js";
import { flagOf } from "./flags.js";
import { checkPort, type ServeFlags, serveToBrowser, untilStopped, withServeFlags } from "./serve-explorer.js";
import type { Shell } from "./shell.js";

/** Flags of a training that may be watched. */
export interface WatchFlags extends ServeFlags {
  explore?: boolean;
}

/** Milliseconds in which pages hear why a training has failed, before their server goes. */
const lastWords = 150;

/** A training as its verb tells of it; without --explore nothing is done with what it tells. */
export interface Watch {
  readonly onProgress: OnProgress;
  /** Left out where nobody watches, so that no vectors are computed. */
  readonly onVectors?: OnVectors;
  /** Tells what the items are, once that is known. */
  begin(items: TrainingItems): void;
  /** The space that the training comes to; those who watch go on with it, or hear why there is none. */
  outcome(training: Promise<Space>): Promise<Space>;
  /** Serves the trained space until the command is asked to end. */
  explore(): Promise<void>;
}

export function withWatchFlags(command: Command): Command {
  return withServeFlags(
    command
      .optionsGroup("Explorer:")
      .option(
        "--explore",
        "watch the training in the browser: loss, rate, the map; then explore the space (Ctrl-C ends it)",
      ),
  );
}

/** Refuses flags of the page where there is none, and a port that there is not. */
export function checkWatch(verb: string, flags: WatchFlags): void {
  const alone = (["port", "open"] as const).find((name) => flags[name] !== undefined);
  if (!flags.explore && alone !== undefined)
    throw new UsageError(`${verb}: ${flagOf(alone)} has no effect without --explore`);
  checkPort(verb, flags);
}

/** Serves a page that follows a training, where --explore asks for it; its address goes to standard error. */
export async function watchTraining(verb: string, plan: TrainingPlan, flags: WatchFlags, shell: Shell): Promise<Watch> {
  const { output, onProgress } = shell;
  if (!flags.explore) {
    return { onProgress, begin: () => {}, outcome: (training) => training, explore: async () => {} };
  }
  const { WatchedTraining } = await import("../explorer/watched-training.js");
  const watched = new WatchedTraining(plan);
  await serveToBrowser(verb, [watched], flags, shell, ({ url }) => output.note(`watch     ${url}`));
  return {
    onProgress: (progress) => {
      watched.report(progress);
      onProgress(progress);
    },
    onVectors: plan.moves ? (vectors, dimensions) => watched.learn(vectors, dimensions) : undefined,
    begin: (items) => watched.begin(items),
    async outcome(training) {
      try {
        const space = await training;
        await watched.end(space);
        return space;
      } catch (error) {
        watched.fail(error);
        await new Promise((resolve) => setTimeout(resolve, lastWords));
        throw error;
      }
    },
    async explore() {
      output.note(`\nexploring ${plan.title} at the address above; Ctrl-C ends it`);
      await untilStopped(shell);
    },
  };
}
