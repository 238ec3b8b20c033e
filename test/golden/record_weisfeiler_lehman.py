"""Records weisfeiler-lehman.json by networkx: partitions of Weisfeiler-Lehman rounds, and verdicts on pairs of graphs."""

import json
import random

import networkx as nx
from networkx.algorithms import isomorphism

random.seed(1)


def plain(graph, labels=None, edge_labels=None):
    nodes = sorted(graph.nodes)
    place = {node: i for i, node in enumerate(nodes)}
    edges = [(place[a], place[b]) for a, b in graph.edges]
    result = {"n": len(nodes), "edges": edges, "directed": graph.is_directed()}
    if labels:
        result["nodeLabels"] = [graph.nodes[node][labels] for node in nodes]
    if edge_labels:
        result["edgeLabels"] = [graph.edges[edge][edge_labels] for edge in graph.edges]
    return result


def rounds(graph, count, edge_attr=None):
    """The class of each node in rounds 0 (labels) to count, numbered by first appearance."""
    hashes = nx.weisfeiler_lehman_subgraph_hashes(
        graph, edge_attr=edge_attr, node_attr="label", iterations=count, include_initial_labels=True
    )
    result = []
    for t in range(count + 1):
        classes = {}
        result.append([classes.setdefault(hashes[node][t], len(classes)) for node in sorted(graph.nodes)])
    return result


def labeled(graph, kinds, edge_kinds=1):
    for node in graph.nodes:
        graph.nodes[node]["label"] = str(random.randrange(kinds))
    for edge in graph.edges:
        graph.edges[edge]["kind"] = random.randrange(edge_kinds)
    return graph


named = {
    "karate club": (nx.Graph(nx.karate_club_graph().edges), 1, 1),
    "Frucht": (nx.frucht_graph(), 1, 1),
    "Tutte": (nx.tutte_graph(), 1, 1),
    "Florentine families": (nx.florentine_families_graph(), 1, 1),
    "tree": (nx.random_labeled_tree(40, seed=1), 1, 1),
    "labeled tree": (nx.random_labeled_tree(40, seed=2), 2, 1),
    "edges of two kinds": (nx.random_regular_graph(3, 20, seed=3), 1, 2),
    "nodes and edges of two kinds": (nx.gnm_random_graph(30, 40, seed=4), 2, 2),
}
partitions = []
for name, (graph, kinds, edge_kinds) in named.items():
    graph = labeled(graph, kinds, edge_kinds)
    edge_attr = "kind" if edge_kinds > 1 else None
    entry = plain(graph, "label", edge_attr)
    partitions.append({"name": name, **entry, "rounds": rounds(graph, 6, edge_attr)})

pairs = []


def verdict(kind, a, b):
    matcher = isomorphism.DiGraphMatcher if a.is_directed() else isomorphism.GraphMatcher
    node_match = isomorphism.categorical_node_match("label", "0")
    edge_match = isomorphism.categorical_edge_match("kind", 0)
    answer = matcher(a, b, node_match=node_match, edge_match=edge_match).is_isomorphic()
    pairs.append({"kind": kind, "a": plain(a, "label", "kind"), "b": plain(b, "label", "kind"), "isomorphic": answer})


def swapped(graph):
    """Two edges exchange ends, so that degrees stay; then the nodes are renumbered."""
    graph = graph.copy()
    swap = nx.directed_edge_swap if graph.is_directed() else nx.double_edge_swap
    swap(graph, nswap=1, max_tries=10000, seed=random.randrange(10**6))
    for edge in graph.edges:
        graph.edges[edge].setdefault("kind", 0)
    return renumbered(graph)


def renumbered(graph):
    order = list(graph.nodes)
    random.shuffle(order)
    return nx.relabel_nodes(graph, dict(zip(graph.nodes, order)))


for k in range(12):
    cubic = labeled(nx.random_regular_graph(3, 10, seed=k), 1)
    verdict("cubic", cubic, labeled(nx.random_regular_graph(3, 10, seed=100 + k), 1))
    verdict("cubic, swapped", cubic, swapped(cubic))
    verdict("cubic, renumbered", cubic, renumbered(cubic))
    quartic = labeled(nx.random_regular_graph(4, 9, seed=k), 1)
    verdict("quartic", quartic, labeled(nx.random_regular_graph(4, 9, seed=200 + k), 1))
    kinds = labeled(nx.gnm_random_graph(9, 14, seed=k), 2, 2)
    verdict("labeled, renumbered", kinds, renumbered(kinds))
    arcs = labeled(nx.gnm_random_graph(8, 20, seed=k, directed=True), 1)
    verdict("directed, swapped", arcs, swapped(arcs))
    verdict("directed, reversed", arcs, renumbered(arcs.reverse()))

with open("weisfeiler-lehman.json", "w") as file:
    json.dump({"networkx": nx.__version__, "partitions": partitions, "pairs": pairs}, file, separators=(",", ":"))
print({answer: sum(p["isomorphic"] is answer for p in pairs) for answer in (True, False)})
