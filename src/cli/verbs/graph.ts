import { type Command, Option } from "commander";
import type { Space } from "../../space/space.js";
import { UsageError, writing } from "../exit-codes.js";
import { flagOf, list, number, verb } from "../flags.js";
import { type GraphMethodFlags, graphMethods, methodFor, namesOfMethods } from "../graph-methods.js";
import { checkPictures, type Layer, writeFrames, writePlot } from "../graph-pictures.js";
import { type NodeFlags, readNodes, withNodeFlags } from "../node-tables.js";
import { buildGraph, type GraphFlags, readGraph, withGraphFlags } from "../open-graph.js";
import { commandText, count, duration, type Output, plural, shown } from "../output.js";
import type { Perform } from "../shell.js";
import { StageClock } from "../stage-clock.js";
import { defaultTarget, noteCheckpoint, requireFree, titleOf } from "../target.js";
import { checkWatch, type WatchFlags, watchTraining, withWatchFlags } from "../watch-training.js";

interface GraphVerbFlags extends GraphFlags, GraphMethodFlags, NodeFlags, WatchFlags {
  seed?: number;
  method?: string;
  output?: string;
  plot?: string;
  force?: boolean;
  resume?: boolean;
  checkpointEvery?: number;
}

export function graphVerb(perform: Perform): Command {
  const command = verb(
    "graph",
    "make",
    "learn vectors of the nodes of a graph",
    "Learns a vector for every node of a graph, such that nodes with the same company get similar vectors. Takes a file of " +
      "edges (CSV, TSV, white space, adjacency lists, Matrix Market, GraphML, GEXF, JSON, Parquet; text also as gzip), and " +
      "tables about the nodes, and says how it was understood before work starts. The same seed gives the " +
      "same bytes with any number of threads, but for gcn on ONNX Runtime (--executor), which needs the same number.",
    [
      ["graph edges.csv", "writes edges.space, by a method that fits"],
      ["graph friends.tsv --method node2vec --p 0.25 --q 0.25", "walks that stay near"],
      ["graph web.txt.gz --directed --method node2vec --dimensions 64", "follows directions"],
      ["graph edges.csv --nodes nodes.csv --label topic --method gcn", "classes of all nodes from those of a few"],
      ["graph edges.csv --nodes nodes.csv --label topic --method gcn --film 50", "with a film for the explorer"],
      ["graph edges.csv --explore", "shows the map in the browser while the nodes find their places"],
      ["graph edges.csv --method random --layers 4,4,2 --plot graph.svg", "a picture without any training"],
    ],
  )
    .argument("<edges>", "a file of edges, or a space that keeps them")
    .addOption(new Option("--method <name>", "how (default: by what is there)").choices([...namesOfMethods]))
    .option("-o, --output <name.space>", "folder of the space (default: the file's name, in the current folder)")
    .option("--force", "replace a space, or start anew where an interrupted run left a checkpoint")
    .option("--plot <file>", "draw the vectors over the edges, in the plane of their largest spread, as .svg or .png")
    .optionsGroup("Model:")
    .option(
      "--dimensions <integer>",
      "of random, linear, spectral, node2vec: numbers in a vector (default: linear, node2vec 128, spectral 16, random: of its last layer)",
      number,
    )
    .option("--epochs <integer>", "passes (default: node2vec 1, gcn 200)", number)
    .option("--learning-rate <number>", "step at the beginning (default: node2vec 0.025, gcn 0.01)", number)
    .option(
      "--weight-decay <number>",
      "of sgc (default: the best on the validation nodes) and gcn (default 5e-4)",
      number,
    )
    .option("--no-normalize-features", "of sgc and gcn: features stay as they are")
    .option("--seed <integer>", "same seed, same bytes (default 1)", number)
    .optionsGroup("node2vec:")
    .option("--walks <integer>", "walks from each node (default 10)", number)
    .option("--walk-length <integer>", "nodes of a walk (default 80)", number)
    .option("--p <number>", "above 1 walks seldom go back, below 1 often (default 1)", number)
    .option("--q <number>", "above 1 walks stay near, below 1 they go far (default 1)", number)
    .option("--window <integer>", "nodes of a walk to either side that count as near (default 10)", number)
    .option("--negatives <integer>", "random nodes against each pair (default 5)", number)
    .optionsGroup("Other methods:")
    .option("--steps <integer>", "of sgc and linear: how often neighbors are averaged (default 2, 3)", number)
    .option("--layers <widths>", "of random: widths separated by commas (default 16,16)", widths)
    .addOption(
      new Option("--start <what>", "of random: what nodes begin with").choices(["identity", "features", "constant"]),
    )
    .addOption(new Option("--classifier <kind>", "of sgc (default logistic)").choices(["logistic", "ridge"]))
    .option("--hidden <integer>", "of gcn: numbers in its hidden layer, which are the vectors (default 16)", number)
    .addOption(new Option("--activation <name>", "of gcn (default relu)").choices(["relu", "tanh"]))
    .option("--dropout <number>", "of gcn: share of the inputs left out while training (default 0.5)", number)
    .addOption(new Option("--protocol <name>", "of gcn: whose weights count").choices(["best-validation", "paper"]))
    .addOption(new Option("--executor <name>", "of gcn: what runs it (default by size)").choices(["onnx", "kernels"]))
    .option("--runs <integer>", "of gcn: how many seeds, for mean and deviation (default 1)", number)
    .option(
      "--film <number>",
      "of gcn: keep the vectors of so many epochs in the space, for the explorer to play (default 0)",
      number,
    )
    .option(
      "--frames <folder>",
      "draw pictures into a folder: of gcn the hidden layer of each epoch, of random each layer",
    )
    .optionsGroup("Checkpoints of node2vec:")
    .option("--checkpoint-every <seconds>", "seconds from checkpoint to checkpoint; 0 for none (default 60)", number)
    .option("--resume", "go on where an interrupted run of the same graph and flags stopped");
  return withWatchFlags(withGraphFlags(withNodeFlags(command), "undirected")).action(
    perform(async (shell, flags: GraphVerbFlags, path: string) => {
      const { output, signal } = shell;
      const { checkpointEvery = 60, force, resume } = flags;
      checkWatch("graph", flags);
      const target = flags.output ?? defaultTarget(path, "graph");
      if (!(checkpointEvery >= 0)) {
        throw new UsageError(`graph: --checkpoint-every must be >= 0, got ${checkpointEvery}`);
      }
      const checkpointFolder = `${target}/checkpoint`;
      await requireFree("graph", target, checkpointFolder, { force, resume }, output);
      const known = await readNodes(path, await readGraph(path, flags, shell), flags, shell);
      const { name, reason } = methodFor(flags.method, known);
      const method = graphMethods[name];
      refuseForeignFlags(name, method.flags, flags);
      if (!method.resumes && (resume || flags.checkpointEvery !== undefined))
        throw new UsageError(`graph: ${name} has no checkpoints, so --resume and --checkpoint-every have no effect`);
      await checkPictures(flags, known.file.numNodes);
      const graph = await buildGraph(known.file, flags, false, shell);
      output.note(`method    ${name}${reason}`);
      if (method.learns && known.warning !== null) output.warn(known.warning);
      const title = titleOf(target, "graph");
      const plan = { title, kind: "nodes", geometry: "cosine", edges: true, moves: method.tells ?? false } as const;
      const watch = await watchTraining("graph", plan, flags, shell);
      if (flags.explore) {
        const { nodesOf } = await import("../../graphs/relations.js");
        watch.begin(nodesOf(graph));
      }
      const clock = new StageClock();
      const layers: Layer[] = [];
      const making = method.embed(graph, known, flags, {
        signal,
        onProgress: (event) => {
          clock.see(event);
          watch.onProgress(event);
        },
        onVectors: watch.onVectors,
        note: (text) => output.note(text),
        warn: (message) => output.warn(message),
        draw: flags.frames === undefined ? undefined : (layer) => layers.push(layer),
        checkpoints:
          method.resumes && checkpointEvery > 0
            ? { folder: checkpointFolder, every: checkpointEvery, resume }
            : undefined,
      });
      const space = shell.use(
        await watch.outcome(making).catch((error) => noteCheckpoint(error, checkpointFolder, shell)),
      );
      clock.stage("saving");
      await writing(() => space.save(target));
      const { files } = await import("#platform");
      await files.remove(checkpointFolder);
      const colored = { known, learns: method.learns };
      if (flags.plot !== undefined) await writePlot(flags.plot, graph, space, colored, shell);
      if (flags.frames !== undefined) await writeFrames(flags.frames, graph, layers, colored, shell);
      clock.end();
      const { metrics, seed } = space;
      output.result(
        { space: target, method: name, items: space.length, metrics, seed, stages: clock.stages },
        () => "",
      );
      if (!output.json) await noteDone(output, target, space, clock);
      await watch.explore();
    }),
  );
}

