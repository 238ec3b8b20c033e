/**
 * Edges of a Kronecker graph as the GAP benchmark generates them (Beamer et al. 2015, https://arxiv.org/abs/1508.03619,
 * section 4.1; A = .57, B = C = .19): 2^scale nodes, degree * 2^scale edges drawn independently, so that some are equal or
 * join a node to itself, and numbers of nodes permuted. Seeded, though not by GAP's own random numbers.
 */
export function kronecker({ scale, degree, seed = 1 }) {
  const numNodes = 2 ** scale;
  const next = generator(seed);
  const [a, b, c] = [0.57, 0.19, 0.19].map((share) => share * 2 ** 32);
  const names = new Uint32Array(numNodes);
  for (let i = 0; i < numNodes; i++) names[i] = i;
  for (let i = numNodes - 1; i > 0; i--) {
    const j = Math.floor((next() / 2 ** 32) * (i + 1));
    [names[i], names[j]] = [names[j], names[i]];
  }
  const sources = new Uint32Array(degree * numNodes);
  const targets = new Uint32Array(degree * numNodes);
  for (let e = 0; e < sources.length; e++) {
    let source = 0;
    let target = 0;
    for (let bit = 0; bit < scale; bit++) {
      const point = next();
      source *= 2;
      target *= 2;
      if (point >= a + b) source++;
      if ((point >= a && point < a + b) || point >= a + b + c) target++;
    }
    sources[e] = names[source];
    targets[e] = names[target];
  }
  return { numNodes, sources, targets };
}

/** Integers of 32 bits: a Weyl sequence, mixed. */
function generator(seed) {
  let state = seed | 0;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let z = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return (z ^ (z >>> 15)) >>> 0;
  };
}
