import type { Twin } from "../kernel.js";

export const twin: Twin = (memory) => {
  function copy(from: number, to: number, bytes: number): number {
    new Uint8Array(memory.buffer).copyWithin(to, from, from + bytes);
    return 0;
  }
  return { copy };
};
