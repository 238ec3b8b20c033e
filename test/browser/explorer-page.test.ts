import { readFile } from "node:fs/promises";
import { parquetReadObjects } from "hyparquet";
import type { Page } from "playwright-core";
import { expect } from "vitest";
import type { Explorer } from "../../explorer/app/explorer.js";
import { ask, pageTest, picture, texts, view, viewAtRest } from "./explorer-page.js";

const control = (page: Page, name: string) => page.locator(`.control:has(span:text-is("${name}")) select`);

pageTest(
  "the bar: names complete in the space's order, the answer comes while typing, and its link restores it",
  async (page) => {
    await page.waitForSelector(".counts:has-text('177 words')");
    await ask(page, "king - ma");
    await page.waitForSelector(".completions:visible");
    expect((await texts(page, ".completions [role=option]")).slice(0, 2)).toEqual(["man", "madrid"]);
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await expect.poll(() => page.inputValue(".expression")).toBe("king - man");
    await page.keyboard.type(" + woman");
    await page.waitForSelector(".chip.first:has-text('queen')");
    expect((await texts(page, ".chips .chip"))[0]).toMatch(/^queen \.\d{3}$/);
    await page.keyboard.press("Enter");
    await page.waitForSelector(".history a:has-text('king - man + woman → queen')");
    await page.click(".chip.first");
    await page.waitForSelector(".item-name:text-is('queen')");
    await expect.poll(() => texts(page, ".facts dt")).toEqual(["topic", "letters", "count", "mood"]);
    await expect.poll(() => page.locator(".neighbor").count()).toBe(10);

    await page.waitForTimeout(400); // the address follows a moment later
    const address = new URL(page.url()).hash;
    await page.fill(".expression", "rome");
    await page.waitForSelector(".chip.first:not(:has-text('queen'))");
    await page.click(".history a");
    await page.waitForSelector(".chip.first:has-text('queen')");
    await expect.poll(() => page.inputValue(".expression")).toBe("king - man + woman");
    await page.goto(`${new URL("?again", page.url())}${address}`);
    await page.waitForSelector(".item-name:text-is('queen')");
    await page.waitForSelector(".chip.first:has-text('queen')");
  },
);

pageTest("the bar: an analogy in one line, inputs shown or left out, a proposal for missing spaces", async (page) => {
  await page.click("text=a : b");
  for (const [label, name] of [
    ["a", "italy"],
    ["b", "rome"],
    ["c", "france"],
  ])
    await page.fill(`[aria-label=${label}]`, name);
  await page.waitForSelector(".chip.first:has-text('paris')");
  await page.click("text=a : b");
  expect(await page.inputValue(".expression")).toBe("italy : rome :: france : ?");
  await page.fill(".expression", "rome");
  await page.waitForSelector(".chip.first:not(:has-text('paris'))");
  expect((await texts(page, ".chips .chip")).some((text) => text.startsWith("rome "))).toBe(false);
  await page.check("text=inputs");
  await page.waitForSelector(".chip.first:has-text('rome')");
  await page.fill(".expression", "king-man+woman");
  await page.waitForSelector(".answer .problem-text");
  expect(await texts(page, ".answer .problem-text")).toEqual([
    'near: there is no item or direction "king-man+woman" in words; did you mean king?',
  ]);
  await page.click(".answer .chip:has-text('king - man + woman')");
  await page.waitForSelector(".chips .chip.first:has-text('queen')");
});

pageTest("points: color by 89 classes, by numbers, size, and the count of points is always there", async (page) => {
  await control(page, "color").selectOption("column:letters");
  await page.waitForSelector(".legend h3:has-text('letters')");
  expect(await page.locator(".class").count()).toBe(89);
  expect(await texts(page, ".legend > .muted")).toEqual([
    "The 19 largest of 89 have a color of their own, the others are gray; click one to see it.",
  ]);
  await page.fill(".legend input", "ki");
  await page.click(".class:has-text('ki…')");
  await page.waitForSelector(".item-name:has-text('1 selected')");
  expect(await texts(page, ".linked .chip")).toEqual(["king"]);
  expect((await texts(page, ".counts"))[0]).toMatch(/^1 selected · 177 words/);
  await control(page, "color").selectOption("column:mood");
  await page.waitForSelector(".legend h3:has-text('mood diverging')");
  expect(await texts(page, ".legend > .muted")).toEqual(["no value: 19"]);
  await control(page, "scale").selectOption("log");
  await page.waitForSelector(".legend h3:has-text('logarithmic')");
  const before = await view(page);
  await control(page, "size").selectOption("count");
  await expect.poll(() => view(page)).not.toBe(before);
});

