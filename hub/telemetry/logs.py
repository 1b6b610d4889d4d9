"""Structured logs: one event one line, JSON or text, ours and the libraries' alike, secrets hidden."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any, TextIO

import structlog
from structlog.contextvars import bind_contextvars, bound_contextvars, clear_contextvars
from structlog.typing import Processor

from hub.telemetry.redaction import redact

_QUIET = (
    *(
        "aiohttp.access",
        "aiohttp.client",
        "aiohttp.server",
        "aiohttp.web",
        "alembic",
        "anthropic",
        "apscheduler",
        "arq",
    ),
    *("asyncio", "engineio", "httpcore", "httpx", "httpx2", "openai", "pdfminer", "pypdfium2", "pywa", "slack"),
    *("slack_bolt", "slack_sdk", "socketio", "sqlalchemy", "telegram", "trafilatura", "urllib3"),
)
"""Libraries that write message bodies, tokens or their own doings at INFO or DEBUG: held at WARNING, whatever ours."""

_THEIRS_ALONE = frozenset({"event", "level", "timestamp", "logger"})


def configure_logging(*, level: str = "info", form: str = "text", stream: TextIO | None = None) -> None:
    """Set up logging for this process. ``form`` is ``text`` or ``json``. Idempotent: the last call counts."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
        hide_secrets,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.PositionalArgumentsFormatter(),
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    renderer: Processor
    if form == "json":
        renderer = structlog.processors.JSONRenderer(ensure_ascii=False)
    else:
        renderer = render_text
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    for old in list(root.handlers):
        if isinstance(old.formatter, structlog.stdlib.ProcessorFormatter):
            root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level.upper())
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.captureWarnings(True)


def hide_secrets(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The processor that redacts every field of an event, its text and its traceback included."""
    kept = {name: value for name, value in event.items() if name.startswith("_")}
    return {**redact({name: value for name, value in event.items() if name not in kept}), **kept}


def render_text(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> str:
    """One line for people: time, level, event, then fields; values with spaces are quoted."""
    fields = " ".join(
        f"{name}={_quoted(value)}"
        for name, value in event.items()
        if name not in _THEIRS_ALONE and not name.startswith("_")
    )
    moment = str(event.get("timestamp", ""))[11:23]
    return f"{moment} {event.get('level', ''):<8}{event.get('event', '')} {fields}".rstrip()


def _quoted(value: Any) -> str:
    text = str(value)
    return repr(text) if not text or " " in text or "=" in text else text


@contextmanager
def log_context(**fields: Any) -> Iterator[None]:
    """Put fields (``request_id``, ``tenant``, ``conversation``) on every event of this task, until the block ends."""
    with bound_contextvars(**{name: str(value) for name, value in fields.items() if value is not None}):
        yield


def bind_log_context(**fields: Any) -> None:
    """Put fields on every event of this task from here on."""
    bind_contextvars(**{name: str(value) for name, value in fields.items() if value is not None})


def clear_log_context() -> None:
    """Forget the fields of this task: what a worker does between two pieces of work."""
    clear_contextvars()
