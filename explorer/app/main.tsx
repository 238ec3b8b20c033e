import { AskedSource } from "./sources/asked.js";
import type { Carrier } from "./sources/carrier.js";
import { exportedSpaces } from "./sources/exported.js";
import { HttpCarrier } from "./sources/http.js";
import { start } from "./start.js";

const here = new URL(".", location.href);

/** An exported page answers by itself, in a worker that no other page loads. */
async function carrier(): Promise<Carrier> {
  const spaces = exportedSpaces(document);
  if (spaces === null) return new HttpCarrier(here);
  const { WorkerCarrier } = await import("./sources/worker.js");
  return new WorkerCarrier(spaces, here);
}

const place = document.getElementById("app");
if (place !== null) start(place, new AskedSource(await carrier()));
