import { describe, expect, test } from "vitest";
import { readAnalogies } from "../../dist/evaluate/analogy-questions.js";
import { memoryStream } from "../../dist/io/source.js";

const stream = (text: string, piece = 7) => memoryStream(new TextEncoder().encode(text), "questions.txt", piece);

describe("readAnalogies", () => {
  test("reads sections and questions, with any line ends, blank lines and a byte order mark", async () => {
    const text = "\ufeff: family\r\nboy girl  brother\tsister\r\n\r\n: gram9-plural-verbs\ndécrit décrivent lit lisent";
    expect(await readAnalogies(stream(text))).toEqual({
      name: "questions.txt",
      sections: [
        { name: "family", questions: [["boy", "girl", "brother", "sister"]] },
        { name: "gram9-plural-verbs", questions: [["décrit", "décrivent", "lit", "lisent"]] },
      ],
    });
  });

  test("any other line is an error that names it", async () => {
    const refused = (text: string, code: string, message: string) =>
      expect(readAnalogies(stream(text))).rejects.toMatchObject({ code, message });
    await refused(
      "a b c d\n",
      "header",
      'questions.txt line 1: a line ": section" was expected before the first question',
    );
    await refused(": s\na b c d\na b c\n", "fields", "questions.txt line 3: four words were expected, got 3");
    await refused(": s\na b c d e\n", "fields", "questions.txt line 2: four words were expected, got 5");
    await refused(":\n", "header", 'questions.txt line 1: a section\'s name was expected after ":"');
    await refused(": s\n: t\n: s\n", "duplicate", 'questions.txt line 3: section "s" stands twice');
    await refused(" \n\n", "empty", "questions.txt: there is no line of text");
    const bytes = Uint8Array.from([58, 32, 115, 10, 97, 0xff]);
    await expect(readAnalogies(memoryStream(bytes, "q"))).rejects.toMatchObject({
      code: "encoding",
      place: { line: 2, column: 2 },
    });
  });
});
