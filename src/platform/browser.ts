import type { RuntimePackages, WorkerHandle } from "./types.js";

export * from "./page.js";

// ---------------------------------------------------------------------------------------------------- threads

/** Starts a worker that serves the kernels; null where the page may not share memory with one. */
export function startWorker(): WorkerHandle | null {
  if (!globalThis.crossOriginIsolated) return null;
  const worker = new Worker(new URL("./browser-worker.js", import.meta.url), { type: "module" });
  const handle: WorkerHandle = {
    post: (message) => worker.postMessage(message),
    onMessage: () => {},
    onExit: () => {},
    hold: () => {},
    terminate: () => worker.terminate(),
  };
  worker.onmessage = (event) => handle.onMessage(event.data);
  worker.onerror = (event) => handle.onExit(new Error(`a worker failed: ${event.message}`));
  return handle;
}

// ---------------------------------------------------------------------------------------------------- optional packages

/**
 * ONNX Runtime's package for browsers, an optional peer: its build with WebAssembly alone, half as large, or with the same
 * WebGPU as in Node.
 */
export const importRuntime: RuntimePackages = {
  default: "wasm",
  packageOf: (backend) => ({
    packageName: "onnxruntime-web",
    load: () => (backend === "webgpu" ? import("onnxruntime-web/webgpu") : import("onnxruntime-web/wasm")),
  }),
};
