import { readFile } from "node:fs/promises";
import type { Page } from "playwright-core";
import { expect } from "vitest";
import { ask, pageTest, texts } from "./explorer-page.js";

/** Chooses an item by its name, and waits until what is near it is listed. */
async function choose(page: Page, name: string): Promise<void> {
  await page.locator(".map").first().focus();
  await page.keyboard.press("/");
  await page.keyboard.type(name);
  await page.click(`.found-item:text-is('${name}')`);
  await page.waitForSelector(".neighbor");
}

/** Selects all that the map shows with a box. */
async function selectAll(page: Page): Promise<void> {
  const { x, y, width, height } = (await page.locator(".map").first().boundingBox()) ?? {
    x: 0,
    y: 0,
    width: 0,
    height: 0,
  };
  await page.locator(".map").first().focus();
  await page.keyboard.press("b");
  await page.mouse.move(x + 2, y + 50);
  await page.mouse.down();
  await page.mouse.move(x + width - 2, y + height - 2, { steps: 4 });
  await page.mouse.up();
  await page.waitForSelector(".counts strong");
}

pageTest("names of one space never stand in another, neither on chips nor in an exported file", async (page) => {
  await page.click(".tab-name:text-is('karate')");
  await page.waitForSelector(".counts:has-text('34 nodes')");
  await choose(page, "member 9");
  await ask(page, '"member 3" + "member 5"');
  await page.waitForSelector(".chips .chip");
  await page.click(".tab-name:text-is('words')");
  await page.waitForSelector(".counts:has-text('177 words')");
  await selectAll(page);
  await page.waitForSelector(".linked .chip");
  await page.waitForTimeout(300);
  expect((await texts(page, ".linked .chip")).filter((name) => name.startsWith("member"))).toEqual([]);
  await page.click("button:text-is('Export')");
  const [download] = await Promise.all([page.waitForEvent("download"), page.click(".dialog button:has-text('CSV')")]);
  const rows = (await readFile((await download.path()) ?? "", "utf8")).trim().split("\n");
  expect(rows.length).toBeGreaterThan(100);
  expect(rows.filter((row) => row.startsWith("member"))).toEqual([]);
});

pageTest("no question about one space is sent to another, also not from a place of the user's own", async (page) => {
  await page.click(".tab-name:text-is('karate')");
  await page.waitForSelector(".counts:has-text('34 nodes')");
  await page.evaluate(() => {
    const { source } = window as unknown as { source: { near: (space: number, request: unknown) => unknown } };
    const asked: unknown[] = [];
    const { near } = source;
    source.near = (space, request) => {
      asked.push([space, typeof (request as { query: unknown }).query]);
      return near.call(source, space, request);
    };
    Object.assign(window, { asked });
  });
  await page.keyboard.press("n");
  await page.fill("[aria-label='Linked to']", '"member 3" + "member 5"');
  await page.click(".dialog button:text-is('Place')");
  await page.waitForSelector(".answer .arrow:has-text('new node →')");
  await page.click(".tab-name:text-is('faces')");
  await page.waitForSelector(".decoded canvas");
  await page.fill(".expression", "smi");
  await page.click(".tab-name:text-is('words')"); // before what was typed is asked
  await page.waitForSelector(".counts:has-text('177 words')");
  await page.waitForTimeout(400);
  const asked = await page.evaluate(() => (window as unknown as { asked: [number, string][] }).asked);
  expect(asked).toContainEqual([2, "object"]);
  for (const [space, query] of asked) expect(`${space} ${query}`).toMatch(/^(2 object|1 string)$/); // at most, the letters in faces
  expect(await page.inputValue(".expression")).toBe("");
});

