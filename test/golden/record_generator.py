"""Writes generator.onnx and generator.json: a small generator as PyTorch exports it, and its inversion by torch.optim.

Two transposed convolutions with batch normalization, ReLU and tanh, [1, 4, 1, 1] -> [1, 3, 8, 8] in -1 .. 1; the file is the
exporter's default, for one code at a time. The inversion is of the first picture, rounded to bytes, from the code 0: forty steps
of Adam with a rate of .03 that rises over two steps and falls along half a cosine over the last ten. Run in test/golden.
"""

import json
import math

import torch
from torch import nn

torch.manual_seed(4)
generator = nn.Sequential(
    nn.ConvTranspose2d(4, 8, 4, 1, 0, bias=False),
    nn.BatchNorm2d(8),
    nn.ReLU(),
    nn.ConvTranspose2d(8, 3, 4, 2, 1),
    nn.Tanh(),
).eval()
with torch.no_grad():
    norm = generator[1]
    norm.running_mean.normal_(0, 0.3)
    norm.running_var.uniform_(0.5, 2)
    norm.weight.uniform_(0.5, 1.5)
    norm.bias.normal_(0, 0.3)
    for layer in (generator[0], generator[3]):
        layer.weight.mul_(3)
torch.onnx.export(generator, (torch.randn(1, 4, 1, 1),), "generator.onnx", dynamo=False, opset_version=17)

codes = torch.randn(3, 4, 1, 1)
with torch.no_grad():
    pictures = generator(codes)

generator = generator.double().requires_grad_(False)
target = torch.round(255 * (pictures[:1].double() + 1) / 2) / 255
code = torch.zeros(1, 4, 1, 1, dtype=torch.float64, requires_grad=True)
steps, up, down = 40, 2, 10


def factor(t):
    fall = max(0, t - (steps - down)) / down
    return min(1, (t + 1) / up) * (1 + math.cos(math.pi * fall)) / 2


optimizer = torch.optim.Adam([code], lr=0.03)
schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, factor)
path = []
for step in range(steps + 1):
    optimizer.zero_grad()
    error = ((generator(code) + 1) / 2 - target).square().sum()
    path.append({"step": step, "code": code.flatten().tolist(), "error": error.item()})
    error.backward()
    optimizer.step()
    schedule.step()

with open("generator.json", "w") as file:
    rounded = [[round(value, 6) for value in picture.flatten().tolist()] for picture in pictures]
    json.dump({"codes": codes.reshape(3, 4).tolist(), "pictures": rounded, "path": path[::10]}, file)
