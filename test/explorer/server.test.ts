import { type ClientRequest, request as httpRequest, type IncomingMessage } from "node:http";
import { connect, type Socket } from "node:net";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { strictHeaders } from "../../dist/explorer/server/headers.js";
import { type ServedExplorer, serveExplorer } from "../../dist/explorer/server/serve.js";
import { fromWire } from "../../dist/explorer/wire.js";
import { Space } from "../../dist/space/space.js";

let served: ServedExplorer;
let cookie: string;
const faults: unknown[] = [];

beforeAll(async () => {
  const space = Space.from({
    names: ["king", "queen", "man", "woman", "<img src=x onerror=alert(1)>"],
    vectors: Float32Array.of(2, 0, 2, 1, 0, 0, 0, 1, -1, -1),
    geometry: "euclidean",
  });
  served = await serveExplorer([{ space, title: "words" }], { onFault: (error) => faults.push(error) });
  const { headers } = await ask({ path: new URL(served.url).pathname + new URL(served.url).search });
  cookie = (headers["set-cookie"]?.[0] ?? "").split(";")[0];
});

afterAll(async () => {
  await served.close();
  expect(faults).toEqual([]);
});

interface Reply {
  status: number;
  headers: IncomingMessage["headers"];
  body: Buffer;
}

interface Question {
  path?: string;
  method?: string;
  headers?: Record<string, string | string[]>;
  body?: string | Uint8Array;
}

/** A request with exactly these headers (and Host). */
function ask({ path = "/", method = "GET", headers = {}, body }: Question): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const host = `127.0.0.1:${served.port}`;
    const options = { host: "127.0.0.1", port: served.port, path, method, headers: { host, ...headers }, agent: false };
    const request: ClientRequest = httpRequest(options, (response) => {
      const pieces: Buffer[] = [];
      response.on("data", (piece) => pieces.push(piece));
      response.on("end", () => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(pieces) });
      });
      response.on("error", reject);
    });
    request.on("error", reject);
    request.end(body);
  });
}

const own = () => ({
  cookie,
  origin: `http://127.0.0.1:${served.port}`,
  "content-type": "application/json",
  "sec-fetch-site": "same-origin",
});

/** A question as the page asks it, with other headers where given; null leaves one out. */
function question(name: string, body: unknown, change: Record<string, string | null> = {}): Promise<Reply> {
  const headers = Object.fromEntries(Object.entries({ ...own(), ...change }).filter(([, value]) => value !== null));
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return ask({ path: `/api/${name}`, method: "POST", headers: headers as Record<string, string>, body: text });
}

/** What comes back for bytes as they stand; the connection's end ends it. */
function raw(text: string, wait = 3000): Promise<string> {
  return new Promise((resolve) => {
    const socket: Socket = connect(served.port, "127.0.0.1", () => socket.write(text));
    let answer = "";
    const timer = setTimeout(() => socket.destroy(), wait);
    socket.setEncoding("latin1").on("data", (piece) => {
      answer += piece;
    });
    socket.on("error", () => {});
    socket.on("close", () => {
      clearTimeout(timer);
      resolve(answer);
    });
  });
}

const statusOf = (answer: string) => Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0);
const near = { space: 0, request: { query: "king - man + woman" } };

describe("what the page asks is answered", () => {
  test("an expression, over the wire", async () => {
    const { status, body } = await question("near", near);
    expect(status).toBe(200);
    const bytes = new Uint8Array(body);
    expect((fromWire(bytes.buffer) as { neighbors: { name: string }[] }).neighbors[0].name).toBe("queen");
  });

  test("the page itself, to the browser with the cookie alone", async () => {
    expect((await ask({ headers: { cookie } })).status).toBe(200);
    expect((await ask({})).status).toBe(401);
    expect((await ask({ headers: { cookie }, path: "/nothing.js" })).status).toBe(404);
  });

  test("mistakes are told in words, with what was needed", async () => {
    const unknown = await question("near", { space: 0, request: { query: "kng" } });
    expect([unknown.status, String(unknown.body)]).toEqual([404, expect.stringContaining("did you mean king")]);
    expect((await question("near", { space: 7, request: { query: "king" } })).status).toBe(400);
    expect((await question("nothing", {})).status).toBe(404);
    expect((await question("__proto__", {})).status).toBe(404);
    expect((await question("near", { space: 0 })).status).toBe(400);
  });
});

