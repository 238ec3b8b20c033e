/** Words after which a slash begins a regular expression and no division. */
const beforeRegExp = /(?:^|[(,=:[!&|?{};+\-*%<>~^]|\b(?:return|typeof|case|in|of|do|else|void|delete))\s*$/;

/**
 * The code of a TypeScript text: comments, and for `withoutStrings` also the contents of strings, templates and regular
 * expressions, are replaced by spaces, so that positions and lines stay what they were.
 */
export function codeOf(text) {
  let withStrings = "";
  let withoutStrings = "";
  /** Depths of braces at which a template's `${` was opened. */
  const templates = [];
  let braces = 0;
  let at = 0;

  const blank = (part) => part.replace(/[^\n]/g, " ");
  const keep = (part) => {
    withStrings += part;
    withoutStrings += part;
    at += part.length;
  };
  const skipComment = (part) => {
    withStrings += blank(part);
    withoutStrings += blank(part);
    at += part.length;
  };
  const skipString = (part) => {
    withStrings += part;
    withoutStrings += blank(part);
    at += part.length;
  };
  /** From a backtick, or from the brace that ends a template's expression, to the next `${` or the closing backtick. */
  const skipTemplate = () => {
    const part = /^[`}](?:\\[\s\S]|\$(?!\{)|[^\\`$])*(?:`|\$\{|$)/.exec(text.slice(at))[0];
    if (part.endsWith("${")) templates.push(braces);
    skipString(part);
  };

  while (at < text.length) {
    const rest = text.slice(at, at + 2);
    const letter = rest[0];
    if (rest === "//") skipComment(/^[^\n]*/.exec(text.slice(at))[0]);
    else if (rest === "/*") skipComment(/^\/\*[\s\S]*?(?:\*\/|$)/.exec(text.slice(at))[0]);
    else if (letter === '"') skipString(/^"(?:\\[\s\S]|[^"\\\n])*"?/.exec(text.slice(at))[0]);
    else if (letter === "'") skipString(/^'(?:\\[\s\S]|[^'\\\n])*'?/.exec(text.slice(at))[0]);
    else if (letter === "`") skipTemplate();
    else if (letter === "}" && templates.at(-1) === braces) {
      templates.pop();
      skipTemplate();
    } else if (letter === "/" && beforeRegExp.test(withoutStrings.slice(-80))) {
      skipString(/^\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])*\/?\w*/.exec(text.slice(at))[0]);
    } else {
      if (letter === "{") braces++;
      if (letter === "}") braces--;
      keep(letter);
    }
  }
  return { withStrings, withoutStrings };
}
