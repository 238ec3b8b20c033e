"""
Records small networks that PyTorch exports as ONNX, with what they give and their gradients, for
test/networks/onnx-in.test.ts:

    pip install torch==2.15.0 onnx==1.23.2 numpy==2.4.6
    python record_onnx_models.py onnx-models.bin.gz

Each is exported at several operator sets, the last one also brought to the newest by onnx.version_converter; outputs and
the gradients of sum(outputs * weights) by inputs and parameters are PyTorch's in float64. The format is that of
record_onnx_nodes.py.
"""
import copy
import gzip
import io
import json
import sys
import warnings

import numpy as np
import onnx
import torch
import torch.nn.functional as F
from onnx import version_converter
from torch import nn

warnings.simplefilter("ignore")
torch.manual_seed(1)
blob = bytearray()


def store(data):
    blob.extend(b"\0" * (-len(blob) % 8))
    offset = len(blob)
    blob.extend(data)
    return [offset, len(data)]


def tensor(value):
    value = value.detach().numpy()
    value = value.astype(np.float32) if value.dtype == np.float64 else value
    return {"type": str(value.dtype), "shape": list(value.shape), "bytes": store(np.ascontiguousarray(value).tobytes())}


class Classifier(nn.Module):
    """Convolutions with batch normalization, pooling, dropout and dense layers."""

    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(2, 4, 3, stride=2, padding=1)
        self.norm = nn.BatchNorm2d(4)
        self.norm.running_mean.uniform_(-0.5, 0.5)
        self.norm.running_var.uniform_(0.5, 1.5)
        self.depthwise = nn.Conv2d(4, 4, 3, padding=2, dilation=2, groups=4, bias=False)
        self.dense = nn.Linear(16, 6)
        self.last = nn.Linear(6, 3)

    def forward(self, x):
        x = F.relu6(self.norm(self.first(x)))
        x = F.max_pool2d(F.leaky_relu(self.depthwise(x), 0.1), 3, stride=1, padding=1)
        x = F.avg_pool2d(x, 2)
        x = F.dropout(torch.flatten(x, 1), 0.5, self.training)
        return F.log_softmax(self.last(torch.tanh(self.dense(x))), dim=1)


class Decoder(nn.Module):
    """Transposed convolution, resizing, padding and pixel shuffling."""

    def __init__(self):
        super().__init__()
        self.dense = nn.Linear(3, 2 * 3 * 3)
        self.up = nn.ConvTranspose2d(2, 4, 3, stride=2, padding=1, output_padding=1)
        self.norm = nn.InstanceNorm2d(4, affine=True)
        self.out = nn.Conv2d(1, 1, 3)

    def forward(self, z):
        x = self.dense(z).view(z.size(0), 2, 3, 3)
        x = F.elu(self.norm(self.up(x)))
        x = F.pixel_shuffle(F.interpolate(x, size=(5, 4), mode="bilinear", align_corners=False), 2)
        x = F.interpolate(F.pad(x, (1, 1, 1, 1), mode="reflect"), scale_factor=2, mode="nearest")
        return torch.sigmoid(self.out(x)).clamp(0.1, 0.9)


class Encoder(nn.Module):
    """Embedding, attention, layer normalization and Gelu over a sequence whose length is not fixed."""

    def __init__(self):
        super().__init__()
        self.tokens = nn.Embedding(7, 8)
        self.places = nn.Parameter(torch.randn(10, 8))
        self.qkv = nn.Linear(8, 24)
        self.norm = nn.LayerNorm(8)
        self.dense = nn.Linear(8, 8)

    def forward(self, ids):
        n, t = ids.shape
        x = self.tokens(ids) + self.places[torch.arange(t)]
        q, k, v = self.qkv(x).view(n, t, 3, 2, 4).permute(2, 0, 3, 1, 4).unbind(0)
        mask = torch.tril(torch.ones(t, t)) == 0
        scores = (q @ k.transpose(-2, -1) / 2).masked_fill(mask, float("-inf"))
        x = x + (scores.softmax(-1) @ v).transpose(1, 2).reshape(n, t, 8)
        return (x + F.gelu(self.dense(self.norm(x)))).mean(1)


class Recurrent(nn.Module):
    """LSTM in both directions, GRU and a plain recurrent network."""

    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(3, 4, bidirectional=True)
        self.gru = nn.GRU(8, 3)
        self.rnn = nn.RNN(3, 2, nonlinearity="relu")

    def forward(self, x):
        x, (h, c) = self.lstm(x)
        x, g = self.gru(x)
        x, r = self.rnn(x)
        return x, h, c, g, r


