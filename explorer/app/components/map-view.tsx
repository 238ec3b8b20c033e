import { effect } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import { bindMap } from "../map-binding.js";
import type { Pane } from "../pane.js";
import { MapRenderer } from "../renderer/index.js";
import { plainText } from "../text/format.js";
import { useExplorer } from "./context.js";

/** The canvases of a map. What it draws follows the pane; what a person does on it is told to the pane. */
export function MapView({ pane }: { pane: Pane }) {
  const explorer = useExplorer();
  const canvas = useRef<HTMLCanvasElement>(null);
  const overlay = useRef<HTMLCanvasElement>(null);
  const [failure, setFailure] = useState<string | null>(null);
  useEffect(() => {
    const space = pane.space.peek();
    if (canvas.current === null || overlay.current === null || space === null) return undefined;
    try {
      const map = new MapRenderer(canvas.current, overlay.current, { theme: explorer.theme.peek() });
      pane.renderer.value = map;
      const end = bindMap(map, pane, space);
      return () => {
        end();
        pane.renderer.value = null;
        map.dispose();
      };
    } catch (error) {
      setFailure(error instanceof Error ? error.message : String(error));
      return undefined;
    }
  }, [pane]);
  useEffect(
    () =>
      effect(() => {
        if (canvas.current !== null) canvas.current.dataset.drawn = String(pane.drawn.value?.points ?? 0);
      }),
    [pane],
  );
  const title = pane.space.value?.summary.value.title ?? "";
  return (
    <>
      {/* biome-ignore lint/a11y/noInteractiveElementToNoninteractiveRole: an application, since it has keys of its own */}
      <canvas
        ref={canvas}
        class={`map tool-${explorer.tool.value}`}
        tabIndex={0}
        role="application"
        aria-label={`Map of ${plainText(title)}. Arrows walk from neighbor to neighbor, Shift and arrows move the map, plus and minus zoom.`}
      />
      <canvas ref={overlay} class="map overlay" />
      {failure !== null && (
        <div class="map-message" role="alert">
          <h2>The map cannot be drawn</h2>
          <p>{failure}</p>
          <p>Search, the bar and the details below work without it.</p>
        </div>
      )}
    </>
  );
}
