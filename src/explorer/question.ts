/** Something about a question that who asks it can mend; `status` is HTTP's. */
export class BadRequest extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** A member that is checked where it is used. */
export function field<T>(body: Record<string, unknown>, name: string): T {
  return body[name] as T;
}

/** Throws BadRequest where the member is no text. */
export function text(body: Record<string, unknown>, name: string): string {
  const value = body[name];
  if (typeof value !== "string") throw new BadRequest(400, `${name} must be a text`);
  return value;
}

/** Most names, and rows, that may be asked for at once. */
const mostTexts = 1000;
const mostNumbers = 10_000;

/** Throws BadRequest where the member is no list of texts, or a long one. */
export function texts(body: Record<string, unknown>, name: string): string[] {
  return list(body, name, mostTexts, "string");
}

/** Throws BadRequest where the member is no list of numbers, or a long one. */
export function numbers(body: Record<string, unknown>, name: string): number[] {
  return list(body, name, mostNumbers, "number");
}

function list<T>(body: Record<string, unknown>, name: string, most: number, type: string): T[] {
  const value = body[name];
  if (!Array.isArray(value) || value.length > most || !value.every((one) => typeof one === type))
    throw new BadRequest(400, `${name} must be a list of at most ${most} ${type}s`);
  return value;
}

/** Throws BadRequest where the member is no object. */
export function object<T extends object>(body: Record<string, unknown>, name: string): T {
  const value = body[name];
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new BadRequest(400, `${name} must be an object`);
  return value as T;
}
