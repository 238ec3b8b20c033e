import { availableMemory } from "#platform";
import { ResourceError } from "./errors.js";
import { numberOption } from "./options.js";

/** Share of the available memory that a task may take where the caller sets no limit. */
const share = 0.75;

/**
 * Bytes that a task's data may take: the caller's limit, or three quarters of what is available. The engine that runs
 * the program, 100 to 200 MB, is not counted.
 */
export function memoryLimitOf(memoryLimit: number | undefined): number {
  return memoryLimit ?? Math.floor(share * availableMemory());
}

/**
 * Throws ResourceError where a task would take more than its limit, before it takes anything; `what` takes the bytes, and
 * `remedy` is what a caller can do besides raising the limit. Throws RangeError for a limit that is none.
 */
export function requireMemory(
  where: string,
  what: string,
  bytes: number,
  { memoryLimit, remedy }: { memoryLimit: number | undefined; remedy?: string },
): void {
  if (memoryLimit !== undefined) numberOption(where, "memoryLimit", memoryLimit, { least: 0, exclusive: true });
  const limit = memoryLimitOf(memoryLimit);
  if (bytes <= limit) return;
  const size = (count: number) => (count < 2 ** 20 ? `${Math.ceil(count)} bytes` : `${Math.ceil(count / 2 ** 20)} MiB`);
  const more = remedy === undefined ? "" : ` or ${remedy}`;
  throw new ResourceError(
    `${where}: ${what} take ${size(bytes)} of memory, the limit is ${size(limit)}; raise memoryLimit${more}`,
  );
}