pageTest(
  "points: a box and a lasso select, Escape lets go, undo brings back",
  async (page) => {
    await page.waitForSelector(".counts:has-text('177 words')");
    const { x, y, width, height } = (await page.locator(".map").first().boundingBox()) ?? {
      x: 0,
      y: 0,
      width: 0,
      height: 0,
    };
    await page.keyboard.press("b");
    await page.mouse.move(x + 5, y + 60);
    await page.mouse.down();
    await page.mouse.move(x + width - 5, y + height - 5, { steps: 4 });
    await page.mouse.up();
    await page.waitForSelector(".counts strong");
    const selected = Number((await texts(page, ".counts strong"))[0].match(/^\d+/)?.[0]);
    expect(selected).toBeGreaterThan(100);
    await page.keyboard.press("Escape");
    await expect.poll(() => page.locator(".counts strong").count()).toBe(0);
    await page.keyboard.press("Control+z");
    await page.waitForSelector(`.counts strong:has-text('${selected} selected')`);
    await page.keyboard.press("Control+Shift+z");
    await expect.poll(() => page.locator(".counts strong").count()).toBe(0);
    await page.keyboard.press("v");
    await page.mouse.move(x + 0.2 * width, y + height - 5);
    await page.keyboard.down("Shift");
    await page.mouse.down();
    for (const [a, b] of [
      [0.2, 0.6],
      [0.6, 0.6],
      [0.6, 0.98],
    ])
      await page.mouse.move(x + a * width, y + b * height, { steps: 3 });
    await page.mouse.up();
    await page.keyboard.up("Shift");
    await page.waitForSelector(".item-name:has-text('selected')");
  },
  { graphics: "webgl" },
);

pageTest("points: search by name and by any column", async (page) => {
  await page.keyboard.press("/");
  await page.keyboard.type("sea");
  await page.selectOption(".search-form select", "topic");
  await page.waitForSelector(".found-item:has-text('ship')");
  await page.click("text=Select these");
  await page.waitForSelector(".item-name:has-text('12 selected')");
  await page.keyboard.press("/");
  await page.keyboard.type("q*n");
  await page.waitForSelector(".found-item:text-is('queen')");
  await page.keyboard.press("Enter");
  await page.waitForSelector(".item-name:text-is('queen')");
});

pageTest(
  "points: a projection shows its settings first, runs live, and can be cancelled; axes of one's own",
  async (page) => {
    await control(page, "map").selectOption("choose:projection");
    await page.click(".choice:has-text('UMAP')");
    await page.waitForSelector(".dialog-foot:has-text('177 items, about 3 s')");
    await page.fill(".form-row:has-text('Neighbors') input", "30");
    const before = await view(page);
    await page.click(".dialog button:text-is('Start')");
    await page.waitForSelector(".map-progress:has-text('UMAP')");
    await expect.poll(() => view(page)).not.toBe(before);
    await page.click(".map-progress button:text-is('Cancel')");
    await expect.poll(() => page.locator(".map-progress").count()).toBe(0);
    expect(await control(page, "map").inputValue()).toContain("pca1");
    await page.locator(".map").first().focus();
    await page.keyboard.press("a");
    await page.fill("[aria-label='Axis x']", "woman - man");
    await page.fill("[aria-label='Axis y']", "direction:royal");
    await page.click(".dialog button:text-is('Show')");
    await page.waitForSelector(".axis-left");
    expect(await texts(page, ".axes span")).toEqual(["← man", "woman →", "↓ − royal", "↑ + royal"]);
  },
);

pageTest("points: a projection that ends is a map of its own, and its link offers to make it again", async (page) => {
  await page.keyboard.press("p");
  await page.click(".dialog button:text-is('Start')");
  await page.waitForSelector(".map-progress");
  await page.waitForSelector(".map-progress", { state: "detached" });
  await expect.poll(() => control(page, "map").inputValue()).toContain('"made"');
  await page.waitForFunction(() => location.hash !== "");
  await page.reload();
  await page.waitForSelector(".map-progress:has-text('has to be made first')");
  await page.click(".map-progress button:text-is('Start')");
  await page.waitForSelector(".map-progress:has-text('layout')");
});