describe("S1 names of hosts", () => {
  const port = () => served.port;
  test("localhost, 127.0.0.1 and [::1] with the port, in any case", async () => {
    for (const host of [`localhost:${port()}`, `LOCALHOST:${port()}`, `127.0.0.1:${port()}`, `[::1]:${port()}`]) {
      expect((await ask({ headers: { host, cookie } })).status, host).toBe(200);
    }
  });

  test("every other name is 421", async () => {
    const names = ["evil.com", "localhost.evil.com", "localhost@evil.com", "evil.com@localhost", "127.0.0.1.nip.io"];
    const addresses = [
      "0.0.0.0",
      "2130706433",
      "0x7f000001",
      "0x7f.1",
      "0177.0.0.1",
      "127.1",
      "[::ffff:127.0.0.1]",
      "[::]",
    ];
    for (const name of [...names, ...addresses, "localhost.", "127.0.0.1.", "", " localhost"]) {
      const text = `GET / HTTP/1.1\r\nHost: ${name}:${port()}\r\nCookie: ${cookie}\r\nConnection: close\r\n\r\n`;
      const status = statusOf(await raw(text));
      // the parser strips blanks around a value
      expect(status, name).toBe(name === " localhost" ? 200 : 421);
    }
    for (const host of ["localhost", "127.0.0.1", `localhost:${port() + 1}`, `localhost:0${port()}`]) {
      expect((await ask({ headers: { host, cookie } })).status, host).toBe(421);
    }
  });

  test("none, two, a whole URL in the first line, HTTP/1.0", async () => {
    const host = `Host: 127.0.0.1:${port()}\r\n`;
    const end = `Cookie: ${cookie}\r\nConnection: close\r\n\r\n`;
    expect(statusOf(await raw(`GET / HTTP/1.1\r\n${end}`))).toBe(400);
    expect(statusOf(await raw(`GET / HTTP/1.1\r\n${host}${host}${end}`))).toBeGreaterThanOrEqual(400);
    expect(statusOf(await raw(`GET / HTTP/1.1\r\n${host}Host: evil.com\r\n${end}`))).toBeGreaterThanOrEqual(400);
    expect(statusOf(await raw(`GET http://127.0.0.1:${port()}/ HTTP/1.1\r\n${host}${end}`))).toBe(421);
    expect(statusOf(await raw(`GET / HTTP/1.0\r\n${host}${end}`))).toBe(505);
  });
});

describe("S3, S4 other sites", () => {
  test("another origin, none, null, a file and another port are refused", async () => {
    for (const origin of [
      "http://evil.com",
      "null",
      "file://",
      `http://127.0.0.1:${served.port + 1}`,
      `https://127.0.0.1:${served.port}`,
    ]) {
      expect((await question("near", near, { origin })).status, origin).toBe(403);
      expect((await ask({ headers: { cookie, origin } })).status, origin).toBe(403);
    }
    expect((await question("near", near, { origin: null })).status).toBe(403);
    expect((await question("near", near, { "sec-fetch-site": "cross-site" })).status).toBe(403);
    expect((await question("near", near, { "sec-fetch-site": "same-site" })).status).toBe(403);
  });

  test("forms and texts are no questions", async () => {
    for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", null])
      expect((await question("near", near, { "content-type": type })).status, String(type)).toBe(415);
  });

  test("nothing allows another origin; a preflight gets nothing", async () => {
    for (const reply of [await question("near", near), await ask({ headers: { cookie } })])
      expect(Object.keys(reply.headers).filter((name) => name.startsWith("access-control"))).toEqual([]);
    const preflight = await ask({
      method: "OPTIONS",
      path: "/api/near",
      headers: { origin: "http://evil.com", "access-control-request-method": "POST" },
    });
    expect(preflight.status).toBe(405);
    expect(Object.keys(preflight.headers).filter((name) => name.startsWith("access-control"))).toEqual([]);
  });

  test("GET asks nothing", async () => {
    expect((await ask({ path: "/api/near", headers: { cookie } })).status).toBe(404);
    for (const method of ["PUT", "DELETE", "PATCH", "TRACE", "CONNECT"])
      expect(
        statusOf(await raw(`${method} / HTTP/1.1\r\nHost: 127.0.0.1:${served.port}\r\nConnection: close\r\n\r\n`)),
        method,
      ).toBeGreaterThanOrEqual(400);
  });
});

