import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { NeighborAnswer } from "../../../../src/explorer/protocol.js";
import type { Pane } from "../../pane.js";
import { plainText, problemText } from "../../text/format.js";
import { useExplorer } from "../context.js";
import { Dialog } from "../dialog.js";
import { Thumb } from "../pictures.js";

const mostFound = 50;
const pause = 120;

/** Search by name or by any column; what is found can be shown, or selected all at once. */
export function SearchDialog({ pane }: { pane: Pane }) {
  const explorer = useExplorer();
  const space = pane.space.value;
  const [text, setText] = useState("");
  const [column, setColumn] = useState("");
  const [found, setFound] = useState<NeighborAnswer[] | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [at, setAt] = useState(0);
  const input = useRef<HTMLInputElement>(null);
  const asked = useRef(0);

  useLayoutEffect(() => input.current?.focus(), []);
  useEffect(() => {
    const mine = ++asked.current;
    if (text.trim() === "" || space === null) {
      setFound(null);
      setProblem(null);
      return undefined;
    }
    const timer = setTimeout(() => {
      const options = column === "" ? { count: mostFound } : { column, count: mostFound };
      explorer.source.search(space.id, text, options).then(
        (answers) => {
          if (mine !== asked.current) return;
          space.names.learn(answers);
          setFound(answers);
          setProblem(null);
          setAt(0);
        },
        (error) => mine === asked.current && setProblem(problemText(error)),
      );
    }, pause);
    return () => clearTimeout(timer);
  }, [text, column, space]);

  const show = (row: number) => {
    explorer.dialog.value = null;
    void explorer.choose(pane, row);
    void pane.showItem(row);
  };
  return (
    <Dialog title={`Search ${plainText(space?.summary.value.title ?? "", 40)}`}>
      <search>
        {" "}
        <form
          class="search-form"
          onSubmit={(event) => {
            event.preventDefault();
            const chosen = found?.[at];
            if (chosen !== undefined) show(chosen.row);
          }}
        >
          <input
            ref={input}
            type="search"
            class="field"
            aria-label="What to search for"
            placeholder="a name, part of one, or *ing"
            value={text}
            onInput={(event) => setText(event.currentTarget.value)}
            onKeyDown={(event) => {
              const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
              if (step === 0 || found === null) return;
              event.preventDefault();
              setAt(Math.min(found.length - 1, Math.max(0, at + step)));
            }}
          />
          <select
            class="field"
            aria-label="Where to search"
            value={column}
            onChange={(event) => setColumn(event.currentTarget.value)}
          >
            <option value="">in names</option>
            {space?.summary.value.columns.map(({ name }) => (
              <option key={name} value={name}>
                in {plainText(name, 30)}
              </option>
            ))}
          </select>
        </form>
      </search>
      {problem !== null && (
        <p class="problem-text" role="alert">
          {problem}
        </p>
      )}
      <div aria-live="polite">
        {found !== null && found.length === 0 && <p class="muted">Nothing is called so.</p>}
        {found !== null && found.length > 0 && space !== null && (
          <>
            <ul class="found">
              {found.map(({ row, name }, k) => (
                <li key={row}>
                  <button type="button" class={k === at ? "found-item at" : "found-item"} onClick={() => show(row)}>
                    {space.summary.value.thumbnails !== null && <Thumb space={space} row={row} name={name} />}
                    {plainText(name, 100)}
                  </button>
                </li>
              ))}
            </ul>
            <footer class="dialog-foot">
              <p class="muted">
                {found.length === mostFound ? `the first ${mostFound}` : found.length} found; Enter shows one
              </p>
              <button
                type="button"
                class="button plain"
                onClick={() => {
                  explorer.dialog.value = null;
                  void explorer.select(
                    pane,
                    found.map(({ row }) => row),
                  );
                }}
              >
                Select these
              </button>
            </footer>
          </>
        )}
      </div>
    </Dialog>
  );
}
