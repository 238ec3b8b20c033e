/** A column: strings, booleans, or numbers; null where a row has no value. */
export type Column = (string | number | boolean | null)[] | Float64Array | Float32Array | Int32Array;

/** Named columns of equal length, in order. */
export interface Table {
  readonly rows: number;
  readonly columns: ReadonlyMap<string, Column>;
}
