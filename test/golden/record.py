"""Writes the golden files of this folder with the original tools; README.md says which. Run: python record.py"""

import json
import subprocess
import sys

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from gensim.models import KeyedVectors
from numpy.lib import format as npy_format
from safetensors.numpy import save_file

names = ["the", "naïve", "北京", "🙂", "new_york", "1984"]
generator = np.random.default_rng(1)
vectors = generator.standard_normal((len(names), 5)).astype(np.float32)
vectors[1, 2] = 0
vectors[2, 3] = -1e-30
vectors[3, 0] = 16777216

kv = KeyedVectors(5)
kv.add_vectors(names, vectors)
kv.save_word2vec_format("gensim.vec", binary=False)
kv.save_word2vec_format("gensim.bin", binary=True)
subprocess.run([sys.executable, "-m", "gensim.scripts.word2vec2tensor", "-i", "gensim.vec", "-o", "gensim"], check=True)

np.save("numpy-f4.npy", vectors)
np.save("numpy-f8-fortran.npy", np.asfortranarray(vectors.astype(np.float64)))
np.save("numpy-f4-big-endian.npy", vectors.astype(">f4"))
np.save("numpy-f8-big-endian-fortran.npy", np.asfortranarray(vectors.astype(">f8")))
for version in (2, 3):
    with open(f"numpy-version-{version}.npy", "wb") as file:
        npy_format.write_array(file, vectors, version=(version, 0))
np.save("numpy-object.npy", np.array([["code"]], dtype=object), allow_pickle=True)

save_file({"vectors": vectors, "bias": vectors[:, 0].copy()}, "reference.safetensors", metadata={"made": "by the reference"})

table = pa.table(
    {
        "name": pa.array(names),
        "label": pa.array(["a", None, "a", "b", None, "a"]),
        "count": pa.array([6, 5, 4, 3, 2, 1], pa.int64()),
        "degree": pa.array([1, None, -3, 4, 5, 6], pa.int32()),
        "x": pa.array(vectors[:, 0]),
        "y": pa.array([0.1, None, -0.0, 1e300, 5e-324, 2.5], pa.float64()),
        "known": pa.array([True, False, None, True, True, False]),
    }
)
pq.write_table(table, "pyarrow-snappy.parquet")
pq.write_table(table, "pyarrow-plain-v2.parquet", compression="none", use_dictionary=False, data_page_version="2.0", row_group_size=4,
               column_encoding={name: "PLAIN" for name in table.column_names})
pq.write_table(table, "pyarrow-dictionary-v2.parquet", compression="snappy", data_page_version="2.0")
pq.write_table(pa.table({"lists": pa.array([[1.0], [2.0, 3.0]])}), "pyarrow-lists.parquet")

with open("expected.json", "w") as file:
    json.dump({"names": names, "bits": [f"{bits:08x}" for bits in vectors.view(np.uint32).ravel().tolist()]}, file)
    file.write("\n")

import record_onnx  # noqa: E402, F401, writes its files when it is imported
