import type { Pane } from "../pane.js";
import type { Tool } from "../renderer/index.js";
import { Button } from "./button.js";
import { useExplorer } from "./context.js";

const tools: readonly { tool: Tool; label: string; shortcut: string }[] = [
  { tool: "move", label: "Move the map", shortcut: "v" },
  { tool: "box", label: "Select by a box", shortcut: "b" },
  { tool: "lasso", label: "Select by a lasso", shortcut: "l" },
];

export function Tools({ pane }: { pane: Pane }) {
  const explorer = useExplorer();
  return (
    <div class="tools" role="toolbar" aria-label="Map">
      {tools.map(({ tool, label, shortcut }) => (
        <Button
          key={tool}
          label={label}
          shortcut={shortcut}
          icon={tool}
          pressed={explorer.tool.value === tool}
          onClick={() => {
            explorer.tool.value = tool;
          }}
        />
      ))}
      <span class="divider" />
      <Button label="Zoom in" shortcut="+" icon="plus" onClick={() => pane.renderer.value?.zoomBy(1.5)} />
      <Button label="Zoom out" shortcut="-" icon="minus" onClick={() => pane.renderer.value?.zoomBy(1 / 1.5)} />
      <Button label="Show all" shortcut="0" icon="fit" onClick={() => pane.change({ camera: null }, "camera")} />
    </div>
  );
}
