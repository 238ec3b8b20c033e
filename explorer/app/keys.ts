import type { Explorer } from "./explorer.js";
import type { Pane } from "./pane.js";

interface Key {
  /** As the table of keys shows it. */
  shown: string;
  what: string;
  /** Whether the key means this; of keys that others handle, such as the map, there is none. */
  is?: (event: KeyboardEvent) => boolean;
  run?: (explorer: Explorer, event: KeyboardEvent) => void;
}

const plain =
  (...keys: string[]) =>
  (event: KeyboardEvent) =>
    keys.includes(event.key) && !event.ctrlKey && !event.metaKey && !event.altKey;
const control = (key: string, shift: boolean) => (event: KeyboardEvent) =>
  (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === key && event.shiftKey === shift;

/** All keys of the page: what the dialog shows is what is obeyed. */
export const keyTable: readonly Key[] = [
  {
    shown: "=",
    what: "the bar: type an expression",
    is: plain("="),
    run: focusBar,
  },
  {
    shown: "/ Ctrl+K",
    what: "search",
    is: (event) => plain("/")(event) || control("k", false)(event),
    run: (explorer) => explorer.show("search"),
  },
  {
    shown: "↑ ↓ ← →",
    what: "on the map: walk to the nearest item in that direction among the neighbors",
    is: plain("ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight"),
    run: (explorer, event) => walkNeighbors(explorer, event),
  },
  { shown: "Shift+arrows + - 0", what: "on the map: move, zoom in and out, show all" },
  {
    shown: "[ ]",
    what: "earlier and later in the history",
    is: plain("[", "]"),
    run: (explorer, event) => void explorer.walkHistory(event.key === "[" ? -1 : 1),
  },
  {
    shown: "1 … 9",
    what: "the spaces",
    is: (event) => /^[1-9]$/.test(event.key) && plain(event.key)(event),
    run: (explorer, event) => explorer.showSpace(Number(event.key) - 1),
  },
  {
    shown: "v b l",
    what: "move, select by a box, select by a lasso (Shift and drag is always a lasso)",
    is: plain("v", "b", "l"),
    run: ({ tool }, event) => {
      tool.value = event.key === "b" ? "box" : event.key === "l" ? "lasso" : "move";
    },
  },
  {
    shown: "p",
    what: "make a map: PCA, UMAP, t-SNE",
    is: plain("p"),
    run: (explorer) => explorer.show("projection"),
  },
  {
    shown: "a",
    what: "axes of your own",
    is: plain("a"),
    run: (explorer) => explorer.show("axes"),
  },
  {
    shown: "n",
    what: "place a new node or word, which the space has never seen",
    is: plain("n"),
    run: (explorer) => {
      if (explorer.active.peek()?.space.peek()?.summary.peek().takes) explorer.show("new");
    },
  },
  {
    shown: "d",
    what: "light and dark",
    is: plain("d"),
    run: (explorer) => explorer.setTheme(explorer.theme.peek() === "dark" ? "light" : "dark"),
  },
  { shown: "Ctrl+Z", what: "undo", is: control("z", false), run: (explorer) => explorer.undo() },
  {
    shown: "Ctrl+Shift+Z",
    what: "redo",
    is: (event) => control("z", true)(event) || control("y", false)(event),
    run: (explorer) => explorer.redo(),
  },
  { shown: "Esc", what: "let go of the selection, then of the item", is: plain("Escape"), run: letGo },
  {
    shown: "?",
    what: "this table",
    is: plain("?"),
    run: (explorer) => explorer.show("keys"),
  },
];

/** At once, so that the next key is typed there. */
function focusBar(): void {
  const bar = document.querySelector<HTMLInputElement>(".bar .expression");
  bar?.focus();
  bar?.select();
}

/** Obeys the keys of the table, unless somebody is typing or a dialog is open. Returns what ends that. */
export function listenToKeys(explorer: Explorer): () => void {
  const press = (event: KeyboardEvent) => {
    if (event.defaultPrevented || explorer.dialog.peek() !== null) return;
    if (isTyping(event.target) && !event.ctrlKey && !event.metaKey) {
      if (event.key === "Escape" && event.target instanceof HTMLElement) event.target.blur();
      return;
    }
    if (takesText(event.target) && event.key.toLowerCase() === "z") return; // the field's own undo
    if (event.key.startsWith("Arrow") && !(event.target instanceof HTMLCanvasElement)) return;
    if (isSlider(event.target) && /^(Home|End|Page)/.test(event.key)) return;
    const key = keyTable.find(({ is }) => is?.(event));
    if (key?.run === undefined) return;
    event.preventDefault();
    key.run(explorer, event);
  };
  document.addEventListener("keydown", press);
  return () => document.removeEventListener("keydown", press);
}

function takesText(target: EventTarget | null): boolean {
  if (target instanceof HTMLInputElement) return !["checkbox", "radio", "range"].includes(target.type);
  return target instanceof HTMLTextAreaElement;
}

/** Letters choose in a select, too. */
function isTyping(target: EventTarget | null): boolean {
  return takesText(target) || target instanceof HTMLSelectElement;
}

function isSlider(target: EventTarget | null): boolean {
  return target instanceof HTMLInputElement && target.type === "range";
}

function letGo(explorer: Explorer): void {
  const pane = explorer.active.peek();
  if (pane === null) return;
  const { selection, item } = pane.view.peek();
  if (selection.length > 0) void explorer.select(pane, []);
  else if (item !== null) void explorer.choose(pane, null);
}

/** From the chosen item to the neighbor that lies most in the direction of an arrow; without one the first item is chosen. */
function walkNeighbors(explorer: Explorer, event: KeyboardEvent): void {
  const pane = explorer.active.peek();
  if (pane === null) return;
  const { item } = pane.view.peek();
  if (item === null) {
    void explorer.choose(pane, pane.answer.peek().value?.neighbors[0]?.row ?? 0);
    return;
  }
  if (pane.near.peek().loading) return; // the neighbors are still those of the item before
  const next = neighborTowards(pane, item, event.key);
  if (next !== null) void explorer.choose(pane, next);
}

const arrows: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

function neighborTowards(pane: Pane, item: number, key: string): number | null {
  const map = pane.renderer.peek();
  const here = map?.placeOf(item);
  const neighbors = pane.near.peek().value?.neighbors ?? [];
  if (!map || !here) return neighbors[0]?.row ?? null;
  const [dx, dy] = arrows[key];
  let best: { row: number; value: number } | null = null;
  for (const { row } of neighbors) {
    const there = map.placeOf(row);
    if (there === null || row === item) continue;
    const [x, y] = [there.x - here.x, there.y - here.y];
    const length = Math.hypot(x, y) || 1;
    const turn = (x * dx + y * dy) / length;
    if (turn > 0.3 && (best === null || turn / Math.sqrt(length) > best.value)) {
      best = { row, value: turn / Math.sqrt(length) };
    }
  }
  return best?.row ?? null;
}
