"""Judging a run by the simulator's record alone: what was lost, doubled, out of order, sent too early."""

from __future__ import annotations

import itertools
import statistics
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from support.faults.driver import Sent

READABLE = frozenset({"whatsapp", "messenger", "slack"})
"""The platforms that can be read back, so that a send whose answer was lost is settled for certain."""

ORDERED = frozenset({"telegram", "messenger", "slack"})
"""The platforms that give an order finer than a second. WhatsApp tells whole seconds: there, arrival counts."""

Entry = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Judgement:
    """Counts of messages. ``unresolved`` could not be told and stand before a person (Telegram alone);
    ``not_taken`` were never acknowledged, so that their platform gave up; ``plain`` were answered without the model,
    whose stream had been cut off."""

    messages: int
    replies: int
    lost: tuple[str, ...]
    doubled: tuple[str, ...]
    out_of_order: tuple[str, ...]
    misdirected: tuple[str, ...]
    unresolved: tuple[str, ...]
    not_taken: int
    plain: tuple[str, ...]
    latencies: tuple[float, ...]

    @property
    def clean(self) -> bool:
        return not (self.lost or self.doubled or self.out_of_order or self.misdirected)

    def told(self) -> str:
        """The counts in words."""
        more = f", {len(self.unresolved)} shown as unknown" if self.unresolved else ""
        more += f", {len(self.misdirected)} to somebody else" if self.misdirected else ""
        more += f", {self.not_taken} given up by the platform" if self.not_taken else ""
        more += f", {len(self.plain)} answered without the model" if self.plain else ""
        return (
            f"{self.messages:,} messages: lost {len(self.lost)}, doubled {len(self.doubled)}, "
            f"out of order {len(self.out_of_order)}{more}"
        )


def judge(sent: Sequence[Sent], record: Iterable[Entry], *, unknown: Collection[str] = ()) -> Judgement:
    """Hold what was acknowledged against what arrived. ``unknown`` are the questions whose answer a person sees
    marked as not known to have arrived.

    Out of order is an answer that came before the answer to what was acknowledged before its question was even sent.
    """
    wanted = {s.token: s for s in sent}
    replies: dict[str, list[Entry]] = defaultdict(list)
    misdirected: list[str] = []
    count = 0
    record = list(record)
    for entry in record:
        if not entry["made"] or entry["upstream"] == "model":
            continue
        count += 1
        for token in entry["tokens"]:
            if token in wanted:
                replies[token].append(entry)
                if entry["chat"] != wanted[token].person.chat:
                    misdirected.append(token)
    acked = [s for s in sent if s.acked is not None]
    plain, surplus = _without_model(wanted, replies, record)
    # An answer that broke off has the marks of its first questions alone: it is unknown for all of them.
    broken = [set(e["tokens"]) for e in record if _cut_off(e)]
    about = set().union(*(call for call in broken if not call.isdisjoint(unknown)))
    unknown = set(unknown) | (about - replies.keys() - plain)
    missing = [s.token for s in acked if s.token not in replies and s.token not in plain]
    twice = [token for token, entries in replies.items() if len(entries) > 1]
    return Judgement(
        messages=len(acked),
        replies=count,
        lost=tuple(t for t in missing if t not in unknown),
        doubled=(*twice, *surplus),
        out_of_order=tuple(_disordered(acked, replies)),
        misdirected=tuple(misdirected),
        unresolved=tuple(sorted(unknown)),
        not_taken=len(sent) - len(acked),
        plain=tuple(sorted(plain)),
        latencies=tuple(replies[s.token][0]["at"] - s.sent for s in acked if s.token in replies),
    )


def _cut_off(entry: Entry) -> bool:
    """Whether this is a call of the model whose stream broke."""
    return bool(entry["upstream"] == "model" and entry["fault"] == "cut")