pageTest(
  "walks: the decoded picture follows the slider, the nearest follow, and the strip has its coefficients",
  async (page) => {
    await page.click(".tab-name:text-is('faces')");
    await page.waitForSelector(".decoded canvas");
    await page.waitForTimeout(200);
    const before = await picture(page, ".decoded canvas");
    await page.locator(".slider:has-text('smile') input").focus();
    for (let k = 0; k < 20; k++) await page.keyboard.press("ArrowRight");
    await expect.poll(() => picture(page, ".decoded canvas")).not.toBe(before);
    await page.waitForSelector(".chips .chip");
    await page.click(".walk-actions button:text-is('Reset')");
    await expect.poll(() => picture(page, ".decoded canvas")).toBe(before);
    await page.click(".walk-actions button:text-is('Strip')");
    await page.click(".dialog button:text-is('Walk')");
    await page.waitForSelector(".dialog canvas");
    expect(await page.locator(".steps li").count()).toBe(7);
    const download = page.waitForEvent("download");
    await page.click("text=Save as PNG");
    expect((await download).suggestedFilename()).toBe("strip-smile.png");
  },
);

pageTest(
  "walks: a slider on its way paints no map again, colored or not, so that nothing comes before the picture",
  async (page) => {
    await page.click(".tab-name:text-is('faces')");
    await control(page, "color").selectOption("column:age");
    await page.waitForSelector(".legend");
    await page.waitForTimeout(300);
    const painted = await page.evaluate(async () => {
      const slider = document.querySelector<HTMLInputElement>(".slider input");
      const page = window as unknown as { painted: number };
      const before = page.painted;
      for (let k = 1; slider !== null && k <= 3; k++) {
        slider.valueAsNumber = k / 10;
        slider.dispatchEvent(new Event("input", { bubbles: true }));
      }
      for (let k = 0; k < 2; k++) await new Promise(requestAnimationFrame);
      return [before > 0, page.painted - before];
    });
    expect(painted).toEqual([true, 0]);
    await page.waitForSelector(".slider output:text-is('+0.30')");
  },
  {
    before:
      "window.painted = 0; CanvasRenderingContext2D.prototype.clearRect = ((clear) => function (...area) { " +
      "if (this.canvas.matches('.map')) window.painted++; clear.apply(this, area); })(CanvasRenderingContext2D.prototype.clearRect);",
  },
);

pageTest(
  "pictures of items are there again when their map comes back, and when its space has changed",
  async (page) => {
    const show = async (title: string, nouns: string) => {
      await page.click(`.tab-name:text-is('${title}')`);
      await page.waitForSelector(`.counts:has-text('${nouns}')`);
    };
    await show("faces", "pictures");
    await page.waitForFunction(() => {
      const { explorer } = window as unknown as { explorer: Explorer };
      return (explorer.active.peek()?.drawn.peek()?.thumbnails ?? 0) > 0;
    });
    const before = await viewAtRest(page);
    await show("words", "words");
    await show("faces", "pictures");
    await expect.poll(() => view(page)).toBe(before);
    await page.click(".walk-actions button:text-is('New direction')");
    await page.click(".dialog button:text-is('a column')");
    await page.fill(".dialog input[placeholder='smile']", "older");
    await page.click(".dialog button:text-is('Make')");
    await page.waitForSelector(".slider:has-text('older')");
    expect(await texts(page, ".notice.problem")).toEqual([]);
    await page.click(".notice.news [aria-label=Dismiss]"); // it lies over the map
    await expect.poll(() => view(page)).toBe(before);
  },
);

pageTest(
  "walks: without a decoder the nearest items follow; a new direction from two groups gets a slider",
  async (page) => {
    await ask(page, "king");
    await page.keyboard.press("Escape");
    await page.waitForSelector(".chip.first");
    await page.locator(".slider:has-text('female') input").focus();
    await page.keyboard.press("End");
    await page.waitForSelector(".chip.first:has-text('queen')");
    await page.keyboard.press("Escape");
    const select = async (topic: string) => {
      await page.locator(".map").first().focus();
      await page.keyboard.press("/");
      await page.keyboard.type(topic);
      await page.selectOption(".search-form select", "topic");
      await page.waitForSelector(".found-item");
      await page.click("text=Select these");
      await page.click(".walk-actions button:text-is('New direction')");
    };
    await select("animals");
    await page.click(".form-row:has-text('leads from') button");
    await page.click(".dialog [aria-label=Close]");
    await select("food");
    await page.click(".form-row:has-text('leads to') button");
    await page.fill(".dialog input[placeholder=smile]", "edible");
    await page.click(".dialog button:text-is('Make')");
    await page.waitForSelector(".slider:has-text('edible')");
  },
);

