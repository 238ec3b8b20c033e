import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { fileURLToPath } from "node:url";
import { NotFoundError } from "../../io/errors.js";
import { type Explored, SpaceAnswers } from "../answers.js";
import { BadRequest } from "../question.js";
import { routes } from "../routes.js";
import { toWire } from "../wire.js";
import { readJson } from "./body.js";
import { EventStreams } from "./event-streams.js";
import { type Gate, refusalOf, sameText } from "./gate.js";
import { rawAnswer, strictHeaders } from "./headers.js";
import { Jobs } from "./jobs.js";
import { type PageFile, readPageFiles } from "./page-files.js";
import { Watches } from "./watches.js";

export interface ServeOptions {
  /** The port of 127.0.0.1; a free one by default. */
  port?: number;
  /** Seconds that an answer may take, 10 by default; long work is a job. */
  longestAnswer?: number;
  /** Told of faults that are ours. */
  onFault?: (error: unknown) => void;
}

export interface ServedExplorer {
  /** The address to open, with the token that lets one browser in. */
  url: string;
  /** Another such address, which lets in once: for a file that is left for a browser. */
  passingUrl(): string;
  port: number;
  close(): Promise<void>;
}

const mostConnections = 256;
/** Wrong tokens a second. */
const mostFailures = 10;
/** Milliseconds in which a reader must take something of what is waiting for it. */
const slowestReader = 30_000;
/** Leads on to the page, as the page itself would. */
const onward = '<!doctype html><meta http-equiv="refresh" content="0; url=/"><title>thing2vec</title>\n';

/**
 * Serves the explorer's page and the answers of spaces on 127.0.0.1, to the browser that has the token and to no other site,
 * name or program. The token in the address is changed for a cookie at once; every request is judged by `refusalOf` before
 * anything else. Throws Node's errors where the port is taken (EADDRINUSE) or not allowed (EACCES).
 */
