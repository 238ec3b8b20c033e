"""Leiden by igraph, HDBSCAN and local outlier factors by scikit-learn, for bench/clusters.mjs.

Reads a line of JSON with `threads`, then lines with `leiden`, a file of edges, `runs` and `iterations`; with `hdbscan`, a file
of pictures, `items`, `minClusterSize` and `minSamples`; or with `outliers`, such a file, `items` and `neighbors`. Answers the
first with its versions and each of the others with the result and its seconds, reading excluded.
"""

import gzip
import json
import random
import sys
import time

import igraph
import numpy
import sklearn
from sklearn.cluster import HDBSCAN
from sklearn.neighbors import LocalOutlierFactor


def leiden(path, runs, iterations):
    lines = gzip.open(path, "rt").read().split("\n")[1:]
    graph = igraph.Graph([tuple(map(int, line.split(","))) for line in lines if line])
    modularity = seconds = 0.0
    for seed in range(1, runs + 1):
        random.seed(seed)
        start = time.perf_counter()
        found = graph.community_leiden("modularity", n_iterations=iterations)
        seconds += time.perf_counter() - start
        modularity += graph.modularity(found)
    return {"modularity": modularity / runs, "seconds": seconds / runs}


def pictures(path, items):
    pixels = numpy.frombuffer(gzip.open(path).read(), numpy.uint8, offset=16)
    return pixels.reshape(-1, 784)[:items].astype(numpy.float64)


def answer(request, threads):
    if "leiden" in request:
        return leiden(request["leiden"], request["runs"], request["iterations"])
    x = pictures(request.get("hdbscan") or request.get("outliers"), request["items"])
    start = time.perf_counter()
    if "hdbscan" in request:
        size, samples = request["minClusterSize"], request["minSamples"]
        model = HDBSCAN(min_cluster_size=size, min_samples=samples, n_jobs=threads, copy=True)
        return {"labels": model.fit_predict(x).tolist(), "seconds": time.perf_counter() - start}
    model = LocalOutlierFactor(n_neighbors=request["neighbors"], n_jobs=threads).fit(x)
    return {"factors": (-model.negative_outlier_factor_).tolist(), "seconds": time.perf_counter() - start}


def main():
    threads = json.loads(sys.stdin.readline())["threads"]
    print(json.dumps({"igraph": igraph.__version__, "sklearn": sklearn.__version__}), flush=True)
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line), threads)), flush=True)


main()
