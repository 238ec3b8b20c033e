import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { keyTable } from "../../explorer/app/keys.js";
import { root } from "../child.js";

test("the guide to the explorer lists the keys of the page, all of them and in its words", () => {
  const guide = readFileSync(join(root, "docs/exploring.md"), "utf8");
  const rows = [...guide.matchAll(/^\| (`.*`) \| (.*) \|$/gm)];
  expect(rows.map(([, keys, what]) => [keys.replaceAll("`", ""), what])).toEqual(
    keyTable.map(({ shown, what }) => [shown, what]),
  );
});
