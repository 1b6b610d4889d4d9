"""Which stored files a caller may name: their own uploads, and what conversations hold that they see."""

from __future__ import annotations

import hashlib

from admin.api.actors import me
from hub.accounts.reach import reach_of
from hub.core.ids import FileId, TenantId
from hub.http.access import Call
from hub.store.files import FileRow
from hub.store.session import Tx


def desk_prefix(tenant: TenantId) -> str:
    """Where colleagues' uploads lie; what customers sent lies elsewhere."""
    return f"{tenant}/desk/"


def own_prefix(call: Call) -> str:
    """Where the caller's uploads lie, so that a file in no conversation yet is its uploader's alone."""
    return f"{desk_prefix(call.tenant_id)}{hashlib.sha256(me(call).encode()).hexdigest()[:32]}/"


async def reachable_file(tx: Tx, call: Call, id: FileId) -> FileRow | None:
    """The file, unless the caller's reach leaves it out."""
    row = await tx.files.get(id)
    reach = await reach_of(tx, call.principal)
    if row is None or reach is None or row.blob_key.startswith(own_prefix(call)):
        return row
    return row if await tx.conversation_list.any_of(reach, me(call), file=id) else None
