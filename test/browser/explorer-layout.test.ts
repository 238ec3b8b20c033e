import type { Page } from "playwright-core";
import { expect } from "vitest";
import type { Explorer } from "../../explorer/app/explorer.js";
import { ask, pageTest, texts } from "./explorer-page.js";

const desk = { width: 1280, height: 800 };
const low = { width: 900, height: 600 };
const phone = { width: 390, height: 844 };

const control = (page: Page, name: string) => page.locator(`.control:has(span:text-is("${name}")) select`);

/** Names that are printed on the map where nothing lies over it, with the middles of their texts in pixels of the window. */
function printedNames(page: Page): Promise<{ text: string; x: number; y: number }[]> {
  return page.evaluate(() => {
    const { explorer } = window as unknown as { explorer: Explorer };
    const canvas = document.querySelector("canvas.map") as HTMLCanvasElement;
    const { left, top } = canvas.getBoundingClientRect();
    const labels = explorer.active.peek()?.renderer.peek()?.layout.labels ?? [];
    return labels
      .map(({ text, box }) => ({
        text: text.replace(/[\u2066-\u2069]/g, ""),
        x: left + box.x + box.width / 2,
        y: top + box.y + box.height / 2,
      }))
      .filter(({ x, y }) => document.elementFromPoint(x, y) === canvas);
  });
}

/** Places of an item's neighbors on the canvas, and its size. */
function neighborPlaces(page: Page) {
  return page.evaluate(() => {
    const pane = (window as unknown as { explorer: Explorer }).explorer.active.peek();
    const map = pane?.renderer.peek();
    const rows = pane?.near.peek().value?.neighbors.map(({ row }) => row) ?? [];
    const places = [pane?.view.peek().item ?? -1, ...rows].map((row) => map?.placeOf(row) ?? null);
    return { places, width: map?.view.width ?? 0, height: map?.view.height ?? 0 };
  });
}

/** Selects whose chosen text is wider than what is seen of them. */
function cutSelects(page: Page): Promise<string[]> {
  return page.locator(".controls select").evaluateAll((selects) =>
    (selects as HTMLSelectElement[]).flatMap((select) => {
      const style = getComputedStyle(select);
      const context = document.createElement("canvas").getContext("2d") as CanvasRenderingContext2D;
      context.font = style.font;
      const text = select.selectedOptions[0].text;
      const arrow = 22; // and its margins, as Chromium draws it
      const room =
        select.clientWidth - Number.parseFloat(style.paddingLeft) - Number.parseFloat(style.paddingRight) - arrow;
      return context.measureText(text).width > room ? [`${text}: ${room}`] : [];
    }),
  );
}

pageTest(
  "a click on a name that is printed on the map opens the item of that name",
  async (page) => {
    await page.waitForSelector(".counts:has-text('177 words')");
    await expect.poll(async () => (await printedNames(page)).length).toBeGreaterThan(10);
    for (let k = 0; k < 6; k++) {
      const names = await printedNames(page);
      const { text, x, y } = names[(7 * k) % names.length];
      await page.mouse.click(x, y);
      await page.waitForSelector(`.item-name:text-is('${text}')`);
      await page.waitForSelector(".neighbor");
    }
  },
  desk,
);

pageTest(
  "an item that is searched for is shown with all of its neighbors in view, and no farther away than that needs",
  async (page) => {
    for (const name of ["queen", "paris", "rome"]) {
      await page.keyboard.press("/");
      await page.keyboard.type(name);
      await page.waitForSelector(`.found-item:text-is('${name}')`);
      await page.keyboard.press("Enter");
      await page.waitForSelector(`.item-name:text-is('${name}')`);
      await expect
        .poll(async () => {
          const { places, width, height } = await neighborPlaces(page);
          const shares = places.map((place) =>
            place === null ? 9 : Math.max(Math.abs(2 * (place.x / width) - 1), Math.abs(2 * (place.y / height) - 1)),
          );
          return places.length === 11 && Math.max(...shares) < 0.95 && Math.max(...shares) > 0.6;
        })
        .toBe(true);
    }
  },
  desk,
);

pageTest(
  "an open legend hides nothing of the map, and a closed one gives its room back",
  async (page) => {
    await page.waitForSelector(".counts:has-text('177 words')");
    const widthOf = async (selector: string) => (await page.locator(selector).first().boundingBox()) ?? null;
    const before = await widthOf("canvas.map");
    for (const column of ["letters", "mood"]) {
      await control(page, "color").selectOption(`column:${column}`);
      await page.waitForSelector(`.legend h3:has-text('${column}')`);
      const [map, legend] = [await widthOf("canvas.map"), await widthOf(".legend")];
      if (map === null || legend === null) throw new Error("a map and a legend were needed");
      const isBeside = legend.x >= map.x + map.width || legend.y >= map.y + map.height;
      expect(isBeside).toBe(true);
    }
    await control(page, "color").selectOption("column:topic");
    await page.click(".legend summary");
    await expect.poll(async () => (await widthOf("canvas.map"))?.width).toBe(before?.width);
  },
  desk,
);

