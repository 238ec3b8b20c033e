"""node2vec by pecanpy's walks and gensim's Word2Vec, for bench/node2vec.mjs.

Reads a line of JSON with `threads` and `edges`, a file of two numbers a line, and answers {version}; then lines with
settings and `output`, and answers each with {walks, training}, in seconds, once the vectors lie in the output as f32,
row after row in the order of the nodes' numbers.
"""

import json
import os
import sys
import tempfile
import time

import gensim
import numpy as np
from gensim.models import Word2Vec
from importlib.metadata import version
from pecanpy import pecanpy


def read(path, p, q, workers):
    graph = pecanpy.SparseOTF(p=p, q=q, workers=workers, verbose=False)
    graph.read_edg(path, weighted=False, directed=False)
    graph.preprocess_transition_probs()
    return graph


def compile_walks(p, q, workers):
    """Lets Numba compile, on a ring of three."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "ring.tsv")
        with open(path, "w") as file:
            file.write("0\t1\n1\t2\n2\t0\n")
        read(path, p, q, workers).simulate_walks(1, 5)


def embed(graph, settings, workers):
    start = time.perf_counter()
    walks = graph.simulate_walks(settings["walks"], settings["walkLength"])
    walked = time.perf_counter()
    model = Word2Vec(
        walks,
        vector_size=settings["dimensions"],
        window=settings["window"],
        negative=settings["negatives"],
        alpha=settings["learningRate"],
        epochs=settings["epochs"],
        seed=settings["seed"],
        workers=workers,
        sg=1,
        min_count=0,
        sample=0,
    )
    end = time.perf_counter()
    return model.wv, {"walks": walked - start, "training": end - walked}


def main():
    first = json.loads(sys.stdin.readline())
    workers = first["threads"]
    print(json.dumps({"version": f"gensim {gensim.__version__}, pecanpy {version('pecanpy')}"}), flush=True)
    for line in sys.stdin:
        settings = json.loads(line)
        p, q = settings["p"], settings["q"]
        compile_walks(p, q, workers)
        graph = read(first["edges"], p, q, workers)
        vectors, times = embed(graph, settings, workers)
        nodes = 1 + max(int(name) for name in graph.nodes)
        rows = np.zeros((nodes, settings["dimensions"]), "<f4")
        for node in range(nodes):
            if str(node) in vectors:
                rows[node] = vectors[str(node)]
        rows.tofile(settings["output"])
        print(json.dumps(times), flush=True)


main()
