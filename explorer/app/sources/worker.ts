import type { ExportedSpace } from "../../../src/explorer/export-mark.js";
import type { Job, JobProgress, Points } from "../../../src/explorer/protocol.js";
import { fromWire } from "../../../src/explorer/wire.js";
import type { FromWorker, ToWorker } from "./answering.js";
import type { Carrier } from "./carrier.js";

interface Waiting {
  resolve: (answer: unknown) => void;
  reject: (error: Error) => void;
  onProgress: (progress: JobProgress, points?: Points) => void;
}

/** Answers by a worker of this page: what an exported page does without a server. */
export class WorkerCarrier implements Carrier {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  readonly #listeners: ((lost: string | null) => void)[] = [];
  #lost: string | null = null;
  #next = 1;

  constructor(spaces: readonly ExportedSpace[], base: URL) {
    this.#worker = new Worker(new URL("./answering.ts", import.meta.url), { type: "module" });
    this.#worker.onmessage = ({ data }) => this.#take(data);
    this.#worker.onerror = ({ message }) => this.#lose(`The part of the page that answers has failed: ${message}`);
    this.#post({ open: spaces, base: base.href });
  }

  onConnection(listener: (lost: string | null) => void): void {
    this.#listeners.push(listener);
    listener(this.#lost);
  }

  ask<T>(name: string, question: object, signal?: AbortSignal): Promise<T> {
    const { id, answer } = this.#send<T>(name, question);
    signal?.addEventListener("abort", () => this.#cancel(id, signal.reason), { once: true });
    return answer;
  }

  start<T>(name: string, question: object): Job<T> {
    const listeners: ((progress: JobProgress, points?: Points) => void)[] = [];
    const { id, answer } = this.#send<T>(name, question, (progress, points) => {
      for (const listener of listeners) listener(progress, points);
    });
    return {
      onProgress: (listener) => listeners.push(listener),
      result: answer,
      cancel: () => this.#cancel(id, new Error("cancelled")),
    };
  }

  async sheet(space: number, sheet: number): Promise<Blob> {
    const png = await this.ask<Uint8Array<ArrayBuffer>>("thumbnails", { space, sheet });
    return new Blob([png], { type: "image/png" });
  }

  /** Nothing is trained here. */
  watch(): () => void {
    return () => {};
  }

  #send<T>(
    name: string,
    question: object,
    onProgress: Waiting["onProgress"] = () => {},
  ): { id: number; answer: Promise<T> } {
    const id = this.#next++;
    const answer = new Promise<T>((resolve, reject) => {
      if (this.#lost !== null) throw new Error(this.#lost);
      this.#waiting.set(id, { resolve: resolve as Waiting["resolve"], reject, onProgress });
      this.#post({ id, name, question: question as Record<string, unknown> });
    });
    return { id, answer };
  }

  #cancel(id: number, reason: Error): void {
    this.#waiting.get(id)?.reject(reason);
    this.#waiting.delete(id);
    this.#post({ cancel: id });
  }

  #take(message: FromWorker): void {
    const waiting = this.#waiting.get(message.id);
    if (waiting === undefined) return;
    if ("progress" in message) {
      const { progress, points } = message;
      waiting.onProgress(progress, points === undefined ? undefined : (fromWire(points) as Points));
      return;
    }
    this.#waiting.delete(message.id);
    if ("error" in message) waiting.reject(new Error(message.error));
    else waiting.resolve(fromWire(message.answer));
  }

  #lose(why: string): void {
    this.#lost = why;
    for (const { reject } of this.#waiting.values()) reject(new Error(why));
    this.#waiting.clear();
    for (const listener of this.#listeners) listener(why);
  }

  #post(message: ToWorker): void {
    this.#worker.postMessage(message);
  }
}
