"""A stored message in the form everybody outside sees: REST, sockets, webhooks to tenants."""

from __future__ import annotations

from typing import Any

from hub.store.messages import MessageRow
from hub.store.notifications import NotificationRow


def message_json(row: MessageRow) -> dict[str, Any]:
    """The contract's message: plain JSON values, times in RFC 3339."""
    return {
        "id": str(row.id),
        "conversation_id": str(row.conversation_id),
        "seq": row.seq,
        "direction": row.direction,
        "author": {"kind": row.author_kind, "id": row.author_id, "name": row.author_name},
        "kind": row.kind,
        "parts": row.parts,
        "reply_to": row.reply_to,
        "platform_ids": list(row.platform_ids),
        "status": row.status,
        "at": row.at.isoformat(),
        "edited_at": row.edited_at.isoformat() if row.edited_at else None,
        "deleted_at": row.deleted_at.isoformat() if row.deleted_at else None,
        "citations": row.citations,
        "support": row.support,
    }


def notification_json(note: NotificationRow) -> dict[str, Any]:
    """A notification as windows get it."""
    return {
        "id": str(note.id),
        "kind": note.kind,
        "conversation_id": str(note.conversation_id),
        "text": note.text,
        "at": note.at.isoformat(),
    }


def for_customer(row: MessageRow, picture: str | None = None) -> dict[str, Any] | None:
    """The message as its customer may see it; None for notes, markers and what was taken back.

    Who exactly answered stays inside (no agent ids; ``picture`` is the address of how they look), and of platform ids
    only the widget's own ``client_id``.
    """
    if row.kind in ("note", "activity") or row.status in ("cancelled", "interrupted"):
        return None
    shown = message_json(row)
    shown["client_id"] = next((p.split("/", 1)[1] for p in row.platform_ids if "/" in p), None)
    shown["platform_ids"] = []
    shown["superseded"] = "superseded" in row.metadata
    shown["stopped"] = row.metadata.get("thought") == "stopped"
    shown["author"] = {"kind": row.author_kind, "id": None, "name": row.author_name, "picture": picture}
    if row.deleted_at is not None:
        shown["parts"] = []
    return shown
