import { useEffect, useState } from "preact/hooks";
import { mostLinkedRows } from "../../state.js";
import { countText } from "../../text/format.js";
import { fitsLink, writeLink } from "../../url.js";
import { Button } from "../button.js";
import { useExplorer } from "../context.js";
import { Dialog } from "../dialog.js";

/** The link that restores this view. */
export function ShareDialog() {
  const explorer = useExplorer();
  const state = explorer.state.value;
  const [link, setLink] = useState("");
  useEffect(() => {
    void writeLink(state).then((fragment) => setLink(`${location.href.replace(/[?#].*$/s, "")}#${fragment}`));
  }, [state]);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(link);
      explorer.tell("The link is copied.", "news");
      explorer.dialog.value = null;
    } catch {
      explorer.tell("The browser does not let the page copy; select the link and copy it yourself.");
    }
  };
  return (
    <Dialog title="Share this view">
      <p class="muted">
        The link holds the view and none of the data: it works wherever these spaces are open in the same order.
      </p>
      <textarea
        class="field link"
        readOnly
        rows={4}
        aria-label="Link"
        value={link}
        onFocus={(event) => event.currentTarget.select()}
      />
      {!fitsLink(state) && (
        <p class="problem-text">The selection is left out: a link holds at most {countText(mostLinkedRows)} items.</p>
      )}
      <footer class="dialog-foot">
        <p class="muted">
          To show it without a server: <code>thing2vec explore --export site …</code>
        </p>
        <Button label="Copy the link" kind="main" onClick={() => void copy()}>
          Copy
        </Button>
      </footer>
    </Dialog>
  );
}
