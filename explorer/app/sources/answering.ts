/**
 * The worker of an exported page: loads the spaces that lie beside it and answers what the server would, by the same routes.
 */
import { type OpenedSpace, SpaceAnswers } from "../../../src/explorer/answers.js";
import type { ExportedSpace } from "../../../src/explorer/export-mark.js";
import type { JobProgress } from "../../../src/explorer/protocol.js";
import { routes, type WorkPlace } from "../../../src/explorer/routes.js";
import { toWire } from "../../../src/explorer/wire.js";
import { decoders, encoders } from "../../../src/joint/encoders.js";
import { Space } from "../../../src/space/space.js";
import { runtimeAt } from "./page-platform.js";

export type ToWorker =
  | { open: readonly ExportedSpace[]; base: string }
  | { id: number; name: string; question: Record<string, unknown> }
  | { cancel: number };

export type FromWorker =
  | { id: number; answer: ArrayBuffer }
  | { id: number; error: string }
  | { id: number; progress: JobProgress; points?: ArrayBuffer };

/** Opens the spaces, once; what failed is tried again when it is asked for again. */
let spaces: () => Promise<SpaceAnswers>;
const running = new Map<number, AbortController>();

self.addEventListener("message", ({ data }: MessageEvent<ToWorker>) => {
  if ("open" in data) {
    runtimeAt(new URL("runtime/", data.base).href);
    let opening: Promise<SpaceAnswers> | undefined;
    spaces = () => {
      opening ??= opened(data.open, data.base).catch((error) => {
        opening = undefined;
        throw error;
      });
      return opening;
    };
  } else if ("cancel" in data) running.get(data.cancel)?.abort(new Error("cancelled"));
  else void answer(data.id, data.name, data.question);
});

async function opened(exported: readonly ExportedSpace[], base: string): Promise<SpaceAnswers> {
  const open = async ({ title, path }: ExportedSpace): Promise<OpenedSpace> => ({
    space: await Space.load(new URL(path, base).href, { encoders, decoders }),
    title,
  });
  return new SpaceAnswers(await Promise.all(exported.map(open)));
}

async function answer(id: number, name: string, body: Record<string, unknown>): Promise<void> {
  const stop = new AbortController();
  running.set(id, stop);
  try {
    const value = await answerTo(id, name, body, await spaces(), stop.signal);
    const bytes = toWire(value).buffer;
    post({ id, answer: bytes }, [bytes]);
  } catch (error) {
    post({ id, error: error instanceof Error ? error.message : String(error) });
  } finally {
    running.delete(id);
  }
}

/** Long work is answered with its result, and tells on its way how far it is. */
async function answerTo(
  id: number,
  name: string,
  body: Record<string, unknown>,
  answers: SpaceAnswers,
  signal: AbortSignal,
): Promise<unknown> {
  if (name === "thumbnails") return answers.thumbnailSheet(body.space as number, body.sheet as number);
  let work: Promise<unknown> | null = null;
  const jobs: WorkPlace = {
    start(begin) {
      work = begin((progress, points) => {
        const bytes = points && toWire(points).buffer;
        post({ id, progress, points: bytes }, bytes && [bytes]);
      }, signal);
      return id;
    },
  };
  const answer = await routes[name]({ answers, jobs, body, signal });
  return work ?? answer;
}

function post(message: FromWorker, moved: Transferable[] = []): void {
  self.postMessage(message, { transfer: moved });
}
