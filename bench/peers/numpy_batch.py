"""The nearest rows to a batch of queries, as NumPy users write it: one product, one argpartition.

Reads one JSON line on standard input:
  {"file": "m.npy", "queries": "q.npy", "count": 10, "repeats": 5, "threads": 1}
where m.npy holds the rows [N, D] and q.npy the queries [Q, D], both float32 and already of length one.
Prints one JSON line: batchQueriesPerSecond, singleQueryMilliseconds (medians over the repeats), numpy.
"""

import json
import os
import sys
from statistics import median
from time import perf_counter

job = json.loads(sys.stdin.readline())
# The BLAS reads these while NumPy is being imported, and never again.
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = str(job.get("threads", 1))

import numpy as np  # noqa: E402


def nearest(rows, queries, count):
    """The `count` best rows of each query, in no order: what argpartition gives."""
    return np.argpartition(queries @ rows.T, -count, axis=-1)[..., -count:]


def seconds(work):
    start = perf_counter()
    work()
    return perf_counter() - start


rows = np.load(job["file"])
queries = np.load(job["queries"])
count, repeats = job["count"], job["repeats"]
for matrix in (rows, queries):
    assert matrix.dtype == np.float32 and matrix.ndim == 2, "float32 matrices are wanted"

nearest(rows, queries, count)
batch = [seconds(lambda: nearest(rows, queries, count)) for _ in range(repeats)]
nearest(rows, queries[0], count)
single = [seconds(lambda: nearest(rows, queries[i % len(queries)], count)) for i in range(max(repeats, 20))]

print(
    json.dumps(
        {
            "batchQueriesPerSecond": len(queries) / median(batch),
            "singleQueryMilliseconds": 1000 * median(single),
            "numpy": np.__version__,
        }
    )
)
