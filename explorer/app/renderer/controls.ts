import type { Tool } from "./types.js";

/** What a person's hands ask of a map; places in pixels of the canvas. */
export interface Gestures {
  pan(dx: number, dy: number): void;
  /** Turns 3-D points; of flat ones it pans. */
  drag(dx: number, dy: number): void;
  zoom(factor: number, x: number, y: number): void;
  center(x: number, y: number): void;
  fit(): void;
  hover(x: number, y: number): void;
  leave(): void;
  click(x: number, y: number, additive: boolean): void;
  /** A region is being drawn: its corners so far. */
  outline(shape: { tool: "lasso" | "box"; corners: readonly number[] } | null): void;
  region(shape: { tool: "lasso" | "box"; corners: readonly number[] }, additive: boolean): void;
  /** A gesture ended and the camera rests. */
  rest(): void;
}

/** Pixels that a press may wander and still be a click. */
const clickReach = 4;
const keyStep = 60;

/** Listens to pointers, wheel and keys of a canvas, and calls gestures; returns what ends that. */
export function listen(canvas: HTMLCanvasElement, tool: () => Tool, gestures: Gestures): () => void {
  const ending = new AbortController();
  const { signal } = ending;
  canvas.style.touchAction = "none"; // fingers move the map and not the page
  const pointers = new Map<number, { x: number; y: number }>();
  let press: { x: number; y: number; moved: boolean; kind: Tool | "pan"; corners: number[] } | null = null;
  let resting: ReturnType<typeof setTimeout> | undefined;
  const restSoon = () => {
    clearTimeout(resting);
    resting = setTimeout(() => gestures.rest(), 150);
  };
  const place = (event: MouseEvent) => {
    const { left, top } = canvas.getBoundingClientRect();
    return { x: event.clientX - left, y: event.clientY - top };
  };

  canvas.addEventListener(
    "pointerdown",
    (event) => {
      const { x, y } = place(event);
      pointers.set(event.pointerId, { x, y });
      canvas.setPointerCapture(event.pointerId);
      if (pointers.size > 1) {
        if (press !== null && press.corners.length > 0) gestures.outline(null);
        press = null; // two fingers pinch
        return;
      }
      const kind = event.button !== 0 ? "pan" : event.shiftKey ? "lasso" : tool();
      press = { x, y, moved: false, kind, corners: kind === "lasso" || kind === "box" ? [x, y] : [] };
      canvas.focus({ preventScroll: true });
    },
    { signal },
  );

  canvas.addEventListener(
    "pointermove",
    (event) => {
      const { x, y } = place(event);
      const before = pointers.get(event.pointerId);
      if (before === undefined) {
        gestures.hover(x, y);
        return;
      }
      if (pointers.size === 2) {
        const other = [...pointers].find(([id]) => id !== event.pointerId)?.[1] ?? before;
        const apart = (a: { x: number; y: number }) => Math.hypot(a.x - other.x, a.y - other.y);
        pointers.set(event.pointerId, { x, y });
        gestures.pan((x - before.x) / 2, (y - before.y) / 2);
        gestures.zoom(apart({ x, y }) / Math.max(1, apart(before)), (x + other.x) / 2, (y + other.y) / 2);
        restSoon();
        return;
      }
      if (press === null) return;
      if (!press.moved && Math.hypot(x - press.x, y - press.y) < clickReach) return;
      press.moved = true;
      pointers.set(event.pointerId, { x, y });
      if (press.kind === "lasso" || press.kind === "box") {
        press.corners = press.kind === "box" ? [press.x, press.y, x, y] : [...press.corners, x, y];
        gestures.outline({ tool: press.kind, corners: press.corners });
        return;
      }
      if (press.kind === "pan") gestures.pan(x - before.x, y - before.y);
      else gestures.drag(x - before.x, y - before.y);
    },
    { signal },
  );

  const release = (event: PointerEvent) => {
    if (!pointers.delete(event.pointerId)) return;
    const ended = press;
    if (pointers.size > 0) return;
    press = null;
    if (ended === null) {
      gestures.rest();
      return;
    }
    const additive = event.ctrlKey || event.metaKey;
    if (ended.corners.length > 2) {
      gestures.outline(null);
      if (event.type === "pointerup")
        gestures.region({ tool: ended.kind === "box" ? "box" : "lasso", corners: ended.corners }, additive);
    } else if (ended.moved) gestures.rest();
    else if (event.type === "pointerup" && ended.kind !== "pan") gestures.click(ended.x, ended.y, additive);
  };
  canvas.addEventListener("pointerup", release, { signal });
  canvas.addEventListener("pointercancel", release, { signal });
  canvas.addEventListener("pointerleave", () => gestures.leave(), { signal });
  canvas.addEventListener("contextmenu", (event) => event.preventDefault(), { signal });
  canvas.addEventListener(
    "dblclick",
    (event) => {
      const { x, y } = place(event);
      gestures.center(x, y);
    },
    { signal },
  );
  canvas.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      const { x, y } = place(event);
      // Lines and pages as pixels; a pinch on a touchpad comes with the control key and in small steps.
      const pixels = event.deltaY * [1, 16, 400][event.deltaMode] * (event.ctrlKey ? 5 : 1);
      gestures.zoom(2 ** (-Math.max(-240, Math.min(240, pixels)) / 240), x, y);
      restSoon();
    },
    { signal, passive: false },
  );
  canvas.addEventListener(
    "keydown",
    (event) => {
      const [x, y] = [canvas.clientWidth / 2, canvas.clientHeight / 2];
      const arrow = { ArrowLeft: [1, 0], ArrowRight: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
      if (arrow !== undefined && event.shiftKey) gestures.pan(arrow[0] * keyStep, arrow[1] * keyStep);
      else if (arrow !== undefined && event.altKey) gestures.drag(arrow[0] * keyStep, arrow[1] * keyStep);
      else if (event.key === "+") gestures.zoom(1.5, x, y);
      else if (event.key === "-") gestures.zoom(1 / 1.5, x, y);
      else if (event.key === "0") gestures.fit();
      else return;
      event.preventDefault();
      restSoon();
    },
    { signal },
  );
  return () => {
    clearTimeout(resting);
    ending.abort();
  };
}
