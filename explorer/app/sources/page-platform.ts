/**
 * What the library gets of a browser where it answers inside of the explorer's own page: ONNX Runtime comes from the page's
 * folder, and only where a space needs it, and kernels run on the one thread.
 */
import type { RuntimePackages, WorkerHandle } from "../../../src/platform/types.js";

export * from "../../../src/platform/page.js";

let folder = "";

/** Where ONNX Runtime lies. */
export function runtimeAt(url: string): void {
  folder = url;
}

export const importRuntime: RuntimePackages = {
  default: "wasm",
  packageOf: () => ({
    packageName: "onnxruntime-web",
    load: () => import(/* @vite-ignore */ `${folder}ort.wasm.bundle.min.mjs`),
  }),
};

export function startWorker(): WorkerHandle | null {
  return null;
}
