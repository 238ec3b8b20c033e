import { useState } from "preact/hooks";
import type { Legend } from "../coloring.js";
import type { Pane } from "../pane.js";
import { countText, plainText } from "../text/format.js";
import { ticksApart } from "../text/ticks-apart.js";
import { useExplorer } from "./context.js";

/** Classes that a legend lists before it offers a filter. */
const manyClasses = 12;
/** Classes that are listed at once; a filter reaches the others. */
const mostListed = 200;

/** The legend of classes, beside the map. */
export function LegendView({ pane }: { pane: Pane }) {
  const coloring = pane.coloring.value;
  const { error } = pane.colorColumn.value;
  if (error !== null) {
    return (
      <div class="legend" role="alert">
        <p class="problem-text">{error}</p>
      </div>
    );
  }
  if (coloring === null || coloring.legend.kind !== "classes") return null;
  const { legend } = coloring;
  return (
    <details class="legend" open={isRoomy()} aria-label={`Legend: ${plainText(legend.title)}`}>
      <summary>
        <h3>{plainText(legend.title, 40)}</h3>
      </summary>
      <Classes pane={pane} legend={legend} codes={coloring.codes} />
    </details>
  );
}

/** The legend of numbers, a line below the map. */
export function RampView({ pane }: { pane: Pane }) {
  const legend = pane.coloring.value?.legend;
  if (legend?.kind !== "ramp" || pane.colorColumn.value.error !== null) return null;
  return (
    <section class="legend strip" aria-label={`Legend: ${plainText(legend.title)}`}>
      <h3>
        {plainText(legend.title, 40)}
        <span class="muted"> {legend.scale === "log" ? "logarithmic" : legend.scale}</span>
      </h3>
      <Ramp legend={legend} />
    </section>
  );
}

/** On a phone a legend would hide the map, and is closed at first. */
export function isRoomy(): boolean {
  return window.innerWidth > 760;
}

/** Every class is listed with its count, whether or not it has a color of its own; a click selects its items. */
function Classes({ pane, legend, codes }: { pane: Pane; legend: Legend & { kind: "classes" }; codes: Int32Array }) {
  const explorer = useExplorer();
  const [filter, setFilter] = useState("");
  const { classes, colored, missing } = legend;
  const wanted = filter.toLowerCase();
  const found = classes.filter(({ label }) => label.toLowerCase().includes(wanted));
  const select = (code: number, additive: boolean) => {
    const rows: number[] = additive ? [...pane.view.peek().selection] : [];
    for (const [row, own] of codes.entries()) if (own === code || (code < 0 && own < 0)) rows.push(row);
    void explorer.select(pane, rows);
  };
  return (
    <>
      {classes.length > manyClasses && (
        <input
          type="search"
          class="field small"
          placeholder={`${classes.length} classes`}
          aria-label={`Filter ${classes.length} classes`}
          value={filter}
          onInput={(event) => setFilter(event.currentTarget.value)}
        />
      )}
      <ul class="classes">
        {found.slice(0, mostListed).map(({ code, label, color, count }) => (
          <li key={code}>
            <button
              type="button"
              class="class"
              title={`Select ${plainText(label)}`}
              onClick={(event) => select(code, event.ctrlKey || event.metaKey)}
            >
              <span class="swatch" style={{ background: color }} />
              <span class="class-label">{label === "" ? "(empty)" : plainText(label, 60)}</span>
              <span class="count">{countText(count)}</span>
            </button>
          </li>
        ))}
        {missing !== null && wanted === "" && (
          <li>
            <button
              type="button"
              class="class"
              title="Select items without a value"
              onClick={(event) => select(-1, event.ctrlKey || event.metaKey)}
            >
              <span class="swatch" style={{ background: missing.color }} />
              <span class="class-label muted">no value</span>
              <span class="count">{countText(missing.count)}</span>
            </button>
          </li>
        )}
      </ul>
      {colored < classes.length && (
        <p class="muted">
          The {colored} largest of {countText(classes.length)} have a color of their own, the others are gray; click one
          to see it.
        </p>
      )}
      {found.length > mostListed && (
        <p class="muted">{countText(found.length - mostListed)} more: type to find them.</p>
      )}
    </>
  );
}

function Ramp({ legend }: { legend: Legend & { kind: "ramp" } }) {
  const { colors, ticks, missing, outside } = legend;
  const stops = colors.filter((_, k) => k % 15 === 0);
  return (
    <>
      <div class="scale">
        <div class="ramp">
          {stops.map((color) => (
            <span key={color} style={{ background: color }} />
          ))}
        </div>
        <div class="ticks">
          {ticksApart(ticks).map(({ at, label, side }) => (
            <span key={label} style={{ left: `${100 * at}%` }} class={side}>
              {label}
            </span>
          ))}
        </div>
      </div>
      {missing !== null && (
        <p class="muted">
          <span class="swatch" style={{ background: missing.color }} /> no value: {countText(missing.count)}
        </p>
      )}
      {outside > 0 && <p class="muted">{countText(outside)} outside of this scale, drawn as without a value.</p>}
    </>
  );
}
