"""What one event looks like outside: the same whether it is pushed or pulled."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import orjson

from hub.core.events import SCHEMA_VERSION
from hub.core.ids import TenantId
from hub.store.events import EventRow


def payload_of(event: EventRow, tenant: TenantId) -> dict[str, Any]:
    """The event as tenants read it. ``data`` holds ids; what they name is read over the API, with its permissions."""
    return {
        "id": str(event.id),
        "seq": event.seq,
        "type": event.type,
        "timestamp": moment(event.at),
        "tenant_id": str(tenant),
        "schema_version": SCHEMA_VERSION,
        "data": event.data,
    }


def moment(at: datetime) -> str:
    """RFC 3339, UTC, with microseconds."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def body_of(event: EventRow, tenant: TenantId) -> bytes:
    """The bytes that are signed and sent; the same for every try."""
    return orjson.dumps(payload_of(event, tenant))
