import { useEffect, useState } from "preact/hooks";
import type { ProjectRequest } from "../../../../src/explorer/protocol.js";
import type { Pane } from "../../pane.js";
import { firstSettings, projectionForms } from "../../projections.js";
import { type ProjectionMethod, projectionMethods } from "../../state.js";
import { countText, estimateText } from "../../text/format.js";
import { Button } from "../button.js";
import { useExplorer } from "../context.js";
import { Dialog } from "../dialog.js";
import { Segmented } from "../segmented.js";

/** The settings of a projection before it starts, with a sentence each and how long it will take. */
export function ProjectionDialog({ pane }: { pane: Pane }) {
  const explorer = useExplorer();
  const { map } = pane.view.peek();
  const [method, setMethod] = useState<ProjectionMethod>(map.kind === "made" ? map.method : "pca");
  const [wanted, setWanted] = useState<2 | 3>(map.kind === "made" && map.dimensions === 3 ? 3 : 2);
  const [settings, setSettings] = useState(map.kind === "made" ? map.settings : firstSettings(method));
  const [seconds, setSeconds] = useState<number | null>(null);
  const form = projectionForms[method];
  const dimensions = form.dimensions.includes(wanted) ? wanted : 2;
  const request: ProjectRequest = { method, dimensions, settings };
  const space = pane.space.value;

  useEffect(() => {
    let isNewest = true;
    setSeconds(null);
    if (space !== null) {
      explorer.source.estimate(space.id, request).then(
        (estimate) => isNewest && setSeconds(estimate),
        () => {},
      );
    }
    return () => {
      isNewest = false;
    };
  }, [JSON.stringify(request)]);

  return (
    <Dialog title="Make a map">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          explorer.dialog.value = null;
          void pane.project(request);
        }}
      >
        <fieldset class="choices">
          <legend class="hidden">Method</legend>
          {projectionMethods.map((its) => (
            <label key={its} class="choice">
              <input
                type="radio"
                name="method"
                checked={its === method}
                onChange={() => {
                  setMethod(its);
                  setSettings(firstSettings(its));
                }}
              />
              <strong>{projectionForms[its].name}</strong>
              <span class="muted">{projectionForms[its].what}</span>
            </label>
          ))}
        </fieldset>
        <div class="form-row">
          <span>Dimensions</span>
          <Segmented
            label="Dimensions"
            options={form.dimensions.map((its) => ({ value: its, name: `${its}D` }))}
            value={dimensions}
            onChange={setWanted}
          />
        </div>
        {form.settings.map(({ key, label, what, least, most, step, value }) => (
          <label key={key} class="form-row">
            <span>
              {label} <span class="muted">{what}</span>
            </span>
            <input
              type="number"
              class="field"
              required
              min={least}
              max={most}
              step={step}
              value={settings[key] ?? value}
              onInput={(event) => {
                const next = event.currentTarget.valueAsNumber;
                if (Number.isFinite(next)) setSettings({ ...settings, [key]: next });
              }}
            />
          </label>
        ))}
        <footer class="dialog-foot">
          <p class="muted">
            {countText(space?.summary.value.items ?? 0)} items
            {seconds !== null && `, ${estimateText(seconds)}`}. It can be cancelled at any time.
          </p>
          <button type="submit" class="button main">
            Start
          </button>
        </footer>
      </form>
      {pane.running.value !== null && (
        <Button label="Cancel what runs now" kind="plain" onClick={() => pane.running.value?.cancel()}>
          Cancel what runs now
        </Button>
      )}
    </Dialog>
  );
}
