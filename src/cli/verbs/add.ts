import type { Command } from "commander";
import { given } from "../../io/options.js";
import type { NewItem } from "../../space/new-items.js";
import type { Space } from "../../space/space.js";
import { UsageError, writing } from "../exit-codes.js";
import { flagOf, number, size, verb } from "../flags.js";
import { sides } from "../open-pictures.js";
import { count, itemWord, shellWord, shown } from "../output.js";
import type { Perform, Shell } from "../shell.js";

interface AddFlags {
  output?: string;
  minCount?: number;
  nodes?: string;
  labels?: string;
  tile?: number | [number, number];
  prefix?: string;
  threads?: number;
  memoryLimit?: number;
}

export function addVerb(perform: Perform): Command {
  return verb(
    "add",
    "keep",
    "place new items in a space without moving the old",
    "Adds items behind those that are there, which keep their rows and their bytes. From a file of vectors come names and " +
      "vectors; from text come the words that a GloVe space does not have, placed by least squares against its contexts; from " +
      "edges come the nodes that a space made of a graph does not have, placed by their neighbors; from a folder, a picture, a " +
      "sheet or an IDX file come pictures, placed by the encoder of a space of pictures.",
    [
      ["add words.space new-vectors.txt", "items with their vectors"],
      ["add words.space this-week.txt --min-count 10", "new words of a text, those that occur ten times or more"],
      ["add friends.space new-members.csv", "new nodes, each with edges to nodes that the space has"],
      ["add faces.space new-faces/ --labels new.csv", "new pictures, resized as the others were"],
    ],
  )
    .argument("<space>", "a space")
    .argument("<files...>", "a file of vectors, text, a file of edges, or pictures")
    .option("-o, --output <name.space>", "write another space (default: the next generation of the same)")
    .option("--min-count <integer>", "of text: new words must occur as often (default: as in training)", number)
    .option("--nodes <file>", "of edges: a table of the new nodes' features, as the space was made of (sgc, gcn)")
    .option("--labels <file>", "of pictures: a table of the columns that the space has")
    .option("--tile <pixels>", "of a sprite sheet: side of a tile, or width x height", sides)
    .option("--prefix <text>", "of pictures: what goes before their names")
    .option("--threads <integer>", "threads (default: one a processor)", number)
    .option("--memory-limit <size>", "of text and edges: memory to use (default: 75 % of what is free)", size)
    .action(
      perform(async (shell, flags: AddFlags, path: string, paths: string[]) => {
        const { inputKind, wrongKind } = await import("../input-kind.js");
        const { openSpace } = await import("../open-space.js");
        const { output, signal } = shell;
        const kind = await inputKind(path);
        if (kind.kind !== "space") throw wrongKind(path, "a space", kind);
        const space = await openSpace(path, shell);
        const before = space.length;
        const added = (await picturesFor(space, paths, flags, shell)) ?? (await otherItems(space, paths, flags, shell));
        const { items } = added;
        await space.add(items, signal);
        await added.relate?.();
        const target = flags.output ?? path;
        await writing(() => space.save(target, signal));
        const names = items.map(({ name }) => name);
        output.result({ space: target, before, after: space.length, added: names }, () => "");
        output.note(`${count(items.length)} items added, ${shown(target)} has ${count(space.length)}`);
        if (names.length > 0) output.note(`\nnext\n  thing2vec near ${shellWord(target)} ${itemWord(names[0])}`);
      }),
    );
}

/** New items from pictures; null where the space or the first file is of another kind. */
async function picturesFor(
  space: Space,
  paths: readonly string[],
  { labels, tile, prefix, ...others }: AddFlags,
  shell: Shell,
): Promise<NewItems | null> {
  const { newPictures, takesPictures } = await import("../new-pictures.js");
  const { pictureInput } = await import("../open-pictures.js");
  if (!takesPictures(space) || (await pictureInput(paths[0])) === null) {
    const flag = Object.entries({ labels, tile, prefix }).find(([, value]) => value !== undefined)?.[0];
    if (flag !== undefined) throw new UsageError(`add: --${flag} goes with pictures, for a space of pictures`);
    return null;
  }
  const foreign = (["minCount", "nodes"] as const).find((flag) => others[flag] !== undefined);
  if (foreign !== undefined) throw new UsageError(`add: ${flagOf(foreign)} has no effect on pictures`);
  return { items: await newPictures(space, paths, given({ labels, tile, prefix }), shell) };
}

