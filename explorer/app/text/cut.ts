/**
 * A text of at most so many letters. What is left out is in the middle: names that begin alike and names that end alike stay
 * apart.
 */
export function cutText(text: string, most: number): string {
  if (text.length <= most) return text;
  const isLong = text.length > 8 * most; // then its ends are enough to look at; a letter is at most two units
  const letters = Array.from(isLong ? `${text.slice(0, 2 * most)}${text.slice(-2 * most)}` : text);
  if (letters.length <= most) return text;
  const tail = Math.floor((most - 1) * 0.4);
  return `${letters.slice(0, most - 1 - tail).join("")}…${letters.slice(letters.length - tail).join("")}`;
}
