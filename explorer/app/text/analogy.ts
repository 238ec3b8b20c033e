/** `a : b :: c : ?`: what is to c as b is to a. Each is a name or an expression, as typed. */
export interface Analogy {
  a: string;
  b: string;
  c: string;
}

/** The parts of an analogy in one line, the last `: ?` optional; null where the text is none. */
export function readAnalogy(text: string): Analogy | null {
  const parts = text.split(/\s(::?)(?=\s|$)/u).map((part) => part.trim());
  const [a, colon, b, colons, c, last = ":", question = "?", ...more] = parts;
  const formed = colon === ":" && colons === "::" && last === ":" && (question === "?" || question === "");
  return formed && a !== "" && b !== "" && c !== "" && more.length === 0 ? { a, b, c } : null;
}

export function writeAnalogy({ a, b, c }: Analogy): string {
  return `${a} : ${b} :: ${c} : ?`;
}

/** The expression a text stands for: an analogy as b - a + c (Mikolov, Yih and Zweig 2013), all else itself. */
export function expressionOf(text: string): string {
  const analogy = readAnalogy(text);
  if (analogy === null) return text.trim().replace(/^=\s*/, "");
  const { a, b, c } = analogy;
  return `${grouped(b)} - ${grouped(a)} + ${grouped(c)}`;
}

function grouped(part: string): string {
  return /(^|\s)[+*-](\s|$)/u.test(part) ? `(${part})` : part;
}
