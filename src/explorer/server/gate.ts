import { timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";

/** Why a request goes no further. */
export interface Refusal {
  status: number;
  message: string;
}

/** Most characters of a URL, and most header fields. */
const longestUrl = 8192;
const mostHeaders = 64;

/** Host and Origin by which this server may be asked; all else came by another name, as with DNS rebinding. */
const ownNames = ["localhost", "127.0.0.1", "[::1]"];

/** What a request is judged by, besides itself. */
export interface Gate {
  port: number;
  /** What the page carries; compared in constant time. */
  cookie: { name: string; value: string };
}

/**
 * Whether a request comes from our own page, judged by its head alone and before anything else is looked at; null where it
 * does. Paths in `open` need no cookie: the page with its token.
 */
export function refusalOf(request: IncomingMessage, { port, cookie }: Gate, isOpen: boolean): Refusal | null {
  const { url = "", method = "", rawHeaders, httpVersion } = request;
  if (httpVersion !== "1.1") return { status: 505, message: "HTTP/1.1 was needed" };
  const hosts = valuesOf(rawHeaders, "host");
  if (hosts.length !== 1 || !isOwnHost(hosts[0], port)) return { status: 421, message: "not for this server" };
  if (!url.startsWith("/")) return { status: 421, message: "a path was needed" };
  if (url.length > longestUrl) return { status: 414, message: `URLs are at most ${longestUrl} characters long` };
  if (rawHeaders.length > 2 * mostHeaders) return { status: 431, message: `at most ${mostHeaders} header fields` };
  if (method !== "GET" && method !== "HEAD" && method !== "POST") return { status: 405, message: "GET or POST" };
  const origins = valuesOf(rawHeaders, "origin");
  const own = `http://${hosts[0].toLowerCase()}`;
  const isForeign = origins.length > 1 || (origins.length === 1 && origins[0].toLowerCase() !== own);
  const sites = valuesOf(rawHeaders, "sec-fetch-site");
  if (isForeign) return { status: 403, message: "another site asks" };
  if (method === "POST" && origins.length === 0) return { status: 403, message: "Origin was needed" };
  if (!isOpen && sites.some((site) => site !== "same-origin" && site !== "none"))
    return { status: 403, message: "another site asks" };
  if (isOpen) return null;
  const given = cookieOf(rawHeaders, cookie.name);
  if (given === null || !sameText(given, cookie.value))
    return { status: 401, message: "open the address that `thing2vec explore` printed" };
  return null;
}

/** Host as `name:port` of this machine, without a user, a trailing dot or another spelling of its address. */
function isOwnHost(host: string, port: number): boolean {
  const lower = host.toLowerCase();
  return ownNames.some((name) => lower === `${name}:${port}` || (port === 80 && lower === name));
}

function valuesOf(rawHeaders: readonly string[], name: string): string[] {
  const values: string[] = [];
  for (let k = 0; k + 1 < rawHeaders.length; k += 2)
    if (rawHeaders[k].toLowerCase() === name) values.push(rawHeaders[k + 1]);
  return values;
}

/** The value of a cookie that is sent once; null otherwise. */
function cookieOf(rawHeaders: readonly string[], name: string): string | null {
  const found = valuesOf(rawHeaders, "cookie")
    .flatMap((line) => line.split(";"))
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`));
  return found.length === 1 ? found[0].slice(name.length + 1) : null;
}

/** Whether two texts are equal, in a time that tells nothing of where they differ. */
export function sameText(a: string, b: string): boolean {
  const [x, y] = [a, b].map((text) => new TextEncoder().encode(text));
  return x.length === y.length && timingSafeEqual(x, y);
}
