import { kindOf } from "../kinds.js";
import type { Pane } from "../pane.js";
import { projectionForms } from "../projections.js";
import { axisEnds } from "../text/axis-ends.js";
import { countText, durationText, plainText, scoreText } from "../text/format.js";
import { Button } from "./button.js";
import { useExplorer } from "./context.js";
import { Controls } from "./controls.js";
import { Film } from "./film.js";
import { HoverCard } from "./hover-card.js";
import { LegendView, RampView } from "./legend.js";
import { MapView } from "./map-view.js";
import { Tools } from "./tools.js";
import { Training } from "./training.js";

/** One map with what lies over it. */
export function MapPane({ pane }: { pane: Pane }) {
  const explorer = useExplorer();
  const { panes, active } = explorer.state.value;
  const summary = pane.space.value?.summary.value;
  const isActive = active === pane.index;
  if (summary === undefined) return null;
  return (
    <section
      class={panes.length > 1 && isActive ? "pane active" : "pane"}
      aria-label={`${plainText(summary.title)}, map ${pane.index + 1} of ${panes.length}`}
      onPointerDown={() => {
        if (!isActive) explorer.change({ ...explorer.state.peek(), active: pane.index }, "active");
      }}
    >
      <div class="map-row">
        <div class="map-place">
          <MapView key={pane.space.value?.id} pane={pane} />
          <div class="map-top">
            <Tools pane={pane} />
            {panes.length > 1 && (
              <div class="pane-title">
                <span>{plainText(summary.title, 40)}</span>
                <Button
                  label={`Close the map of ${plainText(summary.title, 40)}`}
                  icon="close"
                  onClick={() => explorer.closePane(pane.index)}
                />
              </div>
            )}
          </div>
          <Axes pane={pane} />
          <MapMessage pane={pane} />
          <HoverCard pane={pane} />
        </div>
        <div class="map-side">
          <Training pane={pane} />
          <LegendView pane={pane} />
        </div>
      </div>
      <RampView pane={pane} />
      <Film pane={pane} />
      <Controls pane={pane} />
    </section>
  );
}

/** What the axes mean: columns by their names, expressions and directions at both ends. */
function Axes({ pane }: { pane: Pane }) {
  const { map } = pane.view.value;
  const { value: points, loading, error } = pane.points.value;
  if (points === null) return null;
  if (points.dimensions === 3) {
    return (
      <div class="axes">
        <Quality pane={pane} />
      </div>
    );
  }
  const [x, y] = points.axes; // of the points that are drawn, which a map that fails leaves as they were
  if (map.kind === "axes" && !loading && error === null && !pane.showsFilm) {
    const [across, upwards] = points.axes.map(axisEnds);
    return (
      <div class="axes">
        <span class="axis-left">← {plainText(across.least, 40)}</span>
        <span class="axis-right">{plainText(across.most, 40)} →</span>
        <span class="axis-bottom">↓ {plainText(upwards.least, 40)}</span>
        <span class="axis-top">↑ {plainText(upwards.most, 40)}</span>
      </div>
    );
  }
  return (
    <div class="axes">
      <span class="axis-right">
        {plainText(x, 40)} {y !== "" && "→"}
      </span>
      {y !== "" && <span class="axis-top">↑ {plainText(y, 40)}</span>}
      <Quality pane={pane} />
    </div>
  );
}

/** How far to believe the map. */
function Quality({ pane }: { pane: Pane }) {
  const { trustworthiness, continuity, preservation, neighbors } = pane.quality ?? {};
  if (typeof trustworthiness !== "number") return null;
  const facts = [
    ...(typeof continuity === "number" ? [`continuity ${scoreText(continuity)}`] : []),
    ...(typeof preservation === "number"
      ? [`${Math.round(100 * preservation)} % of the ${neighbors} nearest kept`]
      : []),
  ];
  return (
    <span class="axis-bottom map-quality" title={`How far to believe this map, 1 being best: ${facts.join(", ")}`}>
      trustworthiness {scoreText(trustworthiness)}
    </span>
  );
}

