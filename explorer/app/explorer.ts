import { batch, computed, effect, type ReadonlySignal, signal } from "@preact/signals";
import type { DataSource, DirectionRequest, DirectionSummary, ExpressionAnswer } from "../../src/explorer/protocol.js";
import type { ThemeName } from "../../src/maps/pictures/themes.js";
import { type Loaded, loader } from "./loaded.js";
import { OpenSpace } from "./open-space.js";
import { Pane } from "./pane.js";
import type { Tool } from "./renderer/index.js";
import {
  ascending,
  firstPane,
  firstState,
  mostLinkedRows,
  mostPanes,
  type PaneState,
  type ViewState,
  withPane,
} from "./state.js";
import { plainText, problemText } from "./text/format.js";
import { type Deed, Undo } from "./undo.js";
import { readLink, writeLink } from "./url.js";

/** A line of the history; its link restores the view. */
export interface HistoryEntry {
  text: string;
  /** The nearest item. */
  result: string;
  /** Title of the space that answered. */
  space: string;
  link: string;
  /** It was answered while the space was still being trained. */
  early?: boolean;
}

export interface Notice {
  id: number;
  text: string;
  kind: "problem" | "news";
}

/** Milliseconds that news stay longer for each of their letters. */
const readingPace = 40;

/** What stands over the map. */
export type DialogName =
  | "search"
  | "keys"
  | "share"
  | "export"
  | "projection"
  | "axes"
  | "direction"
  | "strip"
  | "interpolate"
  | "sample"
  | "new";

/** The page's one store: the state of the view, the spaces, and what is not part of a view (tools, dialogs, notices). */
export class Explorer {
  readonly source: DataSource;
  readonly state = signal<ViewState>(firstState);
  readonly spaces: ReadonlySignal<Loaded<OpenSpace[]>>;
  readonly panes = signal<readonly Pane[]>([]);
  readonly active: ReadonlySignal<Pane | null>;
  /** Why the server does not answer; null where it does. */
  readonly lost = signal<string | null>(null);
  readonly history = signal<readonly HistoryEntry[]>([]);
  /** Counts the views that links brought back: what is half typed gives way to them. */
  readonly restored = signal(0);
  readonly notices = signal<readonly Notice[]>([]);
  readonly theme = signal<ThemeName>("light");
  readonly tool = signal<Tool>("move");
  readonly dialog = signal<DialogName | null>(null);
  readonly canUndo = signal(false);
  readonly canRedo = signal(false);
  readonly #undo = new Undo<ViewState>();
  /** How spaces were shown last, by their places. */
  readonly #left = new Map<number, PaneState>();
  readonly #spacesLoader;
  #at = -1;
  #notice = 0;
  #directionWork: Promise<void> = Promise.resolve();

  constructor(source: DataSource) {
    this.source = source;
    this.#spacesLoader = loader(
      () => "spaces",
      async () => (await source.spaces()).map((summary) => new OpenSpace(source, summary)),
    );
    this.spaces = this.#spacesLoader.loaded;
    this.active = computed(() => this.panes.value[this.state.value.active] ?? this.panes.value[0] ?? null);
    effect(() => this.#fitPanes(this.state.value.panes.length));
    const shown = computed(() => this.active.value?.space.value ?? null);
    effect(() => {
      shown.value; // a dialog about another space has no meaning any more
      if (this.dialog.peek() !== "keys") this.dialog.value = null;
    });
    source.onConnection((lost) => {
      const wasLost = this.lost.peek() !== null;
      this.lost.value = lost;
      if (lost === null && wasLost) this.again();
    });
  }

  /** Asks again what failed. */
  again(): void {
    this.#spacesLoader.again();
    for (const pane of this.panes.peek()) pane.again();
  }

