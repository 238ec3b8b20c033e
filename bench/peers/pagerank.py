"""From a plain edge file, "source target" a line, to PageRank (damping .85, L1 change 1e-10), as users of a library write it.

    python pagerank.py networkx|igraph|scipy edges.txt

Prints one JSON line: seconds, imports not counted, the best of up to five; and the five highest ranks by node.
"""

import json
import sys
import time

name, path = sys.argv[1:]


if name == "networkx":
    import networkx as nx
    import scipy  # noqa: F401  (networkx imports it on first use)

    def rank():
        graph = nx.read_edgelist(path, nodetype=int, create_using=nx.DiGraph)
        return nx.pagerank(graph, 0.85, tol=1e-10 / graph.number_of_nodes(), max_iter=1000)

elif name == "igraph":
    import igraph

    def rank():
        return igraph.Graph.Read_Edgelist(path, directed=True).pagerank(damping=0.85)

else:
    import numpy as np
    import pyarrow.csv
    from scipy import sparse

    def rank():
        options = pyarrow.csv.ReadOptions(column_names=["source", "target"])
        table = pyarrow.csv.read_csv(path, options, pyarrow.csv.ParseOptions(delimiter=" "))
        source, target = (table.column(k).to_numpy() for k in (0, 1))
        n = int(max(source.max(), target.max())) + 1
        matrix = sparse.csr_matrix((np.ones(len(source)), (target, source)), shape=(n, n))
        out = np.bincount(source, minlength=n)
        inverse = np.divide(1.0, out, out=np.zeros(n), where=out > 0)
        dangling = out == 0
        x = np.full(n, 1 / n)
        while True:
            y = 0.85 * (matrix @ (x * inverse) + x[dangling].sum() / n) + 0.15 / n
            if np.abs(y - x).sum() <= 1e-10:
                return y
            x = y


best = float("inf")
for _ in range(1 if name == "networkx" else 5):
    start = time.perf_counter()
    ranks = rank()
    best = min(best, time.perf_counter() - start)
ranks = ranks if isinstance(ranks, dict) else dict(enumerate(ranks))
top = sorted(ranks, key=ranks.get, reverse=True)[:5]
print(json.dumps({"seconds": best, "top": {str(node): ranks[node] for node in top}}))
