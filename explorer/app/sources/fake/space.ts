import type {
  ColumnSummary,
  ColumnValues,
  Edges,
  ExpressionAnswer,
  NearRequest,
  NeighborAnswer,
  Points,
  SpaceSummary,
} from "../../../../src/explorer/protocol.js";
import { type Expression, parseExpression, quoteName } from "../../../../src/space/expression.js";

/** All of a space that lies in memory: rows of vectors and what is known of them. */
export interface FakeSpace {
  summary: SpaceSummary;
  names: string[];
  /** [N, D] */
  vectors: Float32Array;
  columns: Map<string, ColumnValues>;
  /** Vectors by the names of directions. */
  directions: Map<string, Float32Array>;
  edges: Edges | null;
  film: Points[] | null;
}

export type Term = ExpressionAnswer["terms"][number];

/** The columns as a summary tells of them. */
export function columnSummaries(columns: ReadonlyMap<string, ColumnValues>): ColumnSummary[] {
  return [...columns].map(([name, column]) => {
    if (column.type === "category") {
      const missing = column.values.reduce((sum, code) => sum + (code < 0 ? 1 : 0), 0);
      return { name, type: "category", values: column.categories.length, missing };
    }
    const known = column.values.filter((value) => !Number.isNaN(value));
    const least = known.reduce((low, value) => Math.min(low, value), Number.POSITIVE_INFINITY);
    const most = known.reduce((high, value) => Math.max(high, value), Number.NEGATIVE_INFINITY);
    return { name, type: "number", least, most, missing: column.values.length - known.length };
  });
}

/** A column of texts. */
export function categoryColumn(texts: readonly (string | null)[]): ColumnValues {
  const counted = new Map<string, number>();
  for (const text of texts) if (text !== null) counted.set(text, (counted.get(text) ?? 0) + 1);
  const sorted = [...counted].sort((a, b) => b[1] - a[1]);
  const codeOf = new Map(sorted.map(([text], code) => [text, code]));
  return {
    type: "category",
    values: Int32Array.from(texts, (text) => (text === null ? -1 : (codeOf.get(text) ?? -1))),
    categories: sorted.map(([text]) => text),
    counts: sorted.map(([, count]) => count),
  };
}

export function vectorOf({ vectors, summary: { dimensions: D } }: FakeSpace, row: number): Float32Array {
  return vectors.subarray(row * D, (row + 1) * D);
}

/** The vector of an expression and its terms with their weights. Throws where a name is unknown. */
export function evaluate(space: FakeSpace, text: string): { vector: Float32Array; terms: Term[] } {
  const vector = new Float32Array(space.summary.dimensions);
  const terms: Term[] = [];
  const visit = (expression: Expression, weight: number): void => {
    switch (expression.kind) {
      case "scaled":
        visit(expression.of, weight * expression.weight);
        break;
      case "sum":
        for (const { sign, of } of expression.terms) visit(of, sign * weight);
        break;
      case "mean":
        for (const of of expression.of) visit(of, weight / expression.of.length);
        break;
      case "name": {
        const { name, scope } = expression;
        const row = scope === "direction" ? -1 : space.names.indexOf(name);
        const direction = scope === "item" ? undefined : space.directions.get(name);
        const its = row >= 0 ? vectorOf(space, row) : direction;
        if (its === undefined) throw unknownName(space, name);
        for (const [k, value] of its.entries()) vector[k] += weight * value;
        terms.push({ name, scope: row >= 0 ? "item" : "direction", weight, row: row >= 0 ? row : null });
      }
    }
  };
  visit(parseExpression(text), 1);
  return { vector, terms };
}

function unknownName({ summary, names }: FakeSpace, name: string): RangeError {
  const like = names.filter((other) => other.startsWith(name.slice(0, 2))).slice(0, 3);
  const meant = like.length === 0 ? "" : `; did you mean ${like.map(quoteName).join(", ")}?`;
  return new RangeError(`near: there is no item or direction ${JSON.stringify(name)} in ${summary.title}${meant}`);
}

export function near(space: FakeSpace, request: NearRequest): ExpressionAnswer {
  const { query, count = 10, metric = "cosine", includeInputs = false } = request;
  const asked =
    typeof query === "string" ? evaluate(space, query) : { vector: Float32Array.from(query), terms: [] as Term[] };
  for (const [name, weight] of Object.entries(request.along ?? {})) {
    for (const [k, value] of (space.directions.get(name) ?? []).entries()) asked.vector[k] += weight * value;
  }
  const inputs = new Set(asked.terms.map(({ row }) => row));
  const scored: NeighborAnswer[] = [];
  for (const [row, name] of space.names.entries()) {
    if (!includeInputs && inputs.has(row)) continue;
    scored.push({ row, name, score: score(asked.vector, vectorOf(space, row), metric) });
  }
  const order = metric === "euclidean" ? 1 : -1;
  scored.sort((a, b) => order * (a.score - b.score));
  return {
    terms: asked.terms,
    neighbors: scored.slice(0, count),
    metric,
    exact: true,
    recall: null,
    milliseconds: 1,
  };
}

function score(a: Float32Array, b: Float32Array, metric: NonNullable<NearRequest["metric"]>): number {
  let [dot, aa, bb] = [0, 0, 0];
  for (let k = 0; k < a.length; k++) {
    dot += a[k] * b[k];
    aa += a[k] * a[k];
    bb += b[k] * b[k];
  }
  if (metric === "dot") return dot;
  if (metric === "euclidean") return Math.sqrt(Math.max(0, aa + bb - 2 * dot));
  return dot / (Math.sqrt(aa * bb) || 1);
}

/** The first principal components by power iteration, as places. */
export function principal({ vectors, summary }: FakeSpace, dimensions: 2 | 3): Float32Array {
  const [N, D] = [summary.items, summary.dimensions];
  const mean = new Float64Array(D);
  for (let at = 0; at < vectors.length; at++) mean[at % D] += vectors[at] / N;
  const centered = Float64Array.from(vectors, (value, at) => value - mean[at % D]);
  const places = new Float32Array(N * dimensions);
  for (let axis = 0; axis < dimensions; axis++) {
    let component = Float64Array.from({ length: D }, (_, k) => Math.sin(1 + k * (axis + 1)));
    let along = new Float64Array(N);
    for (let round = 0; round < 50; round++) {
      along = along.map((_, i) => component.reduce((sum, value, k) => sum + value * centered[i * D + k], 0));
      const next = new Float64Array(D);
      for (let at = 0; at < centered.length; at++) next[at % D] += along[Math.floor(at / D)] * centered[at];
      const length = Math.hypot(...next) || 1;
      component = next.map((value) => value / length);
    }
    for (let i = 0; i < N; i++) {
      const place = component.reduce((sum, value, k) => sum + value * centered[i * D + k], 0);
      places[i * dimensions + axis] = place;
      for (let k = 0; k < D; k++) centered[i * D + k] -= place * component[k];
    }
  }
  return places;
}

/** The share of each item along expressions or directions. */
export function alongAxes(space: FakeSpace, axes: readonly string[]): Points {
  const dimensions = axes.length === 3 ? 3 : 2;
  const coordinates = new Float32Array(space.names.length * dimensions);
  for (const [axis, text] of axes.entries()) {
    const { vector } = evaluate(space, text);
    const length = Math.hypot(...vector) || 1;
    for (let row = 0; row < space.names.length; row++) {
      const own = vectorOf(space, row);
      coordinates[row * dimensions + axis] = own.reduce((sum, value, k) => sum + value * vector[k], 0) / length;
    }
  }
  return { dimensions, coordinates, axes: [...axes] };
}
