/**
 * Clusters and outliers beside igraph's and scikit-learn's: Leiden on the co-authors of ca-astroph, HDBSCAN and local
 * outlier factors on pictures of fashion as they are, 784 numbers each.
 *
 *     npm run bench -- clusters --data ROOT [--items 5000] [--runs 10] [--json]
 *
 * ROOT holds ca-astroph/ and fashion-mnist/. Leiden: at most 10 iterations, modularity and seconds as means over seeds 1, 2,
 * ..., reading excluded. HDBSCAN: clusters of 5 items, 5 samples, all pairs; `agreement` is the adjusted Rand index of its
 * labels, noise included, with scikit-learn's, `difference` the largest relative one of an outlier factor. igraph and
 * scikit-learn run in a process of their own by the interpreter of THING2VEC_PYTHON, in turn with ours.
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Graph, readEdgeList } from "../dist/graphs/index.js";
import { openStream, readIdx, Space } from "../dist/index.js";
import { hdbscan, leiden, outliers } from "../dist/maps/index.js";
import { startPeer } from "./peer.mjs";

const [minClusterSize, minSamples, neighbors] = [5, 5, 15];
const units = { leidenSeconds: "s", hdbscanSeconds: "s", outlierSeconds: "s" };

export default async function bench({ data, threads, log, options }) {
  if (data === undefined)
    throw new RangeError("clusters: --data must name the folder that holds ca-astroph/ and fashion-mnist/, got none");
  const [items, runs] = [Number(options.items ?? 5000), Number(options.runs ?? 10)];
  const edges = join(data, "ca-astroph/edges.csv.gz");
  const pictures = join(data, "fashion-mnist/t10k-images-idx3-ubyte.gz");
  const graph = await Graph.fromEdges(await readEdgeList(await openStream(edges)), { threads });
  const { data: pixels, shape } = await readIdx(pictures);
  const width = shape[1] * shape[2];
  const space = Space.from({
    names: Array.from({ length: items }, (_, i) => String(i)),
    vectors: Float32Array.from(pixels.subarray(0, items * width)),
    geometry: "euclidean",
  });
  const install = "THING2VEC_PYTHON=path/to/python npm run peers";
  const file = fileURLToPath(new URL("peers/clusters.py", import.meta.url));
  const peer = await startPeer(process.env.THING2VEC_PYTHON ?? "python3", file, { threads }, install);
  const there = peer.absent === undefined;
  const [figures, other] = [{}, {}];

  const own = { modularity: 0, seconds: 0 };
  await leiden(graph, { iterations: 1 }); // compiled
  for (let seed = 1; seed <= runs; seed++) {
    const [seconds, found] = await timed(() => leiden(graph, { seed }));
    own.modularity += found.modularity / runs;
    own.seconds += seconds / runs;
  }
  [figures.leidenModularity, figures.leidenSeconds] = [own.modularity, own.seconds];
  log(`clusters: leiden ${own.seconds.toFixed(2)} s`);
  if (there) {
    const { modularity, seconds } = await peer.ask({ leiden: edges, runs, iterations: 10 });
    [other.leidenModularity, other.leidenSeconds] = [modularity, seconds];
  }
  let found;
  [figures.hdbscanSeconds, found] = await timed(() => hdbscan(space, { minClusterSize, minSamples, threads }));
  log(`clusters: hdbscan ${figures.hdbscanSeconds.toFixed(1)} s`);
  if (there) {
    const { labels, seconds } = await peer.ask({ hdbscan: pictures, items, minClusterSize, minSamples });
    other.hdbscanSeconds = seconds;
    figures.agreement = adjustedRandIndex(found.labels, labels);
  }
  let ranked;
  [figures.outlierSeconds, ranked] = await timed(() => outliers(space, { neighbors, threads }));
  if (there) {
    const { factors, seconds } = await peer.ask({ outliers: pictures, items, neighbors });
    other.outlierSeconds = seconds;
    figures.difference = ranked.factors.reduce((most, own, i) => Math.max(most, Math.abs(own / factors[i] - 1)), 0);
    await peer.close();
  }
  const peers = there
    ? {
        igraph: { figures: pick(other, "leiden") },
        scikitLearn: { figures: { ...pick(other, "hdbscan"), ...pick(other, "outlier") } },
      }
    : { igraph: { absent: peer.absent }, scikitLearn: { absent: peer.absent } };
  const notes = [
    `hdbscan: ${found.sizes.length} clusters, ${found.noise} of ${items} items noise; the largest ${found.sizes[0] ?? 0}`,
    ...(there ? [`igraph ${peer.igraph}, scikit-learn ${peer.sklearn}`] : []),
  ];
  const settings = { nodes: graph.numNodes, arcs: graph.numArcs, items, runs, threads };
  return { figures, peers, settings, units, notes };
}

async function timed(work) {
  const start = performance.now();
  const result = await work();
  return [(performance.now() - start) / 1000, result];
}

const pick = (figures, name) => Object.fromEntries(Object.entries(figures).filter(([key]) => key.startsWith(name)));

/** How far two divisions agree, 0 on average by chance, 1 where they are one (Hubert and Arabie 1985). */
function adjustedRandIndex(one, other) {
  const counts = [new Map(), new Map(), new Map()];
  for (let i = 0; i < one.length; i++) {
    for (const [k, key] of [`${one[i]} ${other[i]}`, one[i], other[i]].entries())
      counts[k].set(key, (counts[k].get(key) ?? 0) + 1);
  }
  const pairs = (n) => (n * (n - 1)) / 2;
  const [both, a, b] = counts.map((count) => [...count.values()].reduce((sum, n) => sum + pairs(n), 0));
  const expected = (a * b) / pairs(one.length);
  return (both - expected) / ((a + b) / 2 - expected);
}
