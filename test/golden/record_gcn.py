"""Writes gcn.json: a graph convolutional network of Kipf and Welling on a tiny graph, by PyTorch in float64.

The forward pass, gradients of the loss, and thirty epochs of Adam without dropout, from the weights with which gcn() begins
at seed 1; those come from dist/, which must be built. Run in test/golden.
"""

import json
import subprocess

import torch

torch.manual_seed(5)
torch.set_default_dtype(torch.float64)
N, F, H, C = 12, 8, 4, 3

pairs = torch.triu_indices(N, N, 1).T
chosen = pairs[torch.randperm(len(pairs))[:18]].tolist()
edges = [(i, j) for i, j in chosen if 11 not in (i, j)]  # node 11 is isolated
weights = torch.randint(1, 5, (len(edges),)).tolist()
features = (torch.rand(N, F) < 0.4) * torch.randint(1, 4, (N, F))
features[10] = 0  # a node without features
labels = torch.randint(0, C, (N,)).tolist()
train, validation, test = list(range(6)), list(range(6, 10)), [10, 11]

program = f"""
import {{ Rng }} from "../../dist/numerics/random.js";
import {{ glorotUniform }} from "../../dist/networks/layers/initializers.js";
const rng = new Rng(1);
console.log(JSON.stringify([[{F}, {H}], [{H}, {C}]].map((shape) => Array.from(glorotUniform(rng, shape).data))));
"""
begin = json.loads(subprocess.check_output(["node", "--input-type=module", "-e", program]))

A = torch.eye(N)
for (i, j), weight in zip(edges, weights):
    A[i, j] = A[j, i] = weight
scale = A.sum(1) ** -0.5
S = scale[:, None] * A * scale[None, :]
X = features / features.sum(1, keepdim=True).clamp(min=1)
y = torch.tensor(labels)
first = torch.tensor(begin[0]).reshape(F, H).requires_grad_()
second = torch.tensor(begin[1]).reshape(H, C).requires_grad_()


def forward():
    hidden = torch.relu(S @ X @ first)
    return hidden, S @ hidden @ second


def loss(nodes, penalty):
    logits = forward()[1]
    return torch.nn.functional.cross_entropy(logits[nodes], y[nodes]) + penalty * 5e-4 * 0.5 * first.pow(2).sum()


hidden, logits = forward()
value = loss(train, 1)
gradients = torch.autograd.grad(value, (first, second))
recorded = {
    "version": f"PyTorch {torch.__version__.split('+')[0]}",
    "edges": edges,
    "weights": weights,
    "features": features.long().tolist(),
    "labels": labels,
    "first": begin[0],
    "second": begin[1],
    "operator": S.flatten().tolist(),
    "hidden": hidden.flatten().tolist(),
    "logits": logits.flatten().tolist(),
    "gradients": [g.flatten().tolist() for g in gradients],
}
optimizer = torch.optim.Adam((first, second), lr=0.01)
losses, validation_losses = [], []
for _ in range(30):
    optimizer.zero_grad()
    value = loss(train, 1)
    value.backward()
    optimizer.step()
    losses.append(value.item())
    validation_losses.append(loss(validation, 0).item())
recorded |= {"losses": losses, "validationLosses": validation_losses, "last": forward()[1].flatten().tolist()}
with open("gcn.json", "w") as file:
    json.dump(recorded, file)
