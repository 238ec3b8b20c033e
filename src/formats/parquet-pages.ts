import type { ColumnMetaData, PageHeader, SchemaElement } from "hyparquet";
import { parquetHeader } from "hyparquet/src/column.js";
import { FormatError } from "../io/errors.js";
import { decodeUtf8 } from "../io/utf8.js";
import { snappyDecompress } from "./snappy.js";

/**
 * The pages of one column chunk of a flat Parquet table (https://parquet.apache.org/docs/file-format/data-pages/).
 *
 * hyparquet parses the page headers; the pages themselves are decoded here, because its decoders believe the lengths of
 * runs and of Snappy literals, so that a file of 100 bytes could ask for 2^31 values or never end. Here every count is
 * checked against what the header and the table announced before it is used.
 */

/** A column chunk: its bytes and what the footer says of it. */
export interface ColumnChunkBytes {
  file: string;
  /** Where `bytes` begin in the file. */
  offset: number;
  bytes: Uint8Array;
  rows: number;
  element: SchemaElement;
  meta: ColumnMetaData;
  /** Decompressed bytes that the whole file may still take; lowered as pages are read. */
  budget: { bytes: number };
}

export type Value = string | number | boolean;

/** Calls `put` with every row's value, null where it has none. Throws FormatError. */
export function readPages(chunk: ColumnChunkBytes, put: (value: Value | null) => void): void {
  let at = 0;
  let rows = 0;
  let dictionary: Value[] | undefined;
  while (rows < chunk.rows) {
    const headerAt = at;
    const fail = (message: string, code: FormatError["code"] = "header"): FormatError =>
      new FormatError(
        code,
        { file: chunk.file, offset: chunk.offset + headerAt },
        `column ${chunk.element.name}: ${message}`,
      );
    try {
      const headerEnd = checkThrift(chunk.bytes, at);
      const header = pageHeader(chunk.bytes.subarray(at, headerEnd));
      const size = countOf(header.compressed_page_size, "compressed_page_size");
      if (size > chunk.bytes.length - headerEnd) throw fail("a page ends after its column chunk", "truncated");
      const stored = chunk.bytes.subarray(headerEnd, headerEnd + size);
      at = headerEnd + size;
      if (header.type === "DICTIONARY_PAGE") {
        const page = decompress(chunk, stored, countOf(header.uncompressed_page_size, "uncompressed_page_size"));
        const count = countOf(header.dictionary_page_header?.num_values, "num_values");
        dictionary = readPlain(page, chunk.element, count);
      } else if (header.type === "DATA_PAGE" || header.type === "DATA_PAGE_V2") {
        const { count, present, body, encoding } =
          header.type === "DATA_PAGE" ? dataPage(chunk, header, stored) : dataPageV2(chunk, header, stored);
        if (count > chunk.rows - rows) throw fail(`pages hold more values than the ${chunk.rows} rows of the group`);
        const values = readValues(body, encoding, chunk.element, dictionary, present.count);
        let next = 0;
        for (let k = 0; k < count; k++) {
          put(present.levels === undefined || present.levels[k] === 1 ? values[next++] : null);
        }
        rows += count;
      }
    } catch (error) {
      if (error instanceof FormatError) throw error;
      throw fail(error instanceof Error ? error.message : String(error));
    }
  }
}

function pageHeader(bytes: Uint8Array): PageHeader {
  return parquetHeader({ view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), offset: 0 });
}

/** Which values are not null; without levels all are. */
interface Present {
  levels?: Uint32Array;
  count: number;
}

interface DataPage {
  /** Rows, nulls included. */
  count: number;
  present: Present;
  /** The encoded values. */
  body: Uint8Array;
  encoding: string;
}

