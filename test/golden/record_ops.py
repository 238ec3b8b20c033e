"""Computes by PyTorch, in float64, what the cases of test/networks/op-cases.ts must give; golden.test.ts runs it.

Reads a list of {label, python, inputs, weights, by} from standard input, writes {version, cases} to standard output. The
gradients are those of the sum of weights * outputs.
"""

import json
import math
import sys

import numpy as np
import torch
import torch.nn.functional as F  # noqa: F401, for the expressions

dtypes = {"float32": torch.float64, "int32": torch.int32, "int64": torch.int64, "bool": torch.bool}


def read(value):
    data = [float(element) for element in value["data"]]
    return torch.tensor(data, dtype=torch.float64).reshape(value["shape"]).to(dtypes[value["dtype"]])


def write(tensor):
    data = tensor.detach().to(torch.float64).reshape(-1).tolist()
    return {"shape": list(tensor.shape), "data": [x if math.isfinite(x) else str(x) for x in data]}


cases = {}
for case in json.load(sys.stdin):
    inputs = [read(value) for value in case["inputs"]]
    for k in case["by"]:
        inputs[k].requires_grad_(True)
    names = dict(zip("xyzw", inputs), torch=torch, F=F, np=np)
    outputs = eval(case["python"], names)
    outputs = list(outputs) if isinstance(outputs, (list, tuple)) else [outputs]
    floating = [output for output in outputs if output.dtype == torch.float64]
    total = sum((output * read(weight)).sum() for output, weight in zip(floating, case["weights"]))
    total = torch.as_tensor(total)
    recorded = {"outputs": [write(output) for output in outputs]}
    if case["by"]:
        by = [inputs[k] for k in case["by"]]
        found = torch.autograd.grad(total, by, allow_unused=True) if total.requires_grad else [None] * len(by)
        recorded["gradients"] = [write(torch.zeros_like(x) if d is None else d) for x, d in zip(by, found)]
    cases[case["label"]] = recorded

print('{"version": ' + json.dumps("PyTorch " + torch.__version__.partition("+")[0]) + ', "cases": {')
print(",\n".join(f"{json.dumps(label)}: {json.dumps(recorded)}" for label, recorded in cases.items()))
print("}}")
