/** Removes from dist/ what no file of src/ compiles to any more, so that the package holds nothing that was deleted. */
import { existsSync, readdirSync, rmSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const dist = join(root, "dist");
/** The explorer's page, which Vite empties itself. */
const page = join("explorer", "page") + sep;

for (const entry of readdirSync(dist, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile()) continue;
  const file = relative(dist, join(entry.parentPath ?? entry.path, entry.name));
  if (file.startsWith(page)) continue;
  const source = join(root, "src", file.replace(/(\.d\.ts|\.js)$/, ".ts"));
  if (!existsSync(source)) rmSync(join(dist, file));
}