pageTest("the history holds the answer to its own question, and no question that has none", async (page) => {
  await page.waitForSelector(".counts:has-text('177 words')");
  await ask(page, "king - man + woman");
  await page.keyboard.press("Enter");
  await page.waitForSelector(".history a:has-text('king - man + woman → queen')");
  await page.fill(".expression", "kinng - man");
  await page.keyboard.press("Enter");
  await page.waitForSelector(".answer .problem-text:has-text('kinng')");
  expect(await texts(page, ".history a .history-text")).toEqual(["king - man + woman"]);
  const lit = () =>
    page.evaluate(() => {
      const { explorer } = window as unknown as {
        explorer: { active: { value: { shownAnswer: { value: unknown } } } };
      };
      return explorer.active.value.shownAnswer.value;
    });
  expect(await lit()).toBeNull(); // nor does the map show the answer to another
  await page.fill(".expression", "rome");
  await page.keyboard.press("Enter");
  await page.waitForSelector(".history a:has-text('rome →')");
  expect(await lit()).not.toBeNull();
});

pageTest(
  "a question that changes before its answer came is not kept with the answer to the other",
  async (page) => {
    await page.waitForSelector(".counts:has-text('177 words')");
    await ask(page, "king - man + woman");
    await page.keyboard.press("Enter");
    await page.fill(".expression", "rome");
    await page.waitForSelector(".chip.first:not(:has-text('queen'))");
    await page.waitForTimeout(300);
    for (const line of await texts(page, ".history a")) expect(line).toMatch(/^king - man \+ woman → queen/);
  },
  { query: "latency=120" },
);

pageTest("with several spaces the history says of which each question was", async (page) => {
  await ask(page, "king - man + woman");
  await page.keyboard.press("Enter");
  await page.waitForSelector(".history a");
  await page.click(".tab-name:text-is('karate')");
  await ask(page, '"member 3"');
  await page.keyboard.press("Enter");
  await page.waitForSelector(".history li + li");
  expect(await texts(page, ".history a")).toEqual([
    expect.stringMatching(/^"member 3" → .* · karate$/),
    expect.stringMatching(/^king - man \+ woman → queen · words$/),
  ]);
  await page.click(".history a:has-text('king')");
  await page.waitForSelector(".counts:has-text('177 words')");
  await page.waitForSelector(".chip.first:has-text('queen')");
});

pageTest(
  "an answer of a space that is being trained is kept as one",
  async (page) => {
    await ask(page, "king - man + woman");
    await page.waitForSelector(".chips .chip");
    await page.keyboard.press("Enter");
    await page.waitForSelector(".history a:has-text('while it was trained')");
  },
  { query: "training&still=60" },
);

pageTest("a very long expression that fails leaves the map its room", async (page) => {
  await page.waitForSelector(".counts:has-text('177 words')");
  await page.fill(".expression", "a".repeat(5000));
  await page.keyboard.press("Enter");
  await page.waitForSelector(".answer .problem-text");
  expect((await texts(page, ".answer .problem-text"))[0].length).toBeLessThan(700);
  expect((await page.locator(".map").first().boundingBox())?.height).toBeGreaterThan(150);
});

pageTest("an axis that is none is told in its dialog, and the map keeps the names of its own axes", async (page) => {
  await page.waitForSelector(".counts:has-text('177 words')");
  const before = await texts(page, ".axes span");
  await page.locator(".map").first().focus();
  await page.keyboard.press("a");
  await page.fill("[aria-label='Axis x']", "woman - man");
  await page.fill("[aria-label='Axis y']", "nosuch - man");
  await page.click(".dialog button:text-is('Show')");
  await page.waitForSelector(".dialog .problem-text:has-text('nosuch')");
  expect(await page.inputValue("[aria-label='Axis x']")).toBe("woman - man");
  expect(await texts(page, ".axes span")).toEqual(before);
  await page.fill("[aria-label='Axis y']", "king - man");
  await page.click(".dialog button:text-is('Show')");
  await page.waitForSelector(".axis-right:has-text('woman')");
});

