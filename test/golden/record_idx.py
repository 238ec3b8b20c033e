"""Writes the IDX files of this folder by numpy and struct, and cuts MNIST's to two; README.md says which.

Run: python record_idx.py FOLDER, where the folder has t10k-images-idx3-ubyte.gz and t10k-labels-idx1-ubyte.gz.
"""

import gzip
import json
import struct
import sys
from pathlib import Path

import numpy as np

codes = {"u1": 0x08, "i1": 0x09, "i2": 0x0B, "i4": 0x0C, "f4": 0x0D, "f8": 0x0E}
edges = {
    "u1": np.array([[[0, 1], [127, 128], [254, 255]]], np.uint8),
    "i1": np.array([-128, -1, 0, 1, 127], np.int8),
    "i2": np.array([[-32768, -2, -1], [0, 258, 32767]], np.int16),
    "i4": np.array([[-(2**31)], [-2], [16909060], [2**31 - 1]], np.int32),
    "f4": np.array([[0.1, -0.0, np.inf], [-np.inf, 1e-45, 3.4028234663852886e38]], np.float32),
    "f8": np.array([[[[0.1, -1e300], [5e-324, -0.0]]]], np.float64),
}
for kind, array in edges.items():
    header = struct.pack(f">HBB{array.ndim}I", 0, codes[kind], array.ndim, *array.shape)
    Path(f"idx-{kind}.idx").write_bytes(header + array.astype(f">{kind}").tobytes())

folder = Path(sys.argv[1])
mnist = {}
for what, rank in (("images", 3), ("labels", 1)):
    content = gzip.decompress((folder / f"t10k-{what}-idx{rank}-ubyte.gz").read_bytes())
    zero, code, found, *shape = struct.unpack(f">HBB{rank}I", content[: 4 + 4 * rank])
    assert (zero, code, found, shape[0]) == (0, codes["u1"], rank, 10_000)
    numbers = np.frombuffer(content, np.uint8, offset=4 + 4 * rank).reshape(shape)[:2]
    header = struct.pack(f">HBB{rank}I", 0, codes["u1"], rank, *numbers.shape)
    Path(f"mnist-two-{what}.gz").write_bytes(gzip.compress(header + numbers.tobytes(), 9, mtime=0))
    mnist[what] = {"shape": numbers.shape, "sums": numbers.reshape(-1, shape[-1] if rank > 1 else 1).sum(axis=1).tolist()}

expected = {kind: {"shape": array.shape, "bytes": array.astype(f"<{kind}").tobytes().hex()} for kind, array in edges.items()}
with open("expected-idx.json", "w") as file:
    json.dump({"arrays": expected, "mnist": mnist}, file)
    file.write("\n")
