"""Writes expected-optimizers.json: parameters after each of 8 updates by torch.optim, learning rates by its schedulers.

Run: python record_optimizers.py
"""

import json
from pathlib import Path

import torch
from torch.optim import lr_scheduler
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

updates = 8
shapes = [(2, 3), (5,)]
generator = torch.Generator().manual_seed(1)


def draw(shape, scale=1.0):
    return (scale * torch.randn(shape, generator=generator)).float()


start = [draw(shape) for shape in shapes]
# sizes from 1e-4 to 10, so that epsilon and bias corrections show
gradients = [[draw(shape, 10.0 ** (k % 6 - 4)) for shape in shapes] for k in range(updates)]

cases = {
    "sgd": lambda p: torch.optim.SGD(p, lr=0.1),
    "sgd decay": lambda p: torch.optim.SGD(p, lr=0.1, weight_decay=0.05),
    "sgd momentum": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9, weight_decay=0.01),
    "sgd nesterov": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9, nesterov=True, weight_decay=0.01),
    "adagrad": lambda p: torch.optim.Adagrad(p, lr=0.1, weight_decay=0.01),
    "adagrad epsilon": lambda p: torch.optim.Adagrad(p, lr=0.1, eps=1e-3),
    "adam": lambda p: torch.optim.Adam(p),
    "adam settings": lambda p: torch.optim.Adam(p, lr=0.02, betas=(0.5, 0.9), eps=1e-3, weight_decay=0.1),
    "adamW": lambda p: torch.optim.AdamW(p),
    "adamW chosen": lambda p: torch.optim.AdamW(
        [{"params": [p[0]], "weight_decay": 0.2}, {"params": [p[1]], "weight_decay": 0.0}], lr=0.05
    ),
    "rmsprop": lambda p: torch.optim.RMSprop(p),
    "rmsprop momentum": lambda p: torch.optim.RMSprop(p, lr=0.02, alpha=0.9, eps=1e-3, momentum=0.8, weight_decay=0.1),
}


def trajectory(make, clip=None):
    parameters = [torch.nn.Parameter(x.clone()) for x in start]
    optimizer = make(parameters)
    path = []
    for step in range(updates):
        for parameter, gradient in zip(parameters, gradients[step]):
            parameter.grad = gradient.clone()
        if clip is not None:
            clip(parameters)
        optimizer.step()
        path.append([p.detach().flatten().tolist() for p in parameters])
    return path


def average():
    module = torch.nn.Module()
    module.a, module.b = (torch.nn.Parameter(x.clone()) for x in start)
    optimizer = torch.optim.SGD(module.parameters(), lr=0.1)
    averaged = AveragedModel(module, multi_avg_fn=get_ema_multi_avg_fn(0.9))
    averaged.update_parameters(module)  # the first call copies
    path = []
    for step in range(updates):
        module.a.grad, module.b.grad = (g.clone() for g in gradients[step])
        optimizer.step()
        averaged.update_parameters(module)
        path.append([p.detach().flatten().tolist() for p in averaged.parameters()])
    return path


def rates(make, rate=0.3, count=25):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=rate)
    scheduler = make(optimizer)
    found = []
    for _ in range(count):
        found.append(scheduler.get_last_lr()[0])
        optimizer.step()
        scheduler.step()
    return found


norm = torch.nn.utils.clip_grad_norm_
value = torch.nn.utils.clip_grad_value_
expected = {
    "torch": torch.__version__,
    "start": [x.flatten().tolist() for x in start],
    "gradients": [[g.flatten().tolist() for g in step] for step in gradients],
    "updates": {name: trajectory(make) for name, make in cases.items()}
    | {
        "clipped by norm": trajectory(cases["sgd"], lambda p: norm(p, 0.5)),
        "clipped by value": trajectory(cases["sgd"], lambda p: value(p, 0.01)),
        "average": average(),
    },
    "rates": {
        # LinearLR counts from 0: 1/N at first, 1 after N - 1 updates
        "warmUp": rates(lambda o: lr_scheduler.LinearLR(o, start_factor=1 / 10, total_iters=9)),
        "cosineDecay": rates(lambda o: lr_scheduler.CosineAnnealingLR(o, 20, 0.01), count=21),
        "stepDecay": rates(lambda o: lr_scheduler.StepLR(o, 7, 0.5)),
        "exponentialDecay": rates(lambda o: lr_scheduler.ExponentialLR(o, 0.9)),
    },
}
Path(__file__).with_name("expected-optimizers.json").write_text(json.dumps(expected) + "\n")