pageTest("walks: samples, interpolation, and the place of a picture that is uploaded", async (page) => {
  await page.click(".tab-name:text-is('faces')");
  await page.click(".walk-actions button:text-is('Sample')");
  await page.click(".dialog button:text-is('Draw')");
  await page.waitForSelector(".dialog canvas");
  await page.click(".dialog [title='Walk on from sample 3']");
  await page.waitForSelector(".decoded figcaption:has-text('sample 3 of seed 1')");
  await page.click(".walk-actions button:text-is('Interpolate')");
  await page.fill("[aria-label=From]", "face-001");
  await page.fill("[aria-label=To]", "face-002");
  await page.click(".dialog button:text-is('Walk')");
  await page.waitForSelector(".steps li");
  expect((await texts(page, ".steps li:first-child .step-name"))[0]).toBe("face-001 1.00");
  expect((await texts(page, ".steps li:last-child .step-name"))[0]).toBe("face-002 1.00");
  await page.keyboard.press("Escape");
  await page.setInputFiles("input[type=file]", {
    name: "me.png",
    mimeType: "image/png",
    buffer: Buffer.from("a picture"),
  });
  await page.waitForSelector(".inverting");
  await page.waitForSelector(".given figcaption[title='me.png']");
  await page.waitForSelector(".decoded figcaption:text-is('error .021')");
});

pageTest("graphs: the place of a node that is not in the space, by keyboard alone", async (page) => {
  await page.click(".tab-name:text-is('karate')");
  await page.waitForSelector(".counts:has-text('34 nodes')");
  await page.locator(".map").first().focus();
  await page.keyboard.press("n");
  await page.keyboard.type("newcomer");
  await page.keyboard.press("Tab");
  await page.keyboard.type("member 3");
  await page.waitForSelector(".dialog .completions [role=option]");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Enter");
  await page.waitForSelector(".answer:has-text('newcomer →')");
  expect((await texts(page, ".chips .chip"))[0]).toMatch(/^member 3/);
});

pageTest("graphs: edges, links by a named score, Weisfeiler-Leman by round, the film of layers", async (page) => {
  await page.click(".tab-name:text-is('karate')");
  await page.waitForSelector(".counts:has-text('34 nodes · 78 edges')");
  await control(page, "size").selectOption("pagerank");
  await page.keyboard.press("/");
  await page.keyboard.type("member 9");
  await page.waitForSelector(".found-item:text-is('member 9')");
  await page.keyboard.press("Enter");
  await page.waitForSelector(".section h3:has-text('Links 5')");
  const options = await texts(page, "[aria-label='How likely links are scored'] option");
  expect(options).toEqual(["not shown", "by Adamic-Adar", "by the dot product"]);
  await page.selectOption("[aria-label='How likely links are scored']", "adamic-adar");
  await page.waitForSelector(".section:has-text('Likely links') .neighbor");
  expect((await texts(page, ".section:has-text('Likely links') .neighbor"))[0]).toMatch(/^member 2 1\.\d\d$/);
  await control(page, "color").selectOption("rounds");
  await page.waitForSelector(".legend h3:has-text('Weisfeiler-Leman, round 1')");
  const classes = await page.locator(".class").count();
  await page.locator("[aria-label='Round of Weisfeiler-Leman']").fill("3");
  await page.waitForSelector(".legend h3:has-text('round 3')");
  expect(await page.locator(".class").count()).toBeGreaterThan(classes);
  await page.click("[aria-label='Play the film of the training']");
  await page.waitForSelector(".film .count:text-is('epoch 10 of 50')");
  await page.waitForSelector(".film .count:text-is('epoch 50 of 50')");
});

pageTest(
  "several spaces side by side: what is selected in one is selected by name in the other",
  async (page) => {
    await page.click("[aria-label='Show faces beside']");
    await expect.poll(() => page.locator(".pane").count()).toBe(2);
    await page.click("[aria-label='Close the map of faces']");
    await expect.poll(() => page.locator(".pane").count()).toBe(1);
  },
  {},
);

