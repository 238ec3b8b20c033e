/** Trees of arrays as wholes: copied, hashed, written. */
import { sha256 } from "#platform";
import { NdArray } from "../array.js";
import { typeOf } from "../trace.js";
import { flatten, unflatten } from "../tree.js";

export function isArray(value: unknown): value is NdArray {
  return value instanceof NdArray;
}

/** The arrays of a tree, in order. */
export function leavesOf(tree: unknown): NdArray[] {
  return flatten(tree, isArray).leaves;
}

/** The same tree with copies of its arrays. */
export function copyOf<T>(tree: T): T {
  const { leaves, structure } = flatten(tree, isArray);
  return unflatten(
    structure,
    leaves.map((leaf) => leaf.copy()),
  ) as T;
}

/** Whether all float32 numbers of a tree are finite. */
export function allFinite(tree: unknown): boolean {
  return leavesOf(tree).every(
    ({ dtype, data }) => dtype !== "float32" || (data as Float32Array).every(Number.isFinite),
  );
}

export function bytesIn(data: ArrayBufferView): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

export async function* bytesOf(arrays: readonly NdArray[]): AsyncGenerator<Uint8Array> {
  for (const { data } of arrays) yield bytesIn(data);
}

/** SHA-256 of kinds, shapes and bytes. */
export async function hashArrays(arrays: readonly NdArray[]): Promise<string> {
  const hash = sha256();
  for (const array of arrays) {
    const { dtype, shape } = typeOf(array);
    hash.update(new TextEncoder().encode(`${dtype}[${shape}]`));
    hash.update(bytesIn(array.data));
  }
  return hash.digest();
}