class Mathematics(nn.Module):
    """Functions of single elements, reductions and indexing."""

    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.rand(5) + 0.5)
        self.slope = nn.Parameter(torch.tensor([0.2]))

    def forward(self, x):
        y = x * self.scale
        parts = [
            torch.erf(y), F.mish(y), F.softplus(y), F.hardswish(y), F.hardsigmoid(y), F.selu(y), F.celu(y, 0.7),
            F.prelu(y, self.slope), F.silu(y), F.softsign(y), F.gelu(y), y.abs().pow(1.5), y.pow(3), y.exp().log1p(),
            y.sin(), y.cos(), y.tanh(), (y.tanh() * 0.9).atan(), (y.tanh() * 0.9).asin(), (y.tanh() * 0.9).acos(),
            y.cumsum(0), y.clamp(-0.5, 0.5), torch.where(y > 0, y, y * y), torch.maximum(y, x), torch.minimum(y, x),
        ]
        a = torch.stack(parts)
        top, _ = torch.topk(a, 3, dim=2)
        b = [a.amax(1), a.mean(1), a.sum(1), a.norm(dim=1), a.logsumexp(1), a.var(1), (a + 2).prod(1), a.norm(p=1, dim=1)]
        c = torch.gather(a, 1, torch.tensor([[[0, 1, 1, 0, 1]]]).expand(a.size(0), 1, 5))
        d = torch.einsum("pni,pmi->pnm", a, a)
        return torch.cat([*b], 1), top, c, d, F.normalize(a, dim=2), torch.flip(a, [1])[:, ::2, 1:-1]


def batch(shape, dtype=torch.float32):
    return torch.randn(shape) if dtype == torch.float32 else torch.randint(0, 7, shape)


# (network, shape, dtype, axes that are free, operator sets)
networks = [
    (Classifier(), (3, 2, 8, 8), torch.float32, {0: "batch"}, [7, 9, 11, 13, 17, 20]),
    (Decoder(), (2, 3), torch.float32, {0: "batch"}, [11, 13, 18]),
    (Encoder(), (2, 5), torch.int64, {0: "batch", 1: "length"}, [14, 17, 20]),
    (Recurrent(), (4, 2, 3), torch.float32, {}, [9, 11, 14, 20]),
    (Mathematics(), (2, 5), torch.float32, {}, [18, 20]),
]


def expected(net, x):
    """Outputs, weights and gradients in float64."""
    net = copy.deepcopy(net).double()
    inputs = x.double().requires_grad_() if x.is_floating_point() else x
    default = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    outputs = net(inputs)
    torch.set_default_dtype(default)
    outputs = outputs if isinstance(outputs, tuple) else (outputs,)
    weights = [torch.randn_like(output) for output in outputs]
    sum((output * weight).sum() for output, weight in zip(outputs, weights)).backward()
    gradients = {name: tensor(p.grad) for name, p in net.named_parameters() if p.grad is not None}
    return {
        "outputs": [tensor(output) for output in outputs],
        "weights": [tensor(weight) for weight in weights],
        "gradients": gradients,
        "inputGradient": tensor(inputs.grad) if x.is_floating_point() else None,
    }


def export(net, x, axes, opset):
    file = io.BytesIO()
    torch.onnx.export(
        net, (x,), file, dynamo=False, opset_version=opset, do_constant_folding=False, input_names=["x"],
        dynamic_axes={"x": axes} if axes else None,
    )
    model = onnx.load_from_string(file.getvalue())
    for node in model.graph.node:
        node.doc_string = ""
        node.ClearField("metadata_props")
    model.graph.ClearField("value_info")
    return model


cases = []
for net, shape, dtype, axes, opsets in networks:
    net.eval()
    x = batch(shape, dtype)
    results = expected(net, x)
    name = type(net).__name__
    models = []
    for opset in opsets:
        try:
            models.append((opset, export(net, x, axes, opset)))
        except Exception as error:
            print(f"{name} at {opset}: not exported: {str(error).splitlines()[0][:200]}")
    try:
        newest = onnx.defs.onnx_opset_version()
        models.append((newest, version_converter.convert_version(models[-1][1], newest)))
    except Exception as error:
        print(f"{name}: not converted: {str(error).splitlines()[0][:200]}")
    for opset, model in models:
        cases.append({"name": f"{name} {opset}", "model": store(model.SerializeToString()), "input": tensor(x), **results})

header = json.dumps({"torch": torch.__version__, "onnx": onnx.__version__, "cases": cases}, separators=(",", ":")).encode()
header += b" " * (-(len(header) + 1) % 8) + b"\n"
with open(sys.argv[1], "wb") as file:
    file.write(gzip.compress(header + bytes(blob), mtime=0))
print(f"{len(cases)} models, {len(blob)} bytes")
