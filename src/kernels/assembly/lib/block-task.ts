// Fields of a block's task; see src/kernels/block-task.ts.

// @ts-ignore: decorator
@inline export function pairsOf(task: usize): usize { return load<u32>(task); }
// @ts-ignore: decorator
@inline export function countOf(task: usize): u32 { return load<u32>(task, 4); }
// @ts-ignore: decorator
@inline export function firstOf(task: usize): u32 { return load<u32>(task, 8); }
// @ts-ignore: decorator
@inline export function rowsOf(task: usize): usize { return load<u32>(task, 12); }
// @ts-ignore: decorator
@inline export function rowStrideOf(task: usize): usize { return load<u32>(task, 16); }
// @ts-ignore: decorator
@inline export function columnsOf(task: usize): usize { return load<u32>(task, 20); }
// @ts-ignore: decorator
@inline export function columnStrideOf(task: usize): usize { return load<u32>(task, 24); }
// @ts-ignore: decorator
@inline export function negativesOf(task: usize): usize { return load<u32>(task, 28); }
// @ts-ignore: decorator
@inline export function candidatesOf(task: usize): u32 { return load<u32>(task, 32); }
// @ts-ignore: decorator
@inline export function negativesPerPairOf(task: usize): u32 { return load<u32>(task, 36); }
// @ts-ignore: decorator
@inline export function passOf(task: usize): u32 { return load<u32>(task, 40); }
// @ts-ignore: decorator
@inline export function blockOf(task: usize): u32 { return load<u32>(task, 44); }
// @ts-ignore: decorator
@inline export function key0Of(task: usize): u32 { return load<u32>(task, 48); }
// @ts-ignore: decorator
@inline export function key1Of(task: usize): u32 { return load<u32>(task, 52); }
// @ts-ignore: decorator
@inline export function lossOf(task: usize): f64 { return load<f64>(task, 56); }
// @ts-ignore: decorator
@inline export function parameterOf(task: usize, index: usize): f64 { return load<f64>(task + (index << 3), 64); }
