import { Button } from "./button.js";
import { useExplorer } from "./context.js";

/** What went wrong, or what is done; read out as it appears. A lost server stays until it is there again. */
export function Notices() {
  const explorer = useExplorer();
  const { lost, notices } = explorer;
  return (
    <div class="notices" role="status" aria-live="polite">
      {lost.value !== null && (
        <div class="notice problem">
          <p>
            <strong>The server does not answer.</strong> {lost.value} The map and the history stay; the page tries again
            by itself.
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
