import { createHash } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { sha256 } from "../../dist/numerics/sha256.js";

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

test("the digests of FIPS 180-4's examples", () => {
  const digest = (text: string) => hex(sha256(new TextEncoder().encode(text)));
  expect(digest("abc")).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  expect(digest("")).toBe("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
});

test("equals OpenSSL's for all lengths about blocks, and for any bytes", () => {
  for (let length = 0; length <= 200; length++) {
    const bytes = Uint8Array.from({ length }, (_, i) => i * 7 + length);
    expect(hex(sha256(bytes))).toBe(createHash("sha256").update(bytes).digest("hex"));
  }
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 1000 }), fc.nat(9), (bytes, skip) => {
      const part = bytes.subarray(skip); // may not begin where its buffer does
      expect(hex(sha256(part))).toBe(createHash("sha256").update(part).digest("hex"));
    }),
  );
});
