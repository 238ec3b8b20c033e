import type { OnProgress, Progress } from "../io/progress.js";
import { bytesText, duration, mayStyle, rateText } from "./output.js";
import type { Terminal } from "./terminal.js";

export type ProgressMode = "auto" | "plain" | "json" | "none";

/** Milliseconds between two plain lines of one stage. */
const plainInterval = 5000;

/** Shows the progress of a task on standard error. */
export interface ProgressLine {
  readonly onProgress: OnProgress;
  /** Takes the line away, so that something else can be written. */
  clear(): void;
}

/** `auto` is a line that moves, on a terminal that takes it, and nothing elsewhere. */
export function progressLine(terminal: Terminal, mode: ProgressMode, quiet = false): ProgressLine {
  const nothing = { onProgress: () => {}, clear: () => {} };
  if (mode === "json") {
    return { ...nothing, onProgress: (progress) => terminal.err.write(`${JSON.stringify({ progress })}\n`) };
  }
  if (mode === "plain") return { ...nothing, onProgress: plainLines(terminal) };
  const moving = mode === "auto" && !quiet && terminal.err.isTerminal && mayStyle(terminal);
  return moving ? movingLine(terminal) : nothing;
}

function plainLines(terminal: Terminal): OnProgress {
  let stage = "";
  let last = Number.NEGATIVE_INFINITY;
  return (progress) => {
    const now = performance.now();
    if (progress.stage === stage && now - last < plainInterval) return;
    stage = progress.stage;
    last = now;
    terminal.err.write(`${progressParts(progress).join(", ")}\n`);
  };
}

function movingLine(terminal: Terminal): ProgressLine {
  let isShown = false;
  const clear = () => {
    if (isShown) terminal.err.write("\r\x1b[K");
    isShown = false;
  };
  return {
    clear,
    onProgress: (progress) => {
      const [stage, ...parts] = [...progressParts(progress), bytesText(terminal.residentBytes())];
      const line = [stage.padEnd(9), bar(progress), ...parts].join("  ");
      terminal.err.write(`\r${line.slice(0, (terminal.err.columns ?? 80) - 1)}\x1b[K`);
      isShown = true;
    },
  };
}

const barWidth = 20;

function bar({ done, total }: Progress): string {
  const share = total === undefined || total === 0 ? 0 : Math.min(1, done / total);
  const full = Math.round(share * barWidth);
  return `[${"#".repeat(full)}${"-".repeat(barWidth - full)}]`;
}

/** Stage, share, rate, epoch, loss, time left: those that are known. */
function progressParts({ stage, done, total, unit, rate, secondsLeft, epoch, epochs, loss }: Progress): string[] {
  const parts = [stage];
  if (total !== undefined && total > 0) parts.push(`${Math.floor((100 * done) / total)} %`);
  parts.push(rateText(rate, unit));
  if (epoch !== undefined && epochs !== undefined) parts.push(`epoch ${epoch}/${epochs}`);
  if (loss !== undefined) parts.push(`loss ${loss.toPrecision(4)}`);
  if (secondsLeft !== undefined) parts.push(`${duration(secondsLeft)} left`);
  return parts;
}
