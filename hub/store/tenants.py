"""A tenant's settings: one JSON object, validated where it is used."""

from __future__ import annotations

from typing import Any

from hub.core.ids import TenantId
from hub.store.pool import Connection
from hub.store.rows import fetch_value, run


class TenantSettingsRows:
    def __init__(self, connection: Connection, tenant: TenantId) -> None:
        self._connection = connection
        self.tenant = tenant

    async def get(self) -> dict[str, Any]:
        """The settings; empty when none were made."""
        value = await fetch_value(
            self._connection, "select settings from hub.tenant_settings where tenant_id = :t", t=self.tenant
        )
        return value or {}

    async def put(self, settings: dict[str, Any]) -> None:
        """Replace the settings. Idempotent."""
        await run(
            self._connection,
            """insert into hub.tenant_settings(tenant_id, settings) values (:t, :settings__jsonb)
               on conflict (tenant_id) do update set settings = excluded.settings, updated_at = now()""",
            t=self.tenant,
            settings__jsonb=settings,
        )

    async def put_part(self, name: str, value: Any) -> None:
        """Replace one part of the settings; the others stay as they are. Idempotent."""
        await run(
            self._connection,
            """insert into hub.tenant_settings(tenant_id, settings)
               values (:t, jsonb_build_object(cast(:name as text), :value__jsonb))
               on conflict (tenant_id) do update
                  set settings = tenant_settings.settings || excluded.settings, updated_at = now()""",
            t=self.tenant,
            name=name,
            value__jsonb=value,
        )
