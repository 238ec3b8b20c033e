import type { Graph } from "../messages/graph.js";
import type { Space } from "../space/space.js";
import { UsageError, writing } from "./exit-codes.js";
import type { KnownNodes } from "./node-tables.js";
import { plural, shown } from "./output.js";
import type { Shell } from "./shell.js";
import { requirePictureName, writePicture } from "./write-picture.js";

/** A layer at some time of a method's work, to be drawn: rows [N, width]. */
export interface Layer {
  readonly title: string;
  readonly rows: ArrayLike<number>;
  readonly width: number;
  /** Whether it is another layer than the others, with a plane of its own, and not the same one at another time. */
  readonly ownPlane?: boolean;
}

/** Nodes beyond which pictures with disks and lines show nothing. */
const mostDrawn = 10_000;

/** Classes that a legend lists: as many as there are colors. */
const mostClasses = 8;

/** Refuses flags that ask for pictures which cannot be written. */
export async function checkPictures(
  { frames, plot }: { frames?: string; plot?: string },
  nodes: number,
): Promise<void> {
  const flag = frames === undefined ? "--plot" : "--frames";
  if ((frames ?? plot) !== undefined && nodes > mostDrawn) {
    throw new UsageError(`graph: ${flag} draws at most ${plural(mostDrawn, "node")}, the graph has ${nodes}`);
  }
  if (plot !== undefined) requirePictureName("graph", "--plot", plot);
  if (frames === undefined) return;
  const { files } = await import("#platform");
  const names = (await files.info(frames).catch(() => null)) === null ? [] : await writing(() => files.list(frames));
  const foreign = names.find((name) => !/^frame-\d+\.svg$/.test(name));
  if (foreign === undefined) return;
  throw new UsageError(`graph: --frames needs a folder of its own, ${frames} holds ${shown(foreign)}`);
}

/** Draws the layers, one file each, `frame-001.svg` and so on; frames of an earlier run go. */
export async function writeFrames(
  folder: string,
  graph: Graph,
  layers: readonly Layer[],
  { known, learns }: { known: KnownNodes; learns: boolean },
  { output, signal }: Shell,
): Promise<void> {
  const { files } = await import("#platform");
  const { writeAtomic } = await import("../io/atomic.js");
  const { eachFrame } = await import("../graphs/frames.js");
  const { planePositions } = await import("../graphs/plane.js");
  // Layers of a network are drawn each by itself, one layer at several times in one plane and at one scale.
  const [apart, together] = [layers.filter(({ ownPlane }) => ownPlane), layers.filter(({ ownPlane }) => !ownPlane)];
  const drawn = [...apart.map((layer) => [layer]), together].filter(({ length }) => length > 0);
  await writing(async () => {
    await files.makeFolder(folder);
    for (const name of await files.list(folder)) await files.remove(`${folder}/${name}`);
    let k = 0;
    for (const alike of drawn) {
      const rows = alike.map((layer) => layer.rows);
      const titles = alike.map(({ title }) => title);
      const positions = planePositions(rows, alike[0].width);
      for (const frame of eachFrame(graph, positions, { ...colorsOf(known, learns), titles })) {
        signal.throwIfAborted();
        k++;
        await writeAtomic(`${folder}/frame-${String(k).padStart(3, "0")}.svg`, frame);
      }
    }
  });
  output.note(`frames    ${shown(folder)}: ${plural(layers.length, "picture")}`);
}

/** Draws the vectors of a space over the edges between them. */
export async function writePlot(
  file: string,
  graph: Graph,
  space: Space,
  { known, learns }: { known: KnownNodes; learns: boolean },
  { output }: Shell,
): Promise<void> {
  const { graphFrames } = await import("../graphs/frames.js");
  const { planePositions } = await import("../graphs/plane.js");
  const positions = planePositions([await rowsOf(space)], space.dimensions);
  const titles = [`${space.method}: ${plural(space.length, "node")}`];
  const [picture] = graphFrames(graph, positions, { ...colorsOf(known, learns), titles });
  await writePicture(file, picture);
  output.note(`plot      ${shown(file)}`);
}

/** The vectors of a space, [N, D]. */
export async function rowsOf(space: Space): Promise<Float32Array> {
  const vectors = await space.vectors();
  const rows = new Float32Array(space.length * space.dimensions);
  for (let i = 0; i < space.length; i++) rows.set(vectors.get(i), i * space.dimensions);
  return rows;
}

/** Nodes are colored by class; those that a method learned from get a ring. */
function colorsOf({ labeled }: KnownNodes, learns: boolean) {
  if (labeled === null) return {};
  const { labels, classes, train } = labeled;
  return { classes: labels, classNames: classes?.slice(0, mostClasses), marked: learns ? train : [] };
}
