import { philox } from "../../numerics/philox.js";
import { blockTask } from "../block-task.js";

/** Stream of the engine's generator from which negatives come. */
export const negativeStream = 4;

/** What a kernel gets where a draw was rejected. */
export const rejected = 0xffffffff;

/**
 * The columns of draws `first` .. `first + count - 1` (modulo 2^32) of a task's block. Draw d takes word d % 4 of the block of counter
 * (d / 4, pass, stream, block): candidate x = floor(word n / 2^32) of the column part's n, and the fraction left decides
 * between x and its alias. A draw equal to the target is rejected, not repeated, as in word2vec's program.
 */
export function drawNegatives(
  memory: WebAssembly.Memory,
  task: number,
  first: number,
  count: number,
  target: number,
): Uint32Array {
  const fields = new DataView(memory.buffer, task >>> 0, blockTask.bytes);
  const u32 = (offset: number) => fields.getUint32(offset, true);
  const candidates = u32(blockTask.candidates);
  const table = new Uint32Array(memory.buffer, u32(blockTask.negatives), 2 * candidates);
  const words = new Uint32Array(4);
  const columns = new Uint32Array(count);
  for (let k = 0; k < count; k++) {
    const draw = (first + k) >>> 0;
    philox(
      words,
      draw >>> 2,
      u32(blockTask.pass),
      negativeStream,
      u32(blockTask.block),
      u32(blockTask.key0),
      u32(blockTask.key1),
    );
    const product = BigInt(words[draw % 4]) * BigInt(candidates);
    const candidate = Number(product >> 32n);
    const fraction = Number(product & 0xffffffffn);
    const column = fraction < table[2 * candidate] ? candidate : table[2 * candidate + 1];
    columns[k] = column === target ? rejected : column;
  }
  return columns;
}
