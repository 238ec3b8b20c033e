import { syncBuiltinESMExports } from "node:module";
import workerThreads from "node:worker_threads";

/** Every worker thread that was started since this module was imported; import it before what starts them. */
export const workers: workerThreads.Worker[] = [];

class RecordedWorker extends workerThreads.Worker {
  constructor(...args: ConstructorParameters<typeof workerThreads.Worker>) {
    super(...args);
    workers.push(this);
  }
}

workerThreads.Worker = RecordedWorker;
syncBuiltinESMExports();
