import type { Edges, NeighborAnswer } from "../../../src/explorer/protocol.js";
import { itemsText } from "../kinds.js";
import type { Pane } from "../pane.js";
import type { MetricChoice } from "../state.js";
import { countText, plainText, scoreText, valueText } from "../text/format.js";
import { Button } from "./button.js";
import { useExplorer } from "./context.js";
import { Thumb } from "./pictures.js";

/** What is known of the item that was chosen, of the selection, and what was asked before. */
export function SidePanel({ pane }: { pane: Pane }) {
  const { item, selection } = pane.view.value;
  return (
    <>
      {selection.length > 0 && <SelectionSection pane={pane} />}
      {item === null ? selection.length === 0 && <SpaceSection pane={pane} /> : <ItemSection pane={pane} />}
      {item !== null && <NearSection pane={pane} />}
      {item !== null && <LinksSection pane={pane} />}
      <HistorySection />
    </>
  );
}

/** Before anything is chosen: what space this is. */
function SpaceSection({ pane }: { pane: Pane }) {
  const explorer = useExplorer();
  const space = pane.space.value;
  if (space === null) return null;
  const { title, items, dimensions, method, geometry, columns, metrics, decodes, relations, takes } =
    space.summary.value;
  const facts: [string, string][] = [
    ...(items === 0 ? [] : ([["dimensions", countText(dimensions)]] as [string, string][])),
    ["geometry", geometry],
    ...(method === null ? [] : ([["method", method]] as [string, string][])),
    ...(relations === null ? [] : ([["edges", countText(relations.count)]] as [string, string][])),
    ...(columns.length === 0 ? [] : ([["columns", columns.map(({ name }) => name).join(", ")]] as [string, string][])),
    ...(decodes ? ([["decoder", "yes: sliders show pictures"]] as [string, string][]) : []),
    ...Object.entries(metrics)
      .filter((entry): entry is [string, number] => typeof entry[1] === "number")
      .slice(0, 6)
      .map(([name, value]): [string, string] => [inWords(name), valueText(value)]),
  ];
  return (
    <section class="section">
      <h2 class="item-name">{plainText(title, 80)}</h2>
      <p class="muted">{itemsText(items, space.kind)}</p>
      <dl class="facts">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{plainText(name, 40)}</dt>
            <dd>{plainText(value, 200)}</dd>
          </div>
        ))}
      </dl>
      {items > 0 && <p class="hint">Click a point for what is near it, or ask below.</p>}
      {takes !== null && (
        <Button
          label="Find the place of something that the space has never seen"
          shortcut="n"
          kind="plain"
          onClick={() => explorer.show("new")}
        >
          {takes === "neighbors" ? "Place a new node" : "Place a new word"}
        </Button>
      )}
    </section>
  );
}

/** heldOutErrorPerPixel -> held out error per pixel. */
function inWords(name: string): string {
  return name.replace(/(?<=[a-z\d])[A-Z](?=[a-z])/g, (letter) => ` ${letter.toLowerCase()}`);
}

function ItemSection({ pane }: { pane: Pane }) {
  const explorer = useExplorer();
  const space = pane.space.value;
  const { item } = pane.view.value;
  const { value, error } = pane.details.value;
  if (space === null || item === null) return null;
  const name = value?.row === item ? value.name : space.names.wantedText(item);
  return (
    <section class="section" aria-live="polite">
      <div class="item-head">
        {space.summary.value.thumbnails !== null && <Thumb space={space} row={item} name={name ?? ""} />}
        <h2 class="item-name">{name === undefined ? "…" : plainText(name)}</h2>
        <Button label="Show on the map" icon="fit" onClick={() => void pane.showItem(item)} />
        <Button
          label="Let go of this item"
          shortcut="Esc"
          icon="close"
          onClick={() => void explorer.choose(pane, null)}
        />
      </div>
      {error !== null && <p class="problem-text">{error}</p>}
      {value !== null && value.row === item && value.values.length > 0 && (
        <dl class="facts">
          {value.values.map(({ column, value: its }) => (
            <div key={column}>
              <dt>{plainText(column, 40)}</dt>
              <dd class={its === null ? "muted" : ""}>{plainText(valueText(its), 500)}</dd>
            </div>
          ))}
        </dl>
      )}
    </section>
  );
}

