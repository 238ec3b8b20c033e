/** The width d of coordinates [items, d]. Throws RangeError, TypeError on behalf of `where` for what are none. */
export function dimensionsOf(where: string, coordinates: Float32Array, items: number): number {
  if (!(coordinates instanceof Float32Array)) {
    throw new TypeError(`${where}: coordinates must be a Float32Array [N, d], got ${typeof coordinates}`);
  }
  const width = coordinates.length / items;
  if (!Number.isInteger(width) || width < 1) {
    throw new RangeError(
      `${where}: coordinates must hold d numbers for each of ${items} items, got ${coordinates.length}`,
    );
  }
  const wrong = coordinates.findIndex((value) => !Number.isFinite(value));
  if (wrong >= 0) {
    const row = Math.floor(wrong / width);
    throw new RangeError(`${where}: coordinates must be finite, got ${coordinates[wrong]} in row ${row}`);
  }
  return width;
}
