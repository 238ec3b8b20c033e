import { useState } from "preact/hooks";
import type { Pane } from "../../pane.js";
import { countText, plainText, problemText } from "../../text/format.js";
import { useExplorer } from "../context.js";
import { Dialog } from "../dialog.js";
import { NameInput } from "../name-input.js";

/** Different words that tell the place of a new one well enough that nothing needs to be said of it. */
const fewWords = 30;

/** Where something lies that the space has never seen: a node by its neighbors, a word by words around it. */
export function NewThingDialog({ pane }: { pane: Pane }) {
  const explorer = useExplorer();
  const space = pane.space.value;
  const takes = space?.summary.value.takes ?? "neighbors";
  const [label, setLabel] = useState("");
  const [told, setTold] = useState("");
  const [problem, setProblem] = useState<string | null>(null);
  const [isAsking, setAsking] = useState(false);
  const place = async () => {
    if (space === null || told.trim() === "") return;
    setAsking(true);
    setProblem(null);
    try {
      const [known] = label.trim() === "" ? [null] : await explorer.source.rowsOf(space.id, [label.trim()]);
      if (known !== null) {
        setProblem(`${plainText(label.trim(), 60)} is in the space already: search shows it. Choose another name.`);
        return;
      }
      const request = takes === "neighbors" ? { neighbors: told } : { context: told };
      const { vector, used, unknown } = await explorer.source.embed(space.id, request);
      if (pane.space.peek() !== space) return; // another is shown by now
      pane.startFrom({
        label: label.trim() || (takes === "neighbors" ? "new node" : "new word"),
        vector,
        picture: null,
      });
      explorer.dialog.value = null;
      const by = countText(used.length);
      const few = takes === "context" && used.length < fewWords ? "; so few tell its place but roughly" : "";
      explorer.tell(
        `Placed by ${by} ${used.length === 1 ? "name" : "names"} of the space${few}.${passedOver(unknown)}`,
        "news",
      );
    } catch (error) {
      setProblem(problemText(error));
    } finally {
      setAsking(false);
    }
  };
  return (
    <Dialog title={takes === "neighbors" ? "Place a new node" : "Place a new word"}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void place();
        }}
      >
        <label class="form-row">
          <span>
            Name <span class="muted">for yourself</span>
          </span>
          <input class="field" value={label} maxLength={200} onInput={(event) => setLabel(event.currentTarget.value)} />
        </label>
        {takes === "neighbors" ? (
          <div class="form-row axis">
            <span>
              Linked to <span class="muted">such as a, b or a + 2 * b</span>
            </span>
            <NameInput
              pane={pane}
              label="Linked to"
              placeholder="names of its neighbors"
              value={told}
              onInput={setTold}
            />
          </div>
        ) : (
          <label class="form-row">
            <span>
              Around it <span class="muted">sentences in which it stands</span>
            </span>
            <textarea
              class="field"
              rows={4}
              aria-label="Words around it"
              value={told}
              onInput={(event) => setTold(event.currentTarget.value)}
            />
          </label>
        )}
        {problem !== null && (
          <p class="problem-text" role="alert">
            {plainText(problem, 500)}
          </p>
        )}
        <div class="dialog-foot">
          <p class="muted" role="status">
            {told.trim() !== ""
              ? "It is placed as the space's method would have, and nothing else moves."
              : takes === "neighbors"
                ? "Whom it is linked to is needed."
                : "Words around it are needed; the more of them, the surer its place."}
          </p>
          <button type="submit" class="button main" disabled={isAsking || told.trim() === ""}>
            {isAsking ? "Placing …" : "Place"}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

function passedOver(unknown: readonly string[]): string {
  if (unknown.length === 0) return "";
  const more = unknown.length > 5 ? ` and ${countText(unknown.length - 5)} more` : "";
  return ` Not in the space, and passed over: ${plainText(`${unknown.slice(0, 5).join(", ")}${more}`, 200)}.`;
}
