import { useEffect, useRef } from "preact/hooks";
import type { TrainingReport } from "../../../src/explorer/protocol.js";
import type { Pane } from "../pane.js";
import { countText, durationText, plainText } from "../text/format.js";
import type { TrainingWatch } from "../training-watch.js";
import { useExplorer } from "./context.js";
import { isRoomy } from "./legend.js";

/** A training that is under way, or was while the page is open: its loss so far, its rate, and how long it still takes. */
export function Training({ pane }: { pane: Pane }) {
  const watch = pane.space.value?.training ?? null;
  const report = watch?.report.value ?? null;
  if (watch === null || report === null) return null;
  const { progress, finished, error } = report;
  const unit = report.unit === "items" ? (pane.space.value?.kind.nouns[1] ?? "items") : report.unit;
  const isUnderWay = !finished && error === null;
  const share = progress.total > 0 ? Math.min(1, progress.done / progress.total) : undefined;
  const loss = watch.losses.value.at(-1)?.[1];
  return (
    <details class="legend training" open={isRoomy() || error !== null} aria-label="Training">
      <summary>
        <h3>
          {finished ? "Trained" : error === null ? plainText(progress.phase, 40) : "Training has stopped"}
          {loss !== undefined && <span class="muted"> loss {lossText(loss)}</span>}
        </h3>
      </summary>
      {loss !== undefined && <LossCurve key={pane.space.value?.id} watch={watch} />}
      {isUnderWay && <progress value={share} max={1} aria-label="Share of this phase that is done" />}
      {isUnderWay && <p class="muted rate">{rateText(report, unit)}</p>}
      {finished && <p class="muted">The map is that of the trained space now.</p>}
      {error !== null && (
        <p class="problem-text" role="alert">
          {plainText(error, 400)}
        </p>
      )}
      {isUnderWay && !report.moves && (
        <p class="muted">This method tells no vectors before its end: the map comes then.</p>
      )}
    </details>
  );
}

function rateText({ progress: { done, total, secondsLeft }, rate }: TrainingReport, unit: string): string {
  const amount = `${countText(done)}${total > 0 ? ` of ${countText(total)}` : ""} ${unit}`;
  const speed = rate === null ? "" : `, ${rate < 10 ? rate.toPrecision(2) : countText(Math.round(rate))} a second`;
  return `${amount}${speed}${secondsLeft === null ? "" : `, ${durationText(secondsLeft)} left`}`;
}

function lossText(loss: number): string {
  return String(Number(loss.toPrecision(4)));
}

/** The library of charts comes only when there is a curve to draw. */
function LossCurve({ watch }: { watch: TrainingWatch }) {
  const explorer = useExplorer();
  const place = useRef<HTMLDivElement>(null);
  const losses = watch.losses.value;
  const [first, last] = [losses[0], losses[losses.length - 1]].map(([, loss]) => lossText(loss));
  useEffect(() => {
    const element = place.current;
    if (element === null) return undefined;
    let end = () => {};
    let isGone = false;
    import("../loss-curve.js").then(
      ({ drawLossCurve }) => {
        if (!isGone) end = drawLossCurve(element, watch.losses, explorer.theme);
      },
      (error) => explorer.tell(error),
    );
    return () => {
      isGone = true;
      end();
    };
  }, [watch, explorer]);
  return <div ref={place} class="loss-curve" role="img" aria-label={`Curve of the loss, from ${first} to ${last}`} />;
}
