/**
 * Decompresses a raw Snappy block (https://github.com/google/snappy/blob/main/format_description.txt) into exactly
 * `length` bytes. Throws RangeError for anything else, after work proportional to input and output at most.
 */
export function snappyDecompress(input: Uint8Array, length: number): Uint8Array<ArrayBuffer> {
  const output = new Uint8Array(length);
  let at = 0;
  let written = 0;

  const little = (bytes: number): number => {
    if (at + bytes > input.length) throw new RangeError("the Snappy block is cut short");
    let value = 0;
    for (let k = 0; k < bytes; k++) value += input[at++] * 2 ** (8 * k);
    return value;
  };

  let declared = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = little(1);
    if (shift > 28) throw new RangeError("the Snappy block's length is too long");
    declared += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) break;
  }
  if (declared !== length) throw new RangeError(`the Snappy block holds ${declared} bytes, ${length} were announced`);

  while (at < input.length) {
    const tag = little(1);
    const kind = tag & 3;
    if (kind === 0) {
      const short = tag >>> 2;
      const count = 1 + (short < 60 ? short : little(short - 59));
      if (count > input.length - at || count > length - written) throw new RangeError("a Snappy literal is too long");
      output.set(input.subarray(at, at + count), written);
      at += count;
      written += count;
    } else {
      const count = kind === 1 ? 4 + ((tag >>> 2) & 7) : 1 + (tag >>> 2);
      const distance = kind === 1 ? (tag >>> 5) * 256 + little(1) : little(kind === 2 ? 2 : 4);
      if (distance === 0 || distance > written) throw new RangeError("a Snappy copy begins before the output");
      if (count > length - written) throw new RangeError("a Snappy copy is too long");
      for (let end = written + count; written < end; written++) output[written] = output[written - distance];
    }
  }
  if (written !== length) throw new RangeError("the Snappy block ends early");
  return output;
}
