/** A cell: texts are written as texts, numbers as numbers, null as nothing. */
export type Cell = string | number | null;

/**
 * A table as comma-separated values (RFC 4180). A text that a spreadsheet would take for a formula gets an apostrophe
 * before it; numbers stay numbers.
 */
export function csvOf(columns: readonly string[], rows: Iterable<readonly Cell[]>): string {
  const lines = [columns.map(cellText).join(",")];
  for (const row of rows) lines.push(row.map(cellText).join(","));
  return `${lines.join("\r\n")}\r\n`;
}

function cellText(cell: Cell): string {
  if (cell === null) return "";
  if (typeof cell === "number") return Number.isFinite(cell) ? String(cell) : "";
  const safe = /^\s*[=+\-@|%\t\r]/u.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/u.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
