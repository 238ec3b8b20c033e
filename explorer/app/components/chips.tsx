import { quoteName } from "../../../src/space/expression.js";
import type { Pane } from "../pane.js";
import { plainText, scoreText } from "../text/format.js";
import { useExplorer } from "./context.js";
import { Thumb } from "./pictures.js";

/** Letters of a name that a chip shows. */
const longestChip = 32;

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
  const { loading, error } = pane.answer.value;
  const isOfFormer = loading || error !== null; // a mistake is told only when the names that complete it are gone
  const value = pane.shownAnswer.value;
  const mistake = pane.mistake.value;
  const space = pane.space.value;
  const { item } = pane.view.value;
  if (mistake !== null) {
    return (
      <div class="answer" role="alert">
        <p class="problem-text">{mistake}</p>
        {proposal !== null && (
          <button type="button" class="chip" onClick={() => onProposal(proposal)}>
            = {plainText(proposal, 80)}
          </button>
        )}
      </div>
    );
  }
  if (value === null || space === null) return null;
  const start = startOf(pane);
  return (
    <div class={isOfFormer ? "answer stale" : "answer"} role="status" aria-live="polite" aria-busy={loading}>
      <span class="arrow" aria-hidden="true" title={start === null ? undefined : plainText(start)}>
        {start === null ? "→" : `${plainText(start, 28)} →`}
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

/** Where the answer starts from when the bar does not say it: a place of the user's own, or the item that the sliders move. */
function startOf(pane: Pane): string | null {
  const origin = pane.origin.value;
  if (origin !== null) return origin.label;
  const { question, item } = pane.view.value;
  if (question.text.trim() !== "") return null;
  const name = pane.space.value?.names.wantedText(item ?? 0);
  return name === undefined ? null : `from ${quoteName(name)}`;
}
