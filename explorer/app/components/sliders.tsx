import { useRef } from "preact/hooks";
import type { DirectionSummary } from "../../../src/explorer/protocol.js";
import type { Pane } from "../pane.js";
import { plainText, scoreText, signedText } from "../text/format.js";
import { heldOutText } from "../text/held-out.js";
import { Button } from "./button.js";
import { useExplorer } from "./context.js";
import { FilePicture, Picture } from "./pictures.js";

/** A slider for every direction. The decoded picture follows them; without a decoder the nearest items do. */
export function Sliders({ pane }: { pane: Pane }) {
  const summary = pane.space.value?.summary.value;
  if (summary === undefined || summary.items === 0) return null;
  const { directions, decodes } = summary;
  const { along } = pane.view.value;
  if (directions.length === 0 && !decodes && pane.view.value.selection.length === 0) return null;
  const isMoved = Object.values(along).some((weight) => weight !== 0);
  return (
    <div class="walk">
      {decodes && <Given pane={pane} />}
      {decodes && <Decoded pane={pane} isMoved={isMoved} />}
      <div class="sliders">
        {directions.map((direction) => (
          <Slider key={direction.name} pane={pane} direction={direction} />
        ))}
        {directions.length === 0 && <p class="muted">No directions yet: make one from two groups or a column.</p>}
      </div>
      <WalkActions pane={pane} isMoved={isMoved} />
    </div>
  );
}

function Slider({ pane, direction }: { pane: Pane; direction: DirectionSummary }) {
  const { name, least, most } = direction;
  const reach = Math.max(most - least, 1e-6);
  const value = pane.view.value.along[name] ?? 0;
  const set = (next: number) => pane.change({ along: { ...pane.view.peek().along, [name]: next } }, `slider ${name}`);
  const label = plainText(name, 40);
  const space = pane.space.value;
  const judged = heldOutText(direction);
  return (
    <label class="slider">
      <span class="slider-name" title={judged === null ? plainText(name) : `${plainText(name)}: ${judged}`}>
        {label}
      </span>
      <input
        type="range"
        min={-reach}
        max={reach}
        step={reach / 200}
        value={value}
        title="A double click sets it to 0"
        aria-valuetext={signedText(value)}
        onInput={(event) => set(Number(event.currentTarget.value))}
        onDblClick={() => set(0)}
      />
      <output class="count">{signedText(value)}</output>
      {direction.made !== undefined && space !== null && (
        <Button
          label={`Take ${label} out again; it is not saved`}
          icon="close"
          onClick={() => pane.explorer.removeDirection(space, direction)}
        />
      )}
    </label>
  );
}

/** The picture that a person has uploaded, beside what its place decodes to. */
function Given({ pane }: { pane: Pane }) {
  const origin = pane.origin.value;
  if (origin?.given === undefined) return null;
  return (
    <figure class="given">
      <FilePicture file={origin.given.file} label={`your picture ${plainText(origin.label, 60)}`} />
      <figcaption title={plainText(origin.label)}>yours</figcaption>
    </figure>
  );
}

/** The picture of the place where bar and sliders have come to. */
function Decoded({ pane, isMoved }: { pane: Pane; isMoved: boolean }) {
  const { value, error, loading } = pane.picture.value;
  const { question } = pane.view.value;
  const origin = pane.origin.value;
  const base = baseName(pane);
  const from = origin?.label ?? (question.text.trim() !== "" ? question.text : base);
  return (
    <figure class={error !== null ? "decoded failed" : "decoded"} aria-busy={loading}>
      {value !== null ? (
        <Picture picture={value} label={`decoded picture of ${plainText(from, 60)}`} />
      ) : (
        <span class="picture blank" />
      )}
      {error !== null ? (
        <figcaption title={error}>not decoded</figcaption>
      ) : origin?.given !== undefined ? (
        <figcaption title="The mean difference of a pixel between your picture and what its place decodes to, where 1 is from black to white">
          {isMoved ? "moved" : `error ${scoreText(origin.given.error)}`}
        </figcaption>
      ) : (
        <figcaption title={plainText(from)}>{plainText(from, 40)}</figcaption>
      )}
    </figure>
  );
}

/** The item from which the sliders start when the bar says nothing. */
function baseName(pane: Pane): string {
  return pane.space.value?.names.wantedText(pane.view.value.item ?? 0) ?? "";
}

function WalkActions({ pane, isMoved }: { pane: Pane; isMoved: boolean }) {
  const explorer = useExplorer();
  const file = useRef<HTMLInputElement>(null);
  const open = (dialog: "strip" | "direction" | "sample" | "interpolate") => () => {
    explorer.show(dialog);
  };
  const summary = pane.space.value?.summary.value;
  const isAtStart = !isMoved && pane.origin.value === null;
  const hasNone = summary?.directions.length === 0;
  return (
    <div class="walk-actions">
      <Button
        label={isAtStart ? "All sliders are at 0" : "Set all sliders to 0"}
        kind="plain"
        disabled={isAtStart}
        onClick={() => pane.reset()}
      >
        Reset
      </Button>
      <Button
        label={hasNone ? "A strip walks along a direction, and there is none yet" : "Strip of a walk along a direction"}
        kind="plain"
        disabled={hasNone}
        onClick={open("strip")}
      >
        Strip
      </Button>
      <Button label="New direction" kind="plain" onClick={open("direction")}>
        New direction
      </Button>
      <Button label="Walk from one item to another" kind="plain" onClick={open("interpolate")}>
        Interpolate
      </Button>
      {summary?.decodes && (
        <Button label="Sample new pictures" kind="plain" onClick={open("sample")}>
          Sample
        </Button>
      )}
      {summary?.decodes && (
        <>
          <Button label="Find the place of a picture of yours" kind="plain" onClick={() => file.current?.click()}>
            Upload
          </Button>
          <input
            ref={file}
            type="file"
            accept="image/*"
            class="hidden"
            aria-label="Picture to find the place of"
            tabIndex={-1}
            onChange={(event) => {
              const [picture] = event.currentTarget.files ?? [];
              event.currentTarget.value = "";
              if (picture !== undefined) void pane.invert(picture);
            }}
          />
        </>
      )}
      <Inverting pane={pane} />
    </div>
  );
}

function Inverting({ pane }: { pane: Pane }) {
  const running = pane.inverting.value;
  if (running === null) return null;
  return (
    <div class="inverting" role="status">
      <progress value={running.share ?? undefined} max={1} aria-label="Looking for the picture's place" />
      <Button label="Cancel" kind="plain" onClick={() => running.cancel()}>
        Cancel
      </Button>
    </div>
  );
}
