import { readdirSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ResourceError } from "../../dist/io/errors.js";
import { Spool } from "../../dist/io/spool.js";
import { temporaryFolder } from "../temporary-folder.js";

const mebi = 1 << 20;

describe("Spool", () => {
  test("what was appended is read at any position, whether it stays in memory or not", async () => {
    const lengths = fc.array(fc.integer({ min: 0, max: 1_700_000 }), { maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(
        lengths,
        fc.integer({ min: 0, max: 3 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        async (all, pieces, share) => {
          const spool = new Spool({ memoryBytes: pieces * mebi });
          try {
            const expected: Uint8Array[] = [];
            for (const [k, length] of all.entries()) {
              const bytes = Uint8Array.from({ length }, (_, i) => (i * 31 + k) >> 3);
              await spool.append(bytes);
              expected.push(bytes);
            }
            const whole = Buffer.concat(expected);
            expect(spool.length).toBe(whole.length);
            const start = Math.floor(share * whole.length);
            const into = new Uint8Array(whole.length - start);
            await spool.read(into, start);
            expect(Buffer.compare(into, whole.subarray(start))).toBe(0);
          } finally {
            await spool.close();
          }
        },
      ),
      { numRuns: 25 },
    );
  });

  test("the bytes appended may be overwritten afterwards, and shared ones are taken", async () => {
    const spool = new Spool({ memoryBytes: 0 });
    const bytes = new Uint8Array(new SharedArrayBuffer(mebi + 10)).fill(1);
    await spool.append(bytes);
    bytes.fill(2);
    const into = new Uint8Array(new SharedArrayBuffer(mebi + 10));
    await spool.read(into, 0);
    expect(into.every((byte) => byte === 1)).toBe(true);
    expect(spool.spilled).toBe(mebi);
    await spool.close();
  });

  test("scratch storage leaves no name behind, not even while it is open", async () => {
    const folder = temporaryFolder();
    const spool = new Spool({ memoryBytes: 0, folder });
    await spool.append(new Uint8Array(3 * mebi));
    if (process.platform !== "win32") expect(readdirSync(folder)).toEqual([]);
    await spool.close();
    expect(readdirSync(folder)).toEqual([]);
  });

  test("C5 a full device is a ResourceError that names the folder and how much was wanted", async () => {
    const full = async () => {
      throw Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
    };
    const open = async () => ({ write: full, read: full, close: async () => {} });
    const spool = new Spool({ memoryBytes: mebi, folder: "/some/folder", open });
    await spool.append(new Uint8Array(mebi));
    const error = await spool.append(new Uint8Array(mebi)).catch((reason) => reason);
    expect(error).toBeInstanceOf(ResourceError);
    expect(error.message).toBe(
      "scratch storage in /some/folder: no space left on the device, at least 2097152 bytes are needed",
    );
  });

  test("a folder that does not exist is named", async () => {
    const spool = new Spool({ memoryBytes: 0, folder: "/no/such/folder" });
    await expect(spool.append(new Uint8Array(mebi))).rejects.toThrow(
      "scratch storage in /no/such/folder: no such file or folder",
    );
  });

  test("reading beyond what was appended is refused", async () => {
    const spool = new Spool({ memoryBytes: mebi });
    await spool.append(new Uint8Array(10));
    await expect(spool.read(new Uint8Array(4), 7)).rejects.toThrow("internal: spool: bytes 7 to 11 of 10");
  });
});
