import { useEffect, useState } from "preact/hooks";
import type { DirectionRequest } from "../../../../src/explorer/protocol.js";
import type { Pane } from "../../pane.js";
import { countText, plainText, problemText } from "../../text/format.js";
import { heldOutText } from "../../text/held-out.js";
import { Button } from "../button.js";
import { useExplorer } from "../context.js";
import { Dialog } from "../dialog.js";
import { Segmented } from "../segmented.js";

/** A new direction, from one group of items to another or along a column. */
export function DirectionDialog({ pane }: { pane: Pane }) {
  const explorer = useExplorer();
  const space = pane.space.value;
  const { selection } = pane.view.value;
  const { from, to } = pane.groups.value;
  const columns = space?.summary.value.columns ?? [];
  const others = space?.summary.value.directions ?? [];
  const [kind, setKind] = useState<"groups" | "column">(
    selection.length > 0 || from.length > 0 ? "groups" : columns.length > 0 ? "column" : "groups",
  );
  const [name, setName] = useState("");
  const [column, setColumn] = useState(columns[0]?.name ?? "");
  const isOfClasses = columns.find((its) => its.name === column)?.type === "category";
  /** The class that it leads to. */
  const [positive, setPositive] = useState("");
  const [apart, setApart] = useState<string[]>([]);
  const [problem, setProblem] = useState<string | null>(null);
  const [isMaking, setMaking] = useState(false);
  const missing =
    kind === "groups" && from.length === 0
      ? "The group it leads from is needed."
      : kind === "groups" && to.length === 0
        ? "The group it leads to is needed."
        : kind === "column" && column === ""
          ? "A column is needed."
          : kind === "column" && isOfClasses && positive === ""
            ? "The class it leads to is needed."
            : name.trim() === ""
              ? "A name for it is needed."
              : null;
  const isReady = missing === null;

  const make = async () => {
    if (!isReady || space === null) return;
    const ofColumn = isOfClasses ? { column, positive } : { column };
    const request: DirectionRequest = {
      name: name.trim(),
      ...(kind === "column" ? ofColumn : { from: [...from], to: [...to] }),
      ...(apart.length > 0 ? { orthogonalTo: apart } : {}),
    };
    setMaking(true);
    setProblem(null);
    try {
      const made = await explorer.makeDirection(space, request);
      pane.groups.value = { from: [], to: [] };
      explorer.dialog.value = null;
      const judged = heldOutText(made) ?? "not judged";
      explorer.tell(
        `${plainText(made.name, 60)} is a direction of ${plainText(space.summary.peek().title, 40)} now, ${judged}: move its slider. It is not saved; thing2vec direction saves one.`,
        "news",
      );
    } catch (error) {
      setProblem(problemText(error));
    } finally {
      setMaking(false);
    }
  };
  return (
    <Dialog title="New direction">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void make();
        }}
      >
        <Segmented
          label="Where it comes from"
          options={[
            { value: "groups", name: "two groups" },
            { value: "column", name: "a column", disabled: columns.length === 0 },
          ]}
          value={kind}
          onChange={setKind}
        />
        {kind === "groups" ? (
          <>
            <p class="muted">
              Select items on the map (Shift and drag), take them as a group, select others, and come back here.
            </p>
            <Group pane={pane} which="from" rows={from} label="leads from" />
            <Group pane={pane} which="to" rows={to} label="leads to" />
          </>
        ) : (
          <>
            <label class="form-row">
              <span>Column</span>
              <select
                class="field"
                value={column}
                onChange={(event) => {
                  setColumn(event.currentTarget.value);
                  setPositive("");
                }}
              >
                {columns.map((its) => (
                  <option key={its.name} value={its.name}>
                    {plainText(its.name, 40)}
                  </option>
                ))}
              </select>
            </label>
            {isOfClasses && <ClassSelect pane={pane} column={column} value={positive} onChange={setPositive} />}
          </>
        )}
        <label class="form-row">
          <span>Name</span>
          <input
            class="field"
            value={name}
            required
            maxLength={200}
            placeholder="smile"
            onInput={(event) => setName(event.currentTarget.value)}
          />
        </label>
        {others.length > 0 && (
          <fieldset class="form-row">
            <legend>
              Independent of <span class="muted">it then changes nothing along these</span>
            </legend>
            <div class="checks">
              {others.map((other) => (
                <label key={other.name} class="check">
                  <input
                    type="checkbox"
                    checked={apart.includes(other.name)}
                    onChange={() =>
                      setApart(
                        apart.includes(other.name) ? apart.filter((its) => its !== other.name) : [...apart, other.name],
                      )
                    }
                  />
                  {plainText(other.name, 40)}
                </label>
              ))}
            </div>
          </fieldset>
        )}
        {problem !== null && (
          <p class="problem-text" role="alert">
            {problem}
          </p>
        )}
        <footer class="dialog-foot">
          <p class="muted" role="status">
            {missing}
          </p>
          <button type="submit" class="button main" disabled={!isReady || isMaking}>
            {isMaking ? "Making …" : "Make"}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}

/** Classes that are offered, the largest. */
const mostClasses = 500;

/** Of a column of classes the one that the direction leads to, from all the others. */
function ClassSelect({
  pane,
  column,
  value,
  onChange,
}: {
  pane: Pane;
  column: string;
  value: string;
  onChange: (text: string) => void;
}) {
  const space = pane.space.value;
  const [classes, setClasses] = useState<{ text: string; count: number }[] | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  useEffect(() => {
    let isNewest = true;
    setClasses(null);
    setProblem(null);
    space?.column(column).then(
      (its) => {
        if (!isNewest || its.type !== "category") return;
        setClasses(its.categories.map((text, k) => ({ text, count: its.counts[k] })));
      },
      (error) => isNewest && setProblem(problemText(error)),
    );
    return () => {
      isNewest = false;
    };
  }, [space, column]);
  const more = (classes?.length ?? 0) - mostClasses;
  return (
    <>
      <label class="form-row">
        <span>
          It leads to <span class="muted">from all other items</span>
        </span>
        <select
          class="field"
          aria-label="Class it leads to"
          value={value}
          required
          disabled={classes === null}
          onChange={(event) => onChange(event.currentTarget.value)}
        >
          <option value="" disabled>
            choose a class
          </option>
          {classes?.slice(0, mostClasses).map(({ text, count }) => (
            <option key={text} value={text}>
              {plainText(text, 40)} ({countText(count)})
            </option>
          ))}
        </select>
      </label>
      {more > 0 && (
        <p class="muted">
          The {countText(mostClasses)} largest classes; {countText(more)} smaller ones are not offered.
        </p>
      )}
      {problem !== null && (
        <p class="problem-text" role="alert">
          {problem}
        </p>
      )}
    </>
  );
}

function Group({
  pane,
  which,
  rows,
  label,
}: {
  pane: Pane;
  which: "from" | "to";
  rows: readonly number[];
  label: string;
}) {
  const { selection } = pane.view.value;
  return (
    <div class="form-row">
      <span>
        It {label} <strong>{rows.length === 0 ? "nothing yet" : `${countText(rows.length)} items`}</strong>
      </span>
      <Button
        label={`Take the selection as the group it ${label}`}
        kind="plain"
        disabled={selection.length === 0}
        onClick={() => {
          pane.groups.value = { ...pane.groups.value, [which]: selection };
        }}
      >
        {selection.length === 0 ? "nothing is selected" : `take the ${countText(selection.length)} selected`}
      </Button>
    </div>
  );
}
