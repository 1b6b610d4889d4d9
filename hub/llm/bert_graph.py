"""Builds one ONNX graph out of a BERT sentence encoder's weights: token ids in, unit vectors out.

The weights come as safetensors (8 bytes of header length, a JSON header, raw little-endian buffers; see
https://huggingface.co/docs/safetensors). Building needs ``onnx`` and happens once; running does not.
The graph is Devlin et al. 2018 with mean pooling over the mask, as sentence-transformers runs MiniLM.
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hub.core.errors import Invalid

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

GRAPH_REVISION = 1
"""Part of the cached graph's name; raise it when the graph changes."""

_OPSET = 20
_MAX_HEADER = 16 * 1024 * 1024
_DTYPES = {"F32": "<f4", "F16": "<f2", "I64": "<i8"}


@dataclass(frozen=True, slots=True)
class BertShape:
    """What a model's ``config.json`` says about its build."""

    hidden: int
    layers: int
    heads: int
    positions: int
    epsilon: float

    @classmethod
    def read(cls, path: Path) -> BertShape:
        """Read ``config.json``; raises ``Invalid`` for a model this graph does not fit."""
        try:
            config = json.loads(path.read_text("utf-8"))
            shape = cls(
                hidden=int(config["hidden_size"]),
                layers=int(config["num_hidden_layers"]),
                heads=int(config["num_attention_heads"]),
                positions=int(config["max_position_embeddings"]),
                epsilon=float(config.get("layer_norm_eps", 1e-12)),
            )
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise unusable(path.parent, f"its config.json cannot be read ({type(error).__name__})") from error
        if config.get("model_type") != "bert" or config.get("hidden_act") != "gelu":
            raise unusable(path.parent, "it is not a BERT model with Gelu")
        if config.get("position_embedding_type", "absolute") != "absolute":
            raise unusable(path.parent, "it does not use absolute positions")
        if shape.layers < 1 or shape.heads < 1 or shape.hidden % shape.heads:
            raise unusable(path.parent, "its sizes do not fit together")
        return shape


def unusable(directory: Path, why: str) -> Invalid:
    """The error for a directory that holds no model of this kind."""
    return Invalid(
        f"The model in {directory} cannot be used: {why}. "
        "Set HUB_EMBEDDING_MODEL_DIR to a directory with all-MiniLM-L6-v2.",
        field="HUB_EMBEDDING_MODEL_DIR",
    )


def read_safetensors(path: Path) -> dict[str, NDArray[Any]]:
    """Every tensor of the file as a read-only view of its memory map. Raises ``Invalid`` when it is broken."""
    import numpy as np

    try:
        raw = np.memmap(path, dtype=np.uint8, mode="r")
        (length,) = struct.unpack("<Q", raw[:8].tobytes())
        if length > min(_MAX_HEADER, raw.size):
            raise ValueError("header too long")
        header = json.loads(raw[8 : 8 + length].tobytes())
        body = raw[8 + length :]
        tensors = {}
        for name, entry in header.items():
            if name == "__metadata__" or entry["dtype"] not in _DTYPES:
                continue
            start, end = entry["data_offsets"]
            tensors[name] = body[start:end].view(_DTYPES[entry["dtype"]]).reshape(entry["shape"])
    except (OSError, ValueError, KeyError, TypeError, struct.error) as error:
        raise unusable(path.parent, f"its model.safetensors cannot be read ({type(error).__name__})") from error
    return tensors


def build_graph(tensors: dict[str, NDArray[Any]], shape: BertShape) -> bytes:
    """The serialised ONNX model: ``ids`` and ``mask`` (int64, batch x length) in, ``vectors`` (float32) out.

    Raises ``KeyError`` when a weight is missing.
    """
    return _Graph(tensors, shape).build()


