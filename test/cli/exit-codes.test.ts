import { CommanderError } from "commander";
import { describe, expect, test } from "vitest";
import { exitCodeOf, Interrupted, OutputError, UsageError, writing } from "../../dist/cli/exit-codes.js";
import { DivergedError, FileError, FormatError, NotFoundError, ResourceError } from "../../dist/io/errors.js";
import { ExpressionError } from "../../dist/space/expression.js";

describe("L2 exit codes", () => {
  test.each<[string, number, unknown]>([
    ["help that was asked for", 0, new CommanderError(0, "commander.helpDisplayed", "")],
    ["an unexpected error", 1, new Error("surprise")],
    ["a training that diverges", 1, new DivergedError("train: step 3: the loss became NaN")],
    ["a bug of ours", 1, new RangeError("internal: this cannot be")],
    ["a bug of ours in JavaScript's words", 1, new TypeError("x is not a function")],
    ["something thrown that is no error", 1, "surprise"],
    ["an unknown flag", 2, new CommanderError(1, "commander.unknownOption", "")],
    ["a flag that makes no sense", 2, new UsageError("near: no")],
    ["an option out of its range", 2, new RangeError("glove: epochs must be an integer >= 1, got 0")],
    ["an argument of the wrong type", 2, new TypeError("corpus: a path must be a string, got number")],
    ["a broken expression", 2, new ExpressionError("a +", 3, "a name was needed")],
    ["a bad file", 3, new FormatError("header", { file: "a" }, "wrong")],
    ["a missing file", 3, new FileError("a: no such file or folder")],
    ["an unknown item", 4, new NotFoundError("near: x is not in the space", "x")],
    ["too little memory", 5, new ResourceError("needs 3 bytes")],
    ["memory that the engine refuses", 5, new RangeError("WebAssembly.Memory(): could not allocate memory")],
    ["memory that the engine refuses to arrays", 5, new RangeError("Array buffer allocation failed")],
    ["a result that cannot be written", 5, new OutputError("x: permission denied")],
    ["SIGHUP", 129, new Interrupted("SIGHUP")],
    ["SIGINT", 130, new Interrupted("SIGINT")],
    ["SIGTERM", 143, new Interrupted("SIGTERM")],
  ])("%s is %i", (_, code, error) => {
    expect(exitCodeOf(error)).toBe(code);
  });

  test("what cannot be written is told from what cannot be read", async () => {
    await expect(writing(() => Promise.reject(new FileError("x: permission denied")))).rejects.toThrow(OutputError);
    await expect(writing(() => Promise.reject(new ResourceError("full")))).rejects.toThrow(ResourceError);
    expect(await writing(async () => 7)).toBe(7);
  });
});