def _without_model(
    wanted: Mapping[str, Sent], replies: Mapping[str, Sequence[Entry]], record: Sequence[Entry]
) -> tuple[set[str], list[str]]:
    """The questions that were answered though the model's stream was cut off, and the chats where more came than that.

    What the bot says then carries no mark, or only those of the questions that the model had come to. So each call that
    was cut off accounts for one message without a mark that came to its chat after it, and for no more.
    """
    unmarked: dict[str, list[Entry]] = defaultdict(list)
    for entry in record:
        if entry["made"] and entry["upstream"] != "model" and not entry["tokens"]:
            unmarked[entry["chat"]].append(entry)
    plain: set[str] = set()
    chats: set[str] = set()
    for call in record:
        about = [t for t in call["tokens"] if t in wanted]
        if not about or not _cut_off(call):
            continue
        chat = wanted[about[0]].person.chat
        chats.add(chat)
        unanswered = {t for t in about if t not in replies} - plain
        if not unanswered:
            continue
        begun = [e for t in about for e in replies.get(t, ()) if e["n"] > call["n"]]
        if not any(set(e["tokens"]) <= set(about) for e in begun):
            after = next((e for e in unmarked[chat] if e["n"] > call["n"]), None)
            if after is None:
                continue
            unmarked[chat].remove(after)
        plain |= unanswered
    return plain, [f"{chat}, without a mark" for chat in sorted(chats) if unmarked[chat]]


def _disordered(acked: Sequence[Sent], replies: Mapping[str, Sequence[Entry]]) -> Iterable[str]:
    chats: dict[str, list[Sent]] = defaultdict(list)
    for sent in acked:
        if sent.token in replies:
            chats[sent.person.chat].append(sent)
    for written in chats.values():
        written.sort(key=lambda s: s.order)
        for before, after in itertools.pairwise(written):
            first, then = replies[before.token][0], replies[after.token][0]
            known_first = before.acked is not None and before.acked < after.sent
            if first["n"] != then["n"]:
                wrong = known_first and then["n"] < first["n"]
            elif known_first or before.person.kind in ORDERED:
                wrong = first["tokens"].index(before.token) > first["tokens"].index(after.token)
            else:
                wrong = False
            if wrong:
                yield after.token


def too_early(sent: Sequence[Sent], record: Sequence[Entry], seconds: Mapping[str, float]) -> list[Entry]:
    """The sends that came to a chat before the Retry-After of its last 429 was over. ``seconds`` by platform."""
    chats = {s.token: s.person.chat for s in sent}
    waits: dict[str, float] = {}
    early = []
    for entry in sorted(record, key=lambda e: e["at"]):
        if entry["upstream"] not in seconds or not entry["tokens"]:
            continue
        chat = chats.get(entry["tokens"][0])
        if chat is None:
            continue
        if entry["at"] < waits.get(chat, 0.0):
            early.append(entry)
        if entry["fault"] == "429" and entry["done"]:
            waits[chat] = entry["done"] + seconds[entry["upstream"]]
    return early


def takeovers(record: Sequence[Entry], kills: Mapping[str, float]) -> list[float]:
    """Seconds from a kill until another worker asked the model again what the killed one had asked it without coming
    to an answer. ``kills`` are the times by the key each worker shows the model."""
    asked: dict[str, list[Entry]] = defaultdict(list)
    answered: dict[str, float] = {}
    for entry in record:
        for token in entry["tokens"]:
            if entry["upstream"] == "model":
                asked[token].append(entry)
            elif entry["made"]:
                answered.setdefault(token, entry["at"])
    waits = []
    for token, entries in asked.items():
        for first, again in itertools.pairwise(entries):
            killed = kills.get(first["account"])
            if killed is not None and again["at"] > killed and answered.get(token, again["at"]) >= again["at"]:
                waits.append(again["at"] - killed)
    return waits


def percentile(values: Sequence[float], share: float) -> float:
    """The value that ``share`` (0..1) of them do not pass; 0 of none."""
    if not values:
        return 0.0
    if len(values) == 1:
        return values[0]
    return statistics.quantiles(sorted(values), n=100, method="inclusive")[min(98, max(0, round(share * 100) - 1))]
