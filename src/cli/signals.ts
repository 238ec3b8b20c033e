import { exitCodes, Interrupted } from "./exit-codes.js";
import type { StopSignal, Terminal } from "./terminal.js";

/** Seconds that a command has to stop by itself. */
const grace = 1.8;

/** Turns signals into an abort. */
export interface Stop {
  readonly signal: AbortSignal;
  /** While there is something worth saving, the command may take as long as that needs. */
  patient: boolean;
  close(): void;
}

/**
 * The first signal aborts what is being done, which then cleans up and, where it makes checkpoints, saves one; a process
 * that has nothing to save and has not ended soon after is ended. A second signal ends it at once.
 */
export function stopOnSignal(terminal: Terminal, onStop: (signal: StopSignal) => void): Stop {
  const controller = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const remove = terminal.onStop((signal) => {
    if (controller.signal.aborted) terminal.exit(exitCodes[signal]);
    onStop(signal);
    controller.abort(new Interrupted(signal));
    timer = setTimeout(() => {
      if (!stop.patient) terminal.exit(exitCodes[signal]);
    }, 1000 * grace);
  });
  const stop: Stop = {
    signal: controller.signal,
    patient: false,
    close() {
      clearTimeout(timer);
      remove();
    },
  };
  return stop;
}
