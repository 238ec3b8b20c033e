/**
 * Chooses the sample corpus: the articles of wiki100.txt that say most about a few subjects, 16 MB of 100.
 *
 *     node samples/choose.mjs path/to/wiki100.txt.gz [path/to/output.gz]
 *
 * The corpus holds one article a line. Whole articles are taken, in their own order:
 *
 * 1. every article in which ice or steam stands within 15 words of solid or fashion, because there are few;
 * 2. of each subject below, the articles of the highest score until the subject's share of bytes is full.
 *
 * The score of an article is the sum, over the subject's words, of weight * (times in the article) ** power, a thousand
 * tokens; it also counts the pairs that meet: a capital and its country, ice and gas. Nothing is drawn at random: the
 * same input gives the same text, and the same zlib packs it into the same bytes.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync, gzipSync } from "node:zlib";

/** How far apart two words meet: the window that the co-occurrences are counted with. */
const window = 15;

const words = (text) => text.trim().split(/\s+/);

/** Capital, country, and what is of that country: those that the analogies ask for most, which weigh more. */
const wellKnown = `
  athens greece greek, baghdad iraq iraqi, bangkok thailand thai, beijing china chinese, berlin germany german,
  bern switzerland swiss, cairo egypt egyptian, canberra australia australian, hanoi vietnam vietnamese,
  havana cuba cuban, helsinki finland finnish, islamabad pakistan pakistani, kabul afghanistan afghan,
  london england english, madrid spain spanish, moscow russia russian, oslo norway norwegian, ottawa canada canadian,
  paris france french, rome italy italian, stockholm sweden swedish, tehran iran iranian, tokyo japan japanese`
  .split(",")
  .map(words);

const otherCapitals = `
  abuja nigeria, accra ghana, algiers algeria, amman jordan, ankara turkey, antananarivo madagascar, apia samoa,
  ashgabat turkmenistan, asmara eritrea, astana kazakhstan, baku azerbaijan, bamako mali, banjul gambia, beirut lebanon,
  belgrade serbia, belmopan belize, bishkek kyrgyzstan, bratislava slovakia, brussels belgium, bucharest romania,
  budapest hungary, bujumbura burundi, caracas venezuela, chisinau moldova, conakry guinea, copenhagen denmark,
  dakar senegal, damascus syria, dhaka bangladesh, doha qatar, dublin ireland, dushanbe tajikistan, funafuti tuvalu,
  gaborone botswana, georgetown guyana, harare zimbabwe, jakarta indonesia, kampala uganda, kathmandu nepal,
  khartoum sudan, kiev ukraine, kigali rwanda, kingston jamaica, libreville gabon, lilongwe malawi, lima peru,
  lisbon portugal, ljubljana slovenia, luanda angola, lusaka zambia, managua nicaragua, manama bahrain,
  manila philippines, maputo mozambique, minsk belarus, mogadishu somalia, monrovia liberia, montevideo uruguay,
  muscat oman, nairobi kenya, nassau bahamas, niamey niger, nicosia cyprus, nouakchott mauritania, nuuk greenland,
  paramaribo suriname, podgorica montenegro, quito ecuador, rabat morocco, riga latvia, roseau dominica,
  santiago chile, skopje macedonia, sofia bulgaria, suva fiji, taipei taiwan, tallinn estonia, tashkent uzbekistan,
  tbilisi georgia, tegucigalpa honduras, thimphu bhutan, tirana albania, tripoli libya, tunis tunisia,
  vaduz liechtenstein, valletta malta, vienna austria, vientiane laos, vilnius lithuania, warsaw poland,
  windhoek namibia, yerevan armenia, zagreb croatia`
  .split(",")
  .map(words);

const otherCountries = words("argentina brazil cambodia colombia iceland india israel korea mexico netherlands");

const otherAdjectives = words(`
  albanian argentinean austrian belorussian brazilian bulgarian cambodian chilean colombian croatian danish dutch
  icelandic indian irish israeli korean macedonian maltese mexican moldovan peruvian polish portuguese slovakian
  ukrainian`);

/** A map from word to weight; of a word in several lists the last weight counts. */
const weights = (...lists) => new Map(lists.flatMap(([weight, list]) => list.map((word) => [word, weight])));

/** Meetings that count: from a word to the set of words that it meets. */
const meetings = (...lists) => new Map(lists.map(([word, others]) => [word, new Set(others)]));

const rare = meetings(["ice", words("solid fashion")], ["steam", words("solid fashion")]);

