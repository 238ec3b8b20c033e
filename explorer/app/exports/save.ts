import type { PictureAnswer } from "../../../src/explorer/protocol.js";

/** Hands a file to the person, under a name that every system takes. */
export function save(data: Blob, name: string): void {
  const address = URL.createObjectURL(data);
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

export function savePicture({ png }: PictureAnswer, name: string): void {
  save(new Blob([png as Uint8Array<ArrayBuffer>], { type: "image/png" }), `${fileName(name)}.png`);
}

/** A name of a file: letters, digits, hyphens. */
export function fileName(text: string): string {
  const plain = text
    .normalize("NFC")
    .replace(/[^\p{L}\p{N}]+/gu, "-")
    .replace(/^-+|-+$/g, "");
  return plain.slice(0, 80) || "thing2vec";
}
