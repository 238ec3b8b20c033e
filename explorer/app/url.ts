import { checkState, firstPane, firstState, mostLinkedRows, type PaneState, type ViewState } from "./state.js";
import { toBase64 } from "./text/base64.js";

/** Version of the links this page writes, and the only one it reads. */
const version = "v1";
/** Bytes that a link may inflate to. */
const mostBytes = 1 << 20;
/** Letters of a link that are looked at. */
const longestLink = 1 << 16;

/** What a link holds: a state, or why there is none, for people; null where the link is empty. */
export type LinkReading = { state: ViewState } | { problem: string } | null;

/** The part of a link behind `#`: the version, a dot, and the state's differences from the first as deflated JSON in base64url. */
export async function writeLink(state: ViewState): Promise<string> {
  const short = difference(state, firstState);
  if (Object.keys(short).length === 0) return "";
  const bytes = new TextEncoder().encode(JSON.stringify(short));
  const deflated = await pass(bytes, new CompressionStream("deflate-raw"), Number.POSITIVE_INFINITY);
  return `${version}.${toBase64Url(deflated ?? bytes)}`;
}

/** Whether a link can hold this state whole. */
export function fitsLink(state: ViewState): boolean {
  return state.panes.every((pane) => pane.selection.length <= mostLinkedRows);
}

export async function readLink(fragment: string): Promise<LinkReading> {
  const link = fragment.startsWith("#") ? fragment.slice(1) : fragment;
  if (link === "") return null;
  const [, its, coded] = /^(v\d{1,4})\.([A-Za-z0-9_-]*)$/.exec(link) ?? [];
  if (its === undefined || link.length > longestLink) return { problem: "This link holds no view that can be read." };
  if (its !== version) {
    return { problem: `This link was made by another version of the explorer (${its}; this one reads ${version}).` };
  }
  try {
    const inflated = await pass(fromBase64Url(coded), new DecompressionStream("deflate-raw"), mostBytes);
    if (inflated === null) return { problem: "The view in this link is larger than a link may be." };
    return { state: checkState(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(inflated))) };
  } catch (error) {
    const why = error instanceof Error && error.name === "SchemaError" ? ` (${error.message})` : "";
    return { problem: `This link holds no view that can be read${why}.` };
  }
}

/** What differs from the first state; panes from the first pane. */
function difference(state: ViewState, first: ViewState): Record<string, unknown> {
  const short: Record<string, unknown> = differing(state, first);
  const panes = state.panes.map((pane) => differing(shortened(pane), firstPane));
  delete short.panes;
  if (panes.length > 1 || Object.keys(panes[0]).length > 0) short.panes = panes;
  return short;
}

function shortened(pane: PaneState): PaneState {
  return pane.selection.length > mostLinkedRows ? { ...pane, selection: [] } : pane;
}

function differing<T extends object>(value: T, from: T): Partial<T> {
  const entries = Object.entries(value).filter(
    ([key, part]) => JSON.stringify(part) !== JSON.stringify(from[key as keyof T]),
  );
  return Object.fromEntries(entries) as Partial<T>;
}

/** Bytes through a stream; null where more than `most` come out of it. */
async function pass(
  bytes: Uint8Array<ArrayBuffer>,
  through: CompressionStream | DecompressionStream,
  most: number,
): Promise<Uint8Array<ArrayBuffer> | null> {
  const reader = new Blob([bytes]).stream().pipeThrough(through).getReader();
  const parts: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    parts.push(value);
    length += value.length;
    if (length > most) {
      await reader.cancel();
      return null;
    }
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function toBase64Url(bytes: Uint8Array): string {
  return toBase64(bytes).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

function fromBase64Url(coded: string): Uint8Array<ArrayBuffer> {
  const binary = atob(coded.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(binary, (letter) => letter.charCodeAt(0));
}