describe("S5 the token", () => {
  test("is needed once, whole, and changed for a cookie that scripts and other sites do not see", async () => {
    const { pathname, search } = new URL(served.url);
    const reply = await ask({ path: pathname + search });
    expect(reply.status).toBe(303);
    expect(reply.headers.location).toBe("/");
    expect(reply.headers["set-cookie"]?.[0]).toMatch(/^thing2vec-\d+=[\w-]{43}; HttpOnly; SameSite=Strict; Path=\/$/);
  });

  test("a pass lets in once, and from a file it leads on by a page of our own, to which the strict cookie is sent", async () => {
    const { pathname, search } = new URL(served.passingUrl());
    const site = { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" };
    const reply = await ask({ path: pathname + search, headers: site });
    expect([reply.status, String(reply.body)]).toEqual([200, expect.stringContaining('content="0; url=/"')]);
    expect(reply.headers["set-cookie"]?.[0]).toContain("SameSite=Strict");
    expect((await ask({ path: pathname + search })).status).toBe(401);
  });

  test("cookies that are missing, wrong, short, long or doubled open nothing", async () => {
    const [name, value] = cookie.split("=");
    for (const wrong of [
      `${name}=`,
      `${name}=${value.slice(1)}`,
      `${name}=${value}x`,
      `${name}=${"A".repeat(43)}`,
      `${cookie}; ${cookie}`,
      `x${cookie}`,
    ])
      expect((await question("near", near, { cookie: wrong })).status, wrong).toBe(401);
  });

  test("wrong tokens are refused, and after ten a second nobody is let in for a while", async () => {
    const token = new URL(served.url).searchParams.get("token") ?? "";
    for (const wrong of [
      "token=",
      `token=${token.slice(1)}`,
      `token=${token}x`,
      `token=${token}&token=${token}`,
      "other=1",
    ])
      expect((await ask({ path: `/?${wrong}` })).status, wrong).toBe(401);
    const rest = await Promise.all(Array.from({ length: 15 }, () => ask({ path: "/?token=guess" })));
    expect(rest.map(({ status }) => status)).toContain(429);
    expect((await ask({ path: `/?token=${token}` })).status).toBe(429);
    await new Promise((resolve) => setTimeout(resolve, 1100));
    expect((await ask({ path: `/?token=${token}` })).status).toBe(303);
  });
});

test("S7 no path leads out of the page's files", async () => {
  const ways = [
    "/../package.json",
    "/%2e%2e/package.json",
    "/..%2fpackage.json",
    "/%252e%252e/x",
    "/assets/..%5c..%5cx",
  ];
  const odd = [
    "/index.html%00.js",
    "//index.html",
    "/C:/windows",
    "/%c0%ae%c0%ae/x",
    "/INDEX.HTML",
    "/assets",
    "/./index.html",
  ];
  for (const path of [...ways, ...odd]) expect((await ask({ path, headers: { cookie } })).status, path).toBe(404);
});

describe("S8 limits", () => {
  test("of URLs, fields, headers, bodies, nesting and counts", async () => {
    expect((await ask({ path: `/${"a".repeat(8200)}`, headers: { cookie } })).status).toBe(414);
    const many = Object.fromEntries(Array.from({ length: 70 }, (_, k) => [`x-${k}`, "1"]));
    expect((await ask({ headers: { cookie, ...many } })).status).toBe(431);
    const long = `GET / HTTP/1.1\r\nHost: 127.0.0.1:${served.port}\r\nX: ${"a".repeat(17_000)}\r\n\r\n`;
    expect(statusOf(await raw(long))).toBeGreaterThanOrEqual(400);
    expect((await question("near", "[".repeat(100_000))).status).toBe(400);
    expect((await question("near", `{"a":${"[".repeat(70)}${"]".repeat(70)}}`)).status).toBe(400);
    expect((await question("near", "[1]")).status).toBe(400);
    expect((await question("near", '{"space":')).status).toBe(400);
    expect((await question("near", { space: 0, request: { query: "king", count: 10_001 } })).status).toBe(400);
    expect((await question("rowsOf", { space: 0, names: Array(1001).fill("king") })).status).toBe(400);
    const announced = await raw(
      `POST /api/near HTTP/1.1\r\nHost: 127.0.0.1:${served.port}\r\nOrigin: http://127.0.0.1:${served.port}\r\n` +
        `Cookie: ${cookie}\r\nContent-Type: application/json\r\nContent-Length: 10000001\r\n\r\n{`,
    );
    expect(statusOf(announced)).toBe(413);
  });

  test("a pattern made to be slow is answered at once", async () => {
    const reply = await question("search", { space: 0, text: `${"*a".repeat(500)}*b`, options: {} });
    expect(reply.status).toBe(200);
  });
});

test("S9 hundreds of half-open connections keep nobody out", async () => {
  const sockets = await Promise.all(
    Array.from(
      { length: 500 },
      () =>
        new Promise<Socket>((resolve) => {
          const socket = connect(served.port, "127.0.0.1", () => {
            socket.write("GET / HT");
            resolve(socket);
          });
          socket.on("error", () => resolve(socket));
        }),
    ),
  );
  // each of them sends a byte now and then, and is still heard when a request comes
  for (const socket of sockets) if (socket.writable) socket.write("T");
  const reply = await Promise.race([
    question("near", near),
    new Promise<never>((_, reject) => setTimeout(() => reject(new Error("no answer within a second")), 1000)),
  ]);
  expect(reply.status).toBe(200);
  for (const socket of sockets) socket.destroy();
});

describe("S6, S10 what is no request", () => {
  const head = () =>
    `POST /api/near HTTP/1.1\r\nHost: 127.0.0.1:${served.port}\r\nOrigin: http://127.0.0.1:${served.port}\r\nCookie: ${cookie}\r\nContent-Type: application/json\r\n`;

  test("two lengths, both kinds of length, bad chunks, bare line feeds, expectations and upgrades are refused and closed", async () => {
    const bad = [
      `${head()}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}`,
      `${head()}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}`,
      `${head()}Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n`,
      `${head()}Transfer-Encoding: gzip, chunked, x\r\n\r\n`,
      head().replaceAll("\r\n", "\n"),
      `${head()}Expect: 100-continue\r\nContent-Length: 2\r\n\r\n`,
      `${head()}Expect: more\r\nContent-Length: 2\r\n\r\n`,
      `GET / HTTP/1.1\r\nHost: 127.0.0.1:${served.port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n`,
      "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ];
    for (const text of bad) {
      const answer = await raw(text, 1500);
      expect(statusOf(answer), JSON.stringify(text.slice(-60))).toBeGreaterThanOrEqual(400);
      expect(statusOf(answer), JSON.stringify(text.slice(-60))).toBeLessThan(500);
      for (const name of Object.keys(strictHeaders)) expect(answer.toLowerCase(), name).toContain(name.toLowerCase());
    }
  });

  test("a thousand requests in one breath are answered in order", async () => {
    const one = `GET / HTTP/1.1\r\nHost: 127.0.0.1:${served.port}\r\nCookie: ${cookie}\r\n`;
    const answer = await raw(`${`${one}\r\n`.repeat(999)}${one}Connection: close\r\n\r\n`, 8000);
    expect(answer.match(/HTTP\/1\.1 200/g)?.length).toBe(1000);
  });

  test("random bytes and random requests crash nothing and are no fault of ours", async () => {
    const methods = fc.constantFrom("GET", "POST", "HEAD", "PUT", "get", "");
    const paths = fc.oneof(
      fc.constantFrom("/", "/api/near", "/api/jobs/1/events", "/api/jobs/1/cancel", "/api/thumbnails/0/0"),
      fc.webPath(),
    );
    const fields = fc.array(
      fc.tuple(fc.constantFrom("Origin", "Cookie", "Content-Type", "Range", "Accept", "X"), fc.string()),
      { maxLength: 4 },
    );
    await fc.assert(
      fc.asyncProperty(methods, paths, fields, fc.string(), async (method, path, list, body) => {
        const lines = list.map(([name, value]) => `${name}: ${value.replace(/[\r\n]/g, "")}\r\n`).join("");
        const text = `${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1:${served.port}\r\n${lines}Connection: close\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
        const answer = await raw(text, 2000);
        expect(statusOf(answer)).toBeLessThan(500);
      }),
      { numRuns: 2000 },
    );
    expect((await question("near", near)).status).toBe(200);
  });
});

test("S6 streams of events are judged as all else is, and end with their job", async () => {
  const request = { method: "tsne", dimensions: 2, settings: {} };
  const reply = await question("project", { space: 0, request });
  const { job } = fromWire(new Uint8Array(reply.body).buffer) as { job: number };
  const path = `/api/jobs/${job}/events`;
  expect((await ask({ path, headers: { cookie, host: "evil.com" } })).status).toBe(421);
  expect((await ask({ path, headers: { cookie, origin: "http://evil.com" } })).status).toBe(403);
  expect((await ask({ path, headers: { cookie, "sec-fetch-site": "cross-site" } })).status).toBe(403);
  expect((await ask({ path })).status).toBe(401);
  const streams = await Promise.all(Array.from({ length: 20 }, () => ask({ path, headers: { cookie } })));
  for (const { status, headers } of streams)
    expect([status, headers["content-type"]]).toEqual([200, "text/event-stream"]);
});

test("S6 a hundred streams may be open, the next is told why, and all hear that their job was cancelled", async () => {
  const request = { method: "tsne", dimensions: 2, settings: { perplexity: 1, iterations: 1_000_000 } };
  const { body } = await question("project", { space: 0, request });
  const { job } = fromWire(new Uint8Array(body).buffer) as { job: number };
  const path = `/api/jobs/${job}/events`;
  let following = 0;
  const streams = Array.from(
    { length: 100 },
    () =>
      new Promise<string>((resolve, reject) => {
        const options = { host: "127.0.0.1", port: served.port, path, headers: { cookie }, agent: false };
        const request = httpRequest(options, async (response) => {
          following++;
          let text = "";
          for await (const piece of response) text += piece;
          resolve(text);
        });
        request.on("error", reject).end();
      }),
  );
  await expect.poll(() => following).toBe(100);
  const { status, body: told } = await ask({ path, headers: { cookie } });
  expect([status, JSON.parse(String(told)).error]).toEqual([
    503,
    expect.stringMatching(/^100 pages follow work already/),
  ]);
  expect((await question(`jobs/${job}/cancel`, {})).status).toBe(200);
  for (const text of await Promise.all(streams))
    expect(text).toMatch(/event: failed\ndata: \{"error":"cancelled"\}\n\n$/);
  expect((await ask({ path, headers: { cookie } })).status).toBe(200);
  expect((await ask({ path: `/api/jobs/${job}/result`, headers: { cookie } })).status).toBe(404);
});

test("S8 eight jobs may run at a time; where one is cancelled another may begin", async () => {
  const request = { method: "tsne", dimensions: 2, settings: { perplexity: 1, iterations: 1_000_000 } };
  const begin = () => question("project", { space: 0, request });
  const begun = await Promise.all(Array.from({ length: 8 }, begin));
  const jobs = begun.map(({ body }) => (fromWire(new Uint8Array(body).buffer) as { job: number }).job);
  const refused = await begin();
  expect([refused.status, JSON.parse(String(refused.body)).error]).toEqual([
    400,
    expect.stringMatching(/^8 jobs are running/),
  ]);
  await question(`jobs/${jobs[0]}/cancel`, {});
  await ask({ path: `/api/jobs/${jobs[0]}/events`, headers: { cookie } });
  const last = await begin();
  expect(last.status).toBe(200);
  jobs.push((fromWire(new Uint8Array(last.body).buffer) as { job: number }).job);
  await Promise.all(jobs.map((job) => question(`jobs/${job}/cancel`, {})));
});

test("S8 what takes longer than it may is stopped, and told", async () => {
  let stopped: unknown;
  const space = Space.from(
    { names: ["a"], vectors: Float32Array.of(1, 2), method: "slow", models: { decoder: new Uint8Array([1]) } },
    {
      decoders: {
        slow: async () => (_, signal) =>
          new Promise((_resolve, reject) => {
            signal?.addEventListener("abort", () => {
              stopped = signal.reason;
              reject(signal.reason);
            });
          }),
      },
    },
  );
  const patient = served;
  const known = cookie;
  served = await serveExplorer([{ space, title: "slow" }], { longestAnswer: 0.2 });
  try {
    const { headers } = await ask({ path: `/${new URL(served.url).search}` });
    cookie = (headers["set-cookie"]?.[0] ?? "").split(";")[0];
    const { status, body } = await question("decode", { space: 0, place: { at: "a" } });
    expect([status, JSON.parse(String(body))]).toEqual([503, { error: "that took longer than 0.2 s" }]);
    expect(stopped).toMatchObject({ name: "TimeoutError" });
  } finally {
    await served.close();
    served = patient;
    cookie = known;
  }
});

test("S11 every answer carries the strict headers, and none tells what serves it", async () => {
  const { pathname, search } = new URL(served.url);
  const replies = [
    await ask({ headers: { cookie } }),
    await ask({}),
    await ask({ path: pathname + search }),
    await ask({ headers: { host: "evil.com" } }),
    await ask({ path: "/nothing", headers: { cookie } }),
    await question("near", near),
    await question("near", { space: 9 }),
    await question("near", near, { origin: "http://evil.com" }),
  ];
  for (const { status, headers } of replies) {
    for (const [name, value] of Object.entries(strictHeaders))
      expect(headers[name.toLowerCase()], `${status} ${name}`).toBe(value);
    expect(headers.server).toBeUndefined();
    expect(headers["x-powered-by"]).toBeUndefined();
  }
  expect(strictHeaders["Content-Security-Policy"]).toContain("default-src 'self'");
  expect(strictHeaders["Content-Security-Policy"]).not.toContain("'unsafe-inline'");
});

test("a job reports, ends, and its result is fetched; one that cannot begin says why", async () => {
  const request = { method: "pca", dimensions: 2, settings: {} };
  const started = fromWire(new Uint8Array((await question("project", { space: 0, request })).body).buffer) as {
    job: number;
  };
  const events = await ask({ path: `/api/jobs/${started.job}/events`, headers: { cookie } });
  expect(String(events.body)).toContain("event: done");
  const result = await ask({ path: `/api/jobs/${started.job}/result`, headers: { cookie } });
  const points = fromWire(new Uint8Array(result.body).buffer) as { coordinates: Float32Array; dimensions: number };
  expect([points.dimensions, points.coordinates.length]).toEqual([2, 10]);
  expect((await question(`jobs/${started.job}/cancel`, {})).status).toBe(200);
  expect((await ask({ path: "/api/jobs/99/events", headers: { cookie } })).status).toBe(404);
  const wrong = fromWire(
    new Uint8Array((await question("project", { space: 0, request: { ...request, method: "magic" } })).body).buffer,
  ) as { job: number };
  const failed = await ask({ path: `/api/jobs/${wrong.job}/events`, headers: { cookie } });
  expect(String(failed.body)).toMatch(/event: failed\ndata: .*method must be/);
});
