import { expect, test } from "vitest";
import { FileError, FormatError, fileError, NotFoundError, ResourceError } from "../../dist/io/errors.js";

test.each([
  [{ file: "a.txt" }, "a.txt: expected 101 fields, got 97"],
  [{ file: "a.txt", line: 812 }, "a.txt line 812: expected 101 fields, got 97"],
  [{ file: "a.txt", line: 812, column: 3 }, "a.txt line 812 column 3: expected 101 fields, got 97"],
  [{ file: "a.bin", offset: 0 }, "a.bin byte 0: expected 101 fields, got 97"],
  [{ file: "<stdin>", line: 1, offset: 44 }, "<stdin> line 1 byte 44: expected 101 fields, got 97"],
])("F2 a FormatError at %j says where, what was needed and what came", (place, message) => {
  const cause = new Error("inner");
  const error = new FormatError("fields", place, "expected 101 fields, got 97", { cause });
  expect(error).toMatchObject({ name: "FormatError", code: "fields", place, message, cause });
});

function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: some words of the system, open 'a.tmp'`), { code });
}

test.each([
  ["ENOENT", "a: no such file or folder"],
  ["EACCES", "a: permission denied"],
  ["EPERM", "a: permission denied"],
  ["EISDIR", "a: is a folder, a file was needed"],
  ["EMFILE", "a: too many files are open; raise the limit (ulimit -n)"],
  ["EROFS", "a: the file system is read-only"],
  ["EIO", "a: the storage device reported an error"],
])("the system's %s becomes a FileError that names the file", (code, message) => {
  const cause = systemError(code);
  const error = fileError("a", cause);
  expect(error).toBeInstanceOf(FileError);
  expect(error).toMatchObject({ message, cause });
});

test.each(["ENOSPC", "EDQUOT"])("the system's %s becomes a ResourceError with the bytes needed", (code) => {
  expect(fileError("a", systemError(code))).toBeInstanceOf(ResourceError);
  expect(fileError("a", systemError(code)).message).toBe("a: no space left on the device");
  expect(fileError("a", systemError(code), 77).message).toBe(
    "a: no space left on the device, at least 77 bytes are needed",
  );
});

test("other errors pass as they are, so that a user's form is given once", () => {
  for (const error of [
    new FormatError("empty", { file: "a" }, "is empty"),
    new FileError("a: x"),
    new TypeError("bug"),
  ]) {
    expect(fileError("b", error)).toBe(error);
  }
  expect(fileError("b", "thrown text").message).toBe("thrown text");
});

test("a NotFoundError carries the item and suggestions", () => {
  expect(new NotFoundError("no pariss", "pariss", ["paris"])).toMatchObject({ item: "pariss", suggestions: ["paris"] });
});