function dataPage(chunk: ColumnChunkBytes, header: PageHeader, stored: Uint8Array): DataPage {
  const details = header.data_page_header;
  if (details === undefined) throw new RangeError("a data page has no header");
  const count = countOf(details.num_values, "num_values");
  if (count > chunk.rows) throw new RangeError(`a page of ${count} values in a group of ${chunk.rows} rows`);
  const page = decompress(chunk, stored, countOf(header.uncompressed_page_size, "uncompressed_page_size"));
  if (!isOptional(chunk.element)) return { count, present: { count }, body: page, encoding: details.encoding };
  const length = prefixLength(page);
  const present = presence(page.subarray(4, 4 + length), count);
  return { count, present, body: page.subarray(4 + length), encoding: details.encoding };
}

/** Version 2 keeps the levels outside the compressed part. */
function dataPageV2(chunk: ColumnChunkBytes, header: PageHeader, stored: Uint8Array): DataPage {
  const details = header.data_page_header_v2;
  if (details === undefined) throw new RangeError("a data page has no header");
  const count = countOf(details.num_values, "num_values");
  if (count > chunk.rows) throw new RangeError(`a page of ${count} values in a group of ${chunk.rows} rows`);
  const levels = countOf(details.definition_levels_byte_length, "definition_levels_byte_length");
  if (countOf(details.repetition_levels_byte_length, "repetition_levels_byte_length") !== 0) {
    throw new RangeError("a flat column has repetition levels");
  }
  const size = countOf(header.uncompressed_page_size, "uncompressed_page_size");
  if (levels > stored.length || levels > size) throw new RangeError("a page's levels are longer than the page");
  const values = stored.subarray(levels);
  const body = details.is_compressed === false ? values : decompress(chunk, values, size - levels);
  const present = isOptional(chunk.element) ? presence(stored.subarray(0, levels), count) : { count };
  return { count, present, body, encoding: details.encoding };
}

function isOptional(element: SchemaElement): boolean {
  return element.repetition_type === "OPTIONAL";
}

/** Definition levels of a flat column: 1 where there is a value, 0 for null. */
function presence(bytes: Uint8Array, count: number): Present {
  const levels = readHybrid(bytes, 1, count);
  let present = 0;
  for (const level of levels) present += level;
  return { levels, count: present };
}

function decompress(chunk: ColumnChunkBytes, stored: Uint8Array, length: number): Uint8Array {
  const { codec } = chunk.meta;
  if (codec === "UNCOMPRESSED") {
    if (stored.length !== length) throw new RangeError(`a page of ${stored.length} bytes announces ${length}`);
    return stored;
  }
  if (codec !== "SNAPPY") {
    const message = `column ${chunk.element.name} is compressed with ${codec}; only Snappy and none are read`;
    throw new FormatError("unsupported", { file: chunk.file, offset: chunk.offset }, message);
  }
  if (length > chunk.budget.bytes) {
    const message = `column ${chunk.element.name}: the file would decompress to far more than its size allows`;
    throw new FormatError("limit", { file: chunk.file, offset: chunk.offset }, message);
  }
  chunk.budget.bytes -= length;
  return snappyDecompress(stored, length);
}

function readValues(
  body: Uint8Array,
  encoding: string,
  element: SchemaElement,
  dictionary: Value[] | undefined,
  count: number,
): Value[] {
  if (encoding === "PLAIN") return readPlain(body, element, count);
  if (encoding === "RLE" && element.type === "BOOLEAN") {
    const length = prefixLength(body);
    return Array.from(readHybrid(body.subarray(4, 4 + length), 1, count), (bit) => bit === 1);
  }
  if (encoding === "RLE_DICTIONARY" || encoding === "PLAIN_DICTIONARY") {
    if (dictionary === undefined) throw new RangeError("a dictionary is referred to that is not there");
    if (count === 0) return [];
    if (body.length === 0) throw new RangeError("a page ends before its values");
    const indices = readHybrid(body.subarray(1), body[0], count);
    return Array.from(indices, (index) => {
      if (index >= dictionary.length) throw new RangeError(`index ${index} into a dictionary of ${dictionary.length}`);
      return dictionary[index];
    });
  }
  throw new RangeError(`encoding ${encoding} is not supported (PLAIN, dictionary and boolean RLE are)`);
}

