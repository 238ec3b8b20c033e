import type { Command } from "commander";
import type { Column } from "../../formats/table.js";
import { given } from "../../io/options.js";
import type { MapColor, ScaleName } from "../../maps/pictures/column-colors.js";
import type { ProjectionMethod } from "../../maps/project.js";
import type { MapQuality } from "../../maps/quality.js";
import type { Space } from "../../space/space.js";
import { UsageError } from "../exit-codes.js";
import { isAnimated, writeFilm } from "../film-pictures.js";
import { list, number, verb } from "../flags.js";
import { type MapLayout, mapLayout } from "../map-layout.js";
import { count, plural, shown, widthOf } from "../output.js";
import type { Perform, Shell } from "../shell.js";
import { columnOf } from "../space-column.js";
import { defaultTarget, titleOf } from "../target.js";
import { requirePictureName, writePicture } from "../write-picture.js";

interface MapFlags {
  color?: string;
  scale?: ScaleName;
  categories?: number;
  palette?: string[];
  labels?: number;
  labelBy?: string;
  method?: ProjectionMethod;
  columns?: string[];
  seed?: number;
  threads?: number;
  title?: string;
  width?: number;
  dark?: boolean;
  terminal?: boolean;
  edges?: boolean;
  output?: string;
}

export function mapVerb(perform: Perform): Command {
  return verb(
    "map",
    "look",
    "a picture of a space: its items on a plane, labeled and colored",
    "Draws the items of a space on a plane, as SVG, as PNG (which needs sharp) or in the terminal, with the map's quality " +
      "under it. Columns x and y of the space are its places where it has them and no --method is given. The film that a training " +
      "left in a space is drawn as an animated GIF or WebP.",
    [
      ["map words.space", "words.svg, the most frequent words labeled"],
      ["map words.space --color topic --labels 60 -o words.png --dark", "colored by a column, on a dark background"],
      ["map words.space --terminal", "in Braille characters"],
      ["map cora.space --color predicted -o cora.gif", "the film of a training (graph --method gcn --film 50)"],
    ],
  )
    .argument("<space>", "a space, or a file of vectors")
    .option(
      "-o, --output <file>",
      "the picture, as .svg or .png, or a film as .gif or .webp (default: the space's name with .svg)",
    )
    .option("--color <column>", "color the points by a column")
    .option("--scale <scale>", "how: categories, continuous, log or diverging (default: as the column's values are)")
    .option(
      "--categories <integer>",
      "categories with a color of their own, up to 14; others are gray (default 7)",
      number,
    )
    .option("--palette <colors>", "colors of your own, as #rrggbb separated by commas", list)
    .option("--labels <integer>", "most names on the map (default 40, in the terminal 20)", number)
    .option("--label-by <column>", "name the items first that have most of this (default: count, or the first items)")
    .option("--method <method>", "umap, tsne or pca (default: columns x and y, or else umap, pca below 16 items)")
    .option("--columns <names>", "two columns of numbers that are the places, separated by a comma", list)
    .option("--seed <integer>", "of what the method draws (default 1)", number)
    .option("--threads <integer>", "threads (default: one a processor)", number)
    .option("--title <text>", "the line above the map (default: the space's name)")
    .option("--width <integer>", "pixels, or columns of the terminal (default 960, or as wide as it is)", number)
    .option("--edges", "draw the relations of a space, such as a graph's edges (default: where there are few)")
    .option("--no-edges", "leave them out")
    .option("--dark", "a dark background")
    .option("--terminal", "draw in the terminal")
    .action(
      perform(async (shell, flags: MapFlags, path: string) => {
        const { output } = shell;
        const target = flags.output ?? defaultTarget(path, "map").replace(/\.space$/, ".svg");
        if (flags.terminal) {
          if (flags.output !== undefined) throw new UsageError("map: --terminal draws no file, --output names one");
        } else if (!isAnimated(target)) requirePictureName("map", "--output", target);
        else if (flags.method !== undefined || flags.columns !== undefined) {
          throw new UsageError("map: a film has places of its own; --method and --columns are for .svg and .png");
        }
        const { openSpace } = await import("../open-space.js");
        const space = await openSpace(path, shell);
        const columns = await space.columns();
        const color = await colorOf(columns, flags);
        const priority = await priorityOf(columns, flags.labelBy);
        if (!flags.terminal && isAnimated(target)) {
          const { labels, dark, width, title = titleOf(path, "map") } = flags;
          const edges = await edgesOf(space, flags.edges);
          const theme = dark ? "dark" : "light";
          const look = { names: await space.names(), color, priority, labels, edges, title, theme, width } as const;
          const { frames } = await writeFilm(target, space, look, shell);
          output.note(`wrote     ${shown(target)}: ${plural(frames, "frame")}`);
          output.result({ space: path, items: space.length, frames, file: target }, () => "");
          return;
        }
        const layout = await mapLayout(space, flags, shell);
        const { quality, notes } = await qualityOf(space, layout, flags, shell);
        const picture = { coordinates: layout.coordinates, names: await space.names(), color, priority };
        const result = { space: path, items: space.length, ...layout.about, quality };
        if (flags.terminal) {
          const { drawTerminalMap } = await import("../../maps/pictures/braille.js");
          const text = drawTerminalMap({
            ...picture,
            labels: flags.labels,
            columns: flags.width ?? output.columns,
            colors: output.colors,
            theme: flags.dark === undefined ? undefined : "dark",
            widthOf,
          });
          output.result({ ...result, file: null }, () => `${text}${notes.join("\n")}\n`);
          return;
        }
        const { drawMap } = await import("../../maps/pictures/draw-map.js");
        const svg = drawMap({
          ...picture,
          edges: await edgesOf(space, flags.edges),
          labels: flags.labels,
          title: flags.title ?? titleOf(path, "map"),
          subtitle: `${layout.title} of ${plural(space.length, "item")}, ${plural(space.dimensions, "dimension")}`,
          notes,
          theme: flags.dark ? "dark" : "light",
          width: flags.width,
        });
        await writePicture(target, svg);
        output.note(`wrote     ${shown(target)}${flags.output === undefined ? " (--output names another file)" : ""}`);
        output.result({ ...result, file: target }, () => `${notes.join("\n")}\n`);
      }),
    );
}

