/** What a method can do with its input; `info --methods` prints this table. */
export interface MethodRow {
  method: string;
  verb: string;
  directed: string;
  weighted: string;
  features: string;
  newItems: string;
  deterministic: string;
}

/**
 * The methods that there are. yes, no, or the limit in words; "seeded": the same bytes for the same seed, "exact": no
 * randomness is used; "by threads": with the same number of threads.
 */
export const methods: readonly MethodRow[] = [
  {
    method: "GloVe",
    verb: "words",
    directed: "one-sided windows",
    weighted: "yes, counts",
    features: "no",
    newItems: "least squares against fixed contexts",
    deterministic: "seeded",
  },
  {
    method: "PageRank",
    verb: "rank",
    directed: "yes",
    weighted: "yes",
    features: "no",
    newItems: "no, ranks are of all nodes together",
    deterministic: "exact",
  },
  {
    method: "Weisfeiler-Leman",
    verb: "wl",
    directed: "yes",
    weighted: "as labels of edges",
    features: "labels",
    newItems: "hashes compare across graphs",
    deterministic: "exact",
  },
  {
    method: "node2vec, DeepWalk",
    verb: "graph",
    directed: "yes",
    weighted: "yes",
    features: "no",
    newItems: "mean of the neighbors' directions",
    deterministic: "seeded",
  },
  {
    method: "random GCN",
    verb: "graph",
    directed: "no",
    weighted: "yes",
    features: "yes",
    newItems: "mean of the neighbors' directions",
    deterministic: "seeded",
  },
  {
    method: "linear",
    verb: "graph",
    directed: "yes",
    weighted: "yes",
    features: "no",
    newItems: "mean of the neighbors' directions",
    deterministic: "seeded",
  },
  {
    method: "spectral",
    verb: "graph",
    directed: "no",
    weighted: "yes",
    features: "no",
    newItems: "mean of the neighbors' directions",
    deterministic: "seeded",
  },
  {
    method: "SGC",
    verb: "graph",
    directed: "no",
    weighted: "yes",
    features: "yes",
    newItems: "propagated with their neighbors",
    deterministic: "exact",
  },
  {
    method: "GCN",
    verb: "graph",
    directed: "no",
    weighted: "yes",
    features: "yes, or none",
    newItems: "hidden layer, from their neighbors",
    deterministic: "seeded, on ONNX Runtime by threads",
  },
  {
    method: "autoencoder, generative autoencoder, VAE",
    verb: "images",
    directed: "-",
    weighted: "-",
    features: "pixels",
    newItems: "by encoder.onnx",
    deterministic: "seeded, by threads",
  },
  {
    method: "PCA of pictures",
    verb: "images",
    directed: "-",
    weighted: "-",
    features: "pixels",
    newItems: "by encoder.onnx",
    deterministic: "seeded",
  },
];
