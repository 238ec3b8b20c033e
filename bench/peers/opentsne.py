"""t-SNE of vectors by openTSNE, as its users call it, and the divergence of two maps on the same affinities.

    python opentsne.py vectors.npy ours.npy threads iterations perplexity

Prints one JSON line: seconds of the whole fit (imports not counted), and the Kullback-Leibler divergence in nats of openTSNE's
map (kl) and of ours (ours), both from all pairs in float64, on affinities over exact neighbors.
"""

import json
import sys
import time

import numpy as np
import openTSNE

vectors, ours = (np.load(path) for path in sys.argv[1:3])
threads, iterations, perplexity = (int(value) for value in sys.argv[3:6])


def divergence(P, Y):
    Y = np.asarray(Y, dtype=float)
    Z = -len(Y)
    for first in range(0, len(Y), 500):
        part = Y[first : first + 500]
        Z += (1 / (1 + ((part[:, None, :] - Y[None, :, :]) ** 2).sum(2))).sum()
    P = P.tocoo()
    p = P.data / P.data.sum()
    w = 1 / (1 + ((Y[P.row] - Y[P.col]) ** 2).sum(1))
    return float((p * np.log(p * Z / w)).sum())


start = time.perf_counter()
fit = openTSNE.TSNE(
    perplexity=perplexity,
    early_exaggeration_iter=250,
    n_iter=iterations - 250,
    n_jobs=threads,
    random_state=1,
).fit(vectors)
seconds = time.perf_counter() - start
exact = openTSNE.affinity.PerplexityBasedNN(vectors, perplexity=perplexity, method="exact", n_jobs=threads)
print(json.dumps({"seconds": seconds, "kl": divergence(exact.P, fit), "ours": divergence(exact.P, ours)}))
