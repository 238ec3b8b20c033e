import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Interrupted } from "../../dist/cli/exit-codes.js";
import { stopOnSignal } from "../../dist/cli/signals.js";
import { FakeTerminal } from "./run-cli.js";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("C6 signals", () => {
  test("the first aborts, the second ends the process at once", () => {
    const terminal = new FakeTerminal();
    const heard: string[] = [];
    const stop = stopOnSignal(terminal, (signal) => heard.push(signal));
    terminal.stop("SIGTERM");
    expect(stop.signal.reason).toBeInstanceOf(Interrupted);
    expect([heard, terminal.exited]).toEqual([["SIGTERM"], undefined]);
    terminal.stop("SIGINT");
    expect(terminal.exited).toBe(130);
    stop.close();
  });

  test("what does not stop is ended within two seconds, unless a checkpoint is being saved", () => {
    const [hanging, saving, done] = [new FakeTerminal(), new FakeTerminal(), new FakeTerminal()];
    const stops = [hanging, saving, done].map((terminal) => stopOnSignal(terminal, () => {}));
    stops[1].patient = true;
    for (const terminal of [hanging, saving, done]) terminal.stop("SIGINT");
    stops[2].close();
    vi.advanceTimersByTime(2000);
    expect([hanging.exited, saving.exited, done.exited]).toEqual([130, undefined, undefined]);
    stops[0].close();
    stops[1].close();
  });
});