const metricNames: Readonly<Record<MetricChoice, string>> = {
  own: "as the space means it",
  cosine: "by cosine",
  euclidean: "by distance",
  dot: "by product",
};

function NearSection({ pane }: { pane: Pane }) {
  const { value, loading, error } = pane.near.value;
  return (
    <section class="section" aria-busy={loading}>
      <h3>
        Near <MetricSelect pane={pane} />
      </h3>
      {error !== null && <p class="problem-text">{error}</p>}
      {value === null && loading && <p class="muted">Looking …</p>}
      {value !== null && <NeighborList pane={pane} neighbors={value.neighbors} metric={value.metric} />}
      {value !== null && !value.exact && (
        <p class="muted">
          Found by the index
          {value.recall !== null && `, which finds ${Math.round(100 * value.recall)} % of the nearest`}.
        </p>
      )}
    </section>
  );
}

function MetricSelect({ pane }: { pane: Pane }) {
  const { question } = pane.view.value;
  return (
    <select
      class="field small inline"
      aria-label="What is near"
      value={question.metric}
      onChange={(event) =>
        pane.change({ question: { ...question, metric: event.currentTarget.value as MetricChoice } })
      }
    >
      {Object.entries(metricNames).map(([metric, name]) => (
        <option key={metric} value={metric}>
          {name}
        </option>
      ))}
    </select>
  );
}

/** Scores of which more is nearer; of all others less is. */
const similarities = new Set(["cosine", "dot", "adamic-adar"]);

