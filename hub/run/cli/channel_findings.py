"""What the doctor finds out about channels: whether each tenant's platforms still accept its credentials."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hub.core.channels import ChecksCredentials
from hub.core.errors import HubError
from hub.settings import Settings

if TYPE_CHECKING:
    from hub.accounts.channels import ChannelDesk
    from hub.run.house import House
    from hub.store.channels import ChannelRow

_MOST = 500
_AT_ONCE = 8
_PATIENCE = 10.0


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor's report; ``ok`` None means: not in use."""

    name: str
    ok: bool | None
    text: str


async def examine_channels(settings: Settings) -> list[Finding]:
    """One finding for each channel that can be checked, at most 500; a line in its place where none can be.

    Each platform has ten seconds to answer. What goes wrong becomes a finding, never an error.
    """
    from hub.run.house import open_house
    from hub.run.local import local_database
    from hub.store.migrate import current_revision

    try:
        async with local_database(settings) as local:
            url = local.database_url
            if url is None or await current_revision(url.get_secret_value()) is None:
                return [Finding("channels", None, "None yet: the database is empty.")]
            async with open_house(local, pool=2) as house:
                simulator_is_away = local.telegram_api_url == settings.telegram_api_url
                return await _examine(house, simulator_is_away=simulator_is_away)
    except HubError as error:
        return [Finding("channels", False, str(error))]
    except Exception as error:
        return [Finding("channels", False, f"They cannot be read ({type(error).__name__}). See 'database' above.")]


async def _examine(house: House, *, simulator_is_away: bool) -> list[Finding]:
    from hub.accounts.channels import ChannelDesk

    desk = ChannelDesk(store=house.store, accounts=house.accounts, channels=house.channels)
    places = asyncio.Semaphore(_AT_ONCE)
    found, more = await _channels(house)

    async def examined(tenant: str, row: ChannelRow) -> Finding | None:
        name = f"channel {tenant}/{row.name}"
        if not row.enabled:
            return Finding(name, None, "Switched off.")
        if simulator_is_away and row.settings.get("simulated"):
            return Finding(name, None, "Its platform is simulated: start 'hub up --demo' to check it.")
        async with places:
            return await _check(house, desk, row, name)

    findings = [f for f in await asyncio.gather(*(examined(t, row) for t, row in found)) if f is not None]
    if more:
        findings.append(Finding("channels", None, f"Only the first {_MOST} were looked at."))
    return findings or [Finding("channels", None, "None that could be checked with a platform.")]


async def _channels(house: House) -> tuple[list[tuple[str, ChannelRow]], bool]:
    """The channels with their tenants' slugs, and whether there are more."""
    found: list[tuple[str, ChannelRow]] = []
    after = None
    while len(found) <= _MOST:
        async with house.store.directory() as directory:
            tenants = await directory.tenants(100, after)
        for tenant in tenants:
            if tenant.enabled:
                async with house.store.begin(tenant.id) as tx:
                    found.extend((tenant.slug, row) for row in await tx.channels.page(_MOST + 1))
        if len(tenants) < 100:
            break
        after = (tenants[-1].created_at, tenants[-1].id)
    return found[:_MOST], len(found) > _MOST


async def _check(house: House, desk: ChannelDesk, row: ChannelRow, name: str) -> Finding | None:
    """What the platform says; None for a kind that has no platform to ask."""
    try:
        adapter = house.channels[row.kind]
        if not isinstance(adapter, ChecksCredentials):
            return None
        async with asyncio.timeout(_PATIENCE):
            checks = await adapter.check(desk.credentials(row))
    except TimeoutError:
        return Finding(name, False, f"The platform did not answer within {_PATIENCE:.0f} seconds. Try again later.")
    except HubError as error:
        return Finding(name, False, str(error))
    except Exception as error:
        return Finding(name, False, f"It cannot be checked ({type(error).__name__}).")
    bad = [check.text for check in checks if not check.ok]
    return Finding(name, not bad, " ".join(bad) or " ".join(check.text for check in checks))
