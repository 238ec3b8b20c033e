import { describe, expect, test } from "vitest";
import { escaped, isolated, tenths, textElement } from "../../../dist/maps/pictures/svg.js";

describe("text in a picture", () => {
  test("markup is shown and does nothing", () => {
    expect(escaped(`<script>"a" & 'b'</script>`)).toBe("&lt;script&gt;&quot;a&quot; &amp; 'b'&lt;/script&gt;");
    expect(textElement(1.25, -0.01, "<b>", { fill: '"><x' })).toBe(
      '<text x="1.3" y="0" fill="&quot;&gt;&lt;x">&lt;b&gt;</text>',
    );
  });

  test("what XML 1.0 cannot hold becomes a picture of itself or U+FFFD", () => {
    expect(escaped("a\0b\x1bc\x7fd\x85e\ufffef")).toBe("a\u2400b\u241bc\u2421d\ufffde\ufffdf");
    expect(escaped("half \ud83d of \ude00, whole 😀")).toBe("half \ufffd of \ufffd, whole 😀");
    expect(escaped("a\tb\nc")).toBe("a b c");
  });

  test("a name from right to left is isolated; controls of direction are dropped from any name", () => {
    expect(isolated("plain")).toBe("plain");
    expect(isolated("שלום 12")).toBe("\u2068שלום 12\u2069");
    expect(isolated("مرحبا")).toBe("\u2068مرحبا\u2069");
    expect(isolated("evil\u202egnp.\u2069exe")).toBe("evilgnp.exe");
  });

  test("coordinates have one decimal and no negative zero", () => {
    expect([12.345, 7, -0.04, -1.25, 1e5].map(tenths)).toEqual(["12.3", "7", "0", "-1.2", "100000"]);
  });
});
