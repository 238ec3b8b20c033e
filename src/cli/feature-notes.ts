import type { DenseMatrix, NodeLabels } from "../formats/node-data.js";
import type { NodeTable } from "../formats/node-table.js";
import { type Output, shown } from "./output.js";

/** Feature columns named one by one; of more the number is said. */
const mostNamed = 12;

/** Names the columns of a table that became features: numbers beside a label are often the answer in another form. */
export function noteFeatures(output: Output, { file }: NodeTable, columns: readonly string[]): void {
  const named = columns.slice(0, mostNamed).map(shown).join(", ");
  const more = columns.length > mostNamed ? `, and ${columns.length - mostNamed} more` : "";
  output.note(`features  ${named}${more}: the columns of numbers in ${shown(file)}; --no-features leaves them out`);
}

/** What to warn of where features say the class by themselves, so that no accuracy means anything; null where none does. */
export function warningOfAnswers(
  columns: readonly string[],
  features: DenseMatrix,
  labels: NodeLabels,
  label: string,
): string | null {
  const telling = columns.filter((_, column) => determines(features, column, labels));
  if (telling.length === 0) return null;
  const named = `${telling.length === 1 ? "the feature" : "each of the features"} ${telling.map(shown).join(", ")}`;
  return (
    `${named} alone tells the ${shown(label)} of every node that has one. If that is the same thing in other words, the ` +
    "accuracy means nothing: --no-features leaves all features out, a table without the column this one"
  );
}

/**
 * Whether equal values of a column always go with the same class, over the nodes with a class. Two of them share a value on the
 * average, since values that are all different tell everything.
 */
function determines({ columns, values }: DenseMatrix, column: number, { of }: NodeLabels): boolean {
  if (of === null) return false;
  const classOf = new Map<number, number>();
  let labeled = 0;
  for (const [node, label] of of.entries()) {
    if (label < 0) continue;
    labeled++;
    const value = values[node * columns + column];
    if ((classOf.get(value) ?? label) !== label) return false;
    classOf.set(value, label);
  }
  return 2 * classOf.size <= labeled && new Set(classOf.values()).size > 1;
}
