import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { writeIdx } from "../../dist/formats/idx.js";
import {
  encodePng,
  encodePpm,
  pictureAt,
  readIdxPictures,
  readPicture,
  readPictures,
  readSheet,
} from "../../dist/images/index.js";
import { FormatError } from "../../dist/io/errors.js";
import { temporaryFolder } from "../temporary-folder.js";

/** A picture of one color, brighter on its left half. */
function picture(width: number, height: number, color: readonly number[]) {
  const data = new Uint8Array(width * height * color.length);
  for (let k = 0; k < width * height; k++)
    for (const [c, value] of color.entries()) data[k * color.length + c] = k % width < width / 2 ? value : value >> 1;
  return { width, height, channels: color.length, data };
}

/** Files by path in a new folder. */
function folderOf(files: Readonly<Record<string, Uint8Array | string>>): string {
  const folder = temporaryFolder();
  for (const [path, bytes] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), bytes);
  }
  return folder;
}

const raw = ({ width, height, channels, data }: ReturnType<typeof picture>) =>
  sharp(data, { raw: { width, height, channels: channels as 3 } });

describe("readPictures", () => {
  test("takes the pictures of a folder and those below it, by name, and nothing else", async () => {
    const folder = folderOf({
      "b.png": await encodePng(picture(4, 4, [200])),
      "a/c.ppm": encodePpm(picture(4, 4, [10, 20, 30])),
      "a/B.PNG": await encodePng(picture(4, 4, [1, 2, 3, 255])),
      "notes.txt": "not a picture",
      ".hidden.png": "neither",
    });
    symlinkSync(join(folder, "b.png"), join(folder, "link.png"));
    const set = await readPictures(folder);
    expect(set.names).toEqual(["a/B.PNG", "a/c.ppm", "b.png"]);
    expect([set.width, set.height, set.channels]).toEqual([4, 4, 3]);
    expect([...pictureAt(set, 1).data.subarray(0, 9)]).toEqual([10, 20, 30, 10, 20, 30, 5, 10, 15]);
    expect([...pictureAt(set, 2).data.subarray(0, 3)]).toEqual([200, 200, 200]);
  });

  test("is gray where all are, of the pictures' own size where they have one, else of 64 x 64, and says so", async () => {
    const png = async (...args: Parameters<typeof picture>) => encodePng(picture(...args));
    const alike = await readPictures(folderOf({ "1.png": await png(5, 3, [9]), "2.png": await png(5, 3, [7, 7, 7]) }));
    expect([alike.width, alike.height, alike.channels, alike.notes]).toEqual([5, 3, 1, []]);
    const mixed = await readPictures(folderOf({ "1.png": await png(5, 3, [9]), "2.png": await png(80, 80, [7]) }));
    expect([mixed.width, mixed.height]).toEqual([64, 64]);
    expect(mixed.notes).toEqual(["2 pictures of 5 x 3 to 80 x 80 were resized to 64 x 64 (cover)"]);
    const asked = await readPictures(folderOf({ "1.png": await png(5, 3, [9]) }), { size: [2, 1], channels: 3 });
    expect([asked.width, asked.height, asked.channels, asked.data.length]).toEqual([2, 1, 3, 6]);
  });

  test("reads JPEG and WebP by sharp, turned as EXIF says", async () => {
    const upright = picture(16, 8, [200, 100, 40]);
    const folder = folderOf({
      "0.webp": await raw(upright).webp({ lossless: true }).toBuffer(),
      "1.jpg": await raw(upright)
        .rotate(90)
        .jpeg({ quality: 100, chromaSubsampling: "4:4:4" })
        .withMetadata({ orientation: 8 })
        .toBuffer(),
    });
    const set = await readPictures(folder);
    expect([set.width, set.height]).toEqual([16, 8]);
    expect([...pictureAt(set, 0).data]).toEqual([...upright.data]);
    const difference = pictureAt(set, 1).data.map((value, k) => Math.abs(value - upright.data[k]));
    expect(Math.max(...difference)).toBeLessThan(24); // JPEG's own
  });

  test("labels come from a table, matched with or without folder and ending; a picture without a row has none", async () => {
    const png = await encodePng(picture(2, 2, [1]));
    const files = { "x/1.png": png, "x/2.png": png, "3.png": png };
    const folder = folderOf({ ...files, "labels.csv": "file,age,who\n1,30,me\n3.png,,you\n" });
    const set = await readPictures(folder, { table: join(folder, "labels.csv") });
    expect(set.names).toEqual(["3.png", "x/1.png", "x/2.png"]);
    expect([...set.columns]).toEqual([
      ["age", [null, 30, null]],
      ["who", ["you", "me", null]],
    ]);
  });

  test("a table that names missing, doubtful or repeated pictures is refused with names and lines", async () => {
    const png = await encodePng(picture(2, 2, [1]));
    const failing = async (csv: string) => {
      const folder = folderOf({ "x/1.png": png, "y/1.png": png, "2.png": png, "t.csv": csv });
      return readPictures(folder, { table: join(folder, "t.csv") });
    };
    await expect(failing("file,a\n2,0\n7.png,1\n8.png,1\n")).rejects.toThrow(/not there: "7.png", "8.png"/);
    await expect(failing("file,a\n1,0\n")).rejects.toThrow(/t\.csv line 2: "1" may be several pictures/);
    await expect(failing("file,a\n2,0\n2.png,0\n")).rejects.toThrow(/t\.csv line 3: a second row about "2.png"/);
    await expect(failing('file,a\n2,"b\n')).rejects.toThrow(/t\.csv line 2 .*quotes of field 2 do not end/);
    await expect(failing("file,a\n,1\n")).rejects.toThrow(/t\.csv line 2: column "file" must say which picture/);
  });

  test("paths may begin with the folder's own, however it is written", async () => {
    const png = await encodePng(picture(2, 2, [1]));
    const folder = folderOf({ "set/disks/0.png": png, "set/disks/x/1.png": png });
    const disks = join(folder, "set", "disks");
    for (const [first, second] of [
      ["disks/0.png", "disks/x/1"],
      ["set/disks/0", "./x/1.png"],
      [join(disks, "0.png"), "1"],
      ["disks\\0.png", join(disks, "x/1")],
    ]) {
      writeFileSync(join(folder, "t.csv"), `file,a\n${first},7\n${second},8\n`);
      const { columns } = await readPictures(disks, { table: join(folder, "t.csv") });
      expect(columns.get("a")).toEqual([7, 8]);
      expect((await readPictures(join(disks, "x", ".."), { table: join(folder, "t.csv") })).columns).toEqual(columns);
    }
    for (const other of ["other/0.png", "other/disks/0.png", "/other/set/disks/0.png"]) {
      writeFileSync(join(folder, "t.csv"), `file,a\n${other},7\n`);
      await expect(readPictures(disks, { table: join(folder, "t.csv") })).rejects.toThrow(`not there: "${other}"`);
    }
  });

  test("the first column names pictures only where all of its texts do, and the notes say so", async () => {
    const png = await encodePng(picture(2, 2, [1]));
    const reading = (csv: string) => {
      const folder = folderOf({ "0.png": png, "1.png": png, "t.csv": csv });
      return readPictures(folder, { table: join(folder, "t.csv") });
    };
    const set = await reading("who,age\n0.png,7\n1.png,8\n");
    expect([set.columns.get("age"), set.notes[0]]).toEqual([
      [7, 8],
      expect.stringMatching(/column "who" of .* names the/),
    ]);
    expect((await reading("File,age\n0,7\n")).columns.get("age")).toEqual([7, null]);
    for (const csv of ["label,score\n0,7\n1,8\n", "age,sex\n30,f\n"]) {
      await expect(reading(csv)).rejects.toThrow(
        /t\.csv line 1: no column says which picture a row is about; one called file, path, .* was looked for, there are/,
      );
    }
    await expect(reading("0.png,7\n1.png,8\n")).rejects.toThrow(/line 1: "0.png" is a picture; a line with the names/);
  });

  test("a column that a space cannot have is refused with its place", async () => {
    const png = await encodePng(picture(2, 2, [1]));
    const reading = (csv: string) => {
      const folder = folderOf({ "0.png": png, "t.csv": csv });
      return readPictures(folder, { table: join(folder, "t.csv") });
    };
    await expect(reading("file,name\n0,Ann\n")).rejects.toThrow(
      /t\.csv line 1: column 2: a column cannot be called name, .* such as title; column "file" names the pictures/,
    );
    await expect(reading(",file\n1,0\n")).rejects.toThrow(/line 1: column 1: a column needs a name/);
    expect((await reading("name,age\n0,3\n")).columns.get("age")).toEqual([3]);
  });

  test("numbers may be missing; what begins with a zero is a text", async () => {
    const png = await encodePng(picture(2, 2, [1]));
    const csv = "file,age,code,note\n0,30,00123,NaN\n1,NaN,7,x\n2,NA,8,\n3,,9,y\n";
    const folder = folderOf({ "0.png": png, "1.png": png, "2.png": png, "3.png": png, "t.csv": csv });
    const { columns } = await readPictures(folder, { table: join(folder, "t.csv") });
    expect([...columns]).toEqual([
      ["age", [30, null, null, null]],
      ["code", ["00123", "7", "8", "9"]],
      ["note", ["NaN", "x", null, "y"]],
    ]);
  });

  test("a damaged picture is named, and refused or left out", async () => {
    const whole = await raw(picture(64, 64, [200, 100, 40]))
      .jpeg()
      .toBuffer();
    const good = await encodePng(picture(64, 64, [1]));
    const folder = folderOf({
      "cut.jpg": whole.subarray(0, whole.length / 2),
      "cut.png": good.subarray(0, 60),
      "good.png": good,
      "text.webp": "no picture at all",
    });
    await expect(readPictures(folder)).rejects.toThrow(/cut\.jpg: damaged or cut short JPEG/);
    const set = await readPictures(folder, { broken: "skip" });
    expect(set.names).toEqual(["good.png"]);
    expect(set.notes.map((note) => note.replace(folder, ""))).toEqual([
      expect.stringContaining("left out: /cut.jpg: damaged"),
      expect.stringContaining("left out: /cut.png byte"),
      expect.stringContaining("left out: /text.webp byte 0: no picture of a known format; it begins with 6e 6f 20 70"),
    ]);
  });

  test("no picture, none that can be read, and an option that does not exist", async () => {
    await expect(readPictures(folderOf({ "a.txt": "" }))).rejects.toThrow(/there is no picture in this folder/);
    const folder = folderOf({ "a.png": "" });
    await expect(readPictures(folder, { broken: "skip" })).rejects.toThrow(
      /none of 1 pictures can be read; .*a\.png: the file is empty/,
    );
    await expect(readPictures(folder, { fit: "crop" as "cover" })).rejects.toThrow(/fit must be one of cover/);
    await expect(readPictures(join(folder, "nowhere"))).rejects.toThrow(/nowhere/);
    await expect(readPicture(join(folder, "a.png"))).rejects.toThrow(FormatError);
  });
});

