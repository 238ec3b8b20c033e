"""Maps of bench/umap.mjs by umap-learn.

Reads a line of JSON with `threads`, then lines with `rows` (a file of float32), `count`, `dimensions`, `metric`, `seed` and `out`,
a file for the coordinates in float32, and perhaps `near`, a file of 15 neighbors a row in int32 (itself first) and then their
distances in float32; answers each with a line: {version}, then {seconds}. Maps of 500 and of 5,000
rows come first, which compile what the others run and are not counted.
"""

import json
import sys
import time
import warnings

import numba
import numpy as np
import umap

warnings.filterwarnings("ignore")


def fit(request, rows, near=(None, None, None)):
    start = time.perf_counter()
    method = umap.UMAP(metric=request["metric"], random_state=request["seed"], n_jobs=1, precomputed_knn=near)
    map = method.fit_transform(rows)
    return time.perf_counter() - start, map


def main():
    numba.set_num_threads(min(json.loads(sys.stdin.readline())["threads"], numba.config.NUMBA_NUM_THREADS))
    print(json.dumps({"version": umap.__version__}), flush=True)
    compiled = False
    for line in sys.stdin:
        request = json.loads(line)
        rows = np.fromfile(request["rows"], dtype=np.float32).reshape(-1, request["dimensions"])[: request["count"]]
        if not compiled:
            fit(request, rows[:5000])  # from 4,096 rows on neighbors are found as for all larger ones
            fit(request, rows[:500])
            compiled = True
        near = (None, None, None)
        if "near" in request:
            words = np.fromfile(request["near"], dtype=np.int32).reshape(2, len(rows), 15)
            near = (words[0], words[1].view(np.float32), None)
        seconds, map = fit(request, rows, near)
        map.astype(np.float32).tofile(request["out"])
        print(json.dumps({"seconds": seconds}), flush=True)


main()
