import { describe, expect, test } from "vitest";
import { Rng } from "../../dist/numerics/random.js";
import { parseOnly } from "./parse-only.js";
import { runHere } from "./run-cli.js";

function shuffled<T>(items: readonly T[], rng: Rng): T[] {
  const result = [...items];
  for (let k = result.length - 1; k > 0; k--) {
    const other = rng.below(k + 1);
    [result[k], result[other]] = [result[other], result[k]];
  }
  return result;
}

describe("the order of arguments", () => {
  test("L1 in 500 permutations flags mean the same before the verb, behind it and between operands", async () => {
    const rng = new Rng(1);
    const flags = [
      ["-o", "out.space"],
      ["--epochs", "3"],
      ["--min-count=2"],
      ["--no-lower-case"],
      ["--json"],
      ["--seed", "-7"],
      ["--memory-limit", "1.5GB"],
    ];
    const expected = await parseOnly(["words", "a.txt", "b.txt", ...flags.flat()]);
    expect(expected?.flags).toMatchObject({ output: "out.space", epochs: 3, minCount: 2, lowerCase: false, seed: -7 });
    for (let round = 0; round < 500; round++) {
      // operands keep their order among themselves
      const order = shuffled([...flags.map((flag) => [...flag]), ["#"], ["#"], ["#"]], rng);
      const operands = ["words", "a.txt", "b.txt"].values();
      const args = order.flatMap((part) => (part[0] === "#" ? [operands.next().value as string] : part));
      expect(await parseOnly(args), args.join(" ")).toEqual(expected);
    }
  });

  test.each([
    [
      ["near", "s.space", "paris", "-", "france", "+", "germany"],
      ["paris", "-", "france", "+", "germany"],
    ],
    [["near", "s.space", "- paris + france"], ["- paris + france"]],
    [
      ["near", "s.space", "-0.5", "*", "paris", "+", "rome"],
      ["-0.5", "*", "paris", "+", "rome"],
    ],
    [
      ["near", "s.space", "-k", "3", "a", "-", "b"],
      ["a", "-", "b"],
    ],
    [["near", "-qk3", "s.space", "a"], ["a"]],
    [
      ["near", "s.space", "--", "--json", "-x"],
      ["--json", "-x"],
    ],
  ])("%j is an expression and no flag", async (args, words) => {
    expect((await parseOnly(args))?.operands).toEqual(["s.space", words]);
  });

  test("the value of a flag may begin with a dash", async () => {
    expect((await parseOnly(["words", "a.txt", "-o", "-odd.space"]))?.flags).toEqual({
      output: "-odd.space",
      lowerCase: true,
      numbers: true,
      symmetric: true,
    });
  });

  test.each([
    [["wrods", "a.txt"], "(Did you mean words?)"],
    [["words", "--widow", "3", "a.txt"], "(Did you mean --window?)"],
    [["words", "a.txt", "--window"], "argument missing"],
    [["words"], "missing required argument 'files'"],
    [["words", "a.txt", "--epochs", "many"], "A number was needed"],
    [["words", "a.txt", "--memory-limit", "2 apples"], "A size was needed"],
    [["convert", "a", "b", "--to", "word2vec"], "Allowed choices are word2vec-text"],
  ])("L2 %j is refused with what would be right", async (args, message) => {
    const { code, stdout, stderr } = await runHere(args);
    expect(code).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toContain(message);
  });
});