export async function serveExplorer(
  opened: readonly Explored[],
  { port = 0, longestAnswer = 10, onFault = () => {} }: ServeOptions = {},
): Promise<ServedExplorer> {
  const files = await readPageFiles(fileURLToPath(new URL("../page", import.meta.url)));
  const token = secret();
  const passes = new Set<string>();
  const answers = new SpaceAnswers(opened);
  answers.spaces().catch(() => {}); // read while the browser starts; what fails is told to the page when it asks
  const streams = new EventStreams();
  const jobs = new Jobs(streams);
  const watches = new Watches(opened, streams);
  const gate: Gate = { port, cookie: { name: "thing2vec", value: secret() } };
  const failures = new Failures();
  const server = createServer(
    { maxHeaderSize: 16_384, headersTimeout: 10_000, requestTimeout: 30_000, keepAliveTimeout: 5_000 },
    (request, response) => {
      handle(request, response).catch((error) => {
        onFault(error);
        answerText(response, 500, "a fault of the explorer");
      });
    },
  );

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = request.url ?? "";
    const [path, query = ""] = splitUrl(url);
    const entering = path === "/" && query !== "";
    const refusal = refusalOf(request, gate, entering);
    if (refusal !== null) return refuse(request, response, refusal.status, refusal.message);
    if (entering) enter(request, response, query);
    else if (request.method === "POST") await answer(request, response, path);
    else if (path.startsWith("/api/")) await give(response, path);
    else sendFile(request, response, path, files.get(path === "/" ? "/index.html" : path));
  }

  function enter(request: IncomingMessage, response: ServerResponse, query: string): void {
    const given = new URLSearchParams(query).getAll("token");
    if (failures.tooMany()) answerText(response, 429, "too many wrong tokens; wait a second");
    else if (given.length !== 1 || !lets(given[0])) {
      failures.note();
      answerText(response, 401, "open the address that `thing2vec explore` printed");
    } else {
      const { name, value } = gate.cookie;
      response.setHeader("Set-Cookie", `${name}=${value}; HttpOnly; SameSite=Strict; Path=/`);
      const site = request.headers["sec-fetch-site"];
      // a strict cookie is not sent on where a file or a link led here: then the next step must be our own
      if (site !== undefined && site !== "none" && site !== "same-origin") send(response, 200, "text/html", onward);
      else {
        response.setHeader("Location", "/");
        answerText(response, 303, "");
      }
    }
  }

  /** Whether a token lets in; a pass is used up by it. */
  function lets(given: string): boolean {
    const pass = [...passes].find((one) => sameText(given, one));
    if (pass !== undefined) passes.delete(pass);
    return sameText(given, token) || pass !== undefined;
  }

  async function answer(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
    const name = path.slice("/api/".length);
    const cancelled = /^\/api\/jobs\/(\d{1,9})\/cancel$/.exec(path);
    const ask = cancelled === null ? routeOf(name) : async () => jobs.cancel(Number(cancelled[1]));
    if (!path.startsWith("/api/") || ask === undefined)
      return refuse(request, response, 404, "there is no such question");
    const gone = new AbortController();
    response.on("close", () => gone.abort(new Error("the page went on")));
    const late = AbortSignal.timeout(1000 * longestAnswer);
    try {
      const body = await readJson(request);
      const signal = AbortSignal.any([gone.signal, late]);
      sendBytes(response, toWire(await ask({ answers, jobs, body, signal })));
    } catch (error) {
      if (gone.signal.aborted) return;
      if (late.aborted) return answerError(response, 503, `that took longer than ${longestAnswer} s`);
      if (error instanceof BadRequest) return refuse(request, response, error.status, error.message);
      explain(response, error);
    }
  }

  /** What is only looked at: events, maps and results of jobs, and thumbnails. */
  async function give(response: ServerResponse, path: string): Promise<void> {
    const job = /^\/api\/jobs\/(\d{1,9})\/(events|points|result)$/.exec(path);
    const sheet = /^\/api\/thumbnails\/(\d{1,9})\/(\d{1,9})$/.exec(path);
    if (sheet !== null) {
      try {
        sendBytes(response, await answers.thumbnailSheet(Number(sheet[1]), Number(sheet[2])), "image/png");
      } catch (error) {
        explain(response, error);
      }
      return;
    }
    const training = /^\/api\/watch\/(\d{1,9})\/(events|points)$/.exec(path);
    const followed = training === null ? jobs : watches;
    const id = Number((training ?? job)?.[1]);
    const what = (training ?? job)?.[2];
    if (!followed.has(id)) answerError(response, 404, "there is no such job or training");
    else if (what === "events" && streams.refusal !== null) answerError(response, 503, streams.refusal);
    else if (what === "events") {
      head(response, 200, { "Content-Type": "text/event-stream" });
      response.socket?.setTimeout(0); // it may say nothing for long
      if (!followed.follow(id, response)) response.end();
    } else {
      const found = what === "points" ? followed.points(id) : jobs.result(id);
      if (found === null) answerError(response, 404, "it has come to nothing yet");
      else sendBytes(response, toWire("result" in found ? found.result : found));
    }
  }

  guard(server);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  gate.port = (server.address() as AddressInfo).port;
  gate.cookie.name = `thing2vec-${gate.port}`; // cookies know no ports
  return {
    url: `http://127.0.0.1:${gate.port}/?token=${token}`,
    passingUrl() {
      const pass = secret();
      passes.add(pass);
      return `http://127.0.0.1:${gate.port}/?token=${pass}`;
    },
    port: gate.port,
    async close() {
      jobs.close();
      watches.close();
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

function secret(): string {
  return randomBytes(32).toString("base64url");
}

function routeOf(name: string): (typeof routes)[string] | undefined {
  return Object.hasOwn(routes, name) ? routes[name] : undefined;
}

function splitUrl(url: string): [string, string?] {
  const at = url.indexOf("?");
  return at < 0 ? [url] : [url.slice(0, at), url.slice(at + 1)];
}

/** Answers with what was wrong with the question; throws what is a fault of ours. */
function explain(response: ServerResponse, error: unknown): void {
  const isOurs = !(error instanceof Error) || error.message.startsWith("internal:") || error instanceof ReferenceError;
  if (isOurs) throw error;
  answerError(response, error instanceof NotFoundError ? 404 : 400, error.message);
}

function head(response: ServerResponse, status: number, headers: Readonly<Record<string, string>>): void {
  response.writeHead(status, { ...strictHeaders, ...headers });
}

function sendBytes(response: ServerResponse, bytes: Uint8Array, type = "application/octet-stream"): void {
  head(response, 200, { "Content-Type": type, "Content-Length": String(bytes.length) });
  response.end(bytes);
}

function answerText(response: ServerResponse, status: number, message: string): void {
  send(response, status, "text/plain; charset=utf-8", message);
}

function answerError(response: ServerResponse, status: number, message: string): void {
  send(response, status, "application/json", JSON.stringify({ error: message }));
}

/** A short answer; a connection whose answer has begun already can only be cut. */
function send(response: ServerResponse, status: number, type: string, text: string): void {
  if (response.headersSent) response.destroy();
  else {
    head(response, status, { "Content-Type": type });
    response.end(text);
  }
}

/** Refuses, and does not read what may still be coming. */
function refuse(request: IncomingMessage, response: ServerResponse, status: number, message: string): void {
  if (!request.complete) response.setHeader("Connection", "close");
  answerError(response, status, message);
  if (!request.complete) response.on("finish", () => request.destroy());
}

function sendFile(request: IncomingMessage, response: ServerResponse, path: string, file: PageFile | undefined): void {
  if (file === undefined) {
    answerText(response, 404, "there is no such file");
    return;
  }
  const { type, bytes } = file;
  const headers: Record<string, string> = { "Content-Type": type, "Content-Length": String(bytes.length) };
  // names of assets hold a hash of their content
  if (path.startsWith("/assets/")) headers["Cache-Control"] = "private, max-age=31536000, immutable";
  head(response, 200, headers);
  response.end(request.method === "HEAD" ? undefined : bytes);
}

/** What never becomes a request: broken ones, upgrades, expectations, and connections that only wait. */
function guard(server: Server): void {
  server.setTimeout(slowestReader);
  const waiting = new Set<Socket>();
  server.on("connection", (socket) => {
    waiting.add(socket);
    socket.on("close", () => waiting.delete(socket));
    // the oldest of too many make room: those that have not asked anything for longest
    if (waiting.size > mostConnections) waiting.values().next().value?.destroy();
  });
  server.on("request", ({ socket }) => {
    waiting.delete(socket);
    waiting.add(socket);
  });
  server.on("clientError", (_, socket) => {
    if (socket.writable) socket.end(rawAnswer(400, "Bad Request"));
    else socket.destroy();
  });
  server.on("connect", (_, socket) => socket.end(rawAnswer(405, "Method Not Allowed")));
  server.on("upgrade", (_, socket) => socket.end(rawAnswer(400, "Bad Request")));
  server.on("checkContinue", (_, response) => response.socket?.end(rawAnswer(400, "Bad Request")));
  server.on("checkExpectation", (_, response) => response.socket?.end(rawAnswer(400, "Bad Request")));
}

/** Counts wrong tokens of the last second. */
class Failures {
  #times: number[] = [];

  note(): void {
    this.#times.push(performance.now());
  }

  tooMany(): boolean {
    const since = performance.now() - 1000;
    this.#times = this.#times.filter((time) => time > since);
    return this.#times.length >= mostFailures;
  }
}
