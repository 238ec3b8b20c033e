import type { Pane } from "../pane.js";
import { countText } from "../text/format.js";
import { Button } from "./button.js";

/** The layer that a training kept, epoch by epoch: a line of its own, as wide as the map. */
export function Film({ pane }: { pane: Pane }) {
  const epochs = pane.space.value?.summary.value.epochs ?? [];
  if (epochs.length === 0) return null;
  const last = epochs.length - 1;
  const frame = Math.min(pane.view.value.frame ?? last, last);
  const isPlaying = pane.playing.value;
  return (
    <div class="film">
      <Button
        label={isPlaying ? "Stop the film of the training" : "Play the film of the training"}
        icon={isPlaying ? "pause" : "play"}
        onClick={() => pane.play(!isPlaying)}
      />
      <input
        type="range"
        min={0}
        max={last}
        value={frame}
        aria-label="Epoch that the film shows"
        aria-valuetext={epochText(epochs, frame)}
        onInput={(event) => pane.change({ frame: Number(event.currentTarget.value) }, "frame")}
      />
      <span class="count" title={`Frame ${frame + 1} of ${epochs.length}`}>
        {epochText(epochs, frame)}
      </span>
    </div>
  );
}

function epochText(epochs: readonly number[], frame: number): string {
  return `epoch ${countText(epochs[frame])} of ${countText(epochs[epochs.length - 1])}`;
}
