import { useEffect, useId, useRef, useState } from "preact/hooks";
import type { NeighborAnswer } from "../../../src/explorer/protocol.js";
import type { Pane } from "../pane.js";
import { completed, typedName } from "../text/completion.js";
import { plainText } from "../text/format.js";

interface NameInputProps {
  pane: Pane;
  label: string;
  placeholder: string;
  value: string;
  onInput: (text: string) => void;
}

/** Names that are offered at a time. */
const offered = 8;

/** A line of text in which names complete while they are typed, in the space's own order. */
export function NameInput({ pane, label, placeholder, value, onInput }: NameInputProps) {
  const input = useRef<HTMLInputElement>(null);
  const id = useId();
  const asked = useRef(0);
  const [names, setNames] = useState<NeighborAnswer[]>([]);
  const [at, showAt] = useState(-1);
  /** The same at once: the next key may come before the page is drawn again. */
  const now = useRef(-1);
  const setAt = (place: number) => {
    now.current = place;
    showAt(place);
  };

  const close = () => {
    asked.current++;
    setNames([]);
    setAt(-1);
    pane.completing.value = false;
  };
  const shown = pane.space.value;
  useEffect(() => close, [shown]); // names of another space complete nothing here
  const offer = (text: string, caret: number) => {
    const typed = typedName(text, caret);
    const space = pane.space.peek();
    if (typed === null || space === null) {
      close();
      return;
    }
    const mine = ++asked.current;
    const directions = space.summary.peek().directions.filter(({ name }) => name.startsWith(typed.text));
    pane.explorer.source.search(space.id, typed.text, { count: offered }).then(
      (found) => {
        if (mine !== asked.current) return;
        const items = typed.prefix === "direction:" ? [] : found;
        const also = typed.prefix === "item:" ? [] : directions.map(({ name }) => ({ row: -1, name, score: 0 }));
        const all = [...items, ...also].slice(0, offered);
        const shown = all.length === 1 && all[0].name === typed.text ? [] : all;
        setNames(shown);
        pane.completing.value = shown.length > 0;
        setAt(-1);
      },
      () => close(),
    );
  };
  const accept = (name: string) => {
    const element = input.current;
    if (element === null) return;
    const typed = typedName(element.value, element.selectionStart ?? element.value.length);
    close();
    if (typed === null) return;
    const { text, caret } = completed(element.value, typed, name);
    element.value = text; // at once, so that the next key goes behind it
    element.focus();
    element.setSelectionRange(caret, caret);
    onInput(text);
  };
  const press = (event: KeyboardEvent) => {
    if (event.key === "Enter" && now.current < 0) close(); // also to names that are still on their way
    if (names.length === 0) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      const from = now.current;
      setAt((from + step + names.length + (from < 0 && step < 0 ? 1 : 0)) % names.length);
    } else if ((event.key === "Tab" && !event.shiftKey) || (event.key === "Enter" && now.current >= 0)) {
      event.preventDefault();
      accept(names[Math.max(0, now.current)].name);
    } else if (event.key === "Escape") {
      event.stopPropagation();
      close();
    }
  };
  const isOpen = names.length > 0;
  return (
    <div class="name-input">
      <input
        ref={input}
        class="expression"
        type="text"
        role="combobox"
        aria-label={label}
        aria-expanded={isOpen}
        aria-controls={`${id}-names`}
        aria-autocomplete="list"
        aria-activedescendant={at >= 0 ? `${id}-${at}` : undefined}
        autocomplete="off"
        autocapitalize="off"
        spellcheck={false}
        placeholder={placeholder}
        value={value}
        onInput={(event) => {
          onInput(event.currentTarget.value);
          offer(event.currentTarget.value, event.currentTarget.selectionStart ?? 0);
        }}
        onKeyDown={press}
        onBlur={() => setTimeout(close, 150)}
      />
      <div id={`${id}-names`} class="completions" role="listbox" tabIndex={-1} aria-label="Names" hidden={!isOpen}>
        {names.map(({ row, name }, k) => (
          <div
            key={`${row} ${name}`}
            id={`${id}-${k}`}
            role="option"
            tabIndex={-1}
            aria-selected={k === at}
            onPointerDown={(event) => {
              event.preventDefault();
              accept(name);
            }}
          >
            {plainText(name, 60)}
            {row < 0 && <span class="muted"> direction</span>}
          </div>
        ))}
      </div>
    </div>
  );
}
