"""A trained network as an ONNX model, in 32-bit floats or in part in 8-bit integers."""

import contextlib
import io
import logging
import re
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch

from livener.recognizers.neural.network import Network, TorchRuntime
from livener.recognizers.neural.outliers import SUFFIX
from livener.recognizers.neural.runtime import OnnxRuntime
from livener.recognizers.neural.windows import Arrays

PLANS = ("all", "without down-projections", "attention only")
"""What to quantise, the fastest first: activations after a feed-forward layer's non-linearity have the outliers that
cost accuracy."""
_TOLERANCE = 1e-3


class CannotExportError(Exception):
    """The network cannot be exported, or does not say as ONNX what it says in torch."""


def export(network: Network, sample: Arrays) -> bytes:
    """The network as ONNX, for any number of rows and positions; ``sample`` is a batch of several of both.

    Raises:
        CannotExportError: ONNX, or the exporter, does not know what the network does.
    """
    network = network.eval().cpu()
    try:
        model = _exported(network, sample)
        worst, most = _difference(model, network, sample)
    except Exception as error:  # what the exporter and the runtime raise for what they do not know is not one kind
        first, *_ = re.sub(r"\x1b\[\d*m", "", str(error)).strip().splitlines() or ["no reason given"]
        raise CannotExportError(f"{type(error).__name__}: {first}") from error
    if worst > _TOLERANCE * max(1.0, most):
        raise CannotExportError(f"the exported network differs from the network by {worst:.2g}")
    return model


def _exported(network: Network, sample: Arrays) -> bytes:
    names = list(network.inputs)
    tensors = tuple(torch.from_numpy(sample[name]) for name in names)
    with _quiet(), torch.no_grad():
        if network.recurrent:  # the newer exporter unrolls an LSTM to the length of the sample
            target: Any = io.BytesIO()
            axes = {name: {0: "rows", 1: "positions"} for name in (*names, "scores")}
            torch.onnx.export(
                network, tensors, target, dynamo=False, input_names=names, output_names=["scores"], dynamic_axes=axes
            )
            model: bytes = target.getvalue()
            return model
        rows, positions = torch.export.Dim("rows", min=1), torch.export.Dim("positions", min=1)
        shapes = tuple({0: rows, 1: positions} for _ in names)
        program = torch.onnx.export(
            network, tensors, dynamo=True, dynamic_shapes=shapes, input_names=names, output_names=["scores"]
        )
        assert program is not None
        proto: bytes = program.model_proto.SerializeToString()
        return proto


def _difference(model: bytes, network: Network, sample: Arrays) -> tuple[float, float]:
    """How far the two differ on a batch of another shape, with padding, and the largest score there."""
    other = {name: np.concatenate([array, array[:, 1:]], axis=1)[1:] for name, array in sample.items()}
    other["mask"][0, 5:] = 0
    wanted = TorchRuntime(network, torch.device("cpu"))(other)
    seen = other["mask"] > 0
    return float(np.abs(OnnxRuntime(model)(other) - wanted)[seen].max()), float(np.abs(wanted).max())


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
        and (
            node.name.endswith(SUFFIX)
            or not _wanted(shape, plan, transposed=any(a.name == "transB" and a.i for a in node.attribute))
        )
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
