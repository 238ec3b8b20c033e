import { describe, expect, test } from "vitest";
import { assertDisjoint, type Block, schedule } from "../../dist/pairs/schedule.js";

/** The rounds of a schedule, in order. */
function roundsOf(parts: number, tables: 1 | 2, shift = 0): Block[][] {
  const { rounds, round } = schedule(parts, tables, shift);
  return Array.from({ length: rounds }, (_, number) => round(number));
}

const sizes = [1, ...Array.from({ length: 32 }, (_, k) => 2 * (k + 1))];

describe.each([1, 2] as const)("with %d tables", (tables) => {
  test.each(sizes)("T6 every block of the %d x %d grid runs once, and no two of a round share a part", (parts) => {
    for (const shift of [0, 1, 2 * parts + 1]) {
      const rounds = roundsOf(parts, tables, shift);
      const cells = rounds.flat().map(({ row, column }) => row * parts + column);
      expect(cells.sort((a, b) => a - b)).toEqual(Array.from({ length: parts * parts }, (_, k) => k));
      for (const round of rounds) {
        const owners = new Map<string, Block>(); // which block has a part
        for (const block of round) {
          const own =
            tables === 2 ? [`row ${block.row}`, `column ${block.column}`] : [`${block.row}`, `${block.column}`];
          for (const part of own) {
            const owner = owners.get(part) ?? block;
            if (owner !== block) expect.fail(`${JSON.stringify([owner, block])} share part ${part}`);
            owners.set(part, block);
          }
        }
        assertDisjoint(round, tables);
      }
    }
  });

  test("as many blocks run side by side as parts allow", () => {
    for (const parts of sizes) {
      const rounds = roundsOf(parts, tables);
      if (tables === 2) expect(rounds.map(({ length }) => length)).toEqual(Array(parts).fill(parts));
      else expect(rounds.map(({ length }) => length)).toEqual([parts, ...Array(2 * (parts - 1)).fill(parts / 2)]);
    }
  });

  test("a shift rotates the rounds", () => {
    const rounds = roundsOf(8, tables);
    expect(roundsOf(8, tables, 3)).toEqual([...rounds.slice(3), ...rounds.slice(0, 3)]);
    expect(roundsOf(8, tables, rounds.length)).toEqual(rounds);
  });
});

test("two tables run diagonals", () => {
  const rounds = roundsOf(2, 2).map((round) => round.map(({ row, column }) => [row, column]));
  expect(rounds).toEqual([
    [
      [0, 0],
      [1, 1],
    ],
    [
      [0, 1],
      [1, 0],
    ],
  ]);
});

test("one table runs its diagonal, then each meeting both ways", () => {
  const rounds = roundsOf(4, 1).map((round) => round.map(({ row, column }) => `${row}${column}`).join(" "));
  expect(rounds).toEqual(["00 11 22 33", "03 12", "30 21", "13 02", "31 20", "23 01", "32 10"]);
});

test("T6 blocks that share a part are refused: rows or columns of two tables, either of one", () => {
  const block = (row: number, column: number): Block => ({ row, column });
  expect(() => assertDisjoint([block(0, 1), block(0, 2)], 2)).toThrow("internal: two blocks in work share part row 0");
  expect(() => assertDisjoint([block(0, 1), block(2, 1)], 2)).toThrow(
    "internal: two blocks in work share part column 1",
  );
  expect(() => assertDisjoint([block(0, 1), block(1, 0)], 2)).not.toThrow();
  expect(() => assertDisjoint([block(0, 1), block(1, 2)], 1)).toThrow("internal: two blocks in work share part 1");
  expect(() => assertDisjoint([block(0, 0), block(1, 1)], 1)).not.toThrow();
});
