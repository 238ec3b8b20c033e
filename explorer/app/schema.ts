/**
 * Checks of data that comes from outside, such as a link: each takes anything and returns a value of its type, or throws a
 * `SchemaError` that names the place. What they return holds nothing but what they know.
 */
export type Check<T> = (value: unknown, place: string) => T;

export class SchemaError extends Error {
  override readonly name = "SchemaError";
}

function refuse(place: string, needed: string, came: unknown): never {
  const text = JSON.stringify(came) ?? String(came);
  throw new SchemaError(`${place}: ${needed} was needed, got ${text.slice(0, 60)}`);
}

export function number(least: number, most: number): Check<number> {
  return (value, place) =>
    typeof value === "number" && value >= least && value <= most
      ? value
      : refuse(place, `a number from ${least} to ${most}`, value);
}

export function integer(least: number, most: number): Check<number> {
  return (value, place) =>
    Number.isInteger(value) && (value as number) >= least && (value as number) <= most
      ? (value as number)
      : refuse(place, `an integer from ${least} to ${most}`, value);
}

export const truth: Check<boolean> = (value, place) =>
  typeof value === "boolean" ? value : refuse(place, "true or false", value);

/** A text of at most `longest` UTF-16 units. */
export function text(longest: number): Check<string> {
  return (value, place) =>
    typeof value === "string" && value.length <= longest
      ? value
      : refuse(place, `a text of at most ${longest} letters`, value);
}

export function oneOf<const Words extends readonly string[]>(words: Words): Check<Words[number]> {
  return (value, place) =>
    words.includes(value as string) ? (value as Words[number]) : refuse(place, `one of ${words.join(", ")}`, value);
}

export function orNull<T>(check: Check<T>): Check<T | null> {
  return (value, place) => (value === null ? null : check(value, place));
}

export function list<T>(check: Check<T>, least: number, most: number): Check<T[]> {
  return (value, place) =>
    Array.isArray(value) && value.length >= least && value.length <= most
      ? value.map((part, k) => check(part, `${place}[${k}]`))
      : refuse(place, `a list of ${least} to ${most}`, value);
}

/** An object with any keys, at most `most`. */
export function record<T>(check: Check<T>, most: number): Check<Record<string, T>> {
  return (value, place) => {
    if (!isObject(value)) return refuse(place, "an object", value);
    const entries = Object.entries(value);
    if (entries.length > most) return refuse(place, `an object of at most ${most} keys`, entries.length);
    return Object.fromEntries(entries.map(([key, part]) => [key, check(part, `${place}.${key}`)]));
  };
}

/** An object with known keys, each of which has a default; other keys are left out. */
export function object<T extends object>(defaults: T, checks: { [Key in keyof T]: Check<T[Key]> }): Check<T> {
  return (value, place) => {
    if (!isObject(value)) return refuse(place, "an object", value);
    const result = { ...defaults };
    for (const key of Object.keys(checks) as (keyof T & string)[]) {
      if (Object.hasOwn(value, key)) result[key] = checks[key](value[key], `${place}.${key}`);
    }
    return result;
  };
}

/** One of several kinds of objects, told apart by their key `kind`. */
export function variant<T extends { kind: string }>(
  checks: {
    [Kind in T["kind"]]: Check<T>;
  },
): Check<T> {
  return (value, place) => {
    const kind = isObject(value) ? value.kind : undefined;
    return typeof kind === "string" && Object.hasOwn(checks, kind)
      ? checks[kind as T["kind"]](value, place)
      : refuse(place, `an object of kind ${Object.keys(checks).join(", ")}`, value);
  };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