/** Names with their scores as numbers and as bars. */
function NeighborList({
  pane,
  neighbors,
  metric,
}: {
  pane: Pane;
  neighbors: readonly NeighborAnswer[];
  metric: string;
}) {
  const explorer = useExplorer();
  const space = pane.space.value;
  const scores = neighbors.map(({ score }) => score);
  const most = Math.max(...scores.map(Math.abs), 1e-12);
  const isSimilarity = similarities.has(metric);
  const share = (score: number) => (isSimilarity ? Math.max(0, score) / most : 1 - score / (1.25 * most));
  if (neighbors.length === 0) return <p class="muted">There are no others.</p>;
  return (
    <ul class="neighbors">
      {neighbors.map(({ row, name, score }) => (
        <li key={row}>
          <button
            type="button"
            class="neighbor"
            title={plainText(name, 1000)}
            onClick={() => void explorer.choose(pane, row)}
            onMouseEnter={() => pane.renderer.peek()?.setHovered(row)}
            onMouseLeave={() => pane.renderer.peek()?.setHovered(null)}
          >
            {space !== null && space.summary.value.thumbnails !== null && <Thumb space={space} row={row} name={name} />}
            <span class="neighbor-name">{plainText(name, 80)}</span>
            <span class="bar-place">
              <span class="bar-fill" style={{ width: `${Math.round(100 * share(score))}%` }} />
            </span>
            <span class="count">{scoreText(score)}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}

/** Of graphs: who is linked to the item, and who is likely to be, by which score. */
function LinksSection({ pane }: { pane: Pane }) {
  const space = pane.space.value;
  const { item, links } = pane.view.value;
  const { value, error } = pane.neighborhood.value;
  const likely = pane.likely.value;
  if (space === null || item === null || space.summary.value.relations === null) return null;
  return (
    <section class="section">
      <h3>Links {value !== null && <span class="muted">{countText(value.total)}</span>}</h3>
      {error !== null && <p class="problem-text">{error}</p>}
      {value !== null && <LinkedItems pane={pane} edges={value} item={item} />}
      <h3>
        Likely links{" "}
        <select
          class="field small inline"
          aria-label="How likely links are scored"
          value={links}
          onChange={(event) => pane.change({ links: event.currentTarget.value as typeof links })}
        >
          <option value="none">not shown</option>
          <option value="adamic-adar">by Adamic-Adar</option>
          <option value="dot">by the dot product</option>
        </select>
      </h3>
      {likely.error !== null && <p class="problem-text">{likely.error}</p>}
      {likely.value !== null && links !== "none" && (
        <NeighborList pane={pane} neighbors={likely.value} metric={links} />
      )}
    </section>
  );
}

const mostLinked = 100;

function LinkedItems({ pane, edges, item }: { pane: Pane; edges: Edges; item: number }) {
  const explorer = useExplorer();
  const space = pane.space.value;
  const rows = [...edges.source.keys()].map((k) => (edges.source[k] === item ? edges.target[k] : edges.source[k]));
  const others = [...new Set(rows)];
  return (
    <p class="linked">
      {others.slice(0, mostLinked).map((row) => (
        <button key={row} type="button" class="chip" onClick={() => void explorer.choose(pane, row)}>
          {plainText(space?.names.wantedText(row) ?? "…", 40)}
        </button>
      ))}
      {others.length > mostLinked && <span class="muted">and {countText(others.length - mostLinked)} more</span>}
    </p>
  );
}

const mostSelectedNames = 30;

function SelectionSection({ pane }: { pane: Pane }) {
  const explorer = useExplorer();
  const { selection } = pane.view.value;
  const space = pane.space.value;
  if (space === null) return null;
  const shown = selection.slice(0, mostSelectedNames);
  return (
    <section class="section" aria-live="polite">
      <div class="item-head">
        <h2 class="item-name">{countText(selection.length)} selected</h2>
        <Button label="Show on the map" icon="fit" onClick={() => pane.renderer.value?.show(selection)} />
        <Button
          label="Clear the selection"
          shortcut="Esc"
          icon="close"
          onClick={() => void explorer.select(pane, [])}
        />
      </div>
      <p class="linked">
        {shown.map((row) => (
          <button key={row} type="button" class="chip" onClick={() => void explorer.choose(pane, row)}>
            {plainText(space.names.wantedText(row) ?? "…", 40)}
          </button>
        ))}
        {selection.length > shown.length && (
          <span class="muted">and {countText(selection.length - shown.length)} more</span>
        )}
      </p>
      <div class="row">
        <Button
          label="Export the selection"
          kind="plain"
          onClick={() => {
            explorer.show("export");
          }}
        >
          Export
        </Button>
        <Button
          label="Make a direction from this selection"
          kind="plain"
          onClick={() => {
            explorer.show("direction");
          }}
        >
          New direction
        </Button>
      </div>
    </section>
  );
}

function HistorySection() {
  const explorer = useExplorer();
  const entries = explorer.history.value;
  const open = (explorer.spaces.value.value ?? []).map(({ summary }) => summary.value.title);
  const isOfMany = open.length > 1 || entries.some(({ space }) => !open.includes(space));
  if (entries.length === 0) return null;
  return (
    <section class="section history">
      <h3>History</h3>
      <ol>
        {[...entries].reverse().map((entry) => {
          const { text, result, space, link, early } = entry;
          return (
            <li key={`${space} ${text}`}>
              <a
                href={`#${link}`}
                title={`${plainText(text)} in ${plainText(space)}`}
                onClick={(event) => {
                  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
                  event.preventDefault();
                  void explorer.recall(entry);
                }}
              >
                <span class="history-text">{plainText(text, 80)}</span>
                <span class="muted"> → {plainText(result, 30)}</span>
                {early && <span class="muted"> while it was trained</span>}
                {isOfMany && <span class="muted"> · {plainText(space, 30)}</span>}
              </a>
            </li>
          );
        })}
      </ol>
    </section>
  );
}
