import { computed, effect, type ReadonlySignal, signal, untracked } from "@preact/signals";
import { problemText } from "./text/format.js";

/** Something that is fetched: the last good value stays while the next is under way or has failed. */
export interface Loaded<T> {
  value: T | null;
  loading: boolean;
  /** Why the last attempt failed, for people. */
  error: string | null;
}

export const nothing: Loaded<never> = { value: null, loading: false, error: null };
/** Between a change of scope and the request in the new one. */
const coming: Loaded<never> = { value: null, loading: true, error: null };

export interface LoaderOptions {
  /** Milliseconds in which the request must stay the same before it is sent. */
  delay?: () => number;
  /** Milliseconds that an older request may still take once a newer one is there, before it is aborted. */
  patience?: number;
  /**
   * What the value belongs to, such as a space. When it changes the last value is gone at once: whoever sees the new scope sees
   * nothing of the former.
   */
  scope?: () => unknown;
}

export interface Loader<T> {
  loaded: ReadonlySignal<Loaded<T>>;
  /** Sends the request again if it failed, such as when a lost server is there again. */
  again: () => void;
  stop: () => void;
}

/**
 * A signal of what `run` returns for the newest request; null is no request, and no value. Requests are plain data: an equal
 * one is not sent again. An answer that comes after that to a newer request is dropped.
 */
export function loader<Request, T>(
  request: () => Request | null,
  run: (request: Request, signal: AbortSignal) => Promise<T>,
  { delay = () => 0, patience = 0, scope = () => null }: LoaderOptions = {},
): Loader<T> {
  const held = signal<{ result: Loaded<T>; scope: unknown }>({ result: nothing, scope: untracked(scope) });
  const loaded = computed<Loaded<T>>(() => (held.value.scope === scope() ? held.value.result : coming));
  const keep = (result: Loaded<T>) => {
    held.value = { result, scope: its };
  };
  let key = "null";
  let flight: { controller: AbortController; since: number } | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let next: Request | null = null;
  let last: Request | null = null;
  let its = untracked(scope);

  function send(wanted: Request): void {
    flight?.controller.abort();
    const mine = { controller: new AbortController(), since: performance.now() };
    const asked = key;
    flight = mine;
    last = wanted;
    run(wanted, mine.controller.signal).then(
      (value) => land(mine, { value, loading: asked !== key, error: null }),
      (error) => {
        const message = problemText(error);
        land(mine, { value: loaded.peek().value, loading: asked !== key, error: asked === key ? message : null });
      },
    );
  }

  function land(mine: NonNullable<typeof flight>, result: Loaded<T>): void {
    if (flight !== mine) return;
    flight = null;
    keep(result);
    if (next !== null) {
      clearTimeout(timer);
      const wanted = next;
      next = null;
      send(wanted);
    }
  }

  const stop = effect(() => {
    const wanted = request();
    const wantedScope = scope();
    const isOther = wantedScope !== its;
    its = wantedScope;
    const wantedKey = JSON.stringify(wanted);
    if (wantedKey === key && !isOther) return;
    key = wantedKey;
    clearTimeout(timer);
    next = null;
    untracked(() => {
      if (wanted === null) {
        flight?.controller.abort();
        flight = null;
        keep(nothing);
        return;
      }
      if (isOther) {
        flight?.controller.abort();
        flight = null;
      }
      keep({ value: isOther ? null : loaded.peek().value, loading: true, error: null });
      const age = flight === null ? Number.POSITIVE_INFINITY : performance.now() - flight.since;
      const quiet = delay();
      const wait = Math.max(quiet, age < patience ? patience - age : 0);
      if (wait === 0) {
        send(wanted);
        return;
      }
      if (quiet === 0) next = wanted; // goes as soon as the older one has landed
      timer = setTimeout(() => {
        next = null;
        send(wanted);
      }, wait);
    });
  });
  return {
    loaded,
    again: () => {
      if (loaded.peek().error === null || last === null || flight !== null) return;
      keep({ ...loaded.peek(), loading: true, error: null });
      send(last);
    },
    stop: () => {
      stop();
      clearTimeout(timer);
      flight?.controller.abort();
      flight = null;
    },
  };
}