/** The subjects, each with its share in bytes. An article that one has taken is no longer there for the next. */
const subjects = [
  {
    name: "ice and steam",
    bytes: 1_400_000,
    fewestTokens: 200,
    power: 1,
    weights: weights([0.5, ["ice"]], [3, ["steam"]]),
    meetings: meetings(["ice", words("solid gas water fashion")], ["steam", words("solid gas water fashion")]),
    meetingWeight: 5,
  },
  {
    name: "states of matter",
    bytes: 600_000,
    fewestTokens: 300,
    power: 1,
    weights: weights([
      1,
      words("ice steam water gas liquid solid vapor vapour frozen freezing boiling melting temperature heat pressure"),
    ]),
  },
  {
    name: "family",
    bytes: 1_900_000,
    fewestTokens: 300,
    power: 1,
    weights: weights([
      1,
      words(`
        man woman men women boy girl king queen prince princess father mother husband wife son daughter sons daughters
        brother sister brothers sisters uncle aunt nephew niece grandfather grandmother grandson granddaughter`),
    ]),
  },
  {
    name: "countries and capitals",
    bytes: 11_800_000,
    fewestTokens: 300,
    power: 0.8,
    weights: weights(
      [4, wellKnown.map(([capital]) => capital)],
      [0.7, wellKnown.map(([, country]) => country)],
      [0.9, wellKnown.map(([, , adjective]) => adjective)],
      [2, otherCapitals.map(([capital]) => capital)],
      [0.5, [...otherCapitals.map(([, country]) => country), ...otherCountries]],
      [0.45, otherAdjectives],
    ),
    meetings: meetings(...[...wellKnown, ...otherCapitals].map(([capital, country]) => [capital, [country]])),
    meetingWeight: 8,
  },
];

/** How often each first word of `table` stands within the window of one of its others: a map from word to number. */
function countMeetings(tokens, table) {
  const found = new Map();
  for (const [at, token] of tokens.entries()) {
    const others = table.get(token);
    if (!others) continue;
    const near = tokens.slice(Math.max(0, at - window), at + window + 1).filter((other) => others.has(other)).length;
    if (near > 0) found.set(token, (found.get(token) ?? 0) + near);
  }
  return found;
}

function score(tokens, subject) {
  const counts = new Map();
  for (const token of tokens) if (subject.weights.has(token)) counts.set(token, (counts.get(token) ?? 0) + 1);
  let sum = 0;
  for (const [word, count] of counts) sum += subject.weights.get(word) * count ** subject.power;
  if (subject.meetings) {
    for (const count of countMeetings(tokens, subject.meetings).values())
      sum += subject.meetingWeight * count ** subject.power;
  }
  return (1000 * sum) / tokens.length;
}

const input = process.argv[2];
if (!input) {
  console.error("usage: node samples/choose.mjs path/to/wiki100.txt.gz [path/to/output.gz]");
  process.exit(2);
}
const output = process.argv[3] ?? join(dirname(fileURLToPath(import.meta.url)), "wiki-sample.txt.gz");

const articles = gunzipSync(readFileSync(input))
  .toString("latin1")
  .split("\n")
  .filter((line) => line !== "")
  .map((line) => ({ line, bytes: line.length + 1, tokens: line.split(" "), taken: false }));

for (const article of articles) article.taken = countMeetings(article.tokens, rare).size > 0;
report(
  "ice or steam near solid or fashion",
  articles.filter((article) => article.taken),
);

for (const subject of subjects) {
  const ranking = articles
    .filter((article) => !article.taken && article.tokens.length >= subject.fewestTokens)
    .map((article) => ({ article, score: score(article.tokens, subject) }))
    .sort((a, b) => b.score - a.score); // stable: of equal scores the earlier article comes first
  const taken = [];
  let room = subject.bytes;
  for (const { article } of ranking) {
    if (article.bytes > room) break;
    room -= article.bytes;
    article.taken = true;
    taken.push(article);
  }
  report(subject.name, taken);
}

const sample = articles.filter((article) => article.taken);
report("all", sample);
// The header that zlib writes holds no time (mtime 0) and no name, and its tenth byte is the system: 3 is Unix.
const packed = gzipSync(sample.map((article) => `${article.line}\n`).join(""), { level: 9 });
packed[9] = 3;
writeFileSync(output, packed);

function report(name, list) {
  const bytes = list.reduce((sum, article) => sum + article.bytes, 0);
  const tokens = list.reduce((sum, article) => sum + article.tokens.length, 0);
  console.log(`${name}: ${list.length} articles, ${bytes} bytes, ${tokens} tokens`);
}