/** `16,16` */
function widths(text: string): number[] {
  return list(text).map(number);
}

/** Flags of how the graph and the tables are read, whatever the method. */
const ofReading: readonly string[] = ["threads", "memoryLimit"];

/** Flags that are another method's would be without effect. */
function refuseForeignFlags(name: string, own: readonly string[], flags: GraphVerbFlags): void {
  const others: readonly string[] = Object.values(graphMethods).flatMap((method) => method.flags);
  const foreign = Object.keys(flags).find(
    (flag) => others.includes(flag) && !own.includes(flag) && !ofReading.includes(flag),
  );
  if (foreign !== undefined) throw new UsageError(`graph: ${flagOf(foreign)} has no effect with --method ${name}`);
}

async function noteDone(output: Output, target: string, space: Space, clock: StageClock): Promise<void> {
  output.note(`time      ${clock.stages.map(({ stage, seconds }) => `${stage} ${duration(seconds)}`).join(", ")}`);
  output.note(`wrote     ${shown(target)}: ${plural(space.length, "node")}, ${count(space.dimensions)} dimensions`);
  const { film } = space;
  if (film !== null) {
    const last = film.layout.epochs[film.length - 1];
    output.note(`film      ${plural(film.length, "frame")}, from epoch 0 to ${last}`);
  }
  const name = (await space.names()).get(0);
  output.note("\nnext");
  output.note(`  ${commandText("near", [target, name])}`);
  output.note(`  ${commandText(film === null ? "info" : "explore", [target])}`);
}
