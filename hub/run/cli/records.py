"""Commands on tenants, API keys and the keys that encrypt secrets."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from cyclopts import Parameter

from hub.core.errors import NotFound
from hub.core.ids import ApiKeyId
from hub.run.cli.opening import find_tenant, house_for_command, run
from hub.run.cli.output import print_json, print_table, say
from hub.store.directory import TenantRow

Flag = Annotated[bool, Parameter(negative="")]


def tenant_create(slug: str, *, name: str | None = None, json: Flag = False) -> None:
    """Make a tenant.

    Parameters
    ----------
    slug
        Its short name: small letters, digits and hyphens.
    name
        Its full name (default: the slug).
    json
        Print it as JSON.
    """

    async def work() -> None:
        from hub.accounts.tenants import TenantDesk

        async with house_for_command() as house:
            row = await TenantDesk(store=house.store).create(slug, name or slug)
        if json:
            print_json({"id": row.id, "slug": row.slug, "name": row.name})
        else:
            say(f"Made the tenant '{row.slug}' ({row.id}). Next: hub ingest FILE --tenant {row.slug}")

    run(work())


def tenant_list(*, json: Flag = False) -> None:
    """List the tenants.

    Parameters
    ----------
    json
        Print them as JSON.
    """

    async def work() -> None:
        async with house_for_command() as house, house.store.directory() as directory:
            rows = await directory.tenants(1000)
        data = [_told(row) for row in rows]
        if json:
            print_json(data)
        else:
            print_table(data, ("slug", "name", "enabled", "weight", "id"))

    run(work())


def tenant_change(
    tenant: str,
    *,
    name: str | None = None,
    enabled: bool | None = None,
    weight: int | None = None,
    json: Flag = False,
) -> None:
    """Change a tenant; what is not named stays.

    Parameters
    ----------
    tenant
        By id or slug.
    name
        Its full name.
    enabled
        Whether it is served at all: a tenant that is off keeps its data.
    weight
        How many places it has in a round of work where another tenant has one: 1 to 100.
    json
        Print it as JSON.
    """

    async def work() -> None:
        from hub.accounts.tenants import TenantDesk

        async with house_for_command() as house:
            found = await find_tenant(house, tenant)
            desk = TenantDesk(store=house.store)
            row = await desk.change(found.id, name=name, enabled=enabled, weight=weight)
        if json:
            print_json(_told(row))
        else:
            print_table([_told(row)], ("slug", "name", "enabled", "weight", "id"))

    run(work())


def _told(row: TenantRow) -> dict[str, str | int]:
    return {"id": str(row.id), "slug": row.slug, "name": row.name, "enabled": row.enabled, "weight": row.weight}


def key_create(name: str, *, tenant: str | None = None, scope: list[str] | None = None, json: Flag = False) -> None:
    """Make an API key. It is shown this once.

    Parameters
    ----------
    name
        What it is for.
    tenant
        The tenant it belongs to, by id or slug; without one it is the platform's.
    scope
        What it may do; repeat for several (default: chat and everything readable).
    json
        Print it as JSON.
    """

    async def work() -> None:
        from hub.accounts.keys import ApiKeys
        from hub.accounts.permissions import Scope

        usual = [s.value for s in Scope if s is Scope.CHAT or s.value.endswith(":read")]
        async with house_for_command() as house:
            owner = (await find_tenant(house, tenant)).id if tenant else None
            issued = await ApiKeys(store=house.store, admin_key=None).issue(owner, name, scope or usual)
        if json:
            print_json({"id": issued.row.id, "key": issued.text, "scopes": issued.row.scopes})
        else:
            say(issued.text)
            say("Keep it safe: it is not shown again.")

    run(work())


def key_list(*, tenant: str | None = None, json: Flag = False) -> None:
    """List API keys.

    Parameters
    ----------
    tenant
        Whose keys, by id or slug; without one the platform's.
    json
        Print them as JSON.
    """

    async def work() -> None:
        async with house_for_command() as house:
            owner = (await find_tenant(house, tenant)).id if tenant else None
            async with house.store.directory() as directory:
                rows = await directory.keys(owner, 1000, None)
        data = [
            {
                "id": str(r.id),
                "name": r.name,
                "ends with": r.last4,
                "scopes": " ".join(r.scopes),
                "revoked": r.revoked_at,
            }
            for r in rows
        ]
        if json:
            print_json(data)
        else:
            print_table(data, ("name", "ends with", "scopes", "revoked", "id"))

    run(work())


def key_revoke(id: UUID, *, tenant: str | None = None) -> None:
    """Make an API key useless at once.

    Parameters
    ----------
    id
        The key's id.
    tenant
        The tenant it belongs to, by id or slug; without one the platform.
    """

    async def work() -> None:
        async with house_for_command() as house:
            owner = (await find_tenant(house, tenant)).id if tenant else None
            async with house.store.directory() as directory:
                if not await directory.revoke_key(owner, ApiKeyId(id)):
                    raise NotFound("There is no such key.")
        say("Revoked.")

    run(work())


def secrets_new() -> None:
    """Print a new key for HUB_SECRET_KEYS."""
    from hub.security.encryption import generate_key

    say(generate_key())


def secrets_rotate() -> None:
    """Encrypt every stored secret under the first key of HUB_SECRET_KEYS. Afterwards the others may be dropped."""

    async def work() -> None:
        async with house_for_command() as house:
            changed = await house.accounts.rotate()
        say(f"Encrypted {changed} secrets anew.")

    run(work())
