import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { files } from "#platform";
import { writeAtomic } from "../../io/atomic.js";
import { FileError, fileError, ResourceError } from "../../io/errors.js";
import { inFolder } from "../../io/new-folder.js";
import { openSource, readExactly } from "../../io/source.js";
import type { OpenedSpace } from "../answers.js";
import { type ExportedSpace, exportMark } from "../export-mark.js";
import { contentPolicy } from "./headers.js";
import { readPageFiles } from "./page-files.js";

export interface ExportSiteOptions {
  signal?: AbortSignal;
}

/** What was written. */
export interface ExportedSite {
  files: number;
  bytes: number;
  spaces: ExportedSpace[];
}

/** What an export consists of, and nothing else: so that nothing of somebody else is ever removed. */
const parts: readonly string[] = ["index.html", "icon.svg", "assets", "runtime", "spaces"];
/** ONNX Runtime for pages: its program, and its WebAssembly, which the program looks for beside itself. */
const runtimeFiles = ["ort.wasm.bundle.min.mjs", "ort-wasm-simd-threaded.wasm"];

/**
 * Writes the explorer's page and spaces to a folder that any web host serves: the page then answers by itself, in WebAssembly.
 * An earlier export in the folder is replaced; it stays whole until the new one is, since `index.html` is written last and all
 * that it names has a name of its own or is replaced as a whole. Throws FileError where the folder holds other things or cannot
 * be written, ResourceError where a space has a decoder and onnxruntime-web is not installed.
 */
export async function exportSite(
  opened: readonly OpenedSpace[],
  folder: string,
  { signal }: ExportSiteOptions = {},
): Promise<ExportedSite> {
  if (opened.length === 0) throw new RangeError("exportSite: one space or more was needed, got none");
  const page = await readPageFiles(fileURLToPath(new URL("../page", import.meta.url)));
  const runtime = opened.some(({ space }) => space.hasModel("decoder")) ? await runtimeFolder() : null;
  await refuseOthers(folder);
  const spaces = namesOf(opened);
  await inFolder(folder, async () => {
    for (const [path, { bytes }] of page) {
      if (path !== "/index.html") await put(folder, path.slice(1), bytes);
    }
    for (const file of runtime === null ? [] : runtimeFiles) {
      signal?.throwIfAborted();
      await put(folder, `runtime/${file}`, await bytesOf(join(runtime as string, file)));
    }
    for (const [k, { path }] of spaces.entries()) await opened[k].space.save(`${folder}/${path}`, signal);
    signal?.throwIfAborted();
    const index = page.get("/index.html");
    if (index === undefined) throw new Error("internal: the page has no index.html");
    await put(folder, "index.html", marked(index.bytes, spaces));
  });
  const kept = new Set(["spaces", "assets", "index.html", ...Array.from(page.keys(), (path) => path.slice(1))]);
  for (const { path } of spaces) kept.add(path);
  if (runtime !== null)
    for (const path of ["runtime", ...runtimeFiles.map((file) => `runtime/${file}`)]) kept.add(path);
  await removeOthers(folder, kept);
  return { ...(await sizeOf(folder)), spaces };
}

