"""Approximate neighbors by hnswlib or usearch, cosine, as their users call them.

The first line of standard input names the peer and the files:
  {"peer": "hnswlib", "folder": "/tmp/x", "m": 16, "efConstruction": 200, "count": 10, "threads": 2}
where folder holds items.f32 [N, D], queries.f32 [Q, D], truth.u32 [Q, count] and shape.json with D; the answer has the
version. The second asks for figures, {"recall": 0.95, "beams": [12, 16, ...], "repeats": 9, "together": 20}: the index is
built on `threads` threads; with the narrowest beam that reaches the recall, on one thread, groups of `together` queries
are asked `repeats` times, and of each group the fastest time counts.
"""

import json
import sys
from importlib.metadata import version
from pathlib import Path
from time import perf_counter

import numpy as np


class Hnswlib:
    def __init__(self, dimensions, job):
        import hnswlib

        self.version = version("hnswlib")
        self.index = hnswlib.Index("cosine", dimensions)
        self.job = job

    def build(self, items):
        self.index.init_index(len(items), M=self.job["m"], ef_construction=self.job["efConstruction"], random_seed=1)
        self.index.set_num_threads(self.job["threads"])
        self.index.add_items(items)

    def search(self, queries, ef):
        self.index.set_ef(ef)
        return self.index.knn_query(queries, self.job["count"], num_threads=1)[0]

    def bytes(self):
        return self.index.index_file_size()


class Usearch:
    def __init__(self, dimensions, job):
        from usearch.index import Index

        self.version = version("usearch")
        self.index = Index(
            ndim=dimensions,
            metric="cos",
            dtype="f32",
            connectivity=job["m"],
            expansion_add=job["efConstruction"],
        )
        self.job = job

    def build(self, items):
        self.index.add(np.arange(len(items)), items, threads=self.job["threads"])

    def search(self, queries, ef):
        self.index.expansion_search = ef
        return self.index.search(queries, self.job["count"], threads=1).keys

    def bytes(self):
        return self.index.memory_usage


def seconds(work):
    start = perf_counter()
    result = work()
    return perf_counter() - start, result


job = json.loads(sys.stdin.readline())
folder = Path(job["folder"])
dimensions = json.loads((folder / "shape.json").read_text())["dimensions"]
peer = {"hnswlib": Hnswlib, "usearch": Usearch}[job["peer"]](dimensions, job)
print(json.dumps({"version": peer.version}), flush=True)

asked = json.loads(sys.stdin.readline())
items = np.fromfile(folder / "items.f32", np.float32).reshape(-1, dimensions)
queries = np.fromfile(folder / "queries.f32", np.float32).reshape(-1, dimensions)
truth = np.fromfile(folder / "truth.u32", np.uint32).reshape(-1, job["count"])
build, _ = seconds(lambda: peer.build(items))
for ef in asked["beams"]:
    found = peer.search(queries, ef)
    recall = np.mean([np.isin(truth[q], found[q]).mean() for q in range(len(queries))])
    if recall >= asked["recall"]:
        break
groups = np.split(queries, len(queries) // asked["together"])
passes = [[seconds(lambda: peer.search(group, ef))[0] for group in groups] for _ in range(asked["repeats"])]
best = np.min(passes, axis=0).sum()
figures = {
    "recallAt10": float(recall),
    "queryMilliseconds": 1000 * best / len(queries),
    "buildSeconds": build,
    "bytesPerItem": peer.bytes() / len(items),
}
print(json.dumps({"figures": figures, "ef": ef}), flush=True)
