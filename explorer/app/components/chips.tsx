import { useEffect, useState } from "preact/hooks";
import type { Pane } from "../pane.js";
import { plainText, scoreText } from "../text/format.js";
import { useExplorer } from "./context.js";
import { Thumb } from "./pictures.js";

/** Letters of a name that a chip shows. */
const longestChip = 32;
/** Milliseconds that a mistake may stand while somebody is still typing. */
const patience = 700;

/** What the bar means: the nearest items with their scores. */
export function Chips({
  pane,
  proposal,
  onProposal,
}: {
  pane: Pane;
  /** The expression with spaces, where it may have been meant so. */
  proposal: string | null;
  onProposal: (text: string) => void;
}) {
  const explorer = useExplorer();
  const { value, loading, error } = pane.answer.value;
  const shownError = useLate(pane.completing.value ? null : error, patience);
  const space = pane.space.value;
  const { item } = pane.view.value;
  if (shownError !== null) {
    return (
      <div class="answer" role="alert">
        <p class="problem-text">{shownError}</p>
        {proposal !== null && (
          <button type="button" class="chip" onClick={() => onProposal(proposal)}>
            = {plainText(proposal, 80)}
          </button>
        )}
      </div>
    );
  }
  if (value === null || space === null) return null;
  const origin = pane.origin.value;
  return (
    <div class={loading ? "answer stale" : "answer"} role="status" aria-live="polite" aria-busy={loading}>
      <span class="arrow" aria-hidden="true" title={origin === null ? undefined : plainText(origin.label)}>
        {origin === null ? "→" : `${plainText(origin.label, 24)} →`}
      </span>
      <ul class="chips" aria-label="Nearest">
        {value.neighbors.map(({ row, name, score }, k) => (
          <li key={row}>
            <button
              type="button"
              class={k === 0 ? "chip first" : "chip"}
              aria-pressed={row === item}
              title={plainText(name, 1000)}
              onClick={() => void explorer.choose(pane, row)}
              onMouseEnter={() => pane.renderer.peek()?.setHovered(row)}
              onMouseLeave={() => pane.renderer.peek()?.setHovered(null)}
            >
              {space.summary.value.thumbnails !== null && <Thumb space={space} row={row} name={name} />}
              <span>{plainText(name, longestChip)}</span>
              <span class="score">{scoreText(score)}</span>
            </button>
          </li>
        ))}
      </ul>
      {!value.exact && (
        <span class="muted" title="Approximate search: not all of the nearest need be among these.">
          by index
        </span>
      )}
    </div>
  );
}

/** A value that shows only after it has stood for a while; its absence shows at once. */
function useLate<T>(value: T | null, milliseconds: number): T | null {
  const [late, setLate] = useState<T | null>(null);
  useEffect(() => {
    if (value === null) {
      setLate(null);
      return undefined;
    }
    const timer = setTimeout(() => setLate(value), milliseconds);
    return () => clearTimeout(timer);
  }, [value]);
  return value === null ? null : late;
}
