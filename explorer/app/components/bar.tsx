import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Pane } from "../pane.js";
import { readAnalogy, writeAnalogy } from "../text/analogy.js";
import { spacedOut } from "../text/completion.js";
import { Chips } from "./chips.js";
import { useExplorer } from "./context.js";
import { NameInput } from "./name-input.js";
import { Sliders } from "./sliders.js";

/** Milliseconds that a button says that something was kept. */
const keptShown = 2000;
/** Milliseconds after the last key until what was typed is asked. */
const pause = 180;

/** The bar: a sentence of arithmetic, what it means, and the sliders. */
export function Bar({ pane }: { pane: Pane }) {
  const explorer = useExplorer();
  const { question } = pane.view.value;
  const [draft, setDraft] = useState(question.text);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const analogy = readAnalogy(draft);
  const example = pane.space.value?.example.value ?? "";
  const [isForm, setForm] = useState(false);
  const [isKept, setKept] = useState(false);
  const unkept = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);

  /** What was asked last from here: it is no news to the bar, where more may have been typed since. */
  const asked = useRef(question.text);
  const show = (text: string) => {
    clearTimeout(timer.current);
    asked.current = text;
    setDraft(text);
  };
  // What changes the state from elsewhere, such as a link of the history, shows in the bar before the next key.
  useLayoutEffect(() => {
    if (question.text !== asked.current) show(question.text);
  }, [question.text]);
  const restored = explorer.restored.value;
  const space = pane.space.value;
  useLayoutEffect(() => show(question.text), [pane, space, restored]);

  const ask = (text: string) => {
    clearTimeout(timer.current);
    asked.current = text;
    if (text === pane.view.peek().question.text) return;
    pane.ask(text);
  };
  const type = (text: string) => {
    setDraft(text);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => ask(text), pause);
  };
  /** Enter in the empty bar tries the example. */
  const keep = () => {
    const text = draft.trim() === "" ? (pane.space.peek()?.example.peek() ?? "") : draft;
    setDraft(text);
    ask(text);
    void (async () => {
      const before = explorer.history.peek();
      await explorer.keepQuestion();
      if (explorer.history.peek() === before) return;
      setKept(true);
      clearTimeout(unkept.current);
      unkept.current = setTimeout(() => setKept(false), keptShown);
    })();
  };
  return (
    <section class={draft.trim() === "" ? "bar" : "bar asked"} aria-label="Arithmetic">
      <form
        class="bar-line"
        onSubmit={(event) => {
          event.preventDefault();
          keep();
        }}
      >
        {isForm ? (
          <AnalogyForm pane={pane} text={draft} onInput={type} />
        ) : (
          <>
            <span class="prompt" aria-hidden="true">
              =
            </span>
            <NameInput
              pane={pane}
              label="Expression"
              placeholder={example === "" ? "" : `try  ${example}`}
              value={draft}
              onInput={type}
            />
          </>
        )}
        <div class="bar-options">
          <button
            type="button"
            class="button quiet"
            aria-pressed={isForm}
            title="a is to b as c is to what?"
            onClick={() => {
              setForm(!isForm);
              if (!isForm && analogy === null) type("");
            }}
          >
            a : b
          </button>
          <label class="check" title="Whether items that the expression names may be among the answers">
            <input
              type="checkbox"
              checked={question.includeInputs}
              onChange={() => pane.change({ question: { ...question, includeInputs: !question.includeInputs } })}
            />
            inputs
          </label>
          <button type="submit" class="button plain keep" title="Keep it in the history (Enter)">
            <span aria-live="polite">{isKept ? "Kept" : "Keep"}</span>
          </button>
        </div>
      </form>
      <Chips pane={pane} onProposal={type} proposal={spacedOut(draft)} />
      <Sliders pane={pane} />
    </section>
  );
}

/** An analogy in one line: a is to b as c is to what is looked for. */
function AnalogyForm({ pane, text, onInput }: { pane: Pane; text: string; onInput: (text: string) => void }) {
  const read = readAnalogy(text);
  const [parts, setParts] = useState(read ?? { a: "", b: "", c: "" });
  const set = (part: Partial<typeof parts>) => {
    const next = { ...parts, ...part };
    setParts(next);
    if (next.a.trim() !== "" && next.b.trim() !== "" && next.c.trim() !== "") onInput(writeAnalogy(next));
  };
  return (
    <div class="analogy">
      <NameInput pane={pane} label="a" placeholder="man" value={parts.a} onInput={(a) => set({ a })} />
      <span>is to</span>
      <NameInput pane={pane} label="b" placeholder="king" value={parts.b} onInput={(b) => set({ b })} />
      <span>as</span>
      <NameInput pane={pane} label="c" placeholder="woman" value={parts.c} onInput={(c) => set({ c })} />
      <span>is to ?</span>
    </div>
  );
}
