import { useEffect, useRef } from "preact/hooks";
import type { Pane } from "../pane.js";
import { countText, durationText } from "../text/format.js";

/** A training that is under way: its loss so far, its rate, and how long it still takes. */
export function Training({ pane }: { pane: Pane }) {
  const report = pane.training.value;
  if (report === null) return null;
  const { progress, rate, unit, finished } = report;
  const share = progress.total > 0 ? progress.done / progress.total : undefined;
  const latest = pane.losses.value.at(-1)?.[1] ?? progress.loss;
  return (
    <section class="legend training" aria-label="Training">
      <h3>
        {finished ? "Training is done" : progress.phase}
        {latest !== undefined && <span class="muted"> loss {Number(latest.toPrecision(4))}</span>}
      </h3>
      <LossCurve pane={pane} />
      {!finished && <progress value={share} max={1} aria-label="Share of the training that is done" />}
      <p class="muted">
        {countText(progress.done)} of {countText(progress.total)} {unit}
        {rate !== null && !finished && `, ${countText(Math.round(rate))} a second`}
        {progress.secondsLeft !== null && !finished && `, ${durationText(progress.secondsLeft)} left`}
      </p>
    </section>
  );
}

/** The library of charts comes only when there is a curve to draw. */
function LossCurve({ pane }: { pane: Pane }) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = place.current;
    if (element === null) return undefined;
    let end = () => {};
    let isGone = false;
    import("../loss-curve.js").then(
      ({ drawLossCurve }) => {
        if (!isGone) end = drawLossCurve(element, pane.losses, pane.explorer.theme);
      },
      (error) => pane.explorer.tell(error),
    );
    return () => {
      isGone = true;
      end();
    };
  }, [pane]);
  return <div ref={place} class="loss-curve" role="img" aria-label="Curve of the loss" />;
}
