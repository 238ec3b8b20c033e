import { type Command, InvalidArgumentError, type Option } from "commander";
import { FormatError } from "../io/errors.js";
import { parseJson } from "../io/json.js";
import { openSource, readExactly } from "../io/source.js";
import { decodeUtf8 } from "../io/utf8.js";
import { UsageError } from "./exit-codes.js";
import { flagOf, isRepeatable } from "./flags.js";

const prefix = "THING2VEC_";
/** Variables of this prefix that are no flags. */
const otherVariables = new Set(["THING2VEC_PYTHON", "THING2VEC_DATA"]);
/** Flags about flags. */
const unsettable = new Set(["config", "printConfig", "help", "version"]);
const mostConfigBytes = 2 ** 20;

/** Flags by the library's names of the options; only those that were given somewhere. */
export type Settings = Record<string, unknown>;

/**
 * The flags of a verb from three places, the later going before the earlier: the file of `--config`, variables such as
 * THING2VEC_MEMORY_LIMIT, the command line. The file is a JSON object of option names; members named like a verb hold
 * options for this verb alone. Throws UsageError for values that do not fit and for names in the file that no verb knows;
 * `warn` is told of such variables, which may be another program's.
 */
export async function settle(
  command: Command,
  env: Readonly<Record<string, string | undefined>>,
  verbs: readonly Command[],
  warn: (message: string) => void,
): Promise<Settings> {
  const given: Settings = {};
  for (const name of Object.keys(command.opts())) {
    if (command.getOptionValueSource(name) === "cli") given[name] = command.getOptionValue(name);
  }
  const fromEnv = settingsOfEnv(command, env, verbs, warn);
  const file = given.config ?? env[`${prefix}CONFIG`];
  const fromFile = typeof file === "string" ? settingsOfFile(command, file, await readConfig(file), verbs) : {};
  return { ...fromFile, ...fromEnv, ...given };
}

function settingsOfEnv(
  command: Command,
  env: Readonly<Record<string, string | undefined>>,
  verbs: readonly Command[],
  warn: (message: string) => void,
): Settings {
  const settings: Settings = {};
  for (const [variable, text] of Object.entries(env)) {
    if (!variable.startsWith(prefix) || otherVariables.has(variable) || text === undefined) continue;
    if (variable === `${prefix}CONFIG`) continue;
    const name = variable
      .slice(prefix.length)
      .toLowerCase()
      .replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
    if (!isKnown(name, verbs)) warn(`the variable ${variable} is ignored: there is no flag ${flagOf(name)}`);
    const options = optionsNamed(command, name);
    if (options.length > 0) settings[name] = settingOf(options, name, text, variable);
  }
  return settings;
}

async function readConfig(file: string): Promise<Record<string, unknown>> {
  const source = await openSource(file);
  try {
    if (source.size > mostConfigBytes) {
      throw new FormatError("limit", { file }, `${source.size} bytes, at most ${mostConfigBytes} are read`);
    }
    const bytes = await readExactly(source, 0, source.size);
    const value = parseJson(textOf(bytes, file), file);
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw new FormatError("header", { file }, "a JSON object of flags was needed");
    }
    return value;
  } finally {
    await source.close();
  }
}

function textOf(bytes: Uint8Array, file: string): string {
  try {
    return decodeUtf8(bytes);
  } catch (error) {
    throw new FormatError("encoding", { file }, "not valid UTF-8", { cause: error });
  }
}

function settingsOfFile(
  command: Command,
  file: string,
  members: Record<string, unknown>,
  verbs: readonly Command[],
): Settings {
  const forAll: Settings = {};
  const forVerb: Settings = {};
  for (const [name, value] of Object.entries(members)) {
    const verb = verbs.find((one) => one.name() === name);
    if (verb !== undefined && typeof value === "object" && value !== null && !Array.isArray(value)) {
      for (const [inner, innerValue] of Object.entries(value)) {
        const options = optionsNamed(verb, inner);
        if (options.length === 0) throw new UsageError(`${file}: ${name} has no flag ${inner}`);
        if (verb === command) forVerb[inner] = settingOf(options, inner, innerValue, `${file}: ${name}`);
      }
      continue;
    }
    if (!isKnown(name, verbs)) throw new UsageError(`${file}: there is no flag ${name}`);
    const options = optionsNamed(command, name);
    if (options.length > 0) forAll[name] = settingOf(options, name, value, file);
  }
  return { ...forAll, ...forVerb };
}

function optionsNamed(command: Command, name: string): Option[] {
  return unsettable.has(name) ? [] : command.options.filter((option) => option.attributeName() === name);
}

function isKnown(name: string, verbs: readonly Command[]): boolean {
  return verbs.some((verb) => optionsNamed(verb, name).length > 0);
}

/** A value from a file or a variable, as the command line would have read it. */
function settingOf(options: readonly Option[], name: string, value: unknown, where: string): unknown {
  const fail = (needed: string): never => {
    throw new UsageError(`${where}: ${name} must be ${needed}, got ${JSON.stringify(value)}`);
  };
  const [option] = options;
  if (option.isBoolean() || option.negate) {
    if (value === true || value === "true" || value === "1") return true;
    if (value === false || value === "false" || value === "0") return false;
    return fail("true or false");
  }
  const values = Array.isArray(value) ? value : [value];
  if (values.length !== 1 && !isRepeatable(option)) return fail("a single value");
  let result: unknown;
  for (const one of values) {
    if (typeof one !== "string" && typeof one !== "number") return fail("a text or a number");
    try {
      result = option.parseArg ? option.parseArg(String(one), result) : String(one);
    } catch (error) {
      if (error instanceof InvalidArgumentError) {
        const needed = error.message.replace(/\.$/, "");
        throw new UsageError(
          `${where}: ${name}: ${needed.charAt(0).toLowerCase()}${needed.slice(1)}, got ${JSON.stringify(value)}`,
        );
      }
      throw error;
    }
  }
  return result;
}
