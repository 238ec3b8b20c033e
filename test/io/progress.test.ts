import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Meter, type Progress } from "../../dist/io/progress.js";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["performance"] });
  vi.advanceTimersByTime(1000);
});
afterEach(() => {
  vi.useRealTimers();
});

test("reports carry rate and time left, at most one every 100 ms unless forced", () => {
  const reports: Progress[] = [];
  const meter = new Meter("training", "pairs", 1000, (progress) => reports.push(progress));
  for (let done = 0; done <= 500; done += 10) {
    meter.update(done, { epoch: 1, epochs: 2, loss: 0.5 });
    vi.advanceTimersByTime(10);
  }
  expect(reports.map(({ done }) => done)).toEqual([0, 100, 200, 300, 400, 500]);
  expect(reports[2]).toEqual({
    stage: "training",
    unit: "pairs",
    total: 1000,
    done: 200,
    rate: 1000,
    secondsLeft: 0.8,
    epoch: 1,
    epochs: 2,
    loss: 0.5,
  });
  meter.update(505);
  expect(reports).toHaveLength(6);
  meter.update(510, {}, true);
  expect(reports).toHaveLength(7);
});

test("a resumed run counts its rate from where it resumed", () => {
  const reports: Progress[] = [];
  const meter = new Meter("training", "pairs", 1000, (progress) => reports.push(progress));
  vi.advanceTimersByTime(5000);
  meter.resumeAt(600);
  vi.advanceTimersByTime(1000);
  meter.update(700);
  expect(reports[0]).toMatchObject({ rate: 100, secondsLeft: 3 });
});

test("without a known total there is no time left, and without a listener nothing happens", () => {
  const reports: Progress[] = [];
  const meter = new Meter("reading", "bytes", undefined, (progress) => reports.push(progress));
  meter.update(10);
  expect(reports[0].secondsLeft).toBeUndefined();
  expect(() => new Meter("reading", "bytes", undefined, undefined).update(10)).not.toThrow();
});
