"""Links that are mailed or shown once: unguessable, kept as a hash, expiring, good for one use."""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from hub.core.errors import Invalid
from hub.core.ids import PersonId
from hub.store.account_tokens import AccountTokenRow
from hub.store.directory import Directory

_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")


class Purpose(StrEnum):
    """What a link is for: setting an account up, a new password, proving an address."""

    SETUP = "setup"
    RESET = "reset"
    VERIFY = "verify"


LIFETIMES = {
    Purpose.SETUP: timedelta(days=3),
    Purpose.RESET: timedelta(hours=1),
    Purpose.VERIFY: timedelta(days=2),
}
_OVER = "This link has been used or has expired. Ask for a new one."


@dataclass(frozen=True, slots=True)
class NewToken:
    """``text`` goes into the link and is kept nowhere; ``hash`` is kept."""

    text: str
    hash: bytes


def new_token() -> NewToken:
    """A token of 256 random bits."""
    text = secrets.token_urlsafe(32)
    return NewToken(text, hashlib.sha256(text.encode()).digest())


def hash_token(text: str) -> bytes:
    """The hash to look a presented token up by. Raises ``Invalid`` for what nobody gave out."""
    if _TOKEN.fullmatch(text) is None:
        raise Invalid(_OVER, field="token")
    return hashlib.sha256(text.encode()).digest()


async def issue(
    directory: Directory, purpose: Purpose, person: PersonId | None, *, email: str | None = None, mailed: bool
) -> str:
    """A new link's token; earlier ones of the same purpose for the same person are worth nothing now."""
    token = new_token()
    seconds = LIFETIMES[purpose].total_seconds()
    await directory.account_tokens.add(token.hash, purpose, person, email, mailed=mailed, seconds=seconds)
    return token.text


async def look(directory: Directory, purpose: Purpose, token: str) -> AccountTokenRow:
    """What a link is for, without using it. Raises ``Invalid``."""
    return _living(await directory.account_tokens.look(hash_token(token), purpose))


async def use(directory: Directory, purpose: Purpose, token: str) -> AccountTokenRow:
    """Use a link up, with the transaction. Raises ``Invalid``."""
    return _living(await directory.account_tokens.use(hash_token(token), purpose))


def _living(row: AccountTokenRow | None) -> AccountTokenRow:
    if row is None:
        raise Invalid(_OVER, field="token")
    return row


def address(base: str, page: str, token: str) -> str:
    """A link into the desk. The token stands behind ``#``, which browsers send to nobody."""
    return f"{base.rstrip('/')}/admin/{page}#token={token}"
