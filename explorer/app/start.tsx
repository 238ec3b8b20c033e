import { effect } from "@preact/signals";
import { render } from "preact";
import type { DataSource } from "../../src/explorer/protocol.js";
import type { ThemeName } from "../../src/maps/pictures/themes.js";
import { App } from "./components/app.js";
import { Explorer } from "./explorer.js";
import { isSoftware } from "./renderer/gl.js";
import type { ViewState } from "./state.js";
import { plainText } from "./text/format.js";
import { writeLink } from "./url.js";
import "./styles/page.css";

/**
 * Milliseconds until the page looks what draws WebGL, which takes a while and blocks it: where spaces take longer than this there
 * is that while, and where they do not their first map has been asked for meanwhile.
 */
const probePause = 80;

/** Milliseconds after the last change until the address holds it. */
const addressPause = 250;

/** Puts the page into an element and answers it by a source. */
export function start(place: Element, source: DataSource): Explorer {
  const explorer = new Explorer(source);
  followTheme(explorer);
  followTitle(explorer);
  restoreHistory(explorer);
  const opened = explorer.open(location.hash);
  void opened.then(() => followAddress(explorer));
  place.replaceChildren();
  render(<App explorer={explorer} />, place);
  setTimeout(isSoftware, probePause);
  return explorer;
}

/** A tab is known by the space that it shows. */
function followTitle(explorer: Explorer): void {
  effect(() => {
    const title = explorer.active.value?.space.value?.summary.value.title;
    document.title = title === undefined ? "thing2vec" : `${plainText(title, 60)} · thing2vec`;
  });
}

/**
 * The address holds the view; a link that is put there is shown. Another space and another item are steps of the browser's own
 * history, so that Back leads to the one before; all else changes the step that is there.
 */
function followAddress(explorer: Explorer): void {
  let written = location.hash.slice(1);
  let place = placeOf(explorer.state.peek());
  let timer: ReturnType<typeof setTimeout> | undefined;
  effect(() => {
    const state = explorer.state.value;
    clearTimeout(timer);
    timer = setTimeout(async () => {
      const link = await writeLink(state);
      if (location.hash.slice(1) !== written) return; // another was put there just now, and is about to be shown
      const isStep = placeOf(state) !== place && link !== written;
      written = link;
      place = placeOf(state);
      const address = `${location.pathname}${location.search}${written === "" ? "" : `#${written}`}`;
      if (isStep) history.pushState(null, "", address);
      else history.replaceState(null, "", address);
    }, addressPause);
  });
  addEventListener("popstate", async () => {
    const fragment = location.hash.slice(1);
    if (fragment === written) return;
    written = fragment;
    await explorer.restore(fragment);
    place = placeOf(explorer.state.peek());
  });
}

/** The spaces and items that a view shows. */
function placeOf({ panes, active }: ViewState): string {
  return JSON.stringify([active, panes.map(({ space, item }) => [space, item])]);
}

const themeKey = "thing2vec theme";

/** The person's choice of colors, else the system's. */
function followTheme(explorer: Explorer): void {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const chosen = stored(themeKey);
  const system = (): ThemeName => (dark.matches ? "dark" : "light");
  explorer.theme.value = chosen === "dark" || chosen === "light" ? chosen : system();
  dark.addEventListener("change", () => {
    if (stored(themeKey) === null) explorer.theme.value = system();
  });
  effect(() => {
    const theme = explorer.theme.value;
    document.documentElement.dataset.theme = theme;
    if (theme === system()) store(themeKey, null);
    else store(themeKey, theme);
  });
}

const historyKey = "thing2vec history";

/** A reload loses no history. */
function restoreHistory(explorer: Explorer): void {
  try {
    const entries: unknown = JSON.parse(stored(historyKey) ?? "[]");
    if (Array.isArray(entries)) {
      explorer.history.value = entries.filter((entry) =>
        ["text", "result", "space", "link"].every((key) => typeof entry?.[key] === "string"),
      );
    }
  } catch {
    store(historyKey, null);
  }
  effect(() => store(historyKey, JSON.stringify(explorer.history.value)));
}

/** Of this tab; a browser may forbid it. */
function stored(key: string): string | null {
  try {
    return sessionStorage.getItem(key);
  } catch {
    return null;
  }
}

function store(key: string, value: string | null): void {
  try {
    if (value === null) sessionStorage.removeItem(key);
    else sessionStorage.setItem(key, value);
  } catch {
    // then a reload begins anew
  }
}
