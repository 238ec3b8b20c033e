/**
 * Edges of a Kronecker graph (Leskovec et al. 2010) with the constants of Graph500 and GAP: each bit of an edge's ends is
 * (0, 0), (0, 1), (1, 0) or (1, 1) with chances .57, .19, .19 and .05; the nodes' numbers are shuffled afterwards.
 * 2^scale nodes, degree * 2^scale edges, of which some are equal and some are self-loops.
 */
export function kroneckerEdges(scale, degree, seed = 1) {
  const numNodes = 2 ** scale;
  const count = degree * numNodes;
  const random = generator(seed);
  const chances = [0.57, 0.57 + 0.19, 0.57 + 0.19 + 0.19].map((chance) => chance * 2 ** 32);
  const [sources, targets] = [new Uint32Array(count), new Uint32Array(count)];
  for (let e = 0; e < count; e++) {
    let source = 0;
    let target = 0;
    for (let bit = 0; bit < scale; bit++) {
      const point = random();
      const down = Number(point >= chances[1]);
      source = 2 * source + down;
      target = 2 * target + (down === 0 ? Number(point >= chances[0]) : Number(point >= chances[2]));
    }
    sources[e] = source;
    targets[e] = target;
  }
  const numbers = Uint32Array.from({ length: numNodes }, (_, k) => k);
  for (let k = numNodes - 1; k > 0; k--) {
    const other = Math.floor((random() / 2 ** 32) * (k + 1));
    [numbers[k], numbers[other]] = [numbers[other], numbers[k]];
  }
  for (const ends of [sources, targets]) for (let e = 0; e < count; e++) ends[e] = numbers[ends[e]];
  return { sources, targets, numNodes };
}

/** Edges between nodes drawn alike. */
export function uniformEdges(numNodes, count, seed = 1) {
  const random = generator(seed);
  const draw = () => Uint32Array.from({ length: count }, () => Math.floor((random() / 2 ** 32) * numNodes));
  return { sources: draw(), targets: draw(), numNodes };
}

/** Xorshift of 128 bits (Marsaglia 2003): integers below 2^32. */
function generator(seed) {
  let [x, y, z, w] = [seed, 362436069, 521288629, 88675123];
  return () => {
    const t = x ^ (x << 11);
    x = y;
    y = z;
    z = w;
    w = w ^ (w >>> 19) ^ t ^ (t >>> 8);
    return w >>> 0;
  };
}
