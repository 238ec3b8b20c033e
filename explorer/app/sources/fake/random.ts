/** Numbers in [0, 1) that depend on the seed alone (splitmix32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let x = state;
    x = Math.imul(x ^ (x >>> 16), 0x21f0aaad);
    x = Math.imul(x ^ (x >>> 15), 0x735a2d97);
    return ((x ^ (x >>> 15)) >>> 0) / 2 ** 32;
  };
}

/** About normal, by a sum of uniform numbers. */
export function normalFrom(random: () => number): number {
  return random() + random() + random() + random() - 2;
}

export function hashOf(text: string): number {
  let hash = 2166136261;
  for (let k = 0; k < text.length; k++) hash = Math.imul(hash ^ text.charCodeAt(k), 16777619);
  return hash >>> 0;
}
