"""How often somebody may try: windows kept in the database, so that every process counts the same."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from hub.core.errors import TooMany
from hub.store.people import email_key
from hub.store.session import Store


@dataclass(frozen=True, slots=True)
class Allowance:
    """At most ``times`` within ``seconds`` from the first of them on."""

    times: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Allowances:
    """What is allowed of one kind of try: from one address for one account, for one account, from one address,
    and in the whole deployment. The first is the tightest, so that a stranger cannot lock somebody out."""

    pair: Allowance
    account: Allowance
    address: Allowance
    all: Allowance


SIGN_IN = Allowances(Allowance(8, 900), Allowance(40, 900), Allowance(60, 900), Allowance(3_000, 900))
LINKS = Allowances(Allowance(3, 900), Allowance(6, 3_600), Allowance(20, 900), Allowance(1_000, 900))
TOKENS = Allowances(Allowance(20, 900), Allowance(20, 900), Allowance(40, 900), Allowance(3_000, 900))


class Attempts:
    """Counts tries. ``kind`` keeps different acts apart."""

    def __init__(self, *, store: Store, kind: str, allowances: Allowances) -> None:
        self._store = store
        self._kind = kind
        self._allowances = allowances

    async def count(self, account: str, address: str) -> None:
        """Count one try, before it is made. Raises ``TooMany`` with the longest wait."""
        allowed = self._allowances
        windows = (
            (self._bucket("all"), allowed.all),
            (self._bucket("address", address), allowed.address),
            (self._bucket("pair", account, address), allowed.pair),
            (self._bucket("account", account), allowed.account),
        )
        for bucket, allowance in windows:
            # One transaction each: what is refused further on must not take the earlier counts back.
            async with self._store.directory() as directory:
                count = await directory.sessions.count_attempt(bucket, allowance.seconds)
            if count > allowance.times:
                raise TooMany(
                    "That was tried too often. Wait a quarter of an hour, then try again.",
                    retry_after=allowance.seconds,
                )

    async def clear(self, account: str, address: str) -> None:
        """Begin to count anew for this account from this address, after it went well."""
        async with self._store.directory() as directory:
            await directory.sessions.forget_attempts(self._bucket("pair", account, address))

    def _bucket(self, *parts: str) -> bytes:
        text = "\0".join((self._kind, parts[0], *(email_key(part) for part in parts[1:])))
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
