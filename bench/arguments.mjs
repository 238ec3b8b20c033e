/** The command line of bench/run.mjs: a name, `--data`, `--threads`, `--json`, and options of the benchmark itself. */
export function parseArguments(list) {
  const parsed = { name: undefined, data: undefined, threads: 2, json: false, options: {} };
  for (let k = 0; k < list.length; k++) {
    if (!list[k].startsWith("--")) {
      if (parsed.name !== undefined)
        throw new RangeError(`bench: one name was needed, got ${parsed.name} and ${list[k]}`);
      parsed.name = list[k];
      continue;
    }
    const [flag, given] = list[k].slice(2).split(/=(.*)/s);
    if (flag === "json") {
      parsed.json = true;
      continue;
    }
    const next = list[k + 1];
    const value = given ?? (next === undefined || next.startsWith("--") ? true : list[++k]);
    if (flag === "data") {
      if (value === true) throw new RangeError("bench: --data needs a folder");
      parsed.data = value;
    } else if (flag === "threads") {
      parsed.threads = Number(value);
      if (value === true || !Number.isInteger(parsed.threads) || parsed.threads < 1 || parsed.threads > 256) {
        throw new RangeError(`bench: threads must be an integer from 1 to 256, got ${value}`);
      }
    } else {
      parsed.options[flag] = value;
    }
  }
  return parsed;
}
