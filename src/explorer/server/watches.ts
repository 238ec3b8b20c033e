import type { ServerResponse } from "node:http";
import type { Explored } from "../answers.js";
import type { Points } from "../protocol.js";
import { type TrainingNews, WatchedTraining } from "../watched-training.js";
import type { EventChannel, EventStreams } from "./event-streams.js";

interface Watch {
  training: WatchedTraining;
  channel: EventChannel;
}

/**
 * The trainings of a server. Those who follow one get server-sent events "report" with what `TrainingReport` holds, but for the
 * points: `moved` says that there is a newer map to be fetched. The last one is that of its end.
 */
export class Watches {
  readonly #watches = new Map<number, Watch>();
  readonly #endings: (() => void)[] = [];

  constructor(opened: readonly Explored[], streams: EventStreams) {
    for (const [id, training] of opened.entries()) {
      if (!(training instanceof WatchedTraining)) continue;
      const channel = streams.channel();
      this.#watches.set(id, { training, channel });
      this.#endings.push(
        training.follow((news) => {
          channel.send("report", plain(news));
          if (isLast(news)) channel.end();
        }),
      );
    }
  }

  has(id: number): boolean {
    return this.#watches.has(id);
  }

  /** The newest map; null where there is none. */
  points(id: number): Points | null {
    return this.#watches.get(id)?.training.points ?? null;
  }

  /** Follows a training on a response whose head is sent already; false where there is none or too many follow. */
  follow(id: number, response: ServerResponse): boolean {
    const watch = this.#watches.get(id);
    if (watch === undefined || !watch.channel.add(response)) return false;
    watch.training.follow((news) => {
      watch.channel.send("report", plain(news), [response]);
      if (isLast(news)) response.end();
    })(); // the rest comes by the channel
    return true;
  }

  close(): void {
    for (const end of this.#endings) end();
    for (const { channel } of this.#watches.values()) channel.cut();
  }
}

function isLast({ finished, error }: TrainingNews): boolean {
  return finished || error !== null;
}

/** As JSON takes it. */
function plain(news: TrainingNews): object {
  return { ...news, losses: [...news.losses] };
}
