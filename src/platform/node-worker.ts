import { parentPort } from "node:worker_threads";
import { serve } from "../kernels/serve.js";

const port = parentPort;
if (port === null) throw new Error("internal: node-worker.js is the body of a worker thread");
port.on(
  "message",
  serve((answer) => port.postMessage(answer)),
);
