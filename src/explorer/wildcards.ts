/**
 * Whether a text matches a pattern in which `*` stands for any characters and `?` for one; a pattern without either matches
 * texts that contain it. Letters match in either case. Time is at most pattern x text, whatever the pattern: strangers may send it.
 */
export function wildcardMatcher(pattern: string): (text: string) => boolean {
  const wanted = pattern.toLowerCase();
  if (!/[*?]/.test(wanted)) return (text) => text.toLowerCase().includes(wanted);
  return (text) => matches(wanted, text.toLowerCase());
}

/** Greedy with one way back, to the last star. */
function matches(pattern: string, text: string): boolean {
  let [p, t] = [0, 0];
  let [star, retry] = [-1, 0];
  while (t < text.length) {
    if (p < pattern.length && (pattern[p] === "?" || (pattern[p] !== "*" && pattern[p] === text[t]))) {
      p++;
      t++;
    } else if (pattern[p] === "*") {
      star = p++;
      retry = t;
    } else if (star >= 0) {
      p = star + 1;
      t = ++retry;
    } else return false;
  }
  while (pattern[p] === "*") p++;
  return p === pattern.length;
}
