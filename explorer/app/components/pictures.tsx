import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import type { PictureAnswer } from "../../../src/explorer/protocol.js";
import type { OpenSpace } from "../open-space.js";

/** Pixels of the longer side in which a picture of a person's own is shown. */
const mostFileSide = 256;

/**
 * A decoded picture. The one before stays until the next is ready, so that it never flickers; while they come quickly each is
 * shown that is newer than the last, so that a picture follows a slider however fast it moves.
 */
export function Picture({ picture, label }: { picture: PictureAnswer; label: string }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const came = useRef(0);
  const shown = useRef(0);
  useLayoutEffect(() => {
    const number = ++came.current;
    const blob = new Blob([picture.png as Uint8Array<ArrayBuffer>], { type: "image/png" });
    createImageBitmap(blob).then(
      (bitmap) => {
        const target = canvas.current;
        if (target === null || number < shown.current) return;
        shown.current = number;
        target.width = bitmap.width;
        target.height = bitmap.height;
        target.getContext("2d")?.drawImage(bitmap, 0, 0);
      },
      () => {}, // what is no picture leaves the last one
    );
  }, [picture]);
  return (
    <canvas ref={canvas} class="picture" role="img" aria-label={label} width={picture.width} height={picture.height} />
  );
}

/** A picture of a person's own, as far as the browser reads it. */
export function FilePicture({ file, label }: { file: Blob; label: string }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    let isNewest = true;
    createImageBitmap(file).then(
      (bitmap) => {
        const target = canvas.current;
        if (isNewest && target !== null) {
          const share = Math.min(1, mostFileSide / Math.max(bitmap.width, bitmap.height));
          target.width = Math.max(1, Math.round(bitmap.width * share));
          target.height = Math.max(1, Math.round(bitmap.height * share));
          target.getContext("2d")?.drawImage(bitmap, 0, 0, target.width, target.height);
        }
        bitmap.close();
      },
      () => canvas.current?.classList.add("missing"),
    );
    return () => {
      isNewest = false;
    };
  }, [file]);
  return <canvas ref={canvas} class="picture" role="img" aria-label={label} width={1} height={1} />;
}

/** The picture of an item; nothing where it has none, or where its sheet is missing. */
export function Thumb({ space, row, name }: { space: OpenSpace; row: number; name: string }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    let isNewest = true;
    space.thumbnail(row).then(
      (tile) => {
        const target = canvas.current;
        if (!isNewest || target === null || tile === null) return;
        target.width = tile.width;
        target.height = tile.height;
        target
          .getContext("2d")
          ?.drawImage(tile.sheet, tile.x, tile.y, tile.width, tile.height, 0, 0, tile.width, tile.height);
      },
      () => canvas.current?.classList.add("missing"),
    );
    return () => {
      isNewest = false;
    };
  }, [space, row]);
  return <canvas ref={canvas} class="thumb" role="img" aria-label={`picture of ${name}`} width={1} height={1} />;
}
