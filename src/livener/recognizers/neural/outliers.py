"""The few inputs of a matrix product that are far larger than all others: rounded with them, the others are lost."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from livener.recognizers.neural.windows import Arrays

SUFFIX = ".outliers"
"""So end the names of the products of what was taken apart, which stay in 32-bit floats."""
_FAR, _USUAL, _MOST = 2.0, 0.95, 8


def apart(model: bytes, batches: Iterable[Arrays]) -> bytes:
    """The same network, in which such inputs of products with constant weights have a small product of their own.

    They are found by what ``batches`` of text bring about: at most eight whose largest value is more than twice the
    95th percentile of all inputs' largest values. In BERT and its kin it is one to three, at the first piece of every
    text. The sums are the same up to rounding.

    Source: Dettmers et al. 2022, "LLM.int8(): 8-bit Matrix Multiplication for Transformers at Scale".
    """
    import onnx
    from onnx import helper, numpy_helper

    proto = onnx.load_from_string(model)
    graph = proto.graph
    constant = {one.name: one for one in graph.initializer}
    made = {name for node in graph.node for name in node.output}
    users: dict[str, list[Any]] = defaultdict(list)
    for node in graph.node:
        for name in node.input:
            users[name].append(node)
    products = [
        node
        for node in graph.node
        if node.op_type == "MatMul" and node.input[0] in made and len(_dims(constant.get(node.input[1]))) == 2
    ]
    far = _far(proto, sorted({node.input[0] for node in products}), batches)
    for name, (places, usual) in far.items():
        graph.initializer.append(numpy_helper.from_array(places, name + ".places"))
        graph.initializer.append(numpy_helper.from_array(usual, name + ".mask"))
    # where the sum of both products is made: after the bias, with which the runtime fuses the larger one
    sums: dict[str, tuple[str, str]] = {}
    for node in products:
        if (source := node.input[0]) in far:
            rows = numpy_helper.to_array(constant[node.input[1]])[far[source][0]]
            graph.initializer.append(numpy_helper.from_array(rows, node.output[0] + ".rows"))
            following = users[node.output[0]]
            biased = (
                len(following) == 1 and following[0].op_type == "Add" and constant.keys() & set(following[0].input)
            )
            sums[following[0].output[0] if biased else node.output[0]] = (node.output[0], source)
            node.input[0] = source + ".usual"
    nodes = []
    for node in graph.node:
        outputs = list(node.output)
        nodes.append(node)
        if outputs[0] in sums:
            product, source = sums[outputs[0]]
            node.output[0] += ".usual"
            small = product + SUFFIX
            nodes.append(helper.make_node("MatMul", [source + ".far", product + ".rows"], [small], name=small))
            nodes.append(helper.make_node("Add", [node.output[0], small], outputs[:1], name=product + ".sum"))
        for name in far.keys() & set(outputs):
            nodes.append(helper.make_node("Mul", [name, name + ".mask"], [name + ".usual"], name=name + ".usual"))
            nodes.append(
                helper.make_node("Gather", [name, name + ".places"], [name + ".far"], name=name + ".far", axis=-1)
            )
    changed = onnx.ModelProto()
    changed.CopyFrom(proto)
    del changed.graph.node[:]
    changed.graph.node.extend(nodes)
    content: bytes = changed.SerializeToString()
    return content


def _dims(constant: Any) -> tuple[int, ...]:
    return () if constant is None else tuple(constant.dims)


def _far(
    proto: Any, names: list[str], batches: Iterable[Arrays]
) -> dict[str, tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]]:
    """Of the values with such names, those that have far inputs: the places of these, and a mask (width,) of the
    others."""
    import onnx
    import onnxruntime

    shown = onnx.ModelProto()
    shown.CopyFrom(proto)
    del shown.graph.output[:]
    shown.graph.output.extend(
        onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None) for name in names
    )
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(shown.SerializeToString(), options, providers=["CPUExecutionProvider"])
    inputs = [one.name for one in session.get_inputs()]
    largest: dict[str, npt.NDArray[np.float32]] = {}
    for batch in batches if names else ():
        seen = batch["mask"] > 0
        for name, values in zip(names, session.run(None, {one: batch[one] for one in inputs}), strict=True):
            if values.shape[:-1] == seen.shape:  # else they are not of positions
                here = np.abs(values[seen]).max(0)
                largest[name] = np.maximum(largest.get(name, here), here)
    found = {}
    for name, most in largest.items():
        places = np.argsort(-most, kind="stable")[:_MOST]
        places = places[most[places] > _FAR * np.quantile(most, _USUAL)]
        if len(places):
            usual = np.ones(len(most), np.float32)
            usual[places] = 0.0
            found[name] = (places, usual)
    return found
