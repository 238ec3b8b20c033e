"""Records test/golden/clusters.json: communities by igraph, HDBSCAN and local outlier factors by scikit-learn.

    pip install igraph==1.0.0 scikit-learn==1.9.1 numpy==2.4.6
    python record_clusters.py
"""

import json
import os
import random

import igraph
import numpy as np
from sklearn.cluster import HDBSCAN
from sklearn.metrics import adjusted_rand_score
from sklearn.neighbors import LocalOutlierFactor

rng = np.random.default_rng(11)


def communities():
    """A weighted graph of six planted groups, with loops, and 30 runs of Leiden at each resolution: the best and the mean."""
    nodes, groups = 150, 6
    group = rng.integers(groups, size=nodes)
    edges, weights = [], []
    for i in range(nodes):
        for j in range(i, nodes):
            chance = 0.05 if i == j else 0.16 if group[i] == group[j] else 0.015
            if rng.random() < chance:
                edges.append([i, j])
                weights.append(round(float(rng.uniform(0.5, 2)), 2))
    graph = igraph.Graph(n=nodes, edges=edges)
    best = []
    for resolution in (0.5, 1.0, 2.0):
        reached = []
        for seed in range(30):
            random.seed(seed)
            igraph.set_random_number_generator(random)
            found = graph.community_leiden("modularity", weights=weights, resolution=resolution, n_iterations=-1)
            value = graph.modularity(found.membership, weights=weights, resolution=resolution)
            if value > max(reached, default=-1):
                labels = found.membership
            reached.append(value)
        mean = sum(reached) / len(reached)
        best.append({"resolution": resolution, "modularity": max(reached), "mean": mean, "labels": labels})
    at_random = rng.integers(7, size=nodes).tolist()
    value = graph.modularity(at_random, weights=weights, resolution=1.3)
    return {
        "nodes": nodes,
        "edges": edges,
        "weights": weights,
        "best": best,
        "random": {"labels": at_random, "resolution": 1.3, "modularity": value},
    }


def rows():
    """Three groups of different density in 3 dimensions, two of them near each other, and points between."""
    groups = [
        rng.normal((0, 0, 0), 0.3, (40, 3)),
        rng.normal((1.6, 0, 0), 0.25, (35, 3)),
        rng.normal((-1, 6, 2), 1.1, (45, 3)),
        rng.uniform(-4, 9, (20, 3)),
    ]
    return np.round(np.concatenate(groups), 4)


def hdbscan(x, metric, size, samples):
    """With whether the division stays the same in 20 other orders of the rows: equal weights are taken as they come."""
    model = HDBSCAN(min_cluster_size=size, min_samples=samples, metric=metric, algorithm="brute", copy=True)
    found = model.fit(x)
    labels, probabilities = found.labels_, found.probabilities_
    unique = True
    for _ in range(20):
        order = rng.permutation(len(x))
        again = np.empty(len(x), int)
        again[order] = model.fit(x[order]).labels_
        unique = unique and adjusted_rand_score(labels, again) == 1 and ((again < 0) == (labels < 0)).all()
    return {
        "metric": metric,
        "minClusterSize": size,
        "minSamples": samples,
        "unique": bool(unique),
        "labels": labels.tolist(),
        "probabilities": probabilities.tolist(),
    }


def outliers(x, metric, neighbors):
    found = LocalOutlierFactor(n_neighbors=neighbors, metric=metric, algorithm="brute").fit(x)
    return {"metric": metric, "neighbors": neighbors, "factors": (-found.negative_outlier_factor_).tolist()}


x = rows().astype(np.float32).astype(np.float64)
settings = [(5, 5), (10, 3), (15, 15), (8, 1)]
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "clusters.json"), "w") as file:
    json.dump(
        {
            "communities": communities(),
            "rows": x.ravel().tolist(),
            "hdbscan": [hdbscan(x, metric, *one) for metric in ("euclidean", "cosine") for one in settings],
            "outliers": [outliers(x, metric, k) for metric in ("euclidean", "cosine") for k in (5, 15)],
        },
        file,
    )
    file.write("\n")
