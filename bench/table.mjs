/** A number with four significant digits, from 1,000 on as an integer: 12,345,679; 28.88; 0.4891. */
export function show(value) {
  if (!Number.isFinite(value)) return String(value);
  const rounded = Math.abs(value) >= 1000 ? Math.round(value) : Number(value.toPrecision(4));
  return rounded.toLocaleString("en-US", { maximumFractionDigits: 20 });
}

/** Rows of cells as text, the first column to the left, the others to the right. */
function align(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const cells = (row) => row.map((cell, k) => (k === 0 ? cell.padEnd(widths[k]) : cell.padStart(widths[k])));
  return rows.map((row) => cells(row).join("  ").trimEnd()).join("\n");
}

/**
 * One row a figure, with its unit, each peer's figure of the same name and the ratio of ours to it; then one line for
 * each peer that is absent, with what would install it.
 */
export function table(figures, peers, units) {
  const present = Object.entries(peers).filter(([, peer]) => peer.figures !== undefined);
  const names = new Set([...Object.keys(figures), ...present.flatMap(([, peer]) => Object.keys(peer.figures))]);
  const head = ["", "thing2vec", "unit", ...present.flatMap(([name]) => [name, "ratio"])];
  const rows = Array.from(names, (name) => {
    const own = figures[name];
    const beside = present.flatMap(([, { figures: theirs }]) => {
      const value = theirs[name];
      if (value === undefined) return ["", ""];
      return [show(value), own === undefined ? "" : show(Number((own / value).toPrecision(3)))];
    });
    return [name, own === undefined ? "" : show(own), units[name] ?? "", ...beside];
  });
  const absent = Object.entries(peers).filter(([, peer]) => peer.figures === undefined);
  const lines = absent.map(([name, { absent: install }]) => `${name} is absent; to have it measured too: ${install}`);
  return [align([head, ...rows]), ...lines].join("\n");
}
