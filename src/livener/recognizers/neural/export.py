"""A trained network as an ONNX model, in 32-bit floats or in part in 8-bit integers."""

import contextlib
import io
import logging
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch

from livener.recognizers.neural.training import Network
from livener.recognizers.neural.windows import Arrays

PLANS = ("all", "without down-projections", "attention only")
"""What to quantise, the fastest first: activations after a feed-forward layer's non-linearity have the outliers that
cost accuracy."""


def export(network: Network, sample: Arrays) -> bytes:
    """The network as ONNX, for any number of rows and positions; ``sample`` is a batch of several of both."""
    network = network.eval().cpu()
    tensors = tuple(torch.from_numpy(sample[name]) for name in network.inputs)
    rows, positions = torch.export.Dim("rows", min=1), torch.export.Dim("positions", min=1)
    with _quiet(), torch.no_grad():
        program = torch.onnx.export(
            network,
            tensors,
            dynamo=True,
            verbose=False,
            dynamic_shapes=tuple({0: rows, 1: positions} for _ in network.inputs),
            input_names=list(network.inputs),
            output_names=["scores"],
        )
        assert program is not None
        # Value information of intermediate results would contradict shapes after quantisation.
        model: bytes = program.model_proto.SerializeToString()
    return model


def quantised(model: bytes, plan: str) -> bytes:
    """The model with the weights of its matrix products in 8-bit integers, as far as ``plan`` says.

    Weights keep 7 of the 8 bits: processors without VNNI would overflow in their sums without a word.
    """
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic

    graph = onnx.load_from_string(model).graph
    shapes = {one.name: tuple(one.dims) for one in graph.initializer}
    left_out = [
        node.name
        for node in graph.node
        if node.op_type in ("MatMul", "Gemm")
        and (shape := shapes.get(node.input[1])) is not None
        and not _wanted(shape, plan, transposed=any(a.name == "transB" and a.i for a in node.attribute))
    ]
    with tempfile.TemporaryDirectory() as folder, _quiet():
        source, target = Path(folder, "a.onnx"), Path(folder, "b.onnx")
        source.write_bytes(model)
        quantize_dynamic(
            source,
            target,
            op_types_to_quantize=["MatMul", "Gemm"],
            per_channel=True,
            reduce_range=True,
            weight_type=QuantType.QInt8,
            nodes_to_exclude=left_out,
            extra_options={"MatMulConstBOnly": True},
        )
        return target.read_bytes()


def _wanted(shape: tuple[Any, ...], plan: str, *, transposed: bool) -> bool:
    wide, narrow = reversed(shape) if transposed else shape
    if plan == "attention only":
        return bool(wide == narrow)
    return plan == "all" or bool(wide <= narrow)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Exporters warn of their own insides, on stderr, by logging and by warnings."""
    level = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(level)
