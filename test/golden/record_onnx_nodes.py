"""
Records the cases with which ONNX tests its operators (onnx.backend.test.case.node), as one gzipped file for
test/networks/onnx-in.test.ts:

    python test/golden/record_onnx_nodes.py operators.txt test/golden/onnx-nodes.bin.gz 4000

operators.txt lists, a line each, the operators that are read; test/networks/onnx-in.test.ts says how to write it. A case
is taken where all of its operators are among them, its values are tensors, and it takes at most so many bytes, or is the
smallest of its operator and takes 10,000 at most. The file is a line of JSON, then the bytes that it points into by offset and length.
"""
import gzip
import json
import sys
import warnings

import numpy as np
import onnx
from onnx.backend.test.case.node import collect_testcases

warnings.simplefilter("ignore")
operators = set(open(sys.argv[1]).read().split())
most_bytes = int(sys.argv[3]) if len(sys.argv) > 3 else 1 << 40

blob = bytearray()


def store(data):
    blob.extend(b"\0" * (-len(blob) % 8))
    offset = len(blob)
    blob.extend(data)
    return [offset, len(data)]


def tensor(value):
    value = np.asarray(value)
    return {"type": str(value.dtype), "shape": list(value.shape), "bytes": store(np.ascontiguousarray(value).tobytes())}


def operators_of(graph):
    for node in graph.node:
        yield node.op_type
        for attribute in node.attribute:
            if attribute.HasField("g"):
                yield from operators_of(attribute.g)


def read_case(case):
    """A case with its size and its operator, or None where it is not one of those that are read."""
    model = case.model
    used = set(operators_of(model.graph))
    inputs, outputs = case.data_sets[0]
    values = list(inputs) + list(outputs)
    plain = all(isinstance(value, (np.ndarray, np.generic)) and value.dtype.kind not in "OUS" for value in values)
    if not used <= operators or any(node.domain for node in model.graph.node) or model.functions or not plain:
        return None
    size = len(model.SerializeToString()) + sum(np.asarray(value).nbytes for value in values)
    return size, next(iter(used)) if len(used) == 1 else "", used, case


found = [read for read in map(read_case, collect_testcases(None)) if read is not None]
smallest = {}
for size, operator, _, case in found:
    if operator and size < smallest.get(operator, (10_000, ""))[0]:
        smallest[operator] = (size, case.name)
taken = {name for _, name in smallest.values()}
cases = []
for size, operator, used, case in found:
    if size > most_bytes and case.name not in taken:
        continue
    inputs, outputs = case.data_sets[0]
    cases.append({
        "name": case.name,
        "rtol": case.rtol,
        "atol": case.atol,
        "operators": sorted(used),
        "model": store(case.model.SerializeToString()),
        "inputs": [tensor(value) for value in inputs],
        "outputs": [tensor(value) for value in outputs],
    })

header = json.dumps({"onnx": onnx.__version__, "cases": cases}, separators=(",", ":")).encode()
header += b" " * (-(len(header) + 1) % 8) + b"\n"
with open(sys.argv[2], "wb") as file:
    file.write(gzip.compress(header + bytes(blob), mtime=0))
print(f"{len(cases)} of {len(found)} cases of onnx {onnx.__version__}")
