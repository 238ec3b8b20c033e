import { type Operand, type Tensor, tensor } from "../tensor.js";
import { showShape } from "../types.js";
import { mul } from "./elementwise.js";
import { matmul } from "./linear.js";
import { sum } from "./reductions.js";
import { reshape, sliceAxis, transpose } from "./shape.js";

/** A tensor whose axes have letters. */
interface Lettered {
  readonly x: Tensor;
  readonly letters: readonly string[];
}

/**
 * Sums of products by Einstein's convention, as NumPy writes them: `einsum("bij,bjk->bik", a, b)` multiplies matrices.
 * Letters name axes. One that is missing behind the arrow is summed over; one that an operand has twice takes the diagonal;
 * `...` stands for axes in front that are broadcast. Without an arrow the result has the letters that occur once, in the
 * order of the alphabet. Several operands are multiplied from left to right.
 */
export function einsum(formula: string, ...operands: Operand[]): Tensor {
  const tensors = operands.map((operand) => tensor(operand));
  const { inputs, output, sizes } = parse(formula, tensors);
  const given = tensors.map((x, k) => withoutRepeats(dropOnes({ x, letters: inputs[k] }, sizes)));
  let result = given[0];
  for (let k = 1; k < given.length; k++) {
    const later = new Set([...output, ...given.slice(k + 1).flatMap(({ letters }) => letters)]);
    result = multiply(keep(result, new Set([...later, ...given[k].letters])), given[k], later);
  }
  return arrange(keep(result, new Set(output)), output);
}

interface Parsed {
  inputs: string[][];
  output: string[];
  sizes: Map<string, number>;
}

function parse(formula: string, tensors: readonly Tensor[]): Parsed {
  const fail = (what: string): never => {
    throw new RangeError(`einsum: "${formula}": ${what}`);
  };
  const [left, right, more] = formula.replaceAll(" ", "").split("->");
  const terms = left.split(",");
  if (more !== undefined) fail("one arrow at most was needed");
  if (terms.length !== tensors.length) fail(`names ${terms.length} operands, got ${tensors.length}`);
  const wrong = [...terms, right ?? ""].find((term) => !/^[A-Za-z]*(\.\.\.)?[A-Za-z]*$/.test(term));
  if (wrong !== undefined) fail(`letters and one ... for each operand were needed, got "${wrong}"`);

  // The axes of ... get names that are no letters, counted from the last: "...1" is the one before "...0".
  const named = (term: string, axes: number): string[] => {
    const [before, after] = term.split("...");
    if (after === undefined) return [...before];
    return [...before, ...Array.from({ length: axes }, (_, k) => `...${axes - 1 - k}`), ...after];
  };
  let widest = 0;
  const inputs = terms.map((term, k) => {
    const { rank, shape } = tensors[k];
    const count = term.replace("...", "").length;
    if (term.includes("...") ? count > rank : count !== rank) {
      fail(`"${term}" names ${count} axes, operand ${k} is ${showShape(shape)}`);
    }
    if (term.includes("...")) widest = Math.max(widest, rank - count);
    return named(term, rank - count);
  });
  const sizes = new Map<string, number>();
  for (const [k, letters] of inputs.entries()) {
    for (const [axis, letter] of letters.entries()) {
      const size = tensors[k].shape[axis];
      const known = sizes.get(letter);
      const broadcast = letter.startsWith("...") && (known === 1 || size === 1);
      if (known === undefined || (broadcast && known === 1)) sizes.set(letter, size);
      else if (known !== size && !broadcast) fail(`${letter} is ${known} in one place, ${size} in operand ${k}`);
    }
  }
  const all = inputs.flat();
  const once = [...sizes.keys()].filter((letter) => all.indexOf(letter) === all.lastIndexOf(letter));
  const output =
    right === undefined
      ? [...named("...", widest), ...once.filter((letter) => !letter.startsWith("...")).sort()]
      : named(right, widest);
  const foreign = output.find((letter) => !sizes.has(letter));
  if (foreign !== undefined) fail(`no operand has ${foreign}`);
  if (new Set(output).size !== output.length) fail("a letter stands twice behind the arrow");
  return { inputs, output, sizes };
}

