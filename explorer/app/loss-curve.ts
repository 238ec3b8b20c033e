import { effect, type ReadonlySignal } from "@preact/signals";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { type ThemeName, themes } from "../../src/maps/pictures/themes.js";

/** Points of the curve; of more every k-th is drawn, the last always. */
const mostPoints = 2000;

/** Draws losses by step into an element and follows them; returns what ends that. */
export function drawLossCurve(
  element: HTMLElement,
  losses: ReadonlySignal<readonly (readonly [step: number, loss: number])[]>,
  theme: ReadonlySignal<ThemeName>,
): () => void {
  let plot: uPlot | null = null;
  const endTheme = effect(() => {
    const { accent, muted, line } = themes[theme.value];
    plot?.destroy();
    const axis = {
      stroke: muted,
      grid: { stroke: `${line}40`, width: 1 },
      ticks: { show: false },
      font: "11px system-ui",
    };
    plot = new uPlot(
      {
        width: element.clientWidth || 220,
        height: 96,
        legend: { show: false },
        cursor: { show: false },
        scales: { x: { time: false } },
        series: [{}, { stroke: accent, width: 1.5, points: { show: false } }],
        axes: [
          { ...axis, size: 22, space: 60, values: (_, steps) => steps.map(shortNumber) },
          { ...axis, size: 40, space: 28 },
        ],
      },
      curve(losses.peek()),
      element,
    );
  });
  const endLosses = effect(() => plot?.setData(curve(losses.value)));
  return () => {
    endTheme();
    endLosses();
    plot?.destroy();
  };
}

function curve(losses: readonly (readonly [number, number])[]): [number[], number[]] {
  const every = Math.max(1, Math.ceil(losses.length / mostPoints));
  const kept = losses.filter((_, k) => k % every === 0 || k === losses.length - 1);
  return [kept.map(([step]) => step), kept.map(([, loss]) => loss)];
}

function shortNumber(value: number): string {
  return value >= 1e6 ? `${value / 1e6} M` : value >= 1e3 ? `${value / 1e3} k` : String(value);
}
