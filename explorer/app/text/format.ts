import { cutText } from "./cut.js";

/** 1,234,567. */
export function countText(count: number): string {
  return count.toLocaleString("en-US");
}

/** A score or a distance in as many places as tell neighbors apart: .812, 3.07, 12.4. */
export function scoreText(score: number): string {
  const size = Math.abs(score);
  if (!Number.isFinite(score)) return "–";
  if (size >= 1000) return Math.round(score).toLocaleString("en-US");
  const text = score.toFixed(size < 1 ? 3 : size < 10 ? 2 : 1);
  return text.replace("-", "−").replace(/^(−?)0\./, "$1.");
}

/** Letters of a message that the page shows. */
const longestProblem = 600;

/** What went wrong, for people: without the drawing that an error of an expression has behind its first line, and cut where it is long. */
export function problemText(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const [line] = message.split("\n", 1);
  return line.length > longestProblem ? `${line.slice(0, longestProblem)}…` : line;
}

/** A coefficient of a slider, with its sign. */
export function signedText(value: number): string {
  const text = Math.abs(value).toFixed(Math.abs(value) < 10 ? 2 : 1);
  return Number(text) === 0 ? "0" : `${value < 0 ? "−" : "+"}${text}`;
}

/** A value of a column. */
export function valueText(value: string | number | null): string {
  if (value === null) return "none";
  if (typeof value === "string") return value;
  if (Number.isInteger(value)) return value.toLocaleString("en-US");
  const size = Math.abs(value);
  return size < 1e-3 || size >= 1e9 ? value.toExponential(3) : String(Number(value.toPrecision(5)));
}

/** How long something is likely to take: "about 4 s". */
export function estimateText(seconds: number): string {
  return seconds < 1 ? durationText(seconds) : `about ${durationText(seconds)}`;
}

/** 4 s, 3 min, 2 h. */
export function durationText(seconds: number): string {
  if (seconds < 1) return "less than 1 s";
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${Math.round(seconds / 3600)} h`;
}

/**
 * A text of the data as it may be shown in one line: controls and marks that turn the direction of what follows are
 * left out, very long ones are cut in their middle.
 */
export function plainText(text: string, longest = 200): string {
  return cutText(text, longest).replace(/[\p{Cc}\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]/gu, " ");
}
