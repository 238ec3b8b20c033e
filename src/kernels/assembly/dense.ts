// Dense arrays; see ../twins/dense.ts, its definition.

export function copy(from: usize, to: usize, bytes: usize): u32 {
  memory.copy(to, from, bytes);
  return 0;
}
