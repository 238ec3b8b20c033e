import { type Browser, chromium, type Page } from "playwright-core";
import { expect } from "vitest";
import { executable } from "./chromium.js";

/** Whether there is no Chromium to test in. */
export const skips = executable === null && process.env.REQUIRE_BROWSER !== "1";

/** On a busy machine a wait may run out; what fails twice fails. */
export const patient = { retry: 1 };

export function launch(): Promise<Browser> {
  return chromium.launch({
    executablePath: executable ?? "",
    args: ["--no-sandbox", "--no-proxy-server", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"],
  });
}

/** The page as `thing2vec explore` opens it. What it logs, and what it asks of others, fails the test, but for `expected`. */
export async function visit(
  browser: Browser,
  url: string,
  body: (page: Page) => Promise<void>,
  expected: RegExp | null = null,
): Promise<void> {
  const context = await browser.newContext({ viewport: { width: 800, height: 560 }, reducedMotion: "reduce" });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  const problems: string[] = [];
  page.on("pageerror", (error) => problems.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error" && !expected?.test(message.text())) problems.push(message.text());
  });
  page.on("request", (request) => {
    const { protocol, hostname } = new URL(request.url());
    if (protocol !== "blob:" && hostname !== "127.0.0.1") problems.push(request.url());
  });
  try {
    await page.goto(url);
    await body(page);
    expect(problems.join("\n")).toBe("");
  } finally {
    await context.close();
  }
}