/** `count` values back to back. */
function readPlain(bytes: Uint8Array, element: SchemaElement, count: number): Value[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const fixed = (width: number, get: (offset: number) => number): number[] => {
    if (count * width > bytes.length) {
      throw new RangeError(`${count} values take ${count * width} bytes, the page has ${bytes.length}`);
    }
    return Array.from({ length: count }, (_, k) => get(k * width));
  };
  const unsigned = element.converted_type?.startsWith("UINT") === true;
  switch (element.type) {
    case "BOOLEAN":
      if (count > bytes.length * 8) throw new RangeError(`${count} booleans in ${bytes.length} bytes`);
      return Array.from({ length: count }, (_, k) => ((bytes[k >>> 3] >>> (k & 7)) & 1) === 1);
    case "INT32":
      return fixed(4, (at) => (unsigned ? view.getUint32(at, true) : view.getInt32(at, true)));
    case "INT64":
      return fixed(8, (at) => safeInteger(unsigned ? view.getBigUint64(at, true) : view.getBigInt64(at, true)));
    case "FLOAT":
      return fixed(4, (at) => view.getFloat32(at, true));
    case "DOUBLE":
      return fixed(8, (at) => view.getFloat64(at, true));
    case "BYTE_ARRAY":
      return readStrings(bytes, view, count);
    default:
      throw new RangeError(`type ${element.type} is not supported`);
  }
}

function readStrings(bytes: Uint8Array, view: DataView, count: number): string[] {
  if (count * 4 > bytes.length) throw new RangeError(`${count} strings in ${bytes.length} bytes`);
  const strings: string[] = [];
  let at = 0;
  for (let k = 0; k < count; k++) {
    const length = at + 4 <= bytes.length ? view.getUint32(at, true) : Number.POSITIVE_INFINITY;
    at += 4;
    if (length > bytes.length - at) throw new RangeError(`string ${k} ends after its page`);
    strings.push(text(bytes.subarray(at, at + length), k));
    at += length;
  }
  return strings;
}

function text(bytes: Uint8Array, k: number): string {
  try {
    return decodeUtf8(bytes);
  } catch {
    throw new RangeError(`string ${k} of a page is not valid UTF-8`);
  }
}

function safeInteger(value: bigint): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw new RangeError(`${value} is beyond 2^53`);
  return number;
}

/** Four bytes with the length of what follows them. */
function prefixLength(bytes: Uint8Array): number {
  const length = bytes.length < 4 ? -1 : new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  if (length < 0 || length > bytes.length - 4) throw new RangeError("levels end after their page");
  return length;
}

/** `count` integers of `width` bits in the hybrid of runs and bit-packed groups of eight. */
function readHybrid(bytes: Uint8Array, width: number, count: number): Uint32Array {
  if (width > 31) throw new RangeError(`integers of ${width} bits`);
  const values = new Uint32Array(count);
  let at = 0;
  for (let done = 0; done < count; ) {
    const [header, bodyAt] = readVarint(bytes, at);
    at = bodyAt;
    const packed = header % 2 === 1;
    const length = Math.floor(header / 2) * (packed ? 8 : 1);
    const byteLength = packed ? (length / 8) * width : Math.ceil(width / 8);
    if (length === 0 || length >= count - done + (packed ? 8 : 1)) {
      throw new RangeError(`a run of ${length} values where ${count - done} are left`);
    }
    if (byteLength > bytes.length - at) throw new RangeError("a run ends after its page");
    const end = Math.min(count, done + length);
    if (packed) unpack(bytes.subarray(at, at + byteLength), width, values.subarray(done, end));
    else values.fill(littleEndian(bytes.subarray(at, at + byteLength)), done, end);
    at += byteLength;
    done = end;
  }
  return values;
}

