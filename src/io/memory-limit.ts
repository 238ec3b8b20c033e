import { availableMemory } from "#platform";

/** Share of the available memory that a task may take where the caller sets no limit. */
const share = 0.75;

/**
 * Bytes that a task's data may take: the caller's limit, or three quarters of what is available. The engine that runs
 * the program, 100 to 200 MB, is not counted.
 */
export function memoryLimitOf(memoryLimit: number | undefined): number {
  return memoryLimit ?? Math.floor(share * availableMemory());
}
