import { ResourceError } from "../io/errors.js";
import { blockTask, pairBytes, pairSlack } from "../kernels/block-task.js";
import { largestMemory } from "../kernels/kernel.js";

/** What a run must hold, in bytes. */
export interface MemoryNeeds {
  parts: number;
  threads: number;
  /** Bytes within the limit that others hold. */
  heldBytes: number;
  scratchBytes: number;
  negativesBytes: number;
  /** Bytes of one part of each table. */
  partBytes: readonly number[];
  /** Pairs of the largest slice. */
  pairs: number;
}

/** Where everything lies in the run's memory; addresses are byte offsets. */
export interface MemoryPlan {
  bytes: number;
  /** Bytes of the limit that others hold, for messages. */
  heldBytes: number;
  tasks: number;
  scratch: number;
  scratchStride: number;
  negatives: number;
  /** Tables as a whole, or pairs of slots that parts enter and leave. */
  tables: { resident: boolean; start: number };
  /** All pairs, or a buffer a lane. */
  pairs: { resident: boolean; start: number; bytes: number };
  /** Blocks that may be in work at once: all of a round where everything is resident. */
  lanes: number;
}

/** Least bytes of a lane's buffer of pairs, and as many as make it worth paging no tables. */
const leastBuffer = 1 << 14;
const goodBuffer = 1 << 23;

/**
 * Fits a run into `limit` bytes: everything resident where possible; otherwise the pairs on scratch storage; otherwise the
 * tables too, part by part. Results do not depend on which. Throws ResourceError with the least that would do.
 */
export function planMemory(needs: MemoryNeeds, limit: number): MemoryPlan {
  const { parts, threads, heldBytes, scratchBytes, negativesBytes, partBytes } = needs;
  const room = Math.min(limit - heldBytes, largestMemory);
  const tasks = 1024;
  const scratch = tasks + align(parts * blockTask.bytes);
  const scratchStride = align(scratchBytes);
  const negatives = scratch + threads * scratchStride;
  const start = negatives + align(negativesBytes);

  const allTables = partBytes.reduce((sum, bytes) => sum + align(bytes) * parts, 0);
  const allPairs = align(needs.pairs * pairBytes + pairSlack);
  const base = { heldBytes, tasks, scratch, scratchStride, negatives };
  const whole = start + allTables + allPairs;
  if (whole <= room) {
    return {
      ...base,
      bytes: whole,
      tables: { resident: true, start },
      pairs: { resident: true, start: start + allTables, bytes: allPairs },
      lanes: parts,
    };
  }
  const lanes = Math.min(threads, Math.max(1, parts / 2));
  const slots = 2 * lanes * Math.max(...partBytes.map(align));
  const residentTables = start + allTables + lanes * goodBuffer <= room || allTables <= slots;
  const tableBytes = residentTables ? allTables : slots;
  if (start + tableBytes + lanes * leastBuffer > room) {
    const least = heldBytes + Math.min(whole, start + tableBytes + lanes * leastBuffer);
    throw new ResourceError(
      `training needs at least ${least} bytes of memory with ${threads} threads, the limit is ${Math.floor(limit)}; raise memoryLimit or lower threads or dimensions`,
    );
  }
  // what no block fills is never touched, so all that the limit leaves may be set aside
  const buffer = Math.floor(Math.min(allPairs, (room - start - tableBytes) / lanes) / 64) * 64;
  return {
    ...base,
    bytes: start + tableBytes + lanes * buffer,
    tables: { resident: residentTables, start },
    pairs: { resident: false, start: start + tableBytes, bytes: lanes * buffer },
    lanes,
  };
}

function align(bytes: number): number {
  return Math.ceil(bytes / 64) * 64;
}