  /** Takes over the view of a link; without one the view is that of the first space. */
  async open(fragment: string): Promise<void> {
    const reading = await readLink(fragment);
    if (reading !== null && "problem" in reading) this.tell(reading.problem);
    const spaces = await this.#whenLoaded();
    const state = reading !== null && "state" in reading ? reading.state : null;
    for (const { title, unopened, problem } of spaces.map(({ summary }) => summary.peek()))
      if (unopened) this.tell(`${plainText(title, 60)} cannot be opened. ${problem}`);
    if (state !== null && this.#hasSpaces(state, spaces)) this.state.value = state;
    else if (spaces.length > 0) this.state.value = beginning(spaces);
  }

  /** Changes the view; a deed is what the same step does beside it, which undo takes back as well. */
  change(next: ViewState, key = "", deed: Deed | null = null): void {
    this.#undo.remember(this.state.peek(), key, performance.now(), deed);
    batch(() => {
      this.state.value = next;
      this.#tellUndo();
    });
  }

  changePane(index: number, change: Partial<PaneState>, key = "", deed: Deed | null = null): void {
    this.change(withPane(this.state.peek(), index, change), key && `${key} ${index}`, deed);
  }

  undo(): void {
    batch(() => this.#step(this.#undo.undo(this.state.peek())));
  }

  redo(): void {
    batch(() => this.#step(this.#undo.redo(this.state.peek())));
  }

  /** Shows a space in the active pane, or, beside the others, in a new one: as it was when it was last left. */
  showSpace(space: number, beside = false): void {
    const spaces = this.spaces.peek().value ?? [];
    if (space >= spaces.length) return;
    const state = this.state.peek();
    const shown = state.panes.findIndex((pane) => pane.space === space);
    for (const left of state.panes) this.#left.set(left.space, left);
    const pane = this.#left.get(space) ?? paneOf(spaces, space);
    if (!beside && shown >= 0) this.change({ ...state, active: shown });
    else if (!beside || state.panes.length >= mostPanes) this.change(withPane(state, state.active, pane));
    else this.change({ ...state, panes: [...state.panes, pane], active: state.panes.length });
  }

  closePane(index: number): void {
    const state = this.state.peek();
    if (state.panes.length < 2) return;
    const panes = state.panes.filter((_, k) => k !== index);
    this.change({ ...state, panes, active: Math.min(state.active, panes.length - 1) });
  }

  /** Chooses an item, and those of its name in the other panes. */
  async choose(pane: Pane, row: number | null): Promise<void> {
    this.change({ ...withPane(this.state.peek(), pane.index, { item: row }), active: pane.index });
    if (row === null) return;
    await this.#link(pane, [row], (rows) => ({ item: rows[0] ?? null }));
  }

  /** Selects rows, and those of their names in the other panes. */
  async select(pane: Pane, rows: Iterable<number>): Promise<void> {
    const selection = ascending(rows);
    this.change({ ...withPane(this.state.peek(), pane.index, { selection }), active: pane.index });
    await this.#link(pane, selection, (others) => ({ selection: ascending(others) }));
  }

  /**
   * Keeps the question of the active pane in the history, once it is answered: with the answer to this very question, in the space
   * in which it was asked. What fails, or is another question before its answer came, is not kept.
   */
  async keepQuestion(): Promise<void> {
    const pane = this.active.peek();
    const space = pane?.space.peek();
    const text = pane?.view.peek().question.text.trim() ?? "";
    if (pane === null || space == null || text === "") return;
    const answer = await answerOf(pane, () => {
      return pane.space.value === space && pane.view.value.question.text.trim() === text;
    });
    if (answer === null) return;
    const { title, training } = space.summary.peek();
    const entry: HistoryEntry = {
      text,
      result: answer.neighbors[0]?.name ?? "",
      space: title,
      link: await writeLink(this.state.peek()),
      ...(training === "under way" ? { early: true } : {}),
    };
    const others = this.history.peek().filter((other) => other.text !== text || other.space !== title);
    this.history.value = [...others, entry].slice(-100);
    this.#at = -1;
  }

  /** The line of the history `step` lines on; negative ones are earlier. */
  async walkHistory(step: -1 | 1): Promise<void> {
    const length = this.history.peek().length;
    if (length === 0) return;
    const from = this.#at < 0 ? length : this.#at;
    this.#at = Math.min(length - 1, Math.max(0, from + step));
    await this.recall(this.history.peek()[this.#at]);
  }

  /** Brings back the view of a line of the history, unless its space is not open. */
  async recall({ space, link }: HistoryEntry): Promise<void> {
    const titles = (this.spaces.peek().value ?? []).map(({ summary }) => summary.peek().title);
    if (titles.includes(space)) await this.restore(link);
    else this.tell(`This was asked of ${plainText(space, 60)}, which is not open.`);
  }

  async restore(link: string): Promise<void> {
    const reading = await readLink(link);
    const spaces = this.spaces.peek().value ?? [];
    if (reading !== null && "problem" in reading) this.tell(reading.problem);
    else if (reading === null)
      this.change(spaces.length > 0 ? { ...firstState, panes: [paneOf(spaces, 0)] } : firstState);
    else if (this.#hasSpaces(reading.state, spaces)) this.change(reading.state);
    this.restored.value++;
  }

  /** Whether the spaces that a view shows are open; tells where they are not. */
  #hasSpaces({ panes }: ViewState, spaces: readonly OpenSpace[]): boolean {
    const last = 1 + Math.max(...panes.map(({ space }) => space));
    if (last <= spaces.length) return true;
    this.tell(`This link shows space ${last}; ${spaces.length} are open.`);
    return false;
  }

  /** Learns a direction; undo takes it out again. Rejects where it cannot be learned. */
  async makeDirection(space: OpenSpace, request: DirectionRequest): Promise<DirectionSummary> {
    const made = await this.source.direction(space.id, request);
    space.addDirection(made);
    this.change(this.state.peek(), "", {
      undo: () => this.#takeOut(space, made.name),
      redo: () => this.#learnAgain(space, request),
    });
    return made;
  }

  /** Takes out a direction that was made here, and where its sliders stand; undo brings both back. */
  removeDirection(space: OpenSpace, { name, made }: DirectionSummary): void {
    if (made === undefined) return;
    const panes = this.state.peek().panes.map((pane) => {
      if (this.spaces.peek().value?.[pane.space] !== space) return pane;
      return { ...pane, along: Object.fromEntries(Object.entries(pane.along).filter(([other]) => other !== name)) };
    });
    batch(() => {
      this.change({ ...this.state.peek(), panes }, "", {
        undo: () => this.#learnAgain(space, made),
        redo: () => this.#takeOut(space, name),
      });
      this.#takeOut(space, name);
    });
  }

  #takeOut(space: OpenSpace, name: string): void {
    space.dropDirection(name);
    this.#inOrder(() => this.source.removeDirection(space.id, name));
  }

  #learnAgain(space: OpenSpace, request: DirectionRequest): void {
    this.#inOrder(async () => {
      space.addDirection(await this.source.direction(space.id, request));
      for (const pane of this.panes.peek()) pane.again(); // what needs it has been asked before
    });
  }

  /** Directions are taken out and learned again one after the other, as undo and redo ask for them. */
  #inOrder(work: () => Promise<void>): void {
    this.#directionWork = this.#directionWork.then(work).catch((error) => {
      this.tell(error);
    });
  }

  /** Opens a dialog, unless it is about a space and none is shown. */
  show(dialog: DialogName): void {
    if (dialog === "keys" || this.active.peek()?.space.peek()) this.dialog.value = dialog;
  }

  /** A line for people: what failed and why, or news. Returns its number, by which it is dismissed. */
  tell(what: unknown, kind: Notice["kind"] = "problem"): number {
    const text = problemText(what);
    const id = ++this.#notice;
    this.notices.value = [...this.notices.peek().filter((other) => other.text !== text), { id, text, kind }].slice(-3);
    if (kind === "news") setTimeout(() => this.dismiss(id), 4000 + readingPace * text.length);
    return id;
  }

  /** Light or dark colors, as the person chose; what the system prefers before. */
  setTheme(theme: ThemeName): void {
    this.theme.value = theme;
  }

  dismiss(id: number): void {
    this.notices.value = this.notices.peek().filter((notice) => notice.id !== id);
  }

  async #link(
    pane: Pane,
    rows: readonly number[],
    change: (rows: readonly number[]) => Partial<PaneState>,
  ): Promise<void> {
    const state = this.state.peek();
    const space = pane.space.peek();
    if (!state.linked || state.panes.length < 2 || space === null) return;
    if (rows.length > mostLinkedRows) {
      this.tell(`A selection of more than ${mostLinkedRows.toLocaleString("en-US")} is not linked to the other maps.`);
      return;
    }
    try {
      const names = await space.names.all(rows);
      for (const other of this.panes.peek()) {
        const its = other.space.peek();
        if (other === pane || its === null) continue;
        const found = its.id === space.id ? rows : names.length === 0 ? [] : await this.source.rowsOf(its.id, names);
        const known = found.filter((row) => row !== null);
        if (other.space.peek() !== its) continue; // it shows another space by now
        this.state.value = withPane(this.state.peek(), other.index, change(known));
      }
    } catch (error) {
      this.tell(error);
    }
  }

  #fitPanes(count: number): void {
    const panes = this.panes.peek();
    if (panes.length === count) return;
    for (const pane of panes.slice(count)) pane.stop();
    const more = Array.from({ length: Math.max(0, count - panes.length) }, (_, k) => new Pane(this, panes.length + k));
    this.panes.value = [...panes.slice(0, count), ...more];
  }

  #step(state: ViewState | null): void {
    if (state === null) return;
    this.state.value = state;
    this.#tellUndo();
  }

  #tellUndo(): void {
    this.canUndo.value = this.#undo.canUndo;
    this.canRedo.value = this.#undo.canRedo;
  }

  #whenLoaded(): Promise<OpenSpace[]> {
    return new Promise((resolve) => {
      let end: (() => void) | undefined;
      end = effect(() => {
        const { value } = this.spaces.value;
        if (value === null) return;
        resolve(value);
        queueMicrotask(() => end?.());
      });
    });
  }
}

/** What is shown at first: the first space that could be opened. */
function beginning(spaces: readonly OpenSpace[]): ViewState {
  const first = spaces.findIndex(({ summary }) => !summary.peek().unopened);
  return { ...firstState, panes: [paneOf(spaces, Math.max(0, first))] };
}

/** A pane as it is when a space is first shown. */
export function paneOf(spaces: readonly OpenSpace[], space: number): PaneState {
  const { kind, summary } = spaces[space];
  return { ...firstPane, space, edges: kind.edges && summary.peek().relations !== null };
}

/** The answer to the question of a pane as it is now, once it has come; null where it fails, or `isStill` no longer holds. */
function answerOf(pane: Pane, isStill: () => boolean): Promise<ExpressionAnswer | null> {
  return new Promise((resolve) => {
    const end = effect(() => {
      const { value, loading, error } = pane.answer.value;
      if (isStill() && loading) return;
      resolve(isStill() && error === null ? value : null);
      queueMicrotask(() => end());
    });
  });
}
