import { type FakeOptions, FakeSource } from "./sources/fake.js";
import { start } from "./start.js";

/** The page on small spaces in memory: `fake.html?many=100000&latency=50`. */
const asked = new URLSearchParams(location.search);
const number = (name: string) => (asked.has(name) ? { [name]: Number(asked.get(name)) } : {});
const options: FakeOptions = {
  ...number("many"),
  ...number("latency"),
  ...number("still"),
  ...(asked.has("broken") ? { broken: asked.get("broken") ?? "" } : {}),
  attack: asked.has("attack"),
  training: asked.has("training"),
  empty: asked.has("empty"),
};
const place = document.getElementById("app");
const source = new FakeSource(options);
if (place !== null) Object.assign(window, { source, explorer: start(place, source) });
