import { RemoteSource } from "./sources/remote.js";
import { start } from "./start.js";

const place = document.getElementById("app");
if (place !== null) start(place, new RemoteSource(new URL(".", location.href)));
