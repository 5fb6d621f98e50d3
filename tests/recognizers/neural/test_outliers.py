"""What is far larger than all else is kept out of eight-bit integers."""

import numpy as np
import pytest

onnx = pytest.importorskip("onnx", reason="needs the extra neural")
pytest.importorskip("onnxruntime", reason="needs the extra onnx")

from onnx import TensorProto, helper, numpy_helper  # noqa: E402

from livener.recognizers.neural.export import quantised  # noqa: E402
from livener.recognizers.neural.outliers import SUFFIX, apart  # noqa: E402
from livener.recognizers.neural.runtime import OnnxRuntime  # noqa: E402
from livener.recognizers.neural.windows import Arrays  # noqa: E402

RANDOM = np.random.default_rng(5)
WIDTH = 64


def model(*, bias: bool) -> bytes:
    """Two products of the same input, one with a bias, and their sum."""
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["rows", "positions", WIDTH])
    mask = helper.make_tensor_value_info("mask", TensorProto.INT64, ["rows", "positions"])
    scores = helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["rows", "positions", 3])
    weights = [RANDOM.normal(size=(WIDTH, 3)).astype(np.float32) for _ in range(2)]
    nodes = [
        helper.make_node("Identity", ["x"], ["inner"], name="inner"),
        helper.make_node("MatMul", ["inner", "w0"], ["p0"], name="first"),
        helper.make_node("MatMul", ["inner", "w1"], ["p1"], name="second"),
        helper.make_node("Add", ["p1", "b"] if bias else ["p1", "p0"], ["q1"], name="bias"),
        helper.make_node("Add", ["p0", "q1"], ["sum"], name="total"),
        helper.make_node("Cast", ["mask"], ["seen"], to=TensorProto.FLOAT, name="cast"),
        helper.make_node("Unsqueeze", ["seen", "last"], ["column"], name="column"),
        helper.make_node("Mul", ["sum", "column"], ["scores"], name="scores"),
    ]
    constants = [
        *(numpy_helper.from_array(one, f"w{i}") for i, one in enumerate(weights)),
        numpy_helper.from_array(np.array([1, 2, 3], np.float32), "b"),
        numpy_helper.from_array(np.array([2], np.int64), "last"),
    ]
    graph = helper.make_graph(nodes, "both", [x, mask], [scores], constants)
    proto = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    content: bytes = proto.SerializeToString()
    return content


def batch(*, far: float) -> Arrays:
    x = RANDOM.normal(size=(4, 9, WIDTH)).astype(np.float32)
    x[:, 0, 7] *= far
    x[3, 5:] = 900.0  # nobody sees these
    mask = np.ones((4, 9), np.int64)
    mask[3, 5:] = 0
    return {"x": x, "mask": mask}


@pytest.mark.parametrize("bias", [True, False])
def test_the_sums_are_the_same_and_survive_eight_bits(bias: bool) -> None:
    plain, shown, read = model(bias=bias), batch(far=300.0), batch(far=300.0)
    read["x"][3, 5:] = 0.0
    divided = apart(plain, [shown])
    wanted = OnnxRuntime(plain)(read)
    assert np.allclose(OnnxRuntime(divided)(read), wanted, rtol=1e-4, atol=1e-3)

    def error(one: bytes) -> float:
        """At the positions that have no far value themselves."""
        return float(np.abs(OnnxRuntime(quantised(one, "all"))(read) - wanted)[:, 1:].mean())

    assert error(divided) < error(plain) / 10
    small = [n for n in onnx.load_from_string(quantised(divided, "all")).graph.node if n.name.endswith(SUFFIX)]
    assert [n.op_type for n in small] == ["MatMul", "MatMul"]


def test_where_nothing_is_far_nothing_is_changed() -> None:
    plain = model(bias=True)
    assert apart(plain, [batch(far=1.0)]) == onnx.load_from_string(plain).SerializeToString()
