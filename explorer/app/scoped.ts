import { computed, signal, untracked } from "@preact/signals";

/** A signal of what belongs to something else, such as a space that is shown. */
export interface Scoped<T> {
  value: T;
  peek(): T;
}

/**
 * A value that belongs to what `scope` told when it was set: once that is another, the value is `empty`, for everyone at once.
 * When the scope comes back, so does the value.
 */
export function scoped<T>(scope: () => unknown, empty: T): Scoped<T> {
  const held = signal<{ value: T; scope: unknown }>({ value: empty, scope: undefined });
  const current = computed(() => (held.value.scope === scope() ? held.value.value : empty));
  return {
    get value() {
      return current.value;
    },
    set value(value) {
      held.value = { value, scope: untracked(scope) };
    },
    peek: () => current.peek(),
  };
}
