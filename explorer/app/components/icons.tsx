/** Icons as strokes of one width in a box of 20; decoration beside a label, so hidden from those who listen. */
const paths = {
  move: "M10 3v14M3 10h14M10 3l-2 2M10 3l2 2M10 17l-2-2M10 17l2-2M3 10l2-2M3 10l2 2M17 10l-2-2M17 10l-2 2",
  box: "M4 5h3M13 5h3M4 15h3M13 15h3M4 5v2M4 13v2M16 5v2M16 13v2M9 5h2M9 15h2M4 9v2M16 9v2",
  lasso: "M10 4c4 0 7 2 7 4.5s-3 4.5-7 4.5-7-2-7-4.5S6 4 10 4zM6.5 12.5c-1 1-1 2 0 2.5s1 1.5-.5 2.5",
  fit: "M4 8V4h4M16 8V4h-4M4 12v4h4M16 12v4h-4",
  plus: "M10 4v12M4 10h12",
  minus: "M4 10h12",
  close: "M5 5l10 10M15 5L5 15",
  search: "M9 4a5 5 0 100 10A5 5 0 009 4zM12.8 12.8L17 17",
  moon: "M15.5 12A6.5 6.5 0 018 4.5 6.5 6.5 0 1015.5 12z",
  sun: "M10 7a3 3 0 100 6 3 3 0 000-6zM10 2v2M10 16v2M2 10h2M16 10h2M4.3 4.3l1.4 1.4M14.3 14.3l1.4 1.4M15.7 4.3l-1.4 1.4M5.7 14.3l-1.4 1.4",
  share: "M8.5 11.5l3-3M7.5 9.5l-2 2a2.5 2.5 0 003.5 3.5l2-2M12.5 10.5l2-2A2.5 2.5 0 0011 5L9 7",
  download: "M10 3v9M6.5 8.5L10 12l3.5-3.5M4 16h12",
  undo: "M5 8h7a4 4 0 010 8H8M5 8l3-3M5 8l3 3",
  redo: "M15 8H8a4 4 0 000 8h4M15 8l-3-3M15 8l-3 3",
  keyboard: "M3 6h14v8H3zM6 9h.1M9 9h.1M12 9h.1M14.5 9h.1M7 11.5h6",
  play: "M7 5l8 5-8 5z",
  pause: "M7 5v10M13 5v10",
  panel: "M3 4h14v12H3zM12 4v12",
  up: "M5 12l5-5 5 5",
  down: "M5 8l5 5 5-5",
} as const;

export type IconName = keyof typeof paths;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 20 20" aria-hidden="true" focusable="false">
      <path d={paths[name]} />
    </svg>
  );
}
