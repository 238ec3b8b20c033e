import type { Job, TrainingReport } from "../../../src/explorer/protocol.js";

/** What takes questions to the answers of spaces, and brings what comes back: HTTP to a server, messages to a worker. */
export interface Carrier {
  /** Asks by the name of a route. Rejects with an `Error` whose message is for people. */
  ask<T>(name: string, question: object, signal?: AbortSignal): Promise<T>;
  /** Begins long work by the name of a route. */
  start<T>(name: string, question: object): Job<T>;
  /** A sheet of thumbnails. */
  sheet(space: number, sheet: number): Promise<Blob>;
  /** Listens to a training; returns what ends the listening. */
  watch(space: number, listener: (report: TrainingReport) => void): () => void;
  /** Listens to whether answers come: null, or why not in words for people. Called at once with what is known. */
  onConnection(listener: (lost: string | null) => void): void;
}