class _Graph:
    def __init__(self, tensors: dict[str, NDArray[Any]], shape: BertShape) -> None:
        import numpy as np
        from onnx import helper, numpy_helper

        self._np: Any = np
        self._helper: Any = helper
        self._to_tensor = numpy_helper.from_array
        self._tensors = {name.removeprefix("bert."): tensor for name, tensor in tensors.items()}
        self._shape = shape
        self._nodes: list[Any] = []
        self._weights: list[Any] = []

    def build(self) -> bytes:
        helper, shape = self._helper, self._shape
        from onnx import TensorProto

        hidden = self._embed()
        bias = self._mask_bias()
        for layer in range(shape.layers):
            hidden = self._layer(hidden, bias, f"encoder.layer.{layer}.")
        self._pool(hidden)
        inputs = [helper.make_tensor_value_info(n, TensorProto.INT64, ["batch", "length"]) for n in ("ids", "mask")]
        output = helper.make_tensor_value_info("vectors", TensorProto.FLOAT, ["batch", shape.hidden])
        graph = helper.make_graph(self._nodes, "sentence-encoder", inputs, [output], self._weights)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=9)
        return bytes(model.SerializeToString())

    def _embed(self) -> str:
        words = self._op("Gather", self._weight("embeddings.word_embeddings.weight"), "ids")
        length = self._op("Slice", self._op("Shape", "ids"), self._ints([1]), self._ints([2]))
        positions = self._op(
            "Slice", self._weight("embeddings.position_embeddings.weight"), self._ints([0]), length, self._ints([0])
        )
        first_type = self._constant(self._tensor("embeddings.token_type_embeddings.weight")[0])
        total = self._op("Add", self._op("Add", words, positions), first_type)
        return self._norm(total, "embeddings.LayerNorm")

    def _mask_bias(self) -> str:
        """Zero where there is a token and a very small number where there is padding: batch x 1 x 1 x length."""
        mask = self._op("Unsqueeze", self._float_mask(), self._ints([1, 2]))
        return self._op("Mul", self._op("Sub", self._scalar(1.0), mask), self._scalar(-1e9))

    def _layer(self, hidden: str, bias: str, name: str) -> str:
        context = self._attention(hidden, bias, name + "attention.")
        attended = self._dense(context, name + "attention.output.dense")
        hidden = self._norm(self._op("Add", attended, hidden), name + "attention.output.LayerNorm")
        wide = self._op("Gelu", self._dense(hidden, name + "intermediate.dense"))
        return self._norm(self._op("Add", self._dense(wide, name + "output.dense"), hidden), name + "output.LayerNorm")

    def _attention(self, hidden: str, bias: str, name: str) -> str:
        heads, size = self._shape.heads, self._shape.hidden // self._shape.heads
        split = self._ints([0, 0, heads, size])

        def part(which: str, order: list[int]) -> str:
            dense = self._dense(hidden, f"{name}self.{which}")
            return self._op("Transpose", self._op("Reshape", dense, split), perm=order)

        query, key, value = part("query", [0, 2, 1, 3]), part("key", [0, 2, 3, 1]), part("value", [0, 2, 1, 3])
        scores = self._op("Mul", self._op("MatMul", query, key), self._scalar(size**-0.5))
        weights = self._op("Softmax", self._op("Add", scores, bias), axis=-1)
        context = self._op("Transpose", self._op("MatMul", weights, value), perm=[0, 2, 1, 3])
        return self._op("Reshape", context, self._ints([0, 0, self._shape.hidden]))

    def _pool(self, hidden: str) -> None:
        mask = self._op("Unsqueeze", self._float_mask(), self._ints([2]))
        total = self._op("ReduceSum", self._op("Mul", hidden, mask), self._ints([1]), keepdims=0)
        count = self._op("Max", self._op("ReduceSum", mask, self._ints([1]), keepdims=0), self._scalar(1.0))
        mean = self._op("Div", total, count)
        length = self._op("Max", self._op("ReduceL2", mean, self._ints([1]), keepdims=1), self._scalar(1e-12))
        self._op("Div", mean, length, output="vectors")

    def _float_mask(self) -> str:
        return self._op("Cast", "mask", to=1)

    def _dense(self, value: str, name: str) -> str:
        weight = self._constant(self._tensor(name + ".weight").T)
        return self._op("Add", self._op("MatMul", value, weight), self._weight(name + ".bias"))

    def _norm(self, value: str, name: str) -> str:
        scale, bias = self._weight(name + ".weight"), self._weight(name + ".bias")
        return self._op("LayerNormalization", value, scale, bias, axis=-1, epsilon=self._shape.epsilon)

    def _op(self, kind: str, *inputs: str, output: str | None = None, **attributes: Any) -> str:
        output = output or f"n{len(self._nodes)}"
        self._nodes.append(self._helper.make_node(kind, list(inputs), [output], **attributes))
        return output

    def _tensor(self, name: str) -> NDArray[np.float32]:
        tensor: NDArray[np.float32] = self._np.asarray(self._tensors[name], dtype=self._np.float32)
        return tensor

    def _weight(self, name: str) -> str:
        return self._constant(self._tensor(name))

    def _constant(self, value: Any) -> str:
        name = f"w{len(self._weights)}"
        self._weights.append(self._to_tensor(self._np.ascontiguousarray(value), name))
        return name

    def _scalar(self, value: float) -> str:
        return self._constant(self._np.array(value, dtype=self._np.float32))

    def _ints(self, values: list[int]) -> str:
        return self._constant(self._np.array(values, dtype=self._np.int64))
