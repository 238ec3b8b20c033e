"""Writes layers.json: layers of PyTorch in float64 with their parameters, inputs, outputs and gradients.

The gradients are those of the sum of cos(k) * outputs_k, k counting all elements. Weights of dense layers are written as
[inputs, outputs]. Run: python record_layers.py > layers.json
"""

import json
import math

import torch
from torch import nn
from torch.nn import functional as F

torch.manual_seed(1)
torch.set_default_dtype(torch.float64)


def rounded(tensor):
    """The nearest numbers in float32, which is what arrays hold."""
    return tensor.detach().float().double()


def write(tensor):
    return {"shape": list(tensor.shape), "data": tensor.detach().double().reshape(-1).tolist()}


def prepare(module):
    for parameter in module.parameters():
        values = torch.randn_like(parameter) * 0.5 if parameter.dim() == 1 else parameter.detach()
        parameter.data.copy_(rounded(values))
    return module


def record(params, inputs, outputs):
    """params: name -> (tensor, view of it as written)."""
    flat = torch.cat([output.reshape(-1) for output in outputs])
    total = (flat * torch.cos(torch.arange(flat.numel()).double())).sum()
    leaves = {name: tensor for name, (tensor, _) in params.items()} | inputs
    floating = {name: tensor for name, tensor in leaves.items() if tensor.requires_grad}
    found = dict(zip(floating, torch.autograd.grad(total, list(floating.values()))))
    views = {name: view for name, (_, view) in params.items()}
    return {
        "params": {name: write(view(tensor)) for name, (tensor, view) in params.items()},
        "inputs": {name: write(tensor) for name, tensor in inputs.items()},
        "outputs": [write(output) for output in outputs],
        "gradients": {name: write(views.get(name, same)(d)) for name, d in found.items()},
    }


def same(x):
    return x


def turned(x):
    return x.T


def dense(name, layer):
    return {f"{name}.weights": (layer.weight, turned), f"{name}.bias": (layer.bias, same)}


def norm(name, layer):
    return {f"{name}.scale": (layer.weight, same), f"{name}.bias": (layer.bias, same)}


def random(*shape):
    return rounded(torch.randn(shape)).requires_grad_(True)


def projections(layer):
    """Separate leaves for what MultiheadAttention keeps in one tensor; returns them and a function that attends."""
    width = layer.embed_dim
    if layer.in_proj_weight is not None:
        parts = [rounded(part).requires_grad_(True) for part in layer.in_proj_weight.chunk(3)]
    else:
        parts = [layer.q_proj_weight, layer.k_proj_weight, layer.v_proj_weight]
    biases = [rounded(part).requires_grad_(True) for part in layer.in_proj_bias.chunk(3)]
    params = {}
    for name, weight, bias in zip(("query", "key", "value"), parts, biases):
        params |= {f"{name}.weights": (weight, turned), f"{name}.bias": (bias, same)}
    params |= dense("output", layer.out_proj)

    def attend(x, context, attn_mask=None, key_padding_mask=None):
        output, _ = F.multi_head_attention_forward(
            x.transpose(0, 1), context.transpose(0, 1), context.transpose(0, 1), width, layer.num_heads, None,
            torch.cat(biases), None, None, False, 0.0, layer.out_proj.weight, layer.out_proj.bias, training=False,
            key_padding_mask=key_padding_mask, need_weights=False, attn_mask=attn_mask, use_separate_proj_weight=True,
            q_proj_weight=parts[0], k_proj_weight=parts[1], v_proj_weight=parts[2])  # fmt: skip
        return output.transpose(0, 1)

    return params, attend


cases = {}

params, attend = projections(prepare(nn.MultiheadAttention(6, 2, batch_first=True)))
x = random(2, 4, 6)
causal = torch.triu(torch.ones(4, 4, dtype=torch.bool), 1)
cases["causal attention"] = record(params, {"x": x}, [attend(x, x, attn_mask=causal)])

params, attend = projections(prepare(nn.MultiheadAttention(4, 2, kdim=3, vdim=3, batch_first=True)))
x, context = random(2, 3, 4), random(2, 5, 3)
seen = torch.tensor([[True, True, False, True, False], [True, True, True, True, False]])
cases["cross attention"] = record(
    params, {"x": x, "context": context, "seen": seen}, [attend(x, context, key_padding_mask=~seen)]
)

layer = prepare(nn.GRU(3, 4, batch_first=True))
params = {
    "input.weights": (layer.weight_ih_l0, turned),
    "input.bias": (layer.bias_ih_l0, same),
    "hidden.weights": (layer.weight_hh_l0, turned),
    "hidden.bias": (layer.bias_hh_l0, same),
}
x, first = random(2, 5, 3), random(2, 4)
outputs, state = layer(x, first[None])
cases["gru"] = record(params, {"x": x, "first": first}, [outputs, state[0]])

layer = prepare(nn.BatchNorm2d(3))
layer.running_mean.copy_(rounded(torch.randn(3)))
layer.running_var.copy_(rounded(torch.rand(3) + 0.5))
before = {"mean": layer.running_mean.clone(), "variance": layer.running_var.clone()}
x = random(2, 3, 2, 2)
output = layer(x)
recorded = record(norm("norm", layer), {"x": x} | before, [output])
recorded["outputs"] += [write(layer.running_mean), write(layer.running_var)]
cases["batch norm while training"] = recorded
layer.eval()
after = {"mean": rounded(layer.running_mean), "variance": rounded(layer.running_var)}
layer.running_mean.copy_(after["mean"])
layer.running_var.copy_(after["variance"])
cases["batch norm after training"] = record(norm("norm", layer), {"x": x} | after, [layer(x)])

layer = prepare(nn.Conv2d(4, 6, (3, 2), stride=(2, 1), padding=1, groups=2))
x = random(2, 4, 5, 4)
cases["convolution"] = record(
    {"weights": (layer.weight, same), "bias": (layer.bias, same)}, {"x": x}, [layer(x)]
)

heads, width = 2, 4
norm1, norm2 = prepare(nn.LayerNorm(width)), prepare(nn.LayerNorm(width))
widen, narrow = prepare(nn.Linear(width, 4 * width)), prepare(nn.Linear(4 * width, width))
params, attend = projections(prepare(nn.MultiheadAttention(width, heads, batch_first=True)))
params = {f"attention.{name}": pair for name, pair in params.items()}
params |= norm("norm1", norm1) | norm("norm2", norm2)
params |= dense("feedForward.widen", widen) | dense("feedForward.narrow", narrow)
x = random(2, 3, width)
y = norm1(x)
y = x + attend(y, y, attn_mask=torch.triu(torch.ones(3, 3, dtype=torch.bool), 1))
y = y + narrow(F.gelu(widen(norm2(y))))
cases["transformer block"] = record(params, {"x": x}, [y])

layer = prepare(nn.Embedding(5, 3))
ids = torch.tensor([[0, 4, 4], [2, 0, 1]])
cases["embedding"] = record({"vectors": (layer.weight, same)}, {"ids": ids}, [layer(ids)])

assert all(math.isfinite(v) for case in cases.values() for output in case["outputs"] for v in output["data"])
print('{"version": ' + json.dumps("PyTorch " + torch.__version__.partition("+")[0]) + ', "cases": {')
print(",\n".join(f"{json.dumps(name)}: {json.dumps(case)}" for name, case in cases.items()))
print("}}")
