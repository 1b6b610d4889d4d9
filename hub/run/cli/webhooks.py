"""The command that checks what a webhook brought."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from hub.core.errors import Invalid
from hub.run.cli.opening import read_settings
from hub.run.cli.output import print_json, say

Flag = Annotated[bool, Parameter(negative="")]


def verify_webhook(file: Path | None = None, *, secret: str, header: list[str], json: Flag = False) -> None:
    """Check the signature of a webhook this hub sent. Exit code 0: genuine; 1: not, and why.

    Parameters
    ----------
    file
        The body's file, byte for byte as it came (default: standard input).
    secret
        The webhook's secret, whsec_..., or @FILE to read it from a file.
    header
        A header as it came, such as "webhook-id: 0190...". Give webhook-id, webhook-timestamp and webhook-signature.
    json
        Print the result as JSON.
    """
    from hub.events.signing import verify

    read_settings(level="warning")
    body = sys.stdin.buffer.read() if file is None else _read(file)
    key = _read(Path(secret[1:])).decode("utf-8", "replace").strip() if secret.startswith("@") else secret
    verify(key, body, dict(_header(text) for text in header))
    if json:
        print_json({"genuine": True})
    else:
        say("Genuine: the signature holds.")


def _header(text: str) -> tuple[str, str]:
    name, separator, value = text.partition(":")
    if not separator or not name.strip():
        raise Invalid('Give a header as "name: value".', field="--header")
    return name.strip().lower(), value.strip()


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise Invalid(f"{path} cannot be read: {error.strerror}.", field="file") from None
