"""The local embedder: its graph against a plain numpy forward pass, and the real weights where installed."""

from __future__ import annotations

import asyncio
import json
import math
import struct
import threading
from pathlib import Path
from typing import Any

import pytest

from hub.core.errors import Invalid, ModelError
from hub.llm.minilm import MiniLMEmbedder, find_minilm, fingerprint

np = pytest.importorskip("numpy")
pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")
tokenizers = pytest.importorskip("tokenizers")

HIDDEN, HEADS, LAYERS, WIDE, POSITIONS = 12, 3, 2, 24, 300
WORDS = [
    "[PAD]",
    "[UNK]",
    "[CLS]",
    "[SEP]",
    "where",
    "is",
    "my",
    "parcel",
    "order",
    "return",
    "the",
    "cat",
    "sat",
    "on",
    "mat",
]


def tiny_weights() -> dict[str, Any]:
    random = np.random.default_rng(7)

    def make(*shape: int) -> Any:
        return random.normal(0, 0.5, shape).astype(np.float32)

    weights = {
        "embeddings.word_embeddings.weight": make(len(WORDS), HIDDEN),
        "embeddings.position_embeddings.weight": make(POSITIONS, HIDDEN),
        "embeddings.token_type_embeddings.weight": make(2, HIDDEN),
        "embeddings.LayerNorm.weight": make(HIDDEN),
        "embeddings.LayerNorm.bias": make(HIDDEN),
    }
    for layer in range(LAYERS):
        name = f"encoder.layer.{layer}."
        for part in ("attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense"):
            weights |= {f"{name}{part}.weight": make(HIDDEN, HIDDEN), f"{name}{part}.bias": make(HIDDEN)}
        for part in ("attention.output.LayerNorm", "output.LayerNorm"):
            weights |= {f"{name}{part}.weight": make(HIDDEN), f"{name}{part}.bias": make(HIDDEN)}
        weights |= {
            f"{name}intermediate.dense.weight": make(WIDE, HIDDEN),
            f"{name}intermediate.dense.bias": make(WIDE),
        }
        weights |= {f"{name}output.dense.weight": make(HIDDEN, WIDE), f"{name}output.dense.bias": make(HIDDEN)}
    return weights


def write_safetensors(path: Path, tensors: dict[str, Any]) -> None:
    header, body = {}, b""
    for name, tensor in tensors.items():
        raw = tensor.tobytes()
        header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [len(body), len(body) + len(raw)]}
        body += raw
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + body)


