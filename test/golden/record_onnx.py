"""Writes onnx-*.onnx, onnx-weights.bin and onnx-expected.json with the onnx package. Run: python record_onnx.py"""

import json
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

opsets = [helper.make_opsetid("", 21), helper.make_opsetid("com.example", 1)]
types = {
    "float32": (TensorProto.FLOAT, [0.0, -0.0, 1.5, float("inf"), -1e-45, 3.4e38]),
    "float64": (TensorProto.DOUBLE, [0.1, -5e-324, 1e300, 2.0, float("-inf"), 0.0]),
    "float16": (TensorProto.FLOAT16, [0.0, -1.5, 65504.0, 6e-8, 1.0, 2.0]),
    "bfloat16": (TensorProto.BFLOAT16, [0.0, -1.5, 256.0, 3e38, 1.0, 2.0]),
    "int8": (TensorProto.INT8, [0, -1, 127, -128, 1, 2]),
    "uint8": (TensorProto.UINT8, [0, 1, 127, 128, 255, 2]),
    "int16": (TensorProto.INT16, [0, -1, 32767, -32768, 1, 2]),
    "uint16": (TensorProto.UINT16, [0, 1, 32768, 65535, 1, 2]),
    "int32": (TensorProto.INT32, [0, -1, 2**31 - 1, -(2**31), 1, 2]),
    "uint32": (TensorProto.UINT32, [0, 1, 2**31, 2**32 - 1, 1, 2]),
    "int64": (TensorProto.INT64, [0, -1, 2**63 - 1, -(2**63), 2**53 + 1, 2]),
    "uint64": (TensorProto.UINT64, [0, 1, 2**63, 2**64 - 1, 2**53 + 1, 2]),
    "bool": (TensorProto.BOOL, [True, False, True, True, False, False]),
    "string": (TensorProto.STRING, ["", "naïve", "北京", "🙂", "a\0b", "\ufeffx"]),
}
bfloat16_bits = [0x0000, 0xBFC0, 0x4380, 0x7F62, 0x3F80, 0x4000]


def tensors(raw):
    """One [2, 3] tensor of each type, in the typed fields or in raw_data, a single number and an empty one."""
    for name, (data_type, values) in types.items():
        if raw and name == "string":
            continue
        if name == "bfloat16":
            tensor = TensorProto(name=name, data_type=data_type, dims=[2, 3])
            if raw:
                tensor.raw_data = np.array(bfloat16_bits, "<u2").tobytes()
            else:
                tensor.int32_data.extend(bfloat16_bits)
            yield tensor
        elif raw:
            yield numpy_helper.from_array(np.array(values, name).reshape(2, 3), name)
        else:
            yield helper.make_tensor(name, data_type, [2, 3], [v.encode() for v in values] if name == "string" else values)
    if raw:
        yield numpy_helper.from_array(np.float32(0.25).reshape(()), "scalar")
        yield numpy_helper.from_array(np.zeros((0, 4), np.int64), "nothing")
    else:
        yield helper.make_tensor("scalar", TensorProto.FLOAT, [], [0.25])
        yield helper.make_tensor("nothing", TensorProto.INT64, [0, 4], [])


def save(name, graph, metadata={}):
    model = helper.make_model(graph, opset_imports=opsets, producer_name="record_onnx", producer_version="1", ir_version=10)
    helper.set_model_props(model, metadata)
    onnx.checker.check_model(model)
    onnx.save(model, name)
    return model


def value(name, data_type=TensorProto.FLOAT, shape=("N", 3)):
    return helper.make_tensor_value_info(name, data_type, shape)


def constants(name, raw):
    all_tensors = list(tensors(raw))
    nodes = [helper.make_node("Identity", [t.name], [t.name + "_out"], name="copy_" + t.name) for t in all_tensors]
    outputs = [value(t.name + "_out", t.data_type, list(t.dims)) for t in all_tensors]
    return save(name, helper.make_graph(nodes, "constants", [], outputs, all_tensors), {"made": "by onnx", "naïve": "北京"})