describe("readSheet", () => {
  /** 3 x 2 tiles of 2 x 1, each of one color, its number. */
  const sheet = { width: 6, height: 2, channels: 1, data: Uint8Array.of(0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5) };

  test("cuts tiles row by row, all of them or those of a table", async () => {
    const folder = folderOf({
      "s.png": await encodePng(sheet),
      "all.csv": "name,kind\na,x\nb,y\n",
      "some.csv": "name,sheet,tile,kind\na,1,5,x\nb,0,2,y\n",
    });
    const path = join(folder, "s.png");
    const all = await readSheet(path, { tile: [2, 1] });
    expect([all.names, [...all.data]]).toEqual([["0", "1", "2", "3", "4", "5"], [...sheet.data]]);
    const first = await readSheet(path, { tile: [2, 1], table: join(folder, "all.csv") });
    expect([first.names, [...first.data], [...first.columns]]).toEqual([
      ["a", "b"],
      [0, 0, 1, 1],
      [["kind", ["x", "y"]]],
    ]);
    const some = await readSheet([path, path], { tile: [2, 1], table: join(folder, "some.csv") });
    expect([[...some.data], [...some.columns.keys()]]).toEqual([[5, 5, 2, 2], ["kind"]]);
  });

  test("refuses tiles that do not fit and tiles that are not there, with the line", async () => {
    const folder = folderOf({ "s.png": await encodePng(sheet), "t.csv": "name,tile\na,0\nb,6\n" });
    const path = join(folder, "s.png");
    await expect(readSheet([], { tile: 4 })).rejects.toThrow(/readSheet: a sheet or more was needed, got none/);
    await expect(readSheet(path, {} as { tile: number })).rejects.toThrow(
      /tile must be a number of pixels, or \[width/,
    );
    await expect(readSheet(join(folder, "t.csv"), { tile: 4 })).rejects.toThrow(/t\.csv byte 0: no picture of a known/);
    await expect(readSheet(path, { tile: 4 })).rejects.toThrow(/6 x 2 pixels are no whole number of tiles of 4 x 4/);
    await expect(readSheet(path, { tile: [2, 1], table: join(folder, "t.csv") })).rejects.toThrow(
      /t\.csv line 3: "b": tile 6 of sheet 0 is not there; there are 6 in/,
    );
  });

  test("a table with tiles and no names: pictures are called as without a table, sheets by their files' names", async () => {
    const png = await encodePng(sheet);
    const folder = folderOf({ "a.png": png, "b.png": png });
    const reading = (csv: string, sheets = ["a.png", "b.png"]) => {
      writeFileSync(join(folder, "t.csv"), csv);
      const paths = sheets.map((name) => join(folder, name));
      return readSheet(paths, { tile: [2, 1], table: join(folder, "t.csv") });
    };
    const set = await reading("sheet,tile,kind\nb.png,1,x\na,0,y\n");
    expect([set.names, [...set.data], set.columns.get("kind")]).toEqual([
      ["7", "0"],
      [1, 1, 0, 0],
      ["x", "y"],
    ]);
    expect((await reading("sheet,tile\n1,0\n0,5\n")).names).toEqual(["6", "5"]);
    expect((await reading("tile,kind\n2,x\n", ["a.png"])).names).toEqual(["2"]);
    await expect(reading("sheet,tile\nc.png,1\n")).rejects.toThrow(
      /line 2: sheet "c.png" is not there; the sheets are .*a.png, .*b.png/,
    );
    await expect(reading("sheet,tile\nc.png,1\n", ["a.png"])).rejects.toThrow(/line 2: sheet "c.png" is not there/);
    await expect(reading("sheet,tile\n0,1\n,1\n")).rejects.toThrow(/line 3: the sheet is missing/);
    await expect(reading("sheet,tile\n0,1\n0,\n")).rejects.toThrow(/line 3: the tile is missing/);
    await expect(reading("sheet,tile\n2,1\n")).rejects.toThrow(/line 2: sheet 2 is not there/);
    await expect(reading("sheet,tile\n0,1\n0,1\n")).rejects.toThrow(/line 3: a second row about tile 1/);
    await expect(reading("name,sheet,tile\na,0,1\na,0,2\n")).rejects.toThrow(/line 3: a second picture is called "a"/);
    await expect(reading("sheet,kind\n0,x\n")).rejects.toThrow(/a column tile was needed beside sheet/);
    await expect(reading("tile,kind\n0,x\n")).rejects.toThrow(/a column sheet was needed beside tile/);
  });

  test("the notes say how many tiles a table leaves out, those of one color aside", async () => {
    const dotted = { ...sheet, data: Uint8Array.of(0, 1, 1, 2, 2, 3, 3, 4, 5, 5, 5, 5) };
    const folder = folderOf({ "s.png": await encodePng(dotted), "t.csv": "kind\nx\ny\n", "c.csv": "tile\n3\n" });
    const reading = (table: string) => readSheet(join(folder, "s.png"), { tile: [2, 1], table: join(folder, table) });
    const set = await reading("t.csv");
    expect([set.names, set.notes]).toEqual([
      ["0", "1"],
      [expect.stringMatching(/^left out: 2 of 6 tiles, which have no row/)],
    ]);
    expect((await reading("c.csv")).notes).toEqual([expect.stringMatching(/c\.csv chooses 1 of 6 tiles/)]);
    writeFileSync(join(folder, "t.csv"), `kind\n${"x\n".repeat(7)}`);
    await expect(reading("t.csv")).rejects.toThrow(/t\.csv line 8: there is no tile for this row; there are 6 in/);
  });
});

describe("readIdxPictures", () => {
  test("reads pictures and labels, all or the first ones", async () => {
    const folder = temporaryFolder();
    const path = join(folder, "p.idx");
    await writeIdx(path, { type: "u8", shape: [3, 1, 2], data: Uint8Array.of(1, 2, 3, 4, 5, 6) });
    await writeIdx(join(folder, "l.idx"), { type: "u8", shape: [3], data: Uint8Array.of(7, 8, 9) });
    const set = await readIdxPictures(path, { labels: join(folder, "l.idx"), count: 2 });
    expect(set).toMatchObject({ width: 2, height: 1, channels: 1, names: ["0", "1"], data: Uint8Array.of(1, 2, 3, 4) });
    expect(set.columns.get("label")).toEqual(["7", "8"]); // of classes, which have no order
    await expect(readIdxPictures(join(folder, "l.idx"))).rejects.toThrow(/bytes of shape \[N, height, width\]/);
    await expect(readIdxPictures(path, { labels: path })).rejects.toThrow(/3 labels were needed/);
  });
});
