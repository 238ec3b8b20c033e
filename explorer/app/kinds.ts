import type { SpaceSummary } from "../../src/explorer/protocol.js";

/** What a kind of space adds to the map. Nothing else in the page asks for the kind. */
export interface Kind {
  /** One item, several items. */
  nouns: readonly [string, string];
  /** Whether its relations are drawn as lines from the start. */
  edges: boolean;
  /** Whether pictures of the items are drawn at their points when there is room. */
  thumbnails: boolean;
  /** Examples for the bar, of which the first is shown whose names the space has. */
  examples: readonly (readonly string[])[];
}

const points: Kind = { nouns: ["item", "items"], edges: false, thumbnails: true, examples: [] };

/** The table of kinds; what is not in it is drawn as points. Hyperbolic spaces will draw their disk by a row here. */
export const kinds: Readonly<Record<string, Kind>> = {
  words: {
    ...points,
    nouns: ["word", "words"],
    examples: [
      ["king", "man", "woman"],
      ["paris", "france", "italy"],
    ],
  },
  nodes: { ...points, nouns: ["node", "nodes"], edges: true },
  images: { ...points, nouns: ["picture", "pictures"] },
};

export function kindOf({ kind }: Pick<SpaceSummary, "kind">): Kind {
  return Object.hasOwn(kinds, kind) ? kinds[kind] : points;
}

/** "1 word", "4,120 words". */
export function itemsText(count: number, { nouns }: Kind): string {
  return `${count.toLocaleString("en-US")} ${nouns[count === 1 ? 0 : 1]}`;
}
