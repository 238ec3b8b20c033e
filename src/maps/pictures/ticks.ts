import { log } from "../../numerics/elementary.js";

/** Round numbers in [low, high], about `count` of them: multiples of 1, 2 or 5 times a power of ten. */
export function roundTicks(low: number, high: number, count: number): number[] {
  if (!(high > low)) return [low];
  const rough = (high - low) / count;
  const power = powerOfTen(Math.floor(log(rough) / Math.LN10 + 1e-9));
  const multiple = rough / power;
  const factor = multiple < Math.SQRT2 ? 1 : multiple < Math.sqrt(10) ? 2 : multiple < Math.sqrt(50) ? 5 : 10;
  const step = factor * power;
  const ticks: number[] = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + 1e-9 * step; k++) {
    const tick = Number((k * step).toPrecision(12));
    ticks.push(tick === 0 ? 0 : tick);
  }
  return ticks;
}

/** Powers of ten in [low, high], thinned to about `count`; low and high are above 0. */
export function powerTicks(low: number, high: number, count: number): number[] {
  const first = Math.ceil(log(low) / Math.LN10 - 1e-9);
  const last = Math.floor(log(high) / Math.LN10 + 1e-9);
  const step = Math.max(1, Math.ceil((last - first + 1) / count));
  const ticks: number[] = [];
  for (let power = first; power <= last; power += step) ticks.push(powerOfTen(power));
  return ticks.length > 0 ? ticks : [low, high];
}

/** A number of a legend: `0.25`, `1,200`, `10 M`, `1e-9`. */
export function tickText(value: number): string {
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e15)) return value.toExponential().replace("e+", "e");
  for (const [unit, name] of units) {
    if (size >= unit) return `${Number((value / unit).toPrecision(4))} ${name}`;
  }
  return Number(value.toPrecision(6)).toLocaleString("en-US", { maximumFractionDigits: 9 });
}

const units: readonly (readonly [number, string])[] = [
  [1e12, "T"],
  [1e9, "G"],
  [1e6, "M"],
];

function powerOfTen(power: number): number {
  return Number(`1e${power}`);
}
