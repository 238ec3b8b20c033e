"""The convolutional VAE of bench/images/vae-step.mjs in PyTorch, eager: milliseconds of training steps.

A step is forward, both terms of the bound, backward and Adam's update, on a batch that is in memory. Reads a line of JSON with
`threads`, then lines with `steps`, and answers each with a line: {version}, then {times}.
"""

import json
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F


class Vae(nn.Module):
    def __init__(self, codes=20):
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Conv2d(1, 32, 4, stride=2, padding=1), nn.ReLU(),
            nn.Conv2d(32, 64, 4, stride=2, padding=1), nn.ReLU(),
            nn.Flatten(), nn.Linear(64 * 7 * 7, 2 * codes),
        )  # fmt: skip
        self.decoder = nn.Sequential(
            nn.Linear(codes, 64 * 7 * 7), nn.ReLU(), nn.Unflatten(1, (64, 7, 7)),
            nn.ConvTranspose2d(64, 32, 4, stride=2, padding=1), nn.ReLU(),
            nn.ConvTranspose2d(32, 1, 4, stride=2, padding=1),
        )  # fmt: skip

    def forward(self, x):
        """The negative bound in nats a picture."""
        mean, log_variance = self.encoder(x).chunk(2, dim=1)
        z = mean + (0.5 * log_variance).exp() * torch.randn_like(mean)
        reconstruction = F.binary_cross_entropy_with_logits(self.decoder(z), x, reduction="sum")
        kl = 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).sum()
        return (reconstruction + kl) / len(x)


def main():
    torch.set_num_threads(json.loads(sys.stdin.readline())["threads"])
    torch.manual_seed(1)
    model = Vae()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    x = torch.rand(128, 1, 28, 28)

    def step():
        start = time.perf_counter()
        optimizer.zero_grad()
        model(x).backward()
        optimizer.step()
        return 1000 * (time.perf_counter() - start)

    print(json.dumps({"version": torch.__version__}), flush=True)
    for line in sys.stdin:
        times = [step() for _ in range(json.loads(line)["steps"])]
        print(json.dumps({"times": times}), flush=True)


main()
