import { readParquet, writeParquet } from "../formats/parquet.js";
import type { Column } from "../formats/table.js";
import { FormatError } from "../io/errors.js";
import { booleanOption } from "../io/options.js";
import type { Source } from "../io/source.js";

/** Edges between the items of a space, by their rows: what the space was made of, where that was a graph. */
export interface Relations {
  readonly sources: Uint32Array<ArrayBuffer>;
  readonly targets: Uint32Array<ArrayBuffer>;
  /** A finite number above 0 for each edge; null where all are 1. */
  readonly weights: Float64Array<ArrayBuffer> | null;
  /** Whether edges go from source to target only. */
  readonly directed: boolean;
}

/** Rows are kept as 32-bit integers with a sign. */
const mostRows = 2 ** 31;

/** Throws RangeError where lists differ in length, an end is no row, or a weight is not above 0 and finite. */
export function checkRelations(where: string, relations: Relations, items: number): void {
  const { sources, targets, weights, directed } = relations;
  booleanOption(where, "directed", directed);
  if (sources.length !== targets.length || (weights !== null && weights.length !== sources.length)) {
    throw new RangeError(
      `${where}: relations have ${sources.length} sources, ${targets.length} targets and ${weights?.length ?? "no"} weights`,
    );
  }
  const fault = faultOf(relations, Math.min(items, mostRows));
  if (fault !== null) throw new RangeError(`${where}: relation ${fault.edge} ${fault.message}`);
}

/** What is wrong with the first edge that cannot be. */
function faultOf({ sources, targets, weights }: Relations, items: number): { edge: number; message: string } | null {
  for (let edge = 0; edge < sources.length; edge++) {
    const end = Math.max(sources[edge], targets[edge]);
    if (end >= items) return { edge, message: `has row ${end} at an end, there are ${items} items` };
    const weight = weights?.[edge] ?? 1;
    if (!(weight > 0 && weight < Number.POSITIVE_INFINITY)) {
      return { edge, message: `must have a weight above 0 and finite, got ${weight}` };
    }
  }
  return null;
}

/** Writes relations as a table of source, target and, where they have any, weight. */
export async function writeRelations(path: string, { sources, targets, weights }: Relations): Promise<void> {
  const signed = ({ buffer, byteOffset, length }: Uint32Array) => new Int32Array(buffer, byteOffset, length);
  const columns = new Map<string, Column>([
    ["source", signed(sources)],
    ["target", signed(targets)],
    ...(weights === null ? [] : [["weight", weights] as const]),
  ]);
  await writeParquet(path, { rows: sources.length, columns });
}

/** Reads such a table. Throws FormatError where it holds no relations between so many items. */
export async function readRelations(source: Source, directed: boolean, items: number): Promise<Relations> {
  const { columns } = await readParquet(source);
  const fail = (code: FormatError["code"], message: string) => new FormatError(code, { file: source.name }, message);
  const [sources, targets, weights = null] = ["source", "target", "weight"].map((name) => columns.get(name));
  const known = columns.size === (weights === null ? 2 : 3);
  if (!(sources instanceof Int32Array && targets instanceof Int32Array && known)) {
    throw fail("fields", "columns source and target of 32-bit integers and at most a column weight were needed");
  }
  if (weights !== null && !(weights instanceof Float64Array)) throw fail("fields", "weights must be 64-bit numbers");
  const unsigned = ({ buffer, byteOffset, length }: Int32Array) =>
    new Uint32Array(buffer as ArrayBuffer, byteOffset, length);
  const relations = {
    sources: unsigned(sources),
    targets: unsigned(targets),
    weights: weights as Relations["weights"],
    directed,
  };
  const fault = faultOf(relations, Math.min(items, mostRows)); // a negative row is one of 2^31 and more
  if (fault !== null) throw fail("number", `relation ${fault.edge} ${fault.message}`);
  return relations;
}
