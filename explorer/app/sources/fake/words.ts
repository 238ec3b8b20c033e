/** A small language in which analogies hold: every word is a sum of features, and a little noise of its own. */
export interface FakeWord {
  name: string;
  features: readonly string[];
  topic: string;
}

const pairs: readonly (readonly [topic: string, male: string, female: string])[] = [
  ["people", "man", "woman"],
  ["people", "boy", "girl"],
  ["people", "king", "queen"],
  ["people", "prince", "princess"],
  ["people", "father", "mother"],
  ["people", "son", "daughter"],
  ["people", "brother", "sister"],
  ["people", "uncle", "aunt"],
  ["people", "actor", "actress"],
  ["people", "husband", "wife"],
  ["people", "grandfather", "grandmother"],
  ["people", "duke", "duchess"],
];

const capitals: readonly (readonly [country: string, capital: string, people: string])[] = [
  ["italy", "rome", "italian"],
  ["france", "paris", "french"],
  ["germany", "berlin", "german"],
  ["spain", "madrid", "spanish"],
  ["portugal", "lisbon", "portuguese"],
  ["greece", "athens", "greek"],
  ["austria", "vienna", "austrian"],
  ["japan", "tokyo", "japanese"],
  ["china", "beijing", "chinese"],
  ["norway", "oslo", "norwegian"],
  ["sweden", "stockholm", "swedish"],
  ["egypt", "cairo", "egyptian"],
  ["peru", "lima", "peruvian"],
  ["chile", "santiago", "chilean"],
  ["new zealand", "wellington", "maori"],
];

const adjectives: readonly (readonly [base: string, more: string, most: string])[] = [
  ["big", "bigger", "biggest"],
  ["small", "smaller", "smallest"],
  ["fast", "faster", "fastest"],
  ["slow", "slower", "slowest"],
  ["warm", "warmer", "warmest"],
  ["cold", "colder", "coldest"],
  ["dark", "darker", "darkest"],
  ["bright", "brighter", "brightest"],
];

const lists: Readonly<Record<string, string>> = {
  animals: "dog cat horse cow sheep goat wolf fox bear lion tiger eagle owl salmon whale mouse rabbit deer",
  food: "bread cheese butter apple pear plum cherry rice pasta soup salt pepper sugar honey olive tomato onion garlic",
  music: "violin piano guitar drum flute opera song choir melody rhythm chord waltz",
  sea: "ship boat sail harbor wave island coast beach anchor captain sailor storm",
  body: "hand foot arm leg head eye ear nose mouth heart knee shoulder",
  science: "atom energy force mass light theory experiment vector matrix number proof logic",
};

export function fakeWords(): FakeWord[] {
  const words: FakeWord[] = [];
  const add = (name: string, topic: string, ...features: string[]) =>
    words.push({ name, topic, features: [topic, ...features] });
  for (const [topic, male, female] of pairs) {
    add(male, topic, `pair ${male}`, "male");
    add(female, topic, `pair ${male}`, "female");
  }
  for (const [country, capital, people] of capitals) {
    add(country, "places", `of ${country}`, "country");
    add(capital, "places", `of ${country}`, "capital");
    add(people, "places", `of ${country}`, "nationality");
  }
  for (const [base, more, most] of adjectives) {
    add(base, "qualities", `as ${base}`, "positive");
    add(more, "qualities", `as ${base}`, "comparative");
    add(most, "qualities", `as ${base}`, "superlative");
  }
  for (const [topic, names] of Object.entries(lists)) {
    for (const name of names.split(" ")) add(name, topic, `is ${name}`, `also ${topic}`);
  }
  return words;
}
