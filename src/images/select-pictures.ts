import type { Column } from "../formats/table.js";
import type { PictureSet } from "./picture-set.js";

/** The pictures of the given numbers, in that order, with their names and columns; bytes are copied. */
export function selectPictures(pictures: PictureSet, items: ArrayLike<number>): PictureSet {
  const { width, height, channels, names, data, columns } = pictures;
  const length = width * height * channels;
  const chosen = new Uint8Array(items.length * length);
  const rows = Array.from(items);
  rows.forEach((item, n) => {
    if (!(Number.isInteger(item) && item >= 0 && item < names.length)) {
      throw new RangeError(`selectPictures: numbers must be from 0 to ${names.length - 1}, got ${item}`);
    }
    chosen.set(data.subarray(item * length, (item + 1) * length), n * length);
  });
  const columnOf = (column: Column): Column =>
    Array.isArray(column)
      ? rows.map((item) => column[item])
      : new (column.constructor as new (values: number[]) => Exclude<Column, unknown[]>)(
          rows.map((item) => column[item]),
        );
  return {
    ...pictures,
    names: rows.map((item) => names[item]),
    data: chosen,
    columns: new Map([...columns].map(([name, column]) => [name, columnOf(column)])),
  };
}
