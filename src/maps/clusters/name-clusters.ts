import { knownOptions, wordOption } from "../../io/options.js";
import type { Space } from "../../space/space.js";
import type { NeighborMetric } from "../neighbor-graph.js";
import { classTerms } from "./class-terms.js";
import type { Clustering } from "./clustering.js";
import { typicalItems } from "./typical-items.js";

export interface NameOptions {
  /** A column of texts, whose words name the clusters; by default the names of typical items do. */
  text?: string;
  /** How the centroid is meant; by default as in `neighborGraph`. */
  metric?: NeighborMetric;
}

export interface ClusterName {
  /** Three words, or the names of three items, with commas between. */
  readonly name: string;
  /** The words; null without a column of texts. */
  readonly words: readonly string[] | null;
  /** Rows of the three items nearest to the centroid. */
  readonly typical: readonly number[];
}

/** Words, and items, that name a cluster. */
const parts = 3;

/**
 * A name for each cluster: the words that tell its texts from the others' (see `classTerms`), or else the names of the
 * three items nearest to its centroid, which name a cluster whose texts hold no words too. Throws RangeError where the
 * column does not exist or holds no text, and where the clusters are not of this space.
 */
export async function nameClusters(
  space: Space,
  { labels, sizes }: Clustering,
  options: NameOptions = {},
): Promise<ClusterName[]> {
  knownOptions("nameClusters", options, ["text", "metric"]);
  if (labels.length !== space.length) {
    throw new RangeError(`nameClusters: ${labels.length} labels came for a space of ${space.length} items`);
  }
  const metric = wordOption(
    "nameClusters",
    "metric",
    options.metric ?? (space.geometry === "euclidean" ? "euclidean" : "cosine"),
    ["cosine", "euclidean"],
  );
  const words =
    options.text === undefined ? null : classTerms(await textColumn(space, options.text), labels, sizes.length, parts);
  const [names, vectors] = await Promise.all([space.names(), space.vectors()]);
  return typicalItems(vectors, labels, sizes.length, metric, parts).map((typical, cluster) => {
    const own = words === null ? null : words[cluster];
    const named = own === null || own.length === 0 ? typical.map((row) => names.get(row)) : own;
    return { name: named.join(", "), words: own, typical };
  });
}

/** The values of a column of texts. Throws RangeError where it does not exist or holds none. */
export async function textColumn(space: Space, column: string): Promise<ArrayLike<unknown>> {
  const columns = await space.columns();
  const values = columns.get(column);
  if (values === undefined) {
    const known = [...columns.keys()].map((name) => JSON.stringify(name)).join(", ") || "none";
    throw new RangeError(`nameClusters: there is no column ${JSON.stringify(column)} for text; the space has ${known}`);
  }
  if (!Array.isArray(values) || !values.some((value) => typeof value === "string")) {
    throw new RangeError(`nameClusters: column ${JSON.stringify(column)} holds no text`);
  }
  return values;
}
