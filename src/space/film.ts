import { readSafetensorsHeader, readTensor, requireTensor, writeSafetensors } from "../formats/safetensors.js";
import { FormatError } from "../io/errors.js";
import { integerOption, knownOptions } from "../io/options.js";
import type { Source } from "../io/source.js";
import type { OpaqueFile } from "./contents.js";

/** What the frames of a film are. */
export interface FilmLayout {
  /** The epochs after which the frames were taken, ascending; 0 is before the first. */
  readonly epochs: readonly number[];
  readonly dimensions: 2 | 3;
  /** The first so many items have places; those that were added later have none. */
  readonly items: number;
  /** What the axes mean, for people, one a dimension. */
  readonly axes: readonly string[];
}

/** Places of a space's items while it was made: what `Space.from` takes. */
export interface FilmData {
  epochs: readonly number[];
  /** What the axes mean, two or three texts: the dimensions. */
  axes: readonly string[];
  /** [epochs, items, axes], finite, all in one frame; the space's own from then on. */
  coordinates: Float32Array;
}

/** Name of the file's tensor, [frames, items, dimensions], and the role of the file in `space.json`. */
export const filmRole = "film";
/** Frames that a film has at most. */
export const mostFrames = 10_000;
/** UTF-16 units of what an axis is called at most. */
export const longestAxis = 200;

/** Throws RangeError where the epochs do not ascend, or the coordinates are not so many finite numbers. */
export function checkFilm(where: string, film: FilmData, items: number): void {
  knownOptions(`${where}: film`, film, ["epochs", "axes", "coordinates"]);
  const { epochs, axes, coordinates } = film;
  const wrong = faultOfEpochs(epochs) ?? faultOfAxes(axes);
  if (wrong !== null) throw new RangeError(`${where}: film.${wrong}`);
  const count = coordinates.length / (epochs.length * axes.length);
  if (!Number.isInteger(count) || count > items)
    throw new RangeError(
      `${where}: film.coordinates must hold whole frames of ${epochs.length} x at most ${items} items x ${axes.length} numbers, got ${coordinates.length}`,
    );
  const at = coordinates.findIndex((value) => !Number.isFinite(value));
  if (at >= 0)
    throw new RangeError(`${where}: film.coordinates must be finite numbers, got ${coordinates[at]} as number ${at}`);
}

/** What is wrong with a list of epochs; null where nothing is. */
export function faultOfEpochs(epochs: readonly unknown[]): string | null {
  if (epochs.length < 1 || epochs.length > mostFrames)
    return `epochs must be 1 to ${mostFrames} numbers, got ${epochs.length}`;
  const at = epochs.findIndex(
    (epoch, k) => !Number.isSafeInteger(epoch) || !(Number(epoch) > Number(epochs[k - 1] ?? -1)),
  );
  return at < 0 ? null : `epochs must be ascending integers from 0, got ${epochs[at]} as number ${at}`;
}

/** What is wrong with the names of axes; null where nothing is. */
export function faultOfAxes(axes: readonly unknown[]): string | null {
  const fits = axes.every((axis) => typeof axis === "string" && axis.length <= longestAxis);
  return fits && (axes.length === 2 || axes.length === 3)
    ? null
    : `axes must be two or three texts of at most ${longestAxis} letters`;
}

/** Places of a space's items while it was made, frame by frame, such as a hidden layer by epoch: read when first asked for. */
export class Film {
  readonly layout: FilmLayout;
  /** The file that holds it, to be copied when the space is saved; null in memory. */
  readonly file: OpaqueFile | null;
  #coordinates: Promise<Float32Array> | null;

  private constructor(layout: FilmLayout, coordinates: Float32Array | null, file: OpaqueFile | null) {
    this.layout = layout;
    this.file = file;
    this.#coordinates = coordinates === null ? null : Promise.resolve(coordinates);
  }

  /** A film in memory. */
  static from({ epochs, axes, coordinates }: FilmData): Film {
    const dimensions = axes.length as 2 | 3;
    const items = coordinates.length / (epochs.length * dimensions);
    return new Film({ epochs: [...epochs], dimensions, items, axes: [...axes] }, coordinates, null);
  }

  /** A film in a file. */
  static inFile(layout: FilmLayout, file: OpaqueFile): Film {
    return new Film(layout, null, file);
  }

  /** Number of frames. */
  get length(): number {
    return this.layout.epochs.length;
  }

  /** All frames, [frames, items, dimensions]: read-only. Throws FormatError where the file is damaged. */
  coordinates(): Promise<Float32Array> {
    const { file, layout } = this;
    if (file !== null) this.#coordinates ??= file.verify().then(() => readFilm(file.source, layout));
    return this.#coordinates as Promise<Float32Array>;
  }

  /** Frame k, [items, dimensions]: read-only. Throws RangeError where there is none, FormatError. */
  async frame(k: number): Promise<Float32Array> {
    integerOption("film", "frame", k, 0, this.length - 1);
    const { items, dimensions } = this.layout;
    return (await this.coordinates()).subarray(k * items * dimensions, (k + 1) * items * dimensions);
  }

  /** Writes the file. */
  async write(path: string): Promise<void> {
    const coordinates = await this.coordinates();
    const { buffer, byteOffset, byteLength } = coordinates;
    const shape = [this.length, this.layout.items, this.layout.dimensions];
    await writeSafetensors(path, [
      { name: filmRole, dtype: "F32", shape, data: () => [new Uint8Array(buffer, byteOffset, byteLength)] },
    ]);
  }
}

/** The frames of a file, [frames, items, dimensions]. Throws FormatError where they are not those that the layout tells of. */
export async function readFilm(source: Source, { epochs, items, dimensions }: FilmLayout): Promise<Float32Array> {
  const header = await readSafetensorsHeader(source);
  const tensor = requireTensor(source.name, header, filmRole, "F32", 3);
  const needed = [epochs.length, items, dimensions].join(", ");
  if (tensor.shape.join(", ") !== needed || header.tensors.size !== 1) {
    const message = `film is [${tensor.shape.join(", ")}] of ${header.tensors.size} tensors, space.json says [${needed}] alone`;
    throw new FormatError("header", { file: source.name }, message);
  }
  const coordinates = new Float32Array(tensor.bytes / 4);
  await readTensor(source, tensor, 0, coordinates);
  const at = coordinates.findIndex((value) => !Number.isFinite(value));
  if (at < 0) return coordinates;
  const row = Math.floor(at / dimensions);
  const message = `number ${at % dimensions} of item ${row % items} in frame ${Math.floor(row / items)} is not finite`;
  throw new FormatError("number", { file: source.name, offset: tensor.offset + 4 * at }, message);
}
