import type { Command } from "commander";
import type { OpenFolder } from "../../space/folder.js";
import { UsageError } from "../exit-codes.js";
import { verb } from "../flags.js";
import type { InputKind } from "../input-kind.js";
import { methods } from "../methods.js";
import { bytesText, count, type Output, shown } from "../output.js";
import type { Perform, Shell } from "../shell.js";

interface InfoFlags {
  verify?: boolean;
  methods?: boolean;
}

export function infoVerb(perform: Perform): Command {
  return verb(
    "info",
    "ask",
    "what a space or a file holds, and what the methods can do",
    "Shows what a space or a file of vectors, counts or text holds: items, dimensions, method, flags, seed, size. " +
      "- is vectors from standard input.",
    [
      ["info words.space", "items, dimensions, method, flags, seed, size on disk"],
      ["info words.space --verify", "also compares every file with its checksum"],
      ["info vectors.bin", "format, dimensions and rows of a file"],
      ["info --methods", "direction, weights, features, new items: what each method can do"],
    ],
  )
    .argument("[path...]", "spaces or files")
    .option("--verify", "compare the files of a space with their checksums")
    .option("--methods", "show the table of methods")
    .action(
      perform(async (shell, flags: InfoFlags, paths: string[]) => {
        const { output } = shell;
        if (flags.methods) {
          if (paths.length > 0) throw new UsageError("info: --methods comes alone");
          output.result({ methods }, () => methodTable(output));
          return;
        }
        if (paths.length === 0) throw new UsageError("info: a space or a file is needed, or --methods");
        const { inputKind } = await import("../input-kind.js");
        const kindOf = async (path: string) => (path === "-" ? ({ kind: "vectors" } as const) : inputKind(path));
        const reports: Report[] = [];
        for (const path of paths) reports.push(await describe(path, await kindOf(path), flags.verify ?? false, shell));
        output.result(paths.length === 1 ? reports[0] : reports, () => reports.map(textOf).join("\n"));
      }),
    );
}

/** What is shown of a path, in order; nothing where it is not known. */
type Report = { path: string; kind: string } & Record<string, unknown>;

async function describe(
  path: string,
  found: InputKind | { kind: "vectors"; format?: undefined },
  verify: boolean,
  { output, signal }: Shell,
): Promise<Report> {
  if (verify && found.kind !== "space") throw new UsageError(`info: --verify takes spaces; ${path} is none`);
  switch (found.kind) {
    case "space": {
      const { openFolder, verifyFolder } = await import("../../space/folder.js");
      const folder = await openFolder(path);
      try {
        if (verify) await verifyFolder(folder, signal);
        return { ...describeSpace(folder), ...(verify ? { verified: true } : {}) };
      } finally {
        await folder.close();
      }
    }
    case "counts": {
      const { Cooccurrence } = await import("../../words/cooccurrence.js");
      const counts = await Cooccurrence.load(path);
      const { rows, pairs, settings, fingerprint, vocabulary } = counts;
      await counts.close();
      return { path, kind: "counts", words: rows, pairs, tokens: vocabulary.tokens, options: settings, fingerprint };
    }
    case "vectors": {
      const { openVectors } = await import("../../formats/vectors.js");
      const rows = await openVectors(path, { format: found.format, onWarning: (message) => output.warn(message) });
      let items = 0;
      for await (const { names } of rows.batches()) {
        signal.throwIfAborted();
        items += names.length;
      }
      return { path, kind: "vectors", format: found.format ?? null, items, dimensions: rows.dimensions };
    }
    default: {
      const { findTexts } = await import("../../words/corpus.js");
      const { texts, skipped } = await findTexts(path);
      const bytes = texts.reduce((sum, { size }) => sum + (size ?? 0), 0);
      const gzip = texts.filter(({ compressed }) => compressed).length;
      return { path, kind: "text", files: texts.length, bytes, gzip, skipped: skipped.length };
    }
  }
}

function describeSpace({ path, manifest }: OpenFolder): Report {
  const { items, dimensions, geometry, method, options, seed, threads, fast, metrics, generation } = manifest;
  const relations = manifest.directed === null ? null : manifest.directed ? "directed" : "undirected";
  const files = [...manifest.files.values()].map(({ name, size }) => ({ name, size }));
  return {
    ...{ path, kind: "space", holds: manifest.kind, items, dimensions, geometry, method, options, seed, threads, fast },
    ...{
      metrics,
      relations,
      directions: [...manifest.directions.keys()],
      thumbnails: manifest.thumbnails,
      film: manifest.film,
      fingerprint: manifest.fingerprint,
      generation,
    },
    ...{ bytes: files.reduce((sum, { size }) => sum + size, 0), files },
  };
}

function textOf(report: Report): string {
  const lines: string[] = [];
  for (const [name, value] of Object.entries(report)) {
    const text = valueText(name, value);
    if (text !== "") lines.push(`${name.padEnd(12)}${text}`);
  }
  return `${lines.join("\n")}\n`;
}

function valueText(name: string, value: unknown): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "number")
    return name === "bytes" ? bytesText(value) : name === "seed" ? `${value}` : count(value);
  if (Array.isArray(value)) {
    return value.map((one) => (isFile(one) ? `${one.name} (${bytesText(one.size)})` : shown(String(one)))).join(", ");
  }
  if (typeof value !== "object") return shown(String(value));
  return Object.entries(value)
    .filter(([, inner]) => inner !== null)
    .map(([key, inner]) => `${key} ${typeof inner === "object" ? JSON.stringify(inner) : inner}`)
    .join(", ");
}

function isFile(value: unknown): value is { name: string; size: number } {
  return typeof value === "object" && value !== null && "name" in value && "size" in value;
}

function methodTable(output: Output): string {
  return output.table([
    { title: "method", cells: methods.map(({ method }) => method) },
    { title: "verb", cells: methods.map(({ verb }) => verb) },
    { title: "directed", cells: methods.map(({ directed }) => directed) },
    { title: "weighted", cells: methods.map(({ weighted }) => weighted) },
    { title: "features", cells: methods.map(({ features }) => features) },
    { title: "new items without retraining", cells: methods.map(({ newItems }) => newItems) },
    { title: "deterministic", cells: methods.map(({ deterministic }) => deterministic) },
  ]);
}