/** Without axes of size 1 that others repeat. */
function dropOnes({ x, letters }: Lettered, sizes: ReadonlyMap<string, number>): Lettered {
  const kept = letters.map((_, axis) => axis).filter((axis) => x.shape[axis] === sizes.get(letters[axis]));
  return {
    x: reshape(
      x,
      kept.map((axis) => x.shape[axis]),
    ),
    letters: kept.map((axis) => letters[axis]),
  };
}

/** The diagonal where a letter stands twice. */
function withoutRepeats({ x, letters }: Lettered): Lettered {
  const second = letters.findIndex((letter, axis) => letters.indexOf(letter) !== axis);
  if (second < 0) return { x, letters };
  const first = letters.indexOf(letters[second]);
  const others = letters.map((_, axis) => axis).filter((axis) => axis !== first && axis !== second);
  const size = x.shape[first];
  const shape = others.map((axis) => x.shape[axis]);
  const flat = reshape(transpose(x, [...others, first, second]), [...shape, size * size]);
  const diagonal = sliceAxis(flat, -1, 0, size * size, size + 1);
  return withoutRepeats({ x: diagonal, letters: [...others.map((axis) => letters[axis]), letters[first]] });
}

/** Summed over the axes that are not wanted. */
function keep({ x, letters }: Lettered, wanted: ReadonlySet<string>): Lettered {
  const axes = letters.map((_, axis) => axis).filter((axis) => !wanted.has(letters[axis]));
  return axes.length === 0 ? { x, letters } : { x: sum(x, axes), letters: letters.filter((l) => wanted.has(l)) };
}

/** The product of two tensors, summed over what both have and `wanted` has not. */
function multiply(a: Lettered, operand: Lettered, wanted: ReadonlySet<string>): Lettered {
  const b = keep(operand, new Set([...a.letters, ...wanted]));
  const both = a.letters.filter((letter) => b.letters.includes(letter));
  const batch = both.filter((letter) => wanted.has(letter));
  const inner = both.filter((letter) => !wanted.has(letter));
  const rows = a.letters.filter((letter) => !both.includes(letter));
  const columns = b.letters.filter((letter) => !both.includes(letter));
  const letters = [...batch, ...rows, ...columns];
  const sizes = (list: readonly string[], { x, letters: own }: Lettered) => list.map((l) => x.shape[own.indexOf(l)]);
  const product = (list: readonly number[]) => list.reduce((result, size) => result * size, 1);
  const [batchSizes, rowSizes, columnSizes] = [sizes(batch, a), sizes(rows, a), sizes(columns, b)];
  const left = arrange(a, [...batch, ...rows, ...inner]);
  if (inner.length === 0) {
    const spread = reshape(left, [...batchSizes, ...rowSizes, ...columns.map(() => 1)]);
    const right = reshape(arrange(b, [...batch, ...columns]), [...batchSizes, ...rows.map(() => 1), ...columnSizes]);
    return { x: mul(spread, right), letters };
  }
  const [i, k, j] = [product(rowSizes), product(sizes(inner, a)), product(columnSizes)];
  const right = arrange(b, [...batch, ...inner, ...columns]);
  const x = matmul(reshape(left, [...batchSizes, i, k]), reshape(right, [...batchSizes, k, j]));
  return { x: reshape(x, [...batchSizes, ...rowSizes, ...columnSizes]), letters };
}

/** The axes in a given order. */
function arrange({ x, letters }: Lettered, order: readonly string[]): Tensor {
  return transpose(
    x,
    order.map((letter) => letters.indexOf(letter)),
  );
}
