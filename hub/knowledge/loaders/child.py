"""The child process that parses: limits itself, reads one file from stdin, writes one JSON object to stdout.

Start it with ``python -m hub.knowledge.loaders.child``; the first line of stdin is ``{"name", "limits"}``, the rest is
the file. The answer is ``{"document": {...}}`` or ``{"unreadable": "why, in words"}``.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import Any

from hub.core.errors import Unreadable
from hub.files.confined import confine
from hub.knowledge.loaders.assembly import LoadLimits

DAMAGED = "The file is damaged, or not what it says it is. Save it again and upload that."
TOO_HUNGRY = "The file needs more memory to read than is allowed. Split it into smaller files."


def answer(name: str, data: bytes, limits: LoadLimits) -> dict[str, Any]:
    """What to tell the parent about one file. Never raises for what a file may hold."""
    try:
        from hub.knowledge.loaders.registry import load

        return {"document": asdict(load(data, name, limits))}
    except Unreadable as error:
        return {"unreadable": str(error)}
    except MemoryError:
        return {"unreadable": TOO_HUNGRY}
    except RecursionError:
        return {"unreadable": DAMAGED, "cause": "RecursionError"}
    except Exception as error:  # parsers raise anything on hostile bytes; the parent logs the cause
        return {"unreadable": DAMAGED, "cause": f"{type(error).__name__}: {error}"[:500]}


def main() -> None:
    """Reads one request from stdin and answers it on stdout."""
    header = json.loads(sys.stdin.buffer.readline())
    limits = LoadLimits(**header["limits"])
    confine(memory_bytes=limits.memory_bytes, cpu_seconds=limits.cpu_seconds)
    data = sys.stdin.buffer.read(limits.file_bytes + 1)
    # Libraries that print must not reach the parent's ears.
    out, sys.stdout = sys.stdout.buffer, sys.stderr
    out.write(json.dumps(answer(header["name"], data, limits)).encode())
    out.flush()


if __name__ == "__main__":
    main()
