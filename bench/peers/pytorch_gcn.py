"""The network of bench/gcn.mjs in PyTorch: seconds of training, with sparse features, without dropout of them.

Reads a line of JSON with `threads`, then lines with `network`, the folder of a data set, and `steps`, the number of epochs;
answers each with a line: {version, networks}, then {times}, a list of one number. An epoch is a step of Adam on the training
nodes, and the loss and accuracy of the validation nodes after it.
"""

import gzip
import json
import sys
import time
from functools import cache
from pathlib import Path

import torch
from torch.nn import functional as F


@cache
def load(folder):
    folder = Path(folder)
    head, *lines = gzip.open(folder / "features.txt.gz", "rt").read().split("\n")
    rows, columns, _ = map(int, head.split())
    entries = torch.tensor([[float(x) for x in line.split()] for line in lines if line])
    sums = torch.zeros(rows).index_add(0, entries[:, 0].long(), entries[:, 2])
    values = entries[:, 2] / sums[entries[:, 0].long()]
    x = torch.sparse_coo_tensor(entries[:, :2].long().T, values, (rows, columns)).to_sparse_csr()

    edges = gzip.open(folder / "edges.csv.gz", "rt").read().split("\n")[1:]
    ends = torch.tensor([[int(i) for i in line.split(",")] for line in edges if line]).T
    ends = ends[:, ends[0] != ends[1]]
    own = torch.arange(rows).repeat(2, 1)
    ends = torch.cat([ends, ends.flip(0), own], 1)
    scale = torch.bincount(ends[0], minlength=rows).float() ** -0.5
    s = torch.sparse_coo_tensor(ends, scale[ends[0]] * scale[ends[1]], (rows, rows)).to_sparse_csr()

    labels = torch.full((rows,), -1)
    for line in (folder / "labels.csv").read_text().split("\n")[1:]:
        if line:
            node, label = map(int, line.split(","))
            labels[node] = label
    parts = {"train": [], "val": [], "test": []}
    for line in (folder / "split.csv").read_text().split("\n")[1:]:
        if line:
            node, part = line.split(",")
            parts[part].append(int(node))
    return x, s, labels, torch.tensor(parts["train"]), torch.tensor(parts["val"])


def train(folder, epochs):
    x, s, labels, training, validation = load(folder)
    first = torch.nn.Parameter(torch.empty(x.shape[1], 16))
    second = torch.nn.Parameter(torch.empty(16, int(labels.max()) + 1))
    torch.nn.init.xavier_uniform_(first)
    torch.nn.init.xavier_uniform_(second)
    optimizer = torch.optim.Adam([first, second], lr=0.01)

    def forward(rate):
        hidden = F.dropout(torch.relu(s @ (x @ first)), rate)
        return s @ (hidden @ second)

    start = time.perf_counter()
    for _ in range(epochs):
        optimizer.zero_grad()
        penalty = 5e-4 / 2 * first.square().sum()
        loss = F.cross_entropy(forward(0.5)[training], labels[training]) + penalty
        loss.backward()
        optimizer.step()
        with torch.no_grad():
            logits = forward(0.0)[validation]
            F.cross_entropy(logits, labels[validation]).item()
            (logits.argmax(1) == labels[validation]).float().mean().item()
    return time.perf_counter() - start


def main():
    torch.set_num_threads(json.loads(sys.stdin.readline())["threads"])
    torch.manual_seed(1)
    print(json.dumps({"version": torch.__version__, "networks": ["gcn"]}), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        print(json.dumps({"times": [train(request["network"], request["steps"])]}), flush=True)


main()
