"""The three networks of bench/networks.mjs in PyTorch, eager: milliseconds of training steps.

A step is forward, loss, backward and Adam's update, on a batch that is in memory. Reads a line of JSON with `threads`, then
lines with `network` and `steps`, and answers each with a line: {version, networks}, then {times}.
"""

import json
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F


class Transformer(nn.Module):
    """4 layers, 4 heads, width 128, context 64, 65 tokens, before each block a layer norm, as GPT-2."""

    def __init__(self, tokens=65, context=64, width=128, heads=4, layers=4):
        super().__init__()
        self.token = nn.Embedding(tokens, width)
        self.place = nn.Embedding(context, width)
        self.blocks = nn.ModuleList(Block(width, heads) for _ in range(layers))
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, tokens, bias=False)

    def forward(self, ids):
        x = self.token(ids) + self.place.weight
        for block in self.blocks:
            x = block(x)
        return self.head(self.norm(x))


class Block(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.norm1 = nn.LayerNorm(width)
        self.attention = nn.Linear(width, 3 * width)
        self.project = nn.Linear(width, width)
        self.norm2 = nn.LayerNorm(width)
        self.widen = nn.Linear(width, 4 * width)
        self.narrow = nn.Linear(4 * width, width)

    def forward(self, x):
        batch, context, width = x.shape
        q, k, v = (
            part.view(batch, context, self.heads, width // self.heads).transpose(1, 2)
            for part in self.attention(self.norm1(x)).split(width, dim=2)
        )
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.project(y.transpose(1, 2).reshape(batch, context, width))
        return x + self.narrow(F.gelu(self.widen(self.norm2(x))))


def cnn():
    return nn.Sequential(
        nn.Conv2d(1, 32, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(7 * 7 * 64, 512), nn.ReLU(), nn.Linear(512, 10),
    )  # fmt: skip


def mlp():
    return nn.Sequential(nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 512), nn.ReLU(), nn.Linear(512, 10))


def trainer(model, x, y):
    """Makes one step and returns its milliseconds."""
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)

    def step():
        start = time.perf_counter()
        optimizer.zero_grad()
        logits = model(x)
        loss = F.cross_entropy(logits.reshape(-1, logits.shape[-1]), y.reshape(-1))
        loss.backward()
        optimizer.step()
        return 1000 * (time.perf_counter() - start)

    return step


def main():
    torch.set_num_threads(json.loads(sys.stdin.readline())["threads"])
    torch.manual_seed(1)
    images = torch.rand(64, 1, 28, 28), torch.randint(0, 10, (64,))
    rows = torch.rand(128, 784), torch.randint(0, 10, (128,))
    text = torch.randint(0, 65, (12, 64)), torch.randint(0, 65, (12, 64))
    steps = {
        "cnn": trainer(cnn(), *images),
        "mlp": trainer(mlp(), *rows),
        "transformer": trainer(Transformer(), *text),
    }
    print(json.dumps({"version": torch.__version__, "networks": list(steps)}), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        times = [steps[request["network"]]() for _ in range(request["steps"])]
        print(json.dumps({"times": times}), flush=True)


main()