rng = np.random.default_rng(1)
w1, b1 = rng.standard_normal((3, 4)).astype(np.float32), rng.standard_normal(4).astype(np.float32)
w2 = rng.standard_normal((4, 2)).astype(np.float32)
mlp = helper.make_graph(
    [
        helper.make_node("Gemm", ["x", "w1", "b1"], ["h"], name="first", alpha=0.5),
        helper.make_node("Relu", ["h"], ["r"]),
        helper.make_node("MatMul", ["r", "w2"], ["y"], name="second"),
    ],
    "mlp",
    [value("x")],
    [value("y", shape=("N", 2))],
    [numpy_helper.from_array(w1, "w1"), numpy_helper.from_array(b1, "b1"), numpy_helper.from_array(w2, "w2")],
)
x = rng.standard_normal((5, 3)).astype(np.float32)
y = np.maximum(0.5 * (x @ w1) + b1, 0) @ w2

then_branch = helper.make_graph(
    [helper.make_node("Add", ["x", "one"], ["then_out"])], "then", [], [value("then_out", shape=(None, "width"))],
    [numpy_helper.from_array(np.ones((), np.float32), "one")],
)
else_branch = helper.make_graph([helper.make_node("Neg", ["x"], ["else_out"])], "else", [], [value("else_out", shape=(None, 3))])
attributes = helper.make_graph(
    [
        helper.make_node("If", ["condition"], ["chosen"], name="choice", then_branch=then_branch, else_branch=else_branch),
        helper.make_node(
            "Everything", ["chosen", "", "x"], ["y", ""], name="all", domain="com.example", real=0.1, whole=-7, least=-(2**63), most=2**63 - 1,
            text="naïve 🙂", reals=[0.5, -0.0, 1e-45], wholes=[0, -1, 2**53, 2**53 + 1], texts=["", "北京"],
            table=numpy_helper.from_array(np.arange(3, dtype=np.int32)),
        ),
    ],
    "attributes",
    [value("x"), value("condition", TensorProto.BOOL, ())],
    [value("y", shape=())],
)

typed = constants("onnx-typed.onnx", raw=False)
raw = constants("onnx-raw.onnx", raw=True)
saved_mlp = save("onnx-mlp.onnx", mlp)
save("onnx-attributes.onnx", attributes)
Path("onnx-weights.bin").unlink(missing_ok=True)  # onnx writes over no file
onnx.save(onnx.load("onnx-mlp.onnx"), "onnx-external.onnx", save_as_external_data=True, location="onnx-weights.bin", size_threshold=0)


def elements(tensor):
    """Text as it is, numbers as the bytes of the array in hexadecimal."""
    if tensor.data_type == TensorProto.STRING:
        return [text.decode() for text in tensor.string_data]
    if tensor.data_type == TensorProto.BFLOAT16:
        return np.array(bfloat16_bits, "<u2").tobytes().hex()
    return numpy_helper.to_array(tensor).tobytes().hex()


fields = {}
for message in (
    "ModelProto OperatorSetIdProto StringStringEntryProto GraphProto NodeProto AttributeProto ValueInfoProto TypeProto TensorShapeProto TensorProto"
).split():
    fields[message] = {field.name: field.number for field in getattr(onnx, message).DESCRIPTOR.fields}
fields["TensorTypeProto"] = {field.name: field.number for field in onnx.TypeProto.Tensor.DESCRIPTOR.fields}
fields["DimensionProto"] = {field.name: field.number for field in onnx.TensorShapeProto.Dimension.DESCRIPTOR.fields}

with open("onnx-expected.json", "w") as file:
    json.dump(
        {
            "fields": fields,
            "dataTypes": list(TensorProto.DataType.keys()),
            "attributeTypes": dict(onnx.AttributeProto.AttributeType.items()),
            "tensors": {t.name: {"shape": list(t.dims), "elements": elements(t)} for t in typed.graph.initializer},
            "mlp": {"x": x.ravel().tolist(), "y": y.ravel().tolist(), "weights": {t.name: elements(t) for t in saved_mlp.graph.initializer}},
        },
        file,
        ensure_ascii=False,
    )
    file.write("\n")
