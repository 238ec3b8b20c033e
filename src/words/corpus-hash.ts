import { sha256 } from "#platform";
import type { CorpusFiles } from "./corpus.js";

/** SHA-256 of the bytes of a corpus's texts, each followed by its length, so that texts cut elsewhere are another corpus. */
export class CorpusHash {
  readonly #hash = sha256();
  #textBytes = 0;

  update(bytes: Uint8Array): void {
    this.#hash.update(bytes);
    this.#textBytes += bytes.length;
  }

  endText(): void {
    const length = new DataView(new ArrayBuffer(8));
    length.setFloat64(0, this.#textBytes);
    this.#hash.update(new Uint8Array(length.buffer));
    this.#textBytes = 0;
  }

  /** Lower-case hexadecimal; call once, at the end. */
  digest(): Promise<string> {
    return this.#hash.digest();
  }
}

/** The hash of a corpus that is only read. */
export async function hashCorpus(corpus: CorpusFiles, signal?: AbortSignal): Promise<string> {
  const hash = new CorpusHash();
  for (const text of corpus.texts) {
    for await (const piece of await text.open()) {
      signal?.throwIfAborted();
      hash.update(piece);
    }
    hash.endText();
  }
  return hash.digest();
}
