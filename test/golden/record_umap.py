"""Records umap.json by umap-learn: parameters of the curve, and fuzzy graphs of points in space."""

import json

import numpy as np
from umap.umap_ import find_ab_params, fuzzy_simplicial_set

curves = []
for min_dist, spread in [(0, 1), (0.01, 1), (0.1, 1), (0.25, 1), (0.5, 1), (0.8, 1), (0.1, 0.5), (0.5, 2)]:
    a, b = find_ab_params(spread, min_dist)
    curves.append({"minDist": min_dist, "spread": spread, "a": float(a), "b": float(b)})

random = np.random.default_rng(1)
graphs = []
for count, k, twins in [(30, 6, 0), (40, 15, 5)]:
    points = random.normal(size=(count, 3)).round(3).astype(np.float32)
    points[count - twins :] = points[:twins]
    distances = np.sqrt(((points[:, None].astype(float) - points[None]) ** 2).sum(2))
    # by (distance, number), but each point itself first
    order = np.array([sorted(range(count), key=lambda j: (j != i, distances[i, j], j))[:k] for i in range(count)])
    nearest = np.take_along_axis(distances, order, 1).astype(np.float32)
    p, _, _ = fuzzy_simplicial_set(points, k, np.random.RandomState(1), "euclidean", {}, order, nearest)
    p = p.tocoo()
    entries = sorted((int(i), int(j), float(v)) for i, j, v in zip(p.row, p.col, p.data) if i < j)
    graphs.append({"neighbors": k, "points": points.astype(float).round(3).tolist(), "entries": entries})

with open("umap.json", "w") as file:
    json.dump({"curves": curves, "graphs": graphs}, file)
