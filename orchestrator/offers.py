"""Taken options in words: some platforms name a tap by the option's id alone, or by a digest of it."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from hub.core.choices import resolve_choice, typed_choice
from hub.core.ids import MessageId, PlatformId
from hub.core.messages import Choice, Direction, Part, Text, parts_from_json, parts_to_json
from hub.store.inbox import InboxRow
from hub.store.messages import MessageRow
from hub.store.session import Tx


async def put_into_words(tx: Tx, waiting: Sequence[InboxRow], newest_first: Sequence[MessageRow]) -> list[MessageRow]:
    """``newest_first`` with each waiting tap as the option that was offered, stored so that colleagues read words too.

    The offer is the message that the tap names, else the latest of ours that offered such an option. A typed number
    counts as a tap when our message before it offered options.
    """
    taps = {row.message_id: row for row in waiting if row.message_id is not None}
    rows = []
    for message in newest_first:
        parts = parts_from_json(message.parts)
        tap = taps.get(message.id)
        if tap is not None:
            named = await _offer(tx, tap, newest_first) if any(isinstance(p, Choice) for p in parts) else None
            resolved = [_resolved(_typed(part, message, newest_first), named, newest_first) for part in parts]
            if resolved != list(parts):
                await tx.messages.set_parts(message.id, resolved)
                message = replace(message, parts=parts_to_json(resolved))
        rows.append(message)
    return rows


def _typed(part: Part, message: MessageRow, newest_first: Sequence[MessageRow]) -> Part:
    if not isinstance(part, Text):
        return part
    ours = next((m for m in newest_first if m.direction == Direction.OUT and m.seq < message.seq), None)
    return (typed_choice(part.text, parts_from_json(ours.parts)) if ours is not None else None) or part


def _resolved(part: Part, named: MessageRow | None, newest_first: Sequence[MessageRow]) -> Part:
    if not isinstance(part, Choice):
        return part
    offers = ([named] if named is not None else []) + [m for m in newest_first if m.direction == Direction.OUT]
    answers = (resolve_choice(part, parts_from_json(offer.parts)) for offer in offers)
    return next((found for found in answers if found != part), part)


async def _offer(tx: Tx, tap: InboxRow, newest_first: Sequence[MessageRow]) -> MessageRow | None:
    target = tap.event.get("target")
    if not target:
        return None
    known = next((m for m in newest_first if target in m.platform_ids), None)
    if known is not None:
        return known
    id = await tx.messages.by_platform_id(tap.channel_id, PlatformId(target))
    if id is None:
        with contextlib.suppress(ValueError):  # the web names messages by our own ids
            id = MessageId(UUID(target))
    found = await tx.messages.get(id) if id is not None else None
    return found if found is not None and found.conversation_id == tap.conversation_id else None