pageTest(
  "two maps of one space: selections and the chosen item are linked by name, until they are not",
  async (page) => {
    await page.waitForSelector(".counts:has-text('177 words')");
    await page.evaluate(() => {
      const { explorer } = window as unknown as { explorer: { showSpace(space: number, beside: boolean): void } };
      explorer.showSpace(0, true);
    });
    await expect.poll(() => page.locator(".pane").count()).toBe(2);
    await page.keyboard.press("/");
    await page.keyboard.type("queen");
    await page.waitForSelector(".found-item:text-is('queen')");
    await page.click("text=Select these");
    await expect.poll(() => texts(page, ".counts strong")).toEqual(["1 selected ·", "1 selected ·"]);
    await page.uncheck("text=linked");
    await page.keyboard.press("Escape");
    await expect.poll(() => texts(page, ".counts strong")).toEqual(["1 selected ·"]);
  },
);

pageTest(
  "a training shows its loss, its rate, and the map as it moves",
  async (page) => {
    await page.waitForSelector(".training:has-text('51,234 a second')");
    await page.waitForSelector(".loss-curve canvas");
    const before = await picture(page, "canvas.map");
    await expect.poll(() => picture(page, "canvas.map")).not.toBe(before);
  },
  { query: "training" },
);

pageTest("exports: CSV with safe cells, Parquet with types, PNG and SVG of the view", async (page) => {
  const saved = async (label: string) => {
    await page.click("[aria-label=Export]");
    const download = page.waitForEvent("download");
    await page.click(`.dialog [aria-label='Export as ${label}'], .dialog button:text-is('${label}')`);
    const file = await download;
    return { name: file.suggestedFilename(), bytes: await readFile(await file.path()) };
  };
  await page.waitForSelector(".counts:has-text('177 words')");
  const csv = await saved("CSV");
  expect(csv.name).toBe("words.csv");
  const lines = csv.bytes.toString().split("\r\n");
  expect(lines[0]).toBe("name,topic,letters,count,mood,x,y");
  expect(lines).toHaveLength(179);
  const parquet = await saved("Parquet");
  const { buffer, byteOffset, byteLength } = parquet.bytes;
  const rows = await parquetReadObjects({ file: buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer });
  expect(rows).toHaveLength(177);
  expect(rows[4]).toMatchObject({ name: "king", topic: "people", count: 12000 });
  const png = await saved("PNG");
  expect(png.bytes.subarray(1, 4).toString()).toBe("PNG");
  const svg = await saved("SVG");
  expect(svg.bytes.toString()).toMatch(/^<svg[\s\S]*<text/);
});

pageTest(
  "the keyboard: every key of the table is told, arrows walk neighbors, brackets walk the history",
  async (page) => {
    await page.waitForSelector(".counts:has-text('177 words')");
    await page.keyboard.press("?");
    expect(await page.locator(".keys dd").count()).toBeGreaterThan(10);
    await page.keyboard.press("Escape");
    await ask(page, "paris");
    await page.keyboard.press("Enter");
    await page.waitForSelector(".history a:has-text('paris')");
    await page.fill(".expression", "dog");
    await page.keyboard.press("Enter");
    await page.waitForSelector(".history a:has-text('dog')");
    await page.locator(".map").first().focus();
    await page.keyboard.press("[");
    await page.keyboard.press("[");
    await expect.poll(() => page.inputValue(".expression")).toBe("paris");
    await page.keyboard.press("]");
    await expect.poll(() => page.inputValue(".expression")).toBe("dog");
    await page.locator(".map").first().focus();
    await page.keyboard.press("ArrowRight");
    await page.waitForSelector(".neighbor");
    const first = await texts(page, ".item-name");
    const walked = async () => (await texts(page, ".item-name")).join() !== first.join();
    for (const key of ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"]) {
      if (await walked()) break;
      await page.keyboard.press(key);
      await page.waitForTimeout(200);
    }
    expect(await walked()).toBe(true);
    await page.keyboard.press("2");
    await page.waitForSelector(".counts:has-text('120 pictures')");
  },
);

