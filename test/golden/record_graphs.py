"""Writes graph-*: one small weighted graph by networkx and scipy in each format that they write; see README.md."""

import json
import pathlib

import networkx as nx
import scipy.io
import scipy.sparse

here = pathlib.Path(__file__).parent


def karate():
    """Zachary's karate club (1977) by networkx, its 78 edges weighted by 1 + (u + v) mod 4, and its clubs."""
    graph = nx.Graph()
    club = nx.karate_club_graph()
    for node in sorted(club):
        graph.add_node(node, club=club.nodes[node]["club"])
    for u, v in sorted(tuple(sorted(edge)) for edge in club.edges):
        graph.add_edge(u, v, weight=1 + (u + v) % 4)
    return graph


graph = karate()
nx.write_graphml(graph, here / "graph-networkx.graphml")
nx.write_gexf(graph, here / "graph-networkx.gexf")
nx.write_adjlist(graph, here / "graph-networkx.adjlist")
nx.write_weighted_edgelist(graph, here / "graph-networkx.edgelist")
(here / "graph-networkx.json").write_text(json.dumps(nx.node_link_data(graph, edges="links")))
matrix = nx.to_scipy_sparse_array(graph, nodelist=sorted(graph), format="coo")
scipy.io.mmwrite(here / "graph-scipy.mtx", scipy.sparse.coo_matrix(matrix), symmetry="symmetric")
expected = {
    "edges": [[u, v, graph[u][v]["weight"]] for u, v in sorted(tuple(sorted(edge)) for edge in graph.edges)],
    "club": [graph.nodes[node]["club"] for node in sorted(graph)],
}
(here / "expected-graph.json").write_text(json.dumps(expected))