pageTest("a direction along a column of classes asks for the class that it leads to", async (page) => {
  await page.click(".walk-actions button:text-is('New direction')");
  await page.click(".dialog button:text-is('a column')");
  await page.locator(".form-row:has-text('Column') select").selectOption("topic");
  await page.fill(".dialog input[placeholder=smile]", "edible");
  expect(await page.locator(".dialog button:text-is('Make')").isDisabled()).toBe(true);
  await page.waitForSelector("[aria-label='Class it leads to'] option[value=food]", { state: "attached" });
  await page.selectOption("[aria-label='Class it leads to']", "food");
  await page.click(".dialog button:text-is('Make')");
  await page.waitForSelector(".slider:has-text('edible')");
  // how far to believe it, and that it is not saved
  await page.waitForSelector(".notice:has-text('right for 88 % of held-out items'):has-text('It is not saved')");
  expect(await page.locator(".slider-name:text-is('edible')").getAttribute("title")).toContain("88 %");
});

pageTest("a direction that was made is taken back by undo, and out by its button", async (page) => {
  await page.waitForSelector(".slider:has-text('female')");
  const made = () => page.locator(".slider:has-text('edible')").count();
  await page.click(".walk-actions button:text-is('New direction')");
  await page.click(".dialog button:text-is('a column')");
  await page.locator(".form-row:has-text('Column') select").selectOption("topic");
  await page.selectOption("[aria-label='Class it leads to']", "food");
  await page.fill(".dialog input[placeholder=smile]", "edible");
  await page.click(".dialog button:text-is('Make')");
  await expect.poll(made).toBe(1);
  await page.locator(".map").first().focus();
  await page.keyboard.press("Control+z");
  await expect.poll(made).toBe(0);
  await page.keyboard.press("Control+Shift+z");
  await expect.poll(made).toBe(1);
  await page.locator(".slider:has-text('edible') input").focus();
  await page.keyboard.press("End");
  await page.waitForSelector(".chips .chip");
  await page.click("[aria-label^='Take edible out']");
  await expect.poll(made).toBe(0);
  await page.waitForSelector(".chips .chip", { state: "detached" });
  await page.locator(".map").first().focus();
  await page.keyboard.press("Control+z");
  await expect.poll(made).toBe(1);
  await page.waitForSelector(".chips .chip");
  expect(await page.locator("[aria-label^='Take female out']").count()).toBe(0);
});

pageTest(
  "a new node is drawn on the map with its name, the bar's text of another place goes, and undo takes both back",
  async (page) => {
    await page.click(".tab-name:text-is('karate')");
    await page.waitForSelector(".counts:has-text('34 nodes')");
    await ask(page, '"member 9"');
    await page.keyboard.press("Escape");
    await page.waitForSelector(".chips .chip");
    const place = async (name: string) => {
      await page.locator(".map").first().focus();
      await page.keyboard.press("n");
      await page.fill(".dialog input.field", name);
      await page.fill("[aria-label='Linked to']", '"member 3" + "member 5"');
      await page.click(".dialog button:text-is('Place')");
    };
    await place("member 4");
    await page.waitForSelector(".dialog .problem-text:has-text('member 4 is in the space already')");
    await page.click(".dialog [aria-label=Close]");
    await place("newcomer");
    await page.waitForSelector(".answer .arrow:has-text('newcomer →')");
    expect(await page.inputValue(".expression")).toBe("");
    const spots = () =>
      page.evaluate(() => {
        const { explorer } = window as unknown as {
          explorer: {
            active: { value: { renderer: { value: { toSvg(): string; layout: { spots: { text: string }[] } } } } };
          };
        };
        const map = explorer.active.value.renderer.value;
        const names = map.layout.spots.map(({ text }) => text.replace(/[^\x20-\x7e]/g, ""));
        return names.map((name) => [name, map.toSvg().includes("newcomer (new)")]);
      });
    await expect.poll(spots).toEqual([["newcomer (new)", true]]);
    await page.keyboard.press("Control+z");
    await expect.poll(() => page.inputValue(".expression")).toBe('"member 9"');
    await expect.poll(spots).toEqual([]);
    await page.waitForSelector(".answer .arrow:text-is('→')");
    await page.keyboard.press("Control+Shift+z");
    await page.waitForSelector(".answer .arrow:has-text('newcomer →')");
    await page.fill(".expression", '"member 7"');
    await page.waitForSelector(".answer .arrow:text-is('→')");
    await expect.poll(spots).toEqual([]);
  },
);