function unpack(bytes: Uint8Array, width: number, values: Uint32Array): void {
  for (let k = 0, bit = 0; k < values.length; k++) {
    let value = 0;
    for (let b = 0; b < width; b++, bit++) value += ((bytes[bit >>> 3] >>> (bit & 7)) & 1) * 2 ** b;
    values[k] = value;
  }
}

function littleEndian(bytes: Uint8Array): number {
  return bytes.reduceRight((value, byte) => value * 256 + byte, 0);
}

/** An unsigned LEB128 integer and the offset after it. */
function readVarint(bytes: Uint8Array, at: number): [value: number, end: number] {
  let value = 0;
  for (let k = 0; k < 10; k++) {
    if (at + k >= bytes.length) throw new RangeError("an integer is cut short");
    const byte = bytes[at + k];
    value += (byte & 0x7f) * 2 ** (7 * k);
    if (byte < 0x80) return [value, at + k + 1];
  }
  throw new RangeError("an integer of more than 10 bytes");
}

/** A number of things as thrift delivers it: a number or a bigint, or whatever a hostile file put there. */
export function countOf(value: unknown, name: string): number {
  const number = typeof value === "bigint" || typeof value === "number" ? Number(value) : Number.NaN;
  if (!Number.isSafeInteger(number) || number < 0) {
    throw new RangeError(`${name} must be a count, found ${String(value)}`);
  }
  return number;
}

const deepestThrift = 12;
/** Least depth of a column's statistics in a footer; hyparquet takes time quadratic in their length. */
const statisticsDepth = 6;
const longestStatistic = 4096; // Arrow writes none longer

/**
 * Walks a thrift struct (compact protocol) before hyparquet builds it: integers have at most 10 bytes, lengths stay
 * inside `bytes`, nesting is shallow. Returns the offset after it.
 */
export function checkThrift(bytes: Uint8Array, at: number, depth = 0): number {
  if (depth > deepestThrift) throw new RangeError(`structures nested deeper than ${deepestThrift}`);
  for (;;) {
    if (at >= bytes.length) throw new RangeError("a structure is cut short");
    const byte = bytes[at++];
    const type = byte & 15;
    if (type === 0) return at;
    if (byte >> 4 === 0) [, at] = readVarint(bytes, at); // a field number, not a step from the one before
    at = type === 1 || type === 2 ? at : checkElement(bytes, at, type, depth);
    if (at > bytes.length) throw new RangeError("a value is cut short");
  }
}

/** Returns the offset after an element, which may lie beyond the end. */
function checkElement(bytes: Uint8Array, at: number, type: number, depth: number): number {
  switch (type) {
    case 1:
    case 2: // booleans in a list take a byte each
    case 3:
      return at + 1;
    case 4:
    case 5:
    case 6:
      return readVarint(bytes, at)[1];
    case 7:
      return at + 8;
    case 8: {
      const [length, start] = readVarint(bytes, at);
      if (depth >= statisticsDepth && length > longestStatistic) {
        throw new RangeError(`a statistic of ${length} bytes, at most ${longestStatistic} are read`);
      }
      return start + length;
    }
    case 9: {
      if (at >= bytes.length) throw new RangeError("a list is cut short");
      let size = bytes[at] >> 4;
      const elementType = bytes[at++] & 15;
      if (size === 15) [size, at] = readVarint(bytes, at);
      if (size > bytes.length - at) throw new RangeError(`a list of ${size} elements is longer than its file`);
      for (let k = 0; k < size && at <= bytes.length; k++) at = checkElement(bytes, at, elementType, depth + 1);
      return at;
    }
    case 12:
      return checkThrift(bytes, at, depth + 1);
    default:
      throw new RangeError(`thrift type ${type} has no place in Parquet`);
  }
}
