import { kernels } from "./generated/index.js";

export type KernelName = keyof typeof kernels;

/** Functions of numbers: pointers are byte offsets in the memory, sizes are counts. */
export type KernelFunctions = Record<string, (...args: number[]) => number>;

/** The plain TypeScript form of a kernel, over the same memory and with the same functions. */
export type Twin = (memory: WebAssembly.Memory) => KernelFunctions;

export const pageBytes = 65536;
/** The most one memory holds: 4 GiB. */
export const largestMemory = 2 ** 32;

/** Whether threads may share memory here. In a page that takes cross-origin isolation (COOP and COEP headers). */
export function canShare(): boolean {
  if (typeof SharedArrayBuffer === "undefined") return false;
  return (globalThis as { crossOriginIsolated?: boolean }).crossOriginIsolated !== false;
}

/**
 * A memory of at least `bytes` zero bytes that may grow to `mostBytes`; shared wherever threads can share.
 * Throws RangeError where the engine cannot provide it.
 */
export function createMemory(
  bytes: number,
  mostBytes: number = bytes,
  shared: boolean = canShare(),
): WebAssembly.Memory {
  const initial = Math.max(1, Math.ceil(bytes / pageBytes));
  const maximum = Math.max(initial, Math.ceil(mostBytes / pageBytes));
  return new WebAssembly.Memory({ initial, maximum, shared });
}

/** Whether threads see the same bytes in this memory. */
export function isShared(memory: WebAssembly.Memory): boolean {
  return typeof SharedArrayBuffer !== "undefined" && memory.buffer instanceof SharedArrayBuffer;
}

/** Smallest module with a SIMD instruction: `v128.const` and `drop`-like return. */
const simdProbe = [
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11,
];

let simd: boolean | undefined;

/** Whether WebAssembly with SIMD runs here; without it the twins do the work. */
export function hasSimd(): boolean {
  simd ??= typeof WebAssembly === "object" && WebAssembly.validate(new Uint8Array(simdProbe));
  return simd;
}

const compiled = new Map<string, WebAssembly.Module>();

/** The kernel's module: for shared memory or not, with relaxed SIMD or not. Compiled once a thread. */
function moduleOf(name: KernelName, shared: boolean, fast: boolean): WebAssembly.Module {
  const { standard, fast: relaxed, sharedFlag } = kernels[name];
  const key = `${name} ${shared} ${fast}`;
  let module = compiled.get(key);
  if (module === undefined) {
    const bytes = Uint8Array.from(atob(fast ? relaxed : standard), (letter) => letter.charCodeAt(0));
    if (!shared) bytes[sharedFlag] = 1; // "with a maximum" alone
    module = new WebAssembly.Module(bytes);
    compiled.set(key, module);
  }
  return module;
}

/** The functions of a kernel over a memory. `fast` takes the variant with relaxed SIMD. */
export function instantiate(name: KernelName, memory: WebAssembly.Memory, fast = false): KernelFunctions {
  if (!hasSimd()) return kernels[name].twin(memory);
  const instance = new WebAssembly.Instance(moduleOf(name, isShared(memory), fast), { env: { memory } });
  return instance.exports as unknown as KernelFunctions;
}

const instances = new WeakMap<WebAssembly.Memory, Map<KernelName, KernelFunctions>>();

/** The functions of a kernel over a memory, made when first asked for and kept as long as the memory. */
export function kernelOver(name: KernelName, memory: WebAssembly.Memory): KernelFunctions {
  let own = instances.get(memory);
  if (own === undefined) {
    own = new Map();
    instances.set(memory, own);
  }
  let functions = own.get(name);
  if (functions === undefined) {
    functions = instantiate(name, memory);
    own.set(name, functions);
  }
  return functions;
}

/** The twin of a kernel over a memory. */
export function instantiateTwin(name: KernelName, memory: WebAssembly.Memory): KernelFunctions {
  return kernels[name].twin(memory);
}
