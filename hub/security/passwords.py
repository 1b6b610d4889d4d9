"""Passwords: argon2id in a thread, a bounded number at once, and the same work where there is no password."""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from hub.core.errors import Invalid, TooMany

SHORTEST = 12
LONGEST = 256
_FEWEST_GUESSES = 10**9
_JUDGED = 72
"""Characters that are judged: judging takes long on long texts, and what is strong here is no weaker beyond."""
_WORDS = re.compile(r"\w{3,}")
_WAITING = 64
"""How many sign-ins may wait for a thread; argon2 takes tens of milliseconds each."""


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Strength:
    """What argon2id costs: ``memory`` in KiB, passes over it, lanes (RFC 9106)."""

    memory: int = 32_768
    passes: int = 3
    lanes: int = 1


class Passwords:
    """Hashes and verifies. ``at_once`` bounds the memory that is taken at the same time."""

    def __init__(self, strength: Strength | None = None, *, at_once: int = 2) -> None:
        cost = strength or Strength()
        self._hasher = PasswordHasher(cost.passes, cost.memory, cost.lanes)
        self._gate = asyncio.Semaphore(at_once)
        self._waiting = 0
        self._nobody: str | None = None

    async def hash(self, password: str) -> str:
        """The hash to keep."""
        return await self._work(lambda: self._hasher.hash(password))

    async def verify(self, kept: str | None, password: str) -> bool:
        """Whether this is the password. Without a kept hash the same work is done, and the answer is no."""
        return await self._work(lambda: self._verify(kept, password))

    def outdated(self, kept: str) -> bool:
        """Whether a hash was made under other settings than today's."""
        return self._hasher.check_needs_rehash(kept)

    def _verify(self, kept: str | None, password: str) -> bool:
        if self._nobody is None:
            self._nobody = self._hasher.hash(secrets.token_urlsafe(16))
        try:
            self._hasher.verify(kept or self._nobody, password)
        except (VerificationError, InvalidHashError):
            return False
        return kept is not None

    async def _work(self, act: Callable[[], T]) -> T:
        if self._waiting >= _WAITING:
            raise TooMany("Many people are signing in just now. Wait a moment and try again.", retry_after=5)
        self._waiting += 1
        try:
            async with self._gate:
                return await asyncio.to_thread(act)
        finally:
            self._waiting -= 1


async def check_password(password: str, *, about: Sequence[str] = (), field: str = "password") -> None:
    """Raise ``Invalid``, with what helps, for a password that is too short, too long or among the first to be guessed.

    ``about`` are words that somebody who knows the person would try: their name, address and company.
    """
    if len(password) < SHORTEST:
        raise Invalid(
            f"Use at least {SHORTEST} characters. A few words in a row are easy to keep in mind.", field=field
        )
    if len(password) > LONGEST:
        raise Invalid(f"Use at most {LONGEST} characters.", field=field)
    if await asyncio.to_thread(_guessable, password, tuple(about)):
        raise Invalid("This password is among the first that would be guessed. Use a few words that do not belong "
                      "together.", field=field)  # fmt: skip


def _guessable(password: str, about: tuple[str, ...]) -> bool:
    from zxcvbn import zxcvbn  # late: its word lists take a while to load

    words = [part for text in about for part in (text, *_WORDS.findall(text))][:50]
    return bool(zxcvbn(password[:_JUDGED], user_inputs=["switchboard", *words])["guesses"] < _FEWEST_GUESSES)