async function colorOf(
  columns: ReadonlyMap<string, Column>,
  { color, scale, categories, palette }: MapFlags,
): Promise<MapColor | undefined> {
  if (color === undefined) {
    const idle = Object.entries({ scale, categories, palette }).find(([, value]) => value !== undefined);
    if (idle !== undefined) throw new UsageError(`map: --${idle[0]} has no effect without --color`);
    return undefined;
  }
  return { title: color, values: await columnOf("map", columns, "--color", color), scale, categories, palette };
}

/** What decides which names come first: the column that was asked for, or how often items occur. */
async function priorityOf(
  columns: ReadonlyMap<string, Column>,
  name: string | undefined,
): Promise<ArrayLike<number | null> | undefined> {
  const column = name === undefined ? columns.get("count") : await columnOf("map", columns, "--label-by", name);
  if (column === undefined || isNumbers(column)) return column;
  if (name === undefined) return undefined;
  throw new UsageError(`map: --label-by needs a column of numbers, ${shown(name)} holds other values`);
}

/** Relations that are drawn without being asked for, and at most. */
const [fewEdges, mostEdges] = [10_000, 200_000];

/** The relations of a space as pairs of rows; undefined where there are none to be drawn. */
async function edgesOf(space: Space, asked: boolean | undefined): Promise<Uint32Array | undefined> {
  const relations = asked === false ? null : await space.relations();
  if (relations === null) {
    if (asked) throw new UsageError("map: --edges needs a space that keeps relations, such as one made of a graph");
    return undefined;
  }
  const { sources, targets } = relations;
  if (sources.length > (asked ? mostEdges : fewEdges)) {
    if (!asked) return undefined;
    throw new UsageError(
      `map: --edges draws at most ${count(mostEdges)} relations, the space has ${count(sources.length)}`,
    );
  }
  return Uint32Array.from({ length: 2 * sources.length }, (_, k) => (k % 2 === 0 ? sources : targets)[k >> 1]);
}

function isNumbers(column: Column): column is Exclude<Column, unknown[]> | (number | null)[] {
  return !Array.isArray(column) || column.every((value) => value === null || typeof value === "number");
}

/** Measures how far the map may be believed, and says it; of fewer than three items there is nothing to say. */
async function qualityOf(
  space: Space,
  layout: MapLayout,
  { threads }: MapFlags,
  { signal, onProgress }: Shell,
): Promise<{ quality: MapQuality | null; notes: string[] }> {
  if (space.length < 3) return { quality: null, notes: [...layout.notes] };
  const { mapQuality } = await import("../../maps/quality.js");
  const near = layout.about.settings?.metric;
  const metric = near === "cosine" || near === "euclidean" ? near : undefined;
  const quality = await mapQuality(space, layout.coordinates, { ...given({ threads, metric }), signal, onProgress });
  return { quality, notes: [...qualityNotes(quality, space.length), ...layout.notes] };
}

/** `Trustworthiness 0.912, continuity 0.934: ...` */
function qualityNotes(quality: MapQuality, items: number): string[] {
  const { trustworthiness, continuity, preservation, chance, neighbors, anchors } = quality;
  const share = (value: number) => `${(100 * value).toFixed(value < 0.1 ? 1 : 0)} %`;
  const sample = anchors < items ? ` Measured on ${count(anchors)} items, each ranked against all.` : "";
  return [
    `How far to believe it: trustworthiness ${trustworthiness.toFixed(3)}, continuity ${continuity.toFixed(3)} (1 is best). ` +
      `Of an item's ${plural(neighbors, "nearest neighbor")} ${share(preservation)} are among the nearest on the map; ` +
      `chance gives ${share(chance)}.${sample}`,
  ];
}
