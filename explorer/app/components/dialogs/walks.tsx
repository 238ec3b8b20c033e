import { useState } from "preact/hooks";
import type { PictureAnswer, SampleAnswer, WalkAnswer, WalkRequest } from "../../../../src/explorer/protocol.js";
import { quoteName } from "../../../../src/space/expression.js";
import { savePicture } from "../../exports/save.js";
import type { Pane } from "../../pane.js";
import { plainText, problemText, scoreText, signedText } from "../../text/format.js";
import { Button } from "../button.js";
import { useExplorer } from "../context.js";
import { Dialog } from "../dialog.js";
import { NameInput } from "../name-input.js";
import { Picture } from "../pictures.js";

/** Something that is asked for by a button: what came, or why nothing did. */
function useAnswer<T>() {
  const [answer, setAnswer] = useState<T | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [isAsking, setAsking] = useState(false);
  const ask = async (question: () => Promise<T>) => {
    setAsking(true);
    setProblem(null);
    try {
      setAnswer(await question());
    } catch (error) {
      setProblem(problemText(error));
    } finally {
      setAsking(false);
    }
  };
  return { answer, problem, isAsking, ask };
}

/** The row of pictures along a direction, with their coefficients. */
export function StripDialog({ pane }: { pane: Pane }) {
  const explorer = useExplorer();
  const space = pane.space.value;
  const directions = space?.summary.value.directions ?? [];
  const [name, setName] = useState(directions[0]?.name ?? "");
  const [steps, setSteps] = useState(7);
  const { answer, problem, isAsking, ask } = useAnswer<WalkAnswer>();
  const direction = directions.find((its) => its.name === name);
  const place = pane.place.value;
  const walk = () => {
    if (space === null || direction === undefined || place === null) return;
    const reach = direction.most - direction.least;
    const request: WalkRequest = {
      start: place.at,
      along: `direction:${quoted(name)}`,
      from: -reach,
      to: reach,
      steps,
    };
    void ask(() => explorer.source.walk(space.id, request));
  };
  return (
    <Dialog title="Strip" wide>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          walk();
        }}
      >
        <p class="muted">
          A walk that starts at <strong>{startText(pane)}</strong>, along a direction, from far below it to far above.
        </p>
        <label class="form-row">
          <span>Direction</span>
          <select class="field" value={name} onChange={(event) => setName(event.currentTarget.value)}>
            {directions.map((its) => (
              <option key={its.name} value={its.name}>
                {plainText(its.name, 40)}
              </option>
            ))}
          </select>
        </label>
        <Steps steps={steps} onChange={setSteps} />
        <Ask isAsking={isAsking} label="Walk" />
      </form>
      <WalkResult answer={answer} problem={problem} title={name} />
    </Dialog>
  );
}

/** The way from one item to another. */
export function InterpolateDialog({ pane }: { pane: Pane }) {
  const explorer = useExplorer();
  const space = pane.space.value;
  const { item, question } = pane.view.value;
  const named = item === null ? undefined : space?.names.textOf(item);
  const [from, setFrom] = useState(named === undefined ? question.text : quoteName(named));
  const [to, setTo] = useState("");
  const [steps, setSteps] = useState(7);
  const [spherical, setSpherical] = useState(space?.summary.value.geometry === "cosine");
  const { answer, problem, isAsking, ask } = useAnswer<WalkAnswer>();
  const missing =
    from.trim() === "" ? "Where it starts is needed." : to.trim() === "" ? "Where it ends is needed." : null;
  return (
    <Dialog title="Interpolate" wide>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (space === null || missing !== null) return;
          void ask(() => explorer.source.walk(space.id, { start: from, towards: to, steps, spherical }));
        }}
      >
        <div class="form-row axis">
          <span>From</span>
          <NameInput pane={pane} label="From" placeholder="a name or an expression" value={from} onInput={setFrom} />
        </div>
        <div class="form-row axis">
          <span>To</span>
          <NameInput pane={pane} label="To" placeholder="a name or an expression" value={to} onInput={setTo} />
        </div>
        <Steps steps={steps} onChange={setSteps} />
        <label class="check">
          <input type="checkbox" checked={spherical} onChange={() => setSpherical(!spherical)} />
          along a great circle, which keeps the length of the vectors
        </label>
        <Ask isAsking={isAsking} label="Walk" missing={missing} />
      </form>
      <WalkResult answer={answer} problem={problem} title={`${from} to ${to}`} />
    </Dialog>
  );
}