pageTest("every button, field and picture has a name for those who listen, in every dialog", async (page) => {
  await page.click(".tab-name:text-is('faces')");
  await page.waitForSelector(".decoded canvas");
  const nameless = () =>
    page.evaluate(() => {
      const named = (element: Element) =>
        [element.getAttribute("aria-label"), element.textContent, element.closest("label")?.textContent].some((text) =>
          text?.trim(),
        );
      return [...document.querySelectorAll("button, input, select, textarea, a, [role=img]")]
        .filter((element) => !named(element))
        .map(({ outerHTML }) => outerHTML.slice(0, 120));
    });
  expect(await nameless()).toEqual([]);
  for (const dialog of [
    "search",
    "keys",
    "share",
    "export",
    "projection",
    "axes",
    "direction",
    "strip",
    "interpolate",
    "sample",
  ]) {
    await page.evaluate((name) => {
      const { explorer } = window as unknown as { explorer: { dialog: { value: string | null } } };
      explorer.dialog.value = name;
    }, dialog);
    await page.waitForSelector("dialog[open]");
    expect(await nameless()).toEqual([]);
    await page.keyboard.press("Escape");
    await page.waitForSelector("dialog", { state: "detached" });
  }
});

pageTest("a lost server is told and found again; the map and the history stay", async (page) => {
  await page.waitForSelector(".counts:has-text('177 words')");
  const lose = (why: string | null) =>
    page.evaluate((reason) => {
      const { source } = window as unknown as { source: { lose(why: string | null): void } };
      source.lose(reason);
    }, why);
  const before = await view(page);
  await lose("The server does not answer. No answer came from 127.0.0.1.");
  await page.waitForSelector(".notice:has-text('The server does not answer. No answer came from 127.0.0.1.')");
  await lose(null);
  await expect.poll(() => page.locator(".notice").count()).toBe(0);
  expect(await view(page)).toBe(before);
});

pageTest(
  "answers that fail are told in the server's words, beside a map that stays",
  async (page) => {
    await page.waitForSelector(".counts:has-text('177 words')");
    await ask(page, "king");
    await page.keyboard.press("Escape");
    await page.waitForSelector(".answer .problem-text:text-is('the index is cut short')");
    await control(page, "color").selectOption("column:mood");
    await page.waitForSelector(".legend .problem-text:text-is('the index is cut short')");
  },
  { query: "broken=the%20index%20is%20cut%20short" },
);

/** A browser whose canvases give none of some kinds of contexts. */
const without = (kinds: string) =>
  `HTMLCanvasElement.prototype.getContext = ((get) => function (kind, ...rest) { return ${kinds}.includes(kind) ? null : get.call(this, kind, ...rest); })(HTMLCanvasElement.prototype.getContext);`;

pageTest(
  "without WebGL2 the page draws the map by itself",
  async (page) => {
    await expect.poll(() => page.locator("canvas.map").first().getAttribute("data-drawn")).toBe("177");
    await page.fill(".expression", "king - man + woman");
    await page.waitForSelector(".chip.first:has-text('queen')");
  },
  { graphics: "webgl", before: without('["webgl2"]') },
);

pageTest(
  "where nothing can be drawn the map says so, and the bar answers",
  async (page) => {
    await page.waitForSelector(".map-message:has-text('The map cannot be drawn')");
    await page.fill(".expression", "king - man + woman");
    await page.waitForSelector(".chip.first:has-text('queen')");
  },
  { graphics: "webgl", before: without('["webgl2", "2d"]') },
);

pageTest(
  "without a space the page says how to open one",
  async (page) => {
    await page.waitForSelector("h2:text-is('No space is open')");
  },
  { query: "empty" },
);

pageTest(
  "S12: names that are markup, links or turn the text are shown as text",
  async (page) => {
    await page.waitForSelector(".counts:has-text('words')");
    await page.keyboard.press("/");
    await page.keyboard.type("<img");
    await page.waitForSelector(".found-item:has-text('<img src=x onerror=alert(1)>')");
    await page.keyboard.press("Enter");
    await page.waitForSelector(".item-name:has-text('<img src=x onerror=alert(1)>')");
    expect(await page.locator("img, [onerror]").count()).toBe(0);
  },
  { query: "attack" },
);

pageTest(
  "on a phone the map is on top, details open as a sheet, and nothing is wider than the screen",
  async (page) => {
    await page.waitForSelector(".decoded, .slider");
    await page.fill(".expression", "king - man + woman");
    await page.waitForSelector(".chip.first:has-text('queen')");
    await page.click(".chip.first");
    expect(await page.locator(".side-body").isVisible()).toBe(false);
    await page.click(".sheet-handle");
    await page.waitForSelector(".item-name:text-is('queen'):visible");
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
    const map = await page.locator(".map").first().boundingBox();
    const bar = await page.locator(".bar").boundingBox();
    expect(map?.y).toBeLessThan(bar?.y ?? 0);
  },
  { width: 390, height: 844, theme: "dark" },
);
