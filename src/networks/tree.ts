/**
 * Plain nested objects and arrays with leaves of one kind, such as the parameters of a network. Objects are walked by
 * sorted keys, so that the order in which they were written changes nothing; whole numbers come first, in their order, as
 * in every object of JavaScript.
 */
export type Tree<T> = T | readonly Tree<T>[] | { readonly [key: string]: Tree<T> };

/** The same structure with leaves of another kind; of a tree that may be any, a tree that may be any. */
export type Mapped<P, From, To> = [Tree<From>] extends [P]
  ? Tree<To>
  : P extends From
    ? To
    : P extends readonly unknown[]
      ? { [K in keyof P]: Mapped<P[K], From, To> }
      : P extends object
        ? { [K in keyof P]: Mapped<P[K], From, To> }
        : never;

/** A structure without its leaves. */
export type Structure = null | readonly Structure[] | { readonly [key: string]: Structure };

export interface Flat<T> {
  readonly leaves: T[];
  /** Where each leaf lies, such as `layers[0].weights`; "" for a tree that is a leaf. */
  readonly paths: string[];
  /** null stands for a leaf. */
  readonly structure: Structure;
}

/** The leaves in order, and the structure. `isLeaf` tells leaves from what holds them. */
export function flatten<T>(tree: unknown, isLeaf: (value: unknown) => value is T, name = ""): Flat<T> {
  const leaves: T[] = [];
  const paths: string[] = [];
  const visit = (value: unknown, path: string): Structure => {
    if (isLeaf(value)) {
      leaves.push(value);
      paths.push(path);
      return null;
    }
    if (Array.isArray(value)) return value.map((inner, k) => visit(inner, `${path}[${k}]`));
    if (!isPlainObject(value)) {
      const where = path === "" ? "a tree" : path;
      throw new TypeError(`${where}: a tensor, a list or a plain object was needed, got ${describe(value)}`);
    }
    const sorted = Object.fromEntries(Object.entries(value).sort(byKey));
    return Object.fromEntries(
      Object.entries(sorted).map(([key, inner]) => [key, visit(inner, path === "" ? key : `${path}.${key}`)]),
    );
  };
  const structure = visit(tree, name);
  return { leaves, paths, structure };
}

const byKey = ([a]: [string, unknown], [b]: [string, unknown]) => (a < b ? -1 : 1);

/** Puts leaves, in the order of `flatten`, into a structure. */
export function unflatten<T>(structure: Structure, leaves: readonly T[]): Tree<T> {
  let next = 0;
  const build = (part: Structure): Tree<T> => {
    if (part === null) return leaves[next++];
    if (Array.isArray(part)) return part.map(build);
    return Object.fromEntries(Object.entries(part).map(([key, inner]) => [key, build(inner)]));
  };
  return build(structure);
}

/** Applies `change` to every leaf. */
export function mapTree<T, U>(
  tree: unknown,
  isLeaf: (value: unknown) => value is T,
  change: (leaf: T, path: string) => U,
): Tree<U> {
  const { leaves, paths, structure } = flatten(tree, isLeaf);
  return unflatten(
    structure,
    leaves.map((leaf, k) => change(leaf, paths[k])),
  );
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function describe(value: unknown): string {
  return typeof value === "object" && value !== null ? `a ${value.constructor?.name ?? "object"}` : String(value);
}
