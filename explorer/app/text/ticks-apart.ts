/** Share of the width of a legend that a letter of a tick takes, with some air. */
const letterShare = 0.036;

export interface Tick {
  /** Place in 0..1. */
  at: number;
  label: string;
}

/** On which side of its place a label stands: those at the ends stay within. */
export type TickSide = "start" | "middle" | "end";

/** As many of evenly chosen ticks, the last among them, as have labels that do not touch each other. */
export function ticksApart(ticks: readonly Tick[]): (Tick & { side: TickSide })[] {
  const placed = ticks.map((tick) => ({ ...tick, side: sideOf(tick) }));
  for (let step = 1; step < placed.length; step++) {
    const some = placed.filter((_, k) => (placed.length - 1 - k) % step === 0);
    if (some.every((tick, k) => k === 0 || extent(some[k - 1])[1] < extent(tick)[0])) return some;
  }
  return placed.slice(-1);
}

function sideOf({ at, label }: Tick): TickSide {
  const half = (label.length * letterShare) / 2;
  return at - half < 0 ? "start" : at + half > 1 ? "end" : "middle";
}

function extent({ at, label, side }: Tick & { side: TickSide }): [number, number] {
  const width = label.length * letterShare;
  const left = side === "start" ? at : side === "end" ? at - width : at - width / 2;
  return [left, left + width];
}