/** What stands in the middle of a map that has nothing to show yet, or cannot. */
function MapMessage({ pane }: { pane: Pane }) {
  const space = pane.space.value;
  const { value, loading, error } = pane.points.value;
  const { running, moving } = pane;
  const summary = space?.summary.value;
  if (summary === undefined || space === null) return null;
  if (running.value !== null) return <RunningMessage pane={pane} />;
  if (pane.isToBeMade) return <ToBeMade pane={pane} />;
  if (error !== null && pane.explorer.lost.value === null) {
    const { map } = pane.view.value;
    return (
      <div class={value === null ? "map-message" : "map-message small"} role="alert">
        <h2>This map cannot be shown</h2>
        <p>{error}</p>
        {value !== null && <p>The map before it stays.</p>}
        {map.kind === "first" ? (
          <Button label="Try again" kind="plain" onClick={() => pane.again()}>
            Try again
          </Button>
        ) : (
          <Button
            label="Show the first map"
            kind="plain"
            onClick={() => pane.change({ map: { kind: "first" }, camera: null })}
          >
            Show the first map
          </Button>
        )}
      </div>
    );
  }
  if (value !== null || moving.value !== null) return null;
  if (error !== null) {
    return (
      <div class="map-message quiet" role="status">
        <p>This map was not fetched before the server was lost. It comes when the server answers again.</p>
      </div>
    );
  }
  if (loading) {
    return (
      <div class="map-message quiet" role="status">
        <p>
          Loading the places of {countText(summary.items)} {kindOf(summary).nouns[summary.items === 1 ? 0 : 1]} …
        </p>
        <progress />
      </div>
    );
  }
  if (summary.items === 0 && summary.training === "under way") return <TrainingMessage pane={pane} />;
  if (summary.unopened) {
    return (
      <div class="map-message" role="alert">
        <h2>{plainText(summary.title, 60)} cannot be opened</h2>
        <p>{plainText(summary.problem ?? "", 500)}</p>
        <p>The other spaces are above. Mend this one and start the explorer again.</p>
      </div>
    );
  }
  if (summary.items === 0) {
    return (
      <div class="map-message">
        <h2>{plainText(summary.title, 60)} is empty</h2>
        <p>It has no items. Choose another space above.</p>
      </div>
    );
  }
  return null;
}

/** Where the map of a training will be. */
function TrainingMessage({ pane }: { pane: Pane }) {
  const summary = pane.space.value?.summary.value;
  const report = pane.space.value?.training?.report.value ?? null;
  if (summary === undefined || (report !== null && report.error !== null)) return null;
  return (
    <div class="map-message quiet" role="status">
      <h2>{plainText(summary.title, 60)} is being made</h2>
      <p>
        {report === null || report.moves
          ? "Its map comes with the first vectors."
          : "Its method tells no vectors before its end: the map comes then."}
      </p>
    </div>
  );
}

/** While a projection runs the map already moves, and the way to end it stands where its start was. */
function RunningMessage({ pane }: { pane: Pane }) {
  const running = pane.running.value;
  if (running === null) return null;
  const { request, progress } = running;
  const share = progress === null || progress.total === 0 ? undefined : progress.done / progress.total;
  const left = progress?.secondsLeft ?? null;
  return (
    <div class="map-progress" role="status">
      <p>
        <strong>{projectionForms[request.method].name}</strong> {progress?.phase ?? "starting"}
        {left !== null && `, ${durationText(left)} left`}
      </p>
      <progress value={share} max={1} />
      <Button label="Cancel" kind="plain" onClick={() => running.cancel()}>
        Cancel
      </Button>
    </div>
  );
}

/** A link may show a map that was made in another session: nothing starts by itself. */
function ToBeMade({ pane }: { pane: Pane }) {
  const { map } = pane.view.value;
  if (map.kind !== "made") return null;
  const settings = Object.entries(map.settings).map(([name, value]) => `${name} ${value}`);
  return (
    <div class="map-progress">
      <p>
        This view shows <strong>{projectionForms[map.method].name}</strong>
        {settings.length > 0 && ` (${settings.join(", ")})`}, which has to be made first.
      </p>
      <Button
        label="Start"
        kind="main"
        onClick={() =>
          void pane.project({ method: map.method, dimensions: map.dimensions as 2 | 3, settings: map.settings })
        }
      >
        Start
      </Button>
    </div>
  );
}
