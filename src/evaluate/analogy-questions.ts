import { FormatError } from "../io/errors.js";
import type { ByteStream } from "../io/source.js";
import { textLines } from "./text-lines.js";

/** "a is to b as c is to d." */
export type AnalogyQuestion = readonly [a: string, b: string, c: string, d: string];

export interface AnalogySection {
  name: string;
  questions: AnalogyQuestion[];
}

/** A test set of analogies, in sections. */
export interface AnalogyQuestions {
  /** For messages: the path, or a word in angle brackets. */
  name: string;
  sections: AnalogySection[];
}

/**
 * Reads the format of questions-words.txt (Mikolov et al. 2013, https://arxiv.org/abs/1301.3781): lines `: section` and
 * lines of four words. Blank lines are skipped; any other line is a FormatError that names it.
 */
export async function readAnalogies(stream: ByteStream): Promise<AnalogyQuestions> {
  const sections = new Map<string, AnalogySection>();
  let section: AnalogySection | undefined;
  for (const { text, line } of await textLines(stream)) {
    const place = { file: stream.name, line };
    if (text.startsWith(":")) {
      const name = text.slice(1).trim();
      if (name === "") throw new FormatError("header", place, 'a section\'s name was expected after ":"');
      if (sections.has(name)) throw new FormatError("duplicate", place, `section ${JSON.stringify(name)} stands twice`);
      section = { name, questions: [] };
      sections.set(name, section);
      continue;
    }
    const words = text.split(/\s+/);
    if (words.length !== 4) throw new FormatError("fields", place, `four words were expected, got ${words.length}`);
    if (section === undefined) {
      throw new FormatError("header", place, 'a line ": section" was expected before the first question');
    }
    section.questions.push([words[0], words[1], words[2], words[3]]);
  }
  return { name: stream.name, sections: [...sections.values()] };
}
