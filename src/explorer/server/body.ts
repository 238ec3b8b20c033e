import type { IncomingMessage } from "node:http";
import { BadRequest } from "../question.js";

/** Most bytes of a request's body, and deepest nesting of its JSON. */
export const largestBody = 10_000_000;
const deepest = 64;

/** The bytes of a body. Throws BadRequest where it is too long; nothing beyond the limit is kept. */
export async function readBody(request: IncomingMessage): Promise<Uint8Array> {
  const tooLong = new BadRequest(413, `a body has at most ${largestBody} bytes`);
  if (Number(request.headers["content-length"] ?? 0) > largestBody) throw tooLong;
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of request as AsyncIterable<Uint8Array>) {
    length += piece.length;
    if (length > largestBody) throw tooLong;
    pieces.push(piece);
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

/** A body as a JSON object. Throws BadRequest. */
export async function readJson(request: IncomingMessage): Promise<Record<string, unknown>> {
  if (!/^application\/json\b/i.test(request.headers["content-type"] ?? ""))
    throw new BadRequest(415, "application/json was needed");
  const bytes = await readBody(request);
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new BadRequest(400, "UTF-8 was needed");
  }
  if (depthOf(text) > deepest) throw new BadRequest(400, `JSON nests at most ${deepest} deep`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new BadRequest(400, "JSON was needed");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new BadRequest(400, "a JSON object was needed");
  return value as Record<string, unknown>;
}

/** How deep brackets nest outside of strings; so that a parser never recurses further. */
function depthOf(text: string): number {
  let [depth, most, quoted] = [0, 0, false];
  for (let k = 0; k < text.length; k++) {
    const code = text.charCodeAt(k);
    if (quoted) {
      if (code === 0x5c) k++;
      else if (code === 0x22) quoted = false;
    } else if (code === 0x22) quoted = true;
    else if (code === 0x5b || code === 0x7b) most = Math.max(most, ++depth);
    else if (code === 0x5d || code === 0x7d) depth--;
  }
  return most;
}
