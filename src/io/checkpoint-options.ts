import { booleanOption, knownOptions, numberOption } from "./options.js";

/** Where a run keeps what a later one needs to go on. */
export interface CheckpointSettings {
  folder: string;
  /** Seconds from one checkpoint to the next; 0 as often as there is something to keep. Default 60. */
  every?: number;
  /** Go on from the folder's checkpoint where there is one; refused where data or options differ. Default false. */
  resume?: boolean;
}

/** The options with defaults filled in. Throws RangeError or TypeError. */
export function checkCheckpoints(where: string, checkpoints: CheckpointSettings): Required<CheckpointSettings> {
  if (typeof checkpoints !== "object" || checkpoints === null) {
    throw new TypeError(`${where}: checkpoints must be { folder, every, resume }, got ${typeof checkpoints}`);
  }
  knownOptions(`${where}: checkpoints`, checkpoints, ["folder", "every", "resume"]);
  const { folder, every = 60, resume = false } = checkpoints;
  if (typeof folder !== "string" || folder === "") {
    throw new TypeError(`${where}: checkpoints.folder must be a path, got ${JSON.stringify(folder)}`);
  }
  return {
    folder,
    every: numberOption(where, "checkpoints.every", every, { least: 0 }),
    resume: booleanOption(where, "checkpoints.resume", resume),
  };
}

/** Everything that a run's result depends on, in words and numbers. */
export type Fingerprint = Readonly<Record<string, string | number | boolean>>;

/** Throws RangeError, naming what differs, unless the checkpoint in `folder` is of a run like this one. */
export function requireSameRun(where: string, folder: string, own: Fingerprint, saved: Fingerprint): void {
  const names = [...new Set([...Object.keys(own), ...Object.keys(saved)])];
  const differing = names.filter((name) => own[name] !== saved[name]);
  if (differing.length === 0) return;
  const isHash = (value: unknown) => typeof value === "string" && /^[0-9a-f]{32,}$/.test(value);
  const list = differing
    .map((name) =>
      isHash(own[name]) && isHash(saved[name]) ? `${name} was another` : `${name} was ${saved[name]}, is ${own[name]}`,
    )
    .join("; ");
  throw new RangeError(
    `${where}: the checkpoint in ${folder} is of another run: ${list}. Resume with the same values, or start anew without resume`,
  );
}
