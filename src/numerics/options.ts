/** Checkers of option values, one a kind; each throws RangeError `function: name must be ..., got ...`. */

export function integerOption(
  where: string,
  name: string,
  value: unknown,
  least: number,
  most = Number.MAX_SAFE_INTEGER,
): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= least && value <= most) return value;
  const range = most === Number.MAX_SAFE_INTEGER ? `>= ${least}` : `from ${least} to ${most}`;
  throw new RangeError(`${where}: ${name} must be an integer ${range}, got ${show(value)}`);
}

/** A finite number in [least, most]; `least` itself is refused where `exclusive`. */
export function numberOption(
  where: string,
  name: string,
  value: unknown,
  { least = Number.NEGATIVE_INFINITY, most = Number.POSITIVE_INFINITY, exclusive = false } = {},
): number {
  if (
    typeof value === "number" &&
    Number.isFinite(value) &&
    value <= most &&
    (exclusive ? value > least : value >= least)
  ) {
    return value;
  }
  const low = least === Number.NEGATIVE_INFINITY ? "" : exclusive ? ` > ${least}` : ` >= ${least}`;
  const high = most === Number.POSITIVE_INFINITY ? "" : `${low === "" ? "" : " and"} <= ${most}`;
  throw new RangeError(`${where}: ${name} must be a finite number${low}${high}, got ${show(value)}`);
}

export function wordOption<T extends string>(where: string, name: string, value: unknown, words: readonly T[]): T {
  if (words.includes(value as T)) return value as T;
  throw new RangeError(`${where}: ${name} must be one of ${words.join(", ")}, got ${show(value)}`);
}

export function booleanOption(where: string, name: string, value: unknown): boolean {
  if (typeof value === "boolean") return value;
  throw new RangeError(`${where}: ${name} must be true or false, got ${show(value)}`);
}

/** Refuses options that do not exist, so that a misspelt one is no silent default. */
export function knownOptions(where: string, options: object, known: readonly string[]): void {
  for (const name of Object.keys(options)) {
    if (!known.includes(name))
      throw new RangeError(`${where}: there is no option ${name}; there are ${known.join(", ")}`);
  }
}

/** The options that were given: without those that are undefined, which mean their defaults. */
export function given<T extends object>(options: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as never;
}

function show(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}
