"""
Records the cases with which ONNX tests its operators (onnx.backend.test.case.node), as one gzipped file for
test/networks/onnx-in.test.ts:

    python test/golden/record_onnx_nodes.py operators.txt onnx-nodes.bin.gz [most bytes of a case [cases of an operator]]

operators.txt lists, a line each, the operators that are read. A case is taken where all of its operators are among them
and its values are tensors. The file is a line of JSON, then the bytes that it points into by offset and length.
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
most_cases = int(sys.argv[4]) if len(sys.argv) > 4 else 1 << 40

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


cases, seen, skipped = [], {}, {}
for case in collect_testcases(None):
    model = case.model
    used = set(operators_of(model.graph))
    domains = {node.domain for node in model.graph.node}
    inputs, outputs = case.data_sets[0]
    values = list(inputs) + list(outputs)
    plain = all(isinstance(value, (np.ndarray, np.generic)) and value.dtype.kind != "O" and value.dtype.kind not in "US" for value in values)
    if not used <= operators or domains - {""} or model.functions or not plain:
        continue
    key = case.name.split("_")[1] if len(used) > 1 else next(iter(used), "")
    size = len(model.SerializeToString()) + sum(np.asarray(value).nbytes for value in values)
    if size > most_bytes or seen.get(key, 0) >= most_cases:
        skipped[key] = skipped.get(key, 0) + 1
        continue
    seen[key] = seen.get(key, 0) + 1
    model.doc_string = ""
    cases.append({
        "name": case.name,
        "rtol": case.rtol,
        "atol": case.atol,
        "operators": sorted(used),
        "model": store(model.SerializeToString()),
        "inputs": [tensor(value) for value in inputs],
        "outputs": [tensor(value) for value in outputs],
    })

header = json.dumps({"onnx": onnx.__version__, "cases": cases}, separators=(",", ":")).encode()
header += b" " * (-(len(header) + 1) % 8) + b"\n"
with open(sys.argv[2], "wb") as file:
    file.write(gzip.compress(header + bytes(blob), mtime=0))
print(f"{len(cases)} cases of onnx {onnx.__version__}, {sum(skipped.values())} left out for their size or number")