pageTest("the browser's Back leads to the space and the item before, past moves of the map", async (page) => {
  await page.waitForSelector(".counts:has-text('177 words')");
  /** Does something, and waits until the address, which follows a moment later, holds it. */
  const andSettle = async (step: () => Promise<unknown>) => {
    const before = await page.evaluate(() => location.hash);
    await step();
    await page.waitForFunction((hash) => location.hash !== hash, before);
  };
  await andSettle(() => page.click(".tab-name:text-is('karate')"));
  await page.waitForSelector(".counts:has-text('34 nodes')");
  await andSettle(() => choose(page, "member 9"));
  await page.waitForTimeout(600); // the map has come to the item
  await page.locator(".map").first().focus();
  for (let k = 0; k < 3; k++) await andSettle(() => page.keyboard.press("+"));
  await page.goBack();
  await page.waitForSelector(".item-name:text-is('karate')");
  await page.goBack();
  await page.waitForSelector(".counts:has-text('177 words')");
  await page.goForward();
  await page.goForward();
  await page.waitForSelector(".item-name:text-is('member 9')");
  await page.goBack();
  await page.waitForSelector(".item-name:text-is('karate')");
});

pageTest("a slider that nothing was chosen for says from which item it starts", async (page) => {
  await page.waitForSelector(".counts:has-text('177 words')");
  await page.locator(".slider:has-text('female') input").focus();
  await page.keyboard.press("End");
  await page.waitForSelector(".chips .chip");
  const [first] = await page.evaluate(() => {
    const { source } = window as unknown as { source: { names(space: number, from: number, count: number): string[] } };
    return source.names(0, 0, 1);
  });
  await page.waitForSelector(`.answer .arrow:text-is('from ${first} →')`);
  await choose(page, "queen");
  await page.waitForSelector(".answer .arrow:text-is('from queen →')");
  await page.fill(".expression", "king");
  await page.waitForSelector(".answer .arrow:text-is('→')");
});

pageTest("a space that is shown again is shown as it was left", async (page) => {
  await choose(page, "queen");
  await ask(page, "king - man + woman");
  await page.keyboard.press("Enter");
  await page.waitForSelector(".chip.first:has-text('queen')");
  await page.click(".tab-name:text-is('karate')");
  await page.waitForSelector(".counts:has-text('34 nodes')");
  expect(await page.inputValue(".expression")).toBe("");
  await page.click(".tab-name:text-is('words')");
  await page.waitForSelector(".item-name:text-is('queen')");
  await page.waitForSelector(".chip.first:has-text('queen')");
  expect(await page.inputValue(".expression")).toBe("king - man + woman");
});

pageTest("keys mean what they mean everywhere after a slider was moved, but for those that move it", async (page) => {
  const slider = page.locator(".slider:has-text('female') input");
  await slider.focus();
  await page.keyboard.press("End");
  await page.waitForSelector(".chip.first");
  const most = await slider.inputValue();
  expect(Number(most)).toBeGreaterThan(0);
  await page.keyboard.press("Control+z");
  await expect.poll(async () => Math.abs(Number(await slider.inputValue()))).toBeLessThan(1e-9);
  await page.keyboard.press("2");
  await page.waitForSelector(".counts:has-text('pictures')");
});

pageTest("beside names that are offered the answer to a former question is seen to be one", async (page) => {
  await ask(page, "king - man + woman");
  await page.waitForSelector(".answer:not(.stale) .chip.first:has-text('queen')");
  await ask(page, "qqq - ma");
  await page.waitForSelector(".completions:visible");
  await page.waitForSelector(".answer.stale");
  for (let k = 0; k < 6; k++) {
    await page.waitForTimeout(200);
    expect(await page.locator(".answer:not(.stale) .chip.first").count()).toBe(0);
  }
  await page.keyboard.press("Escape");
  await page.waitForSelector(".answer .problem-text:has-text('qqq')");
});