def write_tokenizer(path: Path) -> None:
    vocabulary = {word: number for number, word in enumerate(WORDS)}
    tokenizer = tokenizers.Tokenizer(tokenizers.models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    tokenizer.post_processor = tokenizers.processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    tokenizer.save(str(path))


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    directory = tmp_path / "tiny"
    directory.mkdir()
    config = {
        "model_type": "bert",
        "hidden_act": "gelu",
        "hidden_size": HIDDEN,
        "num_hidden_layers": LAYERS,
        "num_attention_heads": HEADS,
        "max_position_embeddings": POSITIONS,
        "layer_norm_eps": 1e-12,
    }
    (directory / "config.json").write_text(json.dumps(config))
    write_safetensors(directory / "model.safetensors", tiny_weights())
    write_tokenizer(directory / "tokenizer.json")
    return directory


def forward(weights: dict[str, Any], ids: list[int]) -> Any:
    """BERT for one text without padding, as plainly as it can be written."""

    def dense(x: Any, name: str) -> Any:
        return x @ weights[name + ".weight"].T + weights[name + ".bias"]

    def norm(x: Any, name: str) -> Any:
        centred = x - x.mean(-1, keepdims=True)
        scaled = centred / np.sqrt((centred**2).mean(-1, keepdims=True) + 1e-12)
        return scaled * weights[name + ".weight"] + weights[name + ".bias"]

    x = weights["embeddings.word_embeddings.weight"][ids].astype(np.float64)
    x = x + weights["embeddings.position_embeddings.weight"][: len(ids)]
    x = norm(x + weights["embeddings.token_type_embeddings.weight"][0], "embeddings.LayerNorm")
    size = HIDDEN // HEADS
    for layer in range(LAYERS):
        name = f"encoder.layer.{layer}."
        q, k, v = (dense(x, f"{name}attention.self.{part}") for part in ("query", "key", "value"))
        heads = []
        for head in range(HEADS):
            part = slice(head * size, (head + 1) * size)
            scores = np.exp(q[:, part] @ k[:, part].T / math.sqrt(size))
            heads.append(scores / scores.sum(-1, keepdims=True) @ v[:, part])
        mixed = dense(np.concatenate(heads, -1), f"{name}attention.output.dense")
        x = norm(x + mixed, f"{name}attention.output.LayerNorm")
        wide = dense(x, f"{name}intermediate.dense")
        wide = wide * 0.5 * (1 + np.vectorize(math.erf)(wide / math.sqrt(2)))
        x = norm(x + dense(wide, f"{name}output.dense"), f"{name}output.LayerNorm")
    mean = x.mean(0)
    return mean / np.linalg.norm(mean)


async def test_graph_equals_a_plain_forward_pass_whatever_the_padding(tiny: Path, tmp_path: Path) -> None:
    embedder = MiniLMEmbedder(tiny, cache_dir=tmp_path / "cache")
    texts = ["where is my parcel", "return", "the cat sat on the mat where is my order unknownword", "cat"] * 5
    found = await embedder.embed(texts)
    for text, vector in zip(texts, found.vectors, strict=True):
        ids = [2, *(WORDS.index(word) if word in WORDS else 1 for word in text.split()), 3]
        assert np.abs(np.asarray(vector) - forward(tiny_weights(), ids)).max() < 1e-4
    assert embedder.dims == HIDDEN
    assert found.usage.input_tokens == 5 * (6 + 3 + 13 + 3)


async def test_text_is_cut_at_256_tokens(tiny: Path, tmp_path: Path) -> None:
    embedder = MiniLMEmbedder(tiny, cache_dir=tmp_path)
    long, cut = await embedder.embed(["cat " * 400]), await embedder.embed(["cat " * 254])
    assert long.usage.input_tokens == 256
    assert np.allclose(long.vectors[0], cut.vectors[0], atol=1e-6)


async def test_graph_is_built_once_and_a_broken_cache_is_rebuilt(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import hub.llm.minilm as room

    built: list[int] = []
    build = room.build_graph
    monkeypatch.setattr(room, "build_graph", lambda *given: built.append(1) or build(*given))
    cache = tmp_path / "cache"

    async def one() -> Any:
        embedder = MiniLMEmbedder(tiny, cache_dir=cache)
        try:
            return (await embedder.embed(["where is my order"])).vectors[0]
        finally:
            embedder.close()
            del embedder

    first = await one()
    assert await one() == first
    assert len(built) == 1
    (file,) = cache.iterdir()
    file.write_bytes(b"half a file")
    room._runtimes.clear()  # as in a new process: a thread that is just ending may still hold the loaded weights
    assert await one() == first
    assert len(built) == 2


async def test_an_unwritable_cache_costs_only_time(tiny: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    embedder = MiniLMEmbedder(tiny, cache_dir=tmp_path / "file" / "cache")
    assert len((await embedder.embed(["cat"])).vectors[0]) == HIDDEN


async def test_embedding_leaves_the_loop_free_and_runs_elsewhere(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import hub.llm.minilm as room

    threads: set[str] = set()
    embed = room._Runtime.embed

    def watched(self: Any, texts: Any) -> Any:
        threads.add(threading.current_thread().name.rsplit("_", 1)[0])
        return embed(self, texts)

    monkeypatch.setattr(room._Runtime, "embed", watched)
    embedder = MiniLMEmbedder(tiny, cache_dir=tmp_path)
    await asyncio.gather(embedder.embed(["cat"] * 20), embedder.embed(["cat"], task="query"))
    assert threads == {"embed-documents", "embed-query"}


async def test_no_texts_give_no_vectors(tiny: Path, tmp_path: Path) -> None:
    assert list((await MiniLMEmbedder(tiny, cache_dir=tmp_path).embed([])).vectors) == []


def test_other_weights_are_another_model(tiny: Path) -> None:
    before = fingerprint(tiny)
    weights = tiny_weights()
    weights["encoder.layer.1.output.dense.bias"] += 0.01
    write_safetensors(tiny / "model.safetensors", weights)
    assert fingerprint(tiny) != before


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"hidden_act": "relu"}, "not a BERT model with Gelu"),
        ({"model_type": "gpt2"}, "not a BERT model with Gelu"),
        ({"position_embedding_type": "relative_key"}, "absolute positions"),
        ({"num_attention_heads": 5}, "sizes do not fit"),
        ({"hidden_size": "many"}, "config.json cannot be read"),
    ],
)
def test_a_model_that_does_not_fit_is_refused_in_words(
    tiny: Path, tmp_path: Path, change: dict[str, Any], reason: str
) -> None:
    path = tiny / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(Invalid, match=reason) as raised:
        MiniLMEmbedder(tiny, cache_dir=tmp_path)
    assert raised.value.field == "HUB_EMBEDDING_MODEL_DIR"


@pytest.mark.parametrize("damage", [b"", b"\xff" * 64, struct.pack("<Q", 40) + b"{" * 40])
async def test_broken_weights_are_a_final_error_in_words(tiny: Path, tmp_path: Path, damage: bytes) -> None:
    (tiny / "model.safetensors").write_bytes(damage)
    with pytest.raises(ModelError, match=r"model\.safetensors cannot be read") as raised:
        await MiniLMEmbedder(tiny, cache_dir=tmp_path).embed(["cat"])
    assert not raised.value.retryable


async def test_a_missing_weight_is_named(tiny: Path, tmp_path: Path) -> None:
    weights = tiny_weights()
    del weights["encoder.layer.1.output.dense.bias"]
    write_safetensors(tiny / "model.safetensors", weights)
    with pytest.raises(ModelError, match=r"encoder\.layer\.1\.output\.dense\.bias is missing"):
        await MiniLMEmbedder(tiny, cache_dir=tmp_path).embed(["cat"])


@pytest.mark.skipif(find_minilm() is None, reason="the MiniLM weights are not installed")
async def test_the_real_model_knows_what_is_alike(tmp_path: Path) -> None:
    directory = find_minilm()
    assert directory is not None
    embedder = MiniLMEmbedder(directory, cache_dir=tmp_path)
    texts = ["a cat sits on the mat", "a kitten rests on a rug", "quarterly revenue grew by four percent"]
    cat, kitten, revenue = np.asarray((await embedder.embed(texts)).vectors)
    assert embedder.dims == len(cat) == 384
    assert embedder.languages == {"en"}
    assert abs(np.linalg.norm(cat) - 1) < 1e-5
    assert cat @ kitten > 0.6
    assert abs(cat @ revenue) < 0.1