for (const [where, size] of Object.entries({ "a desk": desk, "a low window": low, "a phone": phone }))
  pageTest(
    `every select below the map shows all of what is chosen, and every control is in sight: ${where}`,
    async (page) => {
      await page.click(".tab-name:text-is('karate')");
      await control(page, "color").selectOption("rounds");
      await page.locator("canvas.map").first().focus();
      await page.keyboard.press("p");
      await page.click(".choice:has-text('UMAP')");
      await page.click(".dialog button:text-is('Start')");
      await expect
        .poll(() => control(page, "map").evaluate((select) => (select as HTMLSelectElement).selectedOptions[0].text))
        .toBe("UMAP, made now");
      expect(await cutSelects(page)).toEqual([]);
      const outside = await page.locator(".controls :is(select, input)").evaluateAll((controls) =>
        controls.flatMap((its) => {
          const { left, right } = its.getBoundingClientRect();
          return left >= 0 && right <= window.innerWidth ? [] : [`${left}..${right}`];
        }),
      );
      expect(outside).toEqual([]);
    },
    size,
  );

pageTest(
  "on a phone the options of the bar come with a question, and the sheet is titled by the item",
  async (page) => {
    await page.fill(".expression", "king - man + woman");
    await page.click(".chip.first:has-text('queen')");
    expect(await texts(page, ".sheet-handle")).toEqual(["queen"]);
    await page.check(".bar-options .check input");
    await page.click(".keep");
    await page.waitForSelector(".keep:has-text('Kept')");
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(phone.width);
  },
  phone,
);

pageTest("keeping says so each time, also of what was kept before", async (page) => {
  await ask(page, "king - man + woman");
  await page.waitForSelector(".chip.first:has-text('queen')");
  for (let time = 0; time < 2; time++) {
    await page.click(".keep");
    await page.waitForSelector(".keep:has-text('Kept')");
    await page.waitForSelector(".keep:has-text('Keep')");
  }
  expect(await page.locator(".history li").count()).toBe(1);
});

pageTest(
  "sampled pictures keep their shape, and a click on one walks on from it",
  async (page) => {
    await page.click(".tab-name:text-is('faces')");
    await page.click(".walk-actions button:text-is('Sample')");
    await page.click(".dialog button:text-is('Draw')");
    const sheet = page.locator(".samples canvas");
    await expect
      .poll(() =>
        sheet.evaluate((canvas: HTMLCanvasElement) => {
          const { width, height } = canvas.getBoundingClientRect();
          return Math.abs((width * canvas.height) / (height * canvas.width) - 1);
        }),
      )
      .toBeLessThan(0.01);
    const box = await sheet.boundingBox();
    if (box === null) throw new Error("a sheet was needed");
    await page.mouse.click(box.x + 0.62 * box.width, box.y + 0.37 * box.height); // the third of the second row
    await page.waitForSelector(".decoded figcaption:has-text('sample 7 of seed 1')");
  },
  desk,
);

pageTest("beside a button that cannot be pressed stands what is needed first", async (page) => {
  await page.waitForSelector(".counts:has-text('177 words')");
  const foot = () => texts(page, ".dialog-foot .muted");
  await page.click(".walk-actions button:text-is('New direction')");
  expect(await foot()).toEqual(["The class it leads to is needed."]);
  await page.selectOption(".dialog .form-row:has-text('Column') select", "count");
  expect(await foot()).toEqual(["A name for it is needed."]);
  await page.click(".segmented button:text-is('two groups')");
  expect(await foot()).toEqual(["The group it leads from is needed."]);
  await page.keyboard.press("Escape");
  await page.click(".walk-actions button:text-is('Interpolate')");
  expect(await foot()).toEqual(["Where it starts is needed."]);
  await page.keyboard.press("Escape");
  await page.locator(".map").first().focus();
  await page.keyboard.press("a");
  expect(await foot()).toEqual(["Expressions for x and y are needed."]);
});

pageTest("neighbors with long names are listed by their whole names", async (page) => {
  await page.click(".tab-name:text-is('faces')");
  await page.waitForSelector(".counts:has-text('pictures')");
  await page.locator(".map").first().focus();
  await page.keyboard.press("ArrowDown");
  await page.waitForSelector(".neighbor");
  const cut = await page
    .locator(".neighbor-name")
    .evaluateAll((names) => names.filter((name) => name.scrollWidth > name.clientWidth).length);
  expect(cut).toBe(0);
  expect(await page.locator(".neighbor").first().getAttribute("title")).toBe((await texts(page, ".neighbor-name"))[0]);
});
