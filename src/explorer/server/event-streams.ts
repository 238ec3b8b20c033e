import type { ServerResponse } from "node:http";

/** Streams that may be open at a time, and bytes that may wait for a reader before it is let go. */
const mostStreams = 100;
const mostWaiting = 1_000_000;

/** Server-sent events: all who listen to anything count together, and who is too slow is let go. */
export class EventStreams {
  #open = 0;

  /** Why no more may be opened now; null where they may. */
  get refusal(): string | null {
    if (this.#open < mostStreams) return null;
    return `${mostStreams} pages follow work already; close one of the explorer's pages, and begin again`;
  }

  /** Those who listen to one thing, of which there are none yet. */
  channel(): EventChannel {
    return new EventChannel(
      () => {
        if (this.#open >= mostStreams) return false;
        this.#open++;
        return true;
      },
      () => {
        this.#open--;
      },
    );
  }
}

/** Those who listen to one thing. */
export class EventChannel {
  readonly #streams = new Set<ServerResponse>();
  readonly #enter: () => boolean;
  readonly #leave: () => void;

  constructor(enter: () => boolean, leave: () => void) {
    this.#enter = enter;
    this.#leave = leave;
  }

  /** Takes a response whose head is sent already; false where there are too many. */
  add(response: ServerResponse): boolean {
    if (!this.#enter()) return false;
    this.#streams.add(response);
    response.on("close", () => {
      this.#streams.delete(response);
      this.#leave();
    });
    response.write(": follow\n\n");
    return true;
  }

  /** Tells all, or some. */
  send(event: string, data: object, to: Iterable<ServerResponse> = this.#streams): void {
    const text = `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
    for (const stream of to) {
      if (stream.writableLength > mostWaiting) stream.destroy();
      else stream.write(text);
    }
  }

  /** Has told all there is to tell. */
  end(): void {
    for (const stream of this.#streams) stream.end();
  }

  cut(): void {
    for (const stream of this.#streams) stream.destroy();
  }
}
