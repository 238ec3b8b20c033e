import { expect, test } from "vitest";
import { Undo } from "../../explorer/app/undo.js";

test("undo goes back through states and redo forth again", () => {
  const undo = new Undo<string>();
  undo.remember("a", "", 0);
  undo.remember("b", "", 1);
  expect(undo.undo("c")).toBe("b");
  expect(undo.undo("b")).toBe("a");
  expect(undo.undo("a")).toBeNull();
  expect([undo.canUndo, undo.canRedo]).toEqual([false, true]);
  expect(undo.redo("a")).toBe("b");
  expect(undo.redo("b")).toBe("c");
  expect(undo.redo("c")).toBeNull();
});

test("changes of one kind in quick succession are one step, others and later ones are not", () => {
  const undo = new Undo<number>();
  undo.remember(0, "camera", 0);
  undo.remember(1, "camera", 900);
  undo.remember(2, "camera", 1800);
  undo.remember(3, "camera", 3000);
  undo.remember(4, "color", 3001);
  expect([undo.undo(5), undo.undo(4), undo.undo(3), undo.undo(0)]).toEqual([4, 3, 0, null]);
});

test("a change after an undo forgets what was undone", () => {
  const undo = new Undo<number>();
  undo.remember(0, "", 0);
  undo.undo(1);
  undo.remember(0, "", 1);
  expect(undo.redo(2)).toBeNull();
  expect(undo.undo(2)).toBe(0);
});

test("200 steps are kept", () => {
  const undo = new Undo<number>();
  for (let k = 0; k < 300; k++) undo.remember(k, "", k);
  let steps = 0;
  for (let state = undo.undo(300); state !== null; state = undo.undo(state)) steps++;
  expect(steps).toBe(200);
});

test("what a step did beside the state is taken back and done again with it", () => {
  const undo = new Undo<string>();
  const done: string[] = [];
  const deed = { undo: () => done.push("undone"), redo: () => done.push("done again") };
  undo.remember("a", "key", 0);
  undo.remember("a", "key", 1, deed);
  undo.remember("b", "key", 1200);
  expect(undo.undo("c")).toBe("b");
  expect(done).toEqual([]);
  expect(undo.undo("b")).toBe("a");
  expect(undo.redo("a")).toBe("b");
  expect(done).toEqual(["undone", "done again"]);
});
