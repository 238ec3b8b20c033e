import type { SpaceSummary } from "../../../src/explorer/protocol.js";
import { mostPanes } from "../state.js";
import { plainText } from "../text/format.js";
import { Button } from "./button.js";
import { useExplorer } from "./context.js";
import { Icon } from "./icons.js";

export function Header() {
  const explorer = useExplorer();
  const { theme } = explorer;
  const isEmpty = explorer.active.value?.space.value == null;
  const isDark = theme.value === "dark";
  return (
    <header class="header">
      <h1 class="brand">thing2vec</h1>
      <SpaceTabs />
      <div class="header-end">
        <button
          type="button"
          class="search-button"
          disabled={isEmpty}
          aria-keyshortcuts="/"
          onClick={() => {
            explorer.show("search");
          }}
        >
          <Icon name="search" />
          <span class="wide-only">Search</span>
          <kbd class="wide-only">/</kbd>
        </button>
        <Button
          label="Undo"
          shortcut="Ctrl+Z"
          icon="undo"
          disabled={!explorer.canUndo.value}
          onClick={() => explorer.undo()}
        />
        <Button
          label="Redo"
          shortcut="Ctrl+Shift+Z"
          icon="redo"
          disabled={!explorer.canRedo.value}
          onClick={() => explorer.redo()}
        />
        <Button
          label={isDark ? "Light colors" : "Dark colors"}
          icon={isDark ? "sun" : "moon"}
          onClick={() => explorer.setTheme(isDark ? "light" : "dark")}
        />
        <Button
          label="Keys"
          shortcut="?"
          icon="keyboard"
          onClick={() => {
            explorer.show("keys");
          }}
        />
        <Button
          label="Share this view"
          icon="share"
          disabled={isEmpty}
          onClick={() => {
            explorer.show("share");
          }}
        />
        <Button
          label="Export"
          icon="download"
          disabled={isEmpty}
          onClick={() => {
            explorer.show("export");
          }}
        />
      </div>
    </header>
  );
}

/** The spaces that are open; one is shown by its tab, beside the others by the plus. */
function SpaceTabs() {
  const explorer = useExplorer();
  const spaces = explorer.spaces.value.value ?? [];
  const { panes, active, linked } = explorer.state.value;
  const shown = new Set(panes.map(({ space }) => space));
  return (
    <nav class="tabs" aria-label="Spaces">
      {spaces.map(({ id, summary }, k) => (
        <span key={id} class={shown.has(k) ? "tab shown" : "tab"}>
          <button
            type="button"
            class={summary.value.unopened ? "tab-name broken" : "tab-name"}
            aria-current={panes[active].space === k ? "true" : undefined}
            aria-keyshortcuts={k < 9 ? String(k + 1) : undefined}
            title={tabTitle(summary.value)}
            onClick={() => explorer.showSpace(k)}
          >
            {plainText(summary.value.title, 40)}
          </button>
          {panes.length < mostPanes && !shown.has(k) && (
            <Button
              label={`Show ${plainText(summary.value.title, 40)} beside`}
              icon="plus"
              onClick={() => explorer.showSpace(k, true)}
            />
          )}
        </span>
      ))}
      {panes.length > 1 && (
        <label class="check">
          <input
            type="checkbox"
            checked={linked}
            onChange={() => explorer.change({ ...explorer.state.peek(), linked: !linked })}
          />
          linked
        </label>
      )}
    </nav>
  );
}

function tabTitle({ title, items, dimensions, unopened }: SpaceSummary): string {
  if (unopened) return `${plainText(title)} cannot be opened`;
  return `${plainText(title)}: ${items.toLocaleString("en-US")} items of ${dimensions} dimensions`;
}
