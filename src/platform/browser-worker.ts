import { serve } from "../kernels/serve.js";

const answerTo = serve((answer) => self.postMessage(answer));
self.addEventListener("message", (event: MessageEvent) => answerTo(event.data));