/** New items from vectors, text or edges. */
async function otherItems(space: Space, paths: string[], flags: AddFlags, shell: Shell): Promise<NewItems> {
  const { inputKind, wrongKind } = await import("../input-kind.js");
  const found = await inputKind(paths[0]);
  if (found.kind === "space" || found.kind === "counts") throw wrongKind(paths[0], "a file of vectors, or text", found);
  const relations = await space.relations();
  const isVectors = found.kind === "vectors" && !(relations !== null && (await isNarrow(paths[0], space)));
  if (paths.length > 1 && (isVectors || relations !== null)) {
    throw new UsageError(`add: one file of ${isVectors ? "vectors" : "edges"} at a time, got ${paths.length}`);
  }
  if (flags.nodes !== undefined && (isVectors || relations === null)) {
    throw new UsageError("add: --nodes goes with edges of new nodes, for a space that was made of a graph");
  }
  if (isVectors) return { items: await rowsOf(paths[0], shell) };
  if (relations === null) return { items: await newWords(space, paths, flags, shell) };
  const { newNodes } = await import("../new-nodes.js");
  const { nodes, threads, memoryLimit } = flags;
  return newNodes(space, relations, paths[0], { nodes, threads, memoryLimit }, shell);
}

interface NewItems {
  readonly items: readonly NewItem[];
  /** To be called when the items are in the space. */
  relate?(): Promise<void>;
}

/** Whether rows that look like vectors are too short for a space: edges whose nodes are numbers. */
async function isNarrow(path: string, space: Space): Promise<boolean> {
  const { openVectors } = await import("../../formats/vectors.js");
  const rows = await openVectors(path, { onWarning: () => {} });
  await rows.close?.();
  return rows.dimensions < Math.min(space.dimensions, 3);
}

async function rowsOf(path: string, { output }: Shell): Promise<NewItem[]> {
  const { openVectors } = await import("../../formats/vectors.js");
  const rows = await openVectors(path, { duplicates: "error", onWarning: (message) => output.warn(message) });
  const items: NewItem[] = [];
  for await (const { names, vectors } of rows.batches()) {
    names.forEach((name, k) => {
      items.push({ name, vector: vectors.slice(k * rows.dimensions, (k + 1) * rows.dimensions) });
    });
  }
  return items;
}

/** The words of a text that the space does not have, with the words of the space that they occur near to. */
async function newWords(space: Space, paths: string[], flags: AddFlags, shell: Shell): Promise<NewItem[]> {
  const { countCooccurrences } = await import("../../words/count.js");
  const { output, signal, onProgress } = shell;
  if (space.method !== "glove") {
    throw new UsageError(
      `add: words of a text need a space made by glove, this was made by ${space.method ?? "others"}`,
    );
  }
  const { window, minCount, lowerCase, numbers, symmetric, windowsCrossLines } = space.options as Record<string, never>;
  const { threads, memoryLimit } = flags;
  const least = flags.minCount ?? Number(minCount ?? 5);
  // counted with all words, since the text may hold few of each that the space knows
  const { counts } = await countCooccurrences(paths, {
    ...{ window, lowerCase, numbers, symmetric, windowsCrossLines, minCount: 1 },
    ...{ threads, memoryLimit, signal, onProgress },
  });
  try {
    const { words, counts: occurrences } = counts.vocabulary;
    const known = await space.names();
    const hasCount = (await space.columns()).has("count");
    const items: NewItem[] = [];
    let rare = 0;
    for (let row = 0; row < words.length; row++) {
      const name = words.get(row);
      if (known.has(name)) continue;
      const near = await counts.row(row);
      const cooccurrences = new Map<string, number>();
      near.columns.forEach((column, k) => {
        const neighbor = words.get(column);
        if (known.has(neighbor)) cooccurrences.set(neighbor, near.weights[k]);
      });
      if (occurrences[row] < least || cooccurrences.size === 0) rare++;
      else items.push({ name, thing: { cooccurrences }, columns: hasCount ? { count: occurrences[row] } : {} });
    }
    output.note(
      `${count(counts.vocabulary.tokens)} tokens: ${count(items.length)} new words, ` +
        `${count(rare)} left out (below --min-count ${least}, or near no known word)`,
    );
    return items;
  } finally {
    await counts.close();
  }
}
