import { batch, type ReadonlySignal, signal } from "@preact/signals";
import type { DataSource, Points, SpaceSummary, TrainingReport } from "../../src/explorer/protocol.js";

/** What is heard of the training of a space: all panes that show the space share it. */
export class TrainingWatch {
  readonly report: ReadonlySignal<TrainingReport | null>;
  readonly losses: ReadonlySignal<readonly (readonly [step: number, loss: number])[]>;
  /** The newest map: while it learns that of the vectors as they are, in the end that of the trained space. */
  readonly points: ReadonlySignal<Points | null>;
  /** Counts the maps. */
  readonly moves: ReadonlySignal<number>;

  /** `onChange` is called when what is known of the space is no longer right: items have come, or it is trained. */
  constructor(
    source: Pick<DataSource, "watch">,
    summary: Pick<SpaceSummary, "id" | "items" | "training">,
    onChange: () => void,
  ) {
    const report = signal<TrainingReport | null>(null);
    const losses = signal<readonly (readonly [number, number])[]>([]);
    const points = signal<Points | null>(null);
    const moves = signal(0);
    this.report = report;
    this.losses = losses;
    this.points = points;
    this.moves = moves;
    let { items } = summary;
    let isDone = summary.training === "done";
    source.watch(summary.id, (news) => {
      const added = Array.from({ length: news.losses.length / 2 }, (_, k) => {
        return [news.losses[2 * k], news.losses[2 * k + 1]] as const;
      });
      const isOther = news.items !== items || news.finished !== isDone;
      items = news.items;
      isDone = news.finished;
      batch(() => {
        if (news.first) losses.value = added;
        else if (added.length > 0) losses.value = [...losses.peek(), ...added];
        report.value = news;
        if (news.points === undefined) return;
        points.value = news.points;
        moves.value++;
      });
      if (isOther) onChange();
    });
  }
}
