"""A sparse matrix times dense columns in SciPy, f32: seconds of products on one thread, which is all that it uses.

Reads a line of JSON with `folder`, which holds offsets.npy, indices.npy, values.npy and x16.npy, x64.npy ..., and answers
{version}; then lines with `width`, each answered by {seconds, sum}: of one product, and the sum of the image's first row.
"""

import json
import os
import sys
import time

import numpy as np
import scipy
from scipy.sparse import csr_matrix

job = json.loads(sys.stdin.readline())


def read(name):
    return np.load(os.path.join(job["folder"], f"{name}.npy"))


offsets, indices = read("offsets").astype(np.int32), read("indices").astype(np.int32)
nodes = len(offsets) - 1
matrix = csr_matrix((read("values"), indices, offsets), shape=(nodes, nodes))
tables = {}
print(json.dumps({"version": scipy.__version__}), flush=True)
for line in sys.stdin:
    width = json.loads(line)["width"]
    if width not in tables:
        tables[width] = read(f"x{width}")
    start = time.perf_counter()
    y = matrix @ tables[width]
    seconds = time.perf_counter() - start
    print(json.dumps({"seconds": seconds, "sum": float(y[0].sum(dtype=np.float64))}), flush=True)
    del y
