import { plainText } from "../text/format.js";
import { Button } from "./button.js";
import { useExplorer } from "./context.js";

/** What went wrong, or what is done; read out as it appears. A lost server stays until it is there again. */
export function Notices() {
  const explorer = useExplorer();
  const { lost, notices } = explorer;
  // a training that fails ends its server: then that is what there is to tell
  const failure = explorer.active.value?.space.value?.training?.report.value?.error ?? null;
  return (
    <div class="notices" role="status" aria-live="polite">
      {lost.value !== null && (
        <div class="notice problem">
          <p>
            {failure === null ? lost.value : `The training has stopped: ${plainText(failure, 400).replace(/\.$/, "")}.`}{" "}
            The map and the history stay
            {failure === null && "; the page tries again by itself"}.
          </p>
        </div>
      )}
      {notices.value.map(({ id, text, kind }) => (
        <div key={id} class={`notice ${kind}`}>
          <p>{text}</p>
          <Button label="Dismiss" icon="close" onClick={() => explorer.dismiss(id)} />
        </div>
      ))}
    </div>
  );
}
