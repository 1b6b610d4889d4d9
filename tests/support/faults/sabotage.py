"""What a test puts into a process of the product to break it: named crash points, poisonous messages, shorter waits.

It wraps the product's functions from outside, in a child of the nursery alone, where ``SWITCHBOARD_SABOTAGE`` (JSON)
asks for it: ``{crash: {point, nth}, poison: bool, constants: {"hub.inbox.deliver.LEASE_SECONDS": 15}}``. The product
carries no way to be crashed. A name that does not exist any more ends the process at its start, in words.
"""

from __future__ import annotations

import asyncio
import functools
import inspect
import json
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

VARIABLE = "SWITCHBOARD_SABOTAGE"
EXIT = 86
"""The exit code of a process that died at its crash point."""

POISON = {"crash": "poison-crash", "raise": "poison-raise", "hang": "poison-hang"}
"""The words that make a message poisonous while ``poison`` is on."""


@dataclass(frozen=True, slots=True)
class Point:
    """A place to die: before or after a function (``module:Class.function``) has done its work; ``at`` is the kind of
    process that passes there."""

    target: str
    after: bool
    at: str = "worker"


POINTS: Mapping[str, Point] = {
    "accept.before_insert": Point("hub.store.accept:AcceptCall.__call__", False, "web"),
    "accept.after_commit": Point("hub.store.accept:AcceptCall.__call__", True, "web"),
    "accept.before_answer": Point("hub.inbox.accept:Accept.__call__", True, "web"),
    "turn.claimed": Point("hub.inbox.lane:Lane.run", False),
    "turn.read": Point("orchestrator.turn:Turn._think", False),
    "turn.model_answered": Point("orchestrator.turn:Turn._answer", True),
    "turn.thought_kept": Point("orchestrator.turn:Turn._think", True),
    "turn.before_outbox": Point("orchestrator.turn:say", False),
    "turn.in_outbox": Point("orchestrator.reply:_write", True),
    "turn.after_outbox": Point("orchestrator.turn:say", True),
    "deliver.claimed": Point("hub.inbox.deliver:Deliver.run", False),
    "deliver.before_send": Point("hub.inbox.deliver:Deliver._send", False),
    "deliver.after_send": Point("hub.inbox.deliver:Deliver._taken", False),
    "deliver.settled": Point("hub.inbox.deliver:Deliver._taken", True),
}


def install() -> None:
    """Do what the environment asks for."""
    plan = json.loads(os.environ.get(VARIABLE, "{}"))
    for name, value in plan.get("constants", {}).items():
        module, _, constant = name.rpartition(".")
        owner = import_module(module)
        if not hasattr(owner, constant):
            raise LookupError(f"There is no constant {name} to change.")
        setattr(owner, constant, value)
    if crash := plan.get("crash"):
        _place(POINTS[crash["point"]], _Countdown(int(crash["nth"])))
    if plan.get("poison"):
        _poison()


class _Countdown:
    """Ends the process, as kill -9 would, when it was passed so often."""

    def __init__(self, nth: int) -> None:
        self._left = nth

    def __call__(self) -> None:
        self._left -= 1
        if self._left <= 0:
            os._exit(EXIT)


def find(target: str) -> tuple[Any, str, Callable[..., Any]]:
    """The owner, the name and the function of ``module:Class.function``. Raises ``LookupError``."""
    module, _, path = target.partition(":")
    owner: Any = import_module(module)
    *outer, name = path.split(".")
    for part in outer:
        owner = getattr(owner, part, None)
    function = getattr(owner, name, None)
    if not inspect.iscoroutinefunction(function):
        raise LookupError(f"There is no coroutine function {target} to break.")
    return owner, name, function


def _place(point: Point, passed: Callable[[], None]) -> None:
    owner, name, function = find(point.target)

    @functools.wraps(function)
    async def wrapped(*args: Any, **kwargs: Any) -> Any:
        if not point.after:
            passed()
        result = await function(*args, **kwargs)
        if point.after:
            passed()
        return result

    setattr(owner, name, wrapped)


def _poison() -> None:
    """Messages that break the code which answers them, as a bug would."""
    owner, name, function = find("orchestrator.turn:Turn._answer")

    @functools.wraps(function)
    async def wrapped(turn: Any, lease: Any, reading: Any, *more: Any) -> Any:
        if POISON["crash"] in reading.text:
            os._exit(EXIT)
        if POISON["raise"] in reading.text:
            raise RuntimeError("a bug that this message brings out")
        if POISON["hang"] in reading.text:
            await asyncio.sleep(3600)
        return await function(turn, lease, reading, *more)

    setattr(owner, name, wrapped)


if __name__ == "__main__":
    for missing in POINTS.values():
        find(missing.target)
    sys.exit(0)