/** The page's first file, with what makes it an exported one: the spaces, what it may load, and why it stays empty as a file. */
function marked(html: Uint8Array, spaces: readonly ExportedSpace[]): Uint8Array {
  const content = escaped(JSON.stringify(spaces));
  const titles = escaped(spaces.map(({ title }) => title).join(", "));
  // what may be loaded counts for what comes behind it
  const head = `<meta charset="utf-8" />
    <meta http-equiv="Content-Security-Policy" content="${contentPolicy}" />
    <meta name="referrer" content="no-referrer" />
    <meta name="${exportMark}" content="${content}" />`;
  const body = `<div id="app"><div class="unopened">
      <h1>${titles}</h1>
      <p>This is a map of things, made with thing2vec. It needs JavaScript, and to be opened from a web server: browsers do not
      let a page that was opened as a file read the files beside it. Put this folder on any web host, or start a small server in
      it (python3 -m http.server, npx serve) and open the address that it tells.</p>
    </div></div>`;
  let text = new TextDecoder().decode(html);
  for (const [place, filled] of [
    ['<meta charset="utf-8" />', head],
    ["<title>thing2vec</title>", `<title>${titles} · thing2vec</title>`],
    ['<div id="app"></div>', body],
  ]) {
    if (!text.includes(place)) throw new Error(`internal: index.html has no ${place}`);
    text = text.replace(place, () => filled);
  }
  return new TextEncoder().encode(text);
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`);
}

/** Folders of spaces, by titles that every host and system can hold. */
function namesOf(opened: readonly OpenedSpace[]): ExportedSpace[] {
  const taken = new Set<string>();
  return opened.map(({ title }) => {
    const plain =
      title
        .toLowerCase()
        .replace(/[^a-z0-9]+/g, "-")
        .replace(/^-|-$/g, "")
        .slice(0, 60) || "space";
    let name = plain;
    for (let k = 2; taken.has(name); k++) name = `${plain}-${k}`;
    taken.add(name);
    return { title, path: `spaces/${name}.space` };
  });
}

async function runtimeFolder(): Promise<string> {
  const file = "onnxruntime-web/ort-wasm-simd-threaded.wasm";
  try {
    return dirname(createRequire(import.meta.url).resolve(file));
  } catch (error) {
    const why =
      "a space has a decoder, which the exported page runs by onnxruntime-web; run: npm install onnxruntime-web";
    throw new ResourceError(`exportSite: ${why}`, { cause: error });
  }
}

/** Throws FileError where the folder holds anything but an earlier export. */
async function refuseOthers(folder: string): Promise<void> {
  const names = await files.list(folder).catch((error): string[] => {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw fileError(folder, error);
  });
  const foreign = names.find((name) => !parts.includes(name) && !/^index\.html\.\d+-\d+\.tmp$/.test(name));
  const index = names.includes("index.html")
    ? new TextDecoder().decode(await bytesOf(`${folder}/index.html`))
    : exportMark;
  if (foreign === undefined && index.includes(exportMark)) return;
  const found = foreign === undefined ? "an index.html of something else" : JSON.stringify(foreign);
  throw new FileError(`${folder}: a new or empty folder, or an earlier export, was needed; this one holds ${found}`);
}

/** Removes what an earlier export left in the folders of exports. */
async function removeOthers(folder: string, kept: ReadonlySet<string>): Promise<void> {
  try {
    for (const part of parts) {
      const path = `${folder}/${part}`;
      const { kind } = await files.info(path).catch(() => ({ kind: "none" }));
      if (kind === "none") continue;
      if (!kept.has(part)) await files.remove(path);
      else if (kind === "folder") {
        for (const name of await files.list(path)) {
          if (!kept.has(`${part}/${name}`)) await files.remove(`${path}/${name}`);
        }
      }
    }
  } catch (error) {
    throw fileError(folder, error);
  }
}

async function sizeOf(folder: string): Promise<{ files: number; bytes: number }> {
  const total = { files: 0, bytes: 0 };
  for (const name of await files.list(folder)) {
    const path = `${folder}/${name}`;
    const { kind, size } = await files.info(path);
    const inner = kind === "folder" ? await sizeOf(path) : { files: 1, bytes: size };
    total.files += inner.files;
    total.bytes += inner.bytes;
  }
  return total;
}

async function bytesOf(path: string): Promise<Uint8Array> {
  const source = await openSource(path);
  try {
    return await readExactly(source, 0, source.size);
  } finally {
    await source.close();
  }
}

async function put(folder: string, path: string, bytes: Uint8Array): Promise<void> {
  const target = `${folder}/${path}`;
  try {
    await files.makeFolder(dirname(target));
  } catch (error) {
    throw fileError(target, error);
  }
  await writeAtomic(target, bytes);
}