/** Pictures of places that are drawn at random. */
export function SampleDialog({ pane }: { pane: Pane }) {
  const explorer = useExplorer();
  const space = pane.space.value;
  const [seed, setSeed] = useState(1);
  const count = 16;
  const { answer, problem, isAsking, ask } = useAnswer<SampleAnswer>();
  const sample = (its: number) => {
    setSeed(its);
    if (space !== null) void ask(() => explorer.source.sample(space.id, count, its));
  };
  const start = (k: number) => {
    if (answer === null) return;
    pane.startFrom({ label: `sample ${k + 1} of seed ${seed}`, vector: answer.vectors[k], picture: null });
    explorer.dialog.value = null;
  };
  return (
    <Dialog title="Sample" wide>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          sample(seed);
        }}
      >
        <label class="form-row">
          <span>
            Seed <span class="muted">The same seed draws the same pictures.</span>
          </span>
          <input
            type="number"
            class="field"
            min={0}
            max={4_294_967_295}
            step={1}
            value={seed}
            onInput={(event) => setSeed(Math.max(0, Math.round(event.currentTarget.valueAsNumber || 0)))}
          />
        </label>
        <div class="dialog-foot">
          <Button label="Other pictures" kind="plain" disabled={isAsking} onClick={() => sample(seed + 1)}>
            Others
          </Button>
          <button type="submit" class="button main" disabled={isAsking}>
            {isAsking ? "Drawing …" : "Draw"}
          </button>
        </div>
      </form>
      {problem !== null && (
        <p class="problem-text" role="alert">
          {problem}
        </p>
      )}
      {answer?.sheet && (
        <>
          <div class="samples">
            <Picture picture={answer.sheet} label={`${count} sampled pictures of seed ${seed}`} />
            <div class="sample-grid" style={{ gridTemplateColumns: `repeat(${Math.ceil(Math.sqrt(count))}, 1fr)` }}>
              {answer.vectors.map((vector, k) => (
                <button
                  key={vector.join()}
                  type="button"
                  title={`Walk on from sample ${k + 1}`}
                  onClick={() => start(k)}
                >
                  <span class="sample-number">{k + 1}</span>
                </button>
              ))}
            </div>
          </div>
          <div class="dialog-foot">
            <p class="muted">Click a picture to walk on from it with the sliders.</p>
            <SavePicture picture={answer.sheet} name={`sample-${seed}`} />
          </div>
        </>
      )}
    </Dialog>
  );
}

function startText(pane: Pane): string {
  const origin = pane.origin.value;
  if (origin !== null) return plainText(origin.label, 60);
  const { question, item } = pane.view.value;
  if (question.text.trim() !== "") return plainText(question.text, 60);
  return plainText(pane.space.value?.names.wantedText(item ?? 0) ?? "the first item", 60);
}

function quoted(name: string): string {
  return `"${name.replace(/["\\]/g, "\\$&")}"`;
}

function Steps({ steps, onChange }: { steps: number; onChange: (steps: number) => void }) {
  return (
    <label class="form-row">
      <span>Steps</span>
      <input
        type="number"
        class="field"
        min={2}
        max={25}
        step={1}
        value={steps}
        onInput={(event) => {
          const next = event.currentTarget.valueAsNumber;
          if (next >= 2 && next <= 25) onChange(Math.round(next));
        }}
      />
    </label>
  );
}

function Ask({ isAsking, label, missing = null }: { isAsking: boolean; label: string; missing?: string | null }) {
  return (
    <div class="dialog-foot">
      <p class="muted">{missing}</p>
      <button type="submit" class="button main" disabled={isAsking || missing !== null}>
        {isAsking ? "Walking …" : label}
      </button>
    </div>
  );
}

function WalkResult({ answer, problem, title }: { answer: WalkAnswer | null; problem: string | null; title: string }) {
  if (problem !== null) {
    return (
      <p class="problem-text" role="alert">
        {problem}
      </p>
    );
  }
  if (answer === null) return null;
  return (
    <div aria-live="polite">
      {answer.strip !== null && (
        <>
          <Picture picture={answer.strip} label={`strip along ${plainText(title, 60)}`} />
          <SavePicture picture={answer.strip} name={`strip ${title}`} />
        </>
      )}
      <ol class="steps">
        {answer.coefficients.map((coefficient, k) => (
          <li key={coefficient}>
            <span class="count">{signedText(coefficient)}</span>
            <span>
              {(answer.nearest[k] ?? []).map(({ row, name, score }) => (
                <span key={row} class="step-name">
                  {plainText(name, 40)} <span class="score">{scoreText(score)}</span>
                </span>
              ))}
            </span>
          </li>
        ))}
      </ol>
    </div>
  );
}

function SavePicture({ picture, name }: { picture: PictureAnswer; name: string }) {
  return (
    <Button label="Save as PNG" kind="plain" onClick={() => savePicture(picture, name)}>
      Save as PNG
    </Button>
  );
}
