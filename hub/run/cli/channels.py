"""Commands on channels and shared platform apps."""

from __future__ import annotations

import json as jsonlib
import sys
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

from cyclopts import Parameter

from hub.core.channels import ChecksCredentials, RegistersWebhook
from hub.core.errors import Invalid, Malformed
from hub.core.ids import AppId, ChannelId
from hub.run.cli.opening import find_tenant, house_for_command, read_settings, run
from hub.run.cli.output import print_json, print_table, say

Flag = Annotated[bool, Parameter(negative="")]
_MOST_TEMPLATES = 10_000


def channel_create(
    kind: str,
    *,
    tenant: str,
    name: str | None = None,
    credential: list[str] | None = None,
    register: bool = True,
    json: Flag = False,
) -> None:
    """Connect a channel. Credentials are stored encrypted and never shown again.

    Parameters
    ----------
    kind
        whatsapp, messenger, slack, telegram or webchat.
    tenant
        The tenant, by id or slug.
    name
        How colleagues call it (default: the kind).
    credential
        One credential as name=value, or name=@FILE to read it from a file; repeat for several.
    register
        Tell the platform where to send events, where it allows that and HUB_PUBLIC_URL is set.
    json
        Print the channel as JSON.
    """
    credentials = dict(_pair(text) for text in credential or ())

    async def work() -> None:
        from hub.accounts.channels import ChannelDesk

        async with house_for_command() as house:
            owner = await find_tenant(house, tenant)
            desk = ChannelDesk(store=house.store, accounts=house.accounts, channels=house.channels)
            row = await desk.create(owner.id, kind, name or kind, credentials)
            base = (house.settings.public_url or "").rstrip("/")
            webhook = f"{base}/webhooks/{row.kind}/{row.id}"
            adapter = house.channels[row.kind]
            if register and base and isinstance(adapter, RegistersWebhook):
                await adapter.register_webhook(desk.credentials(row), webhook)
        if json:
            print_json({"id": row.id, "kind": row.kind, "name": row.name, "webhook": webhook})
        else:
            say(f"Connected '{row.name}' ({row.id}).")
            say(f"Its webhook address: {webhook if base else '(set HUB_PUBLIC_URL) ' + webhook}")

    run(work())


def channel_list(*, tenant: str, json: Flag = False) -> None:
    """List a tenant's channels.

    Parameters
    ----------
    tenant
        The tenant, by id or slug.
    json
        Print them as JSON.
    """

    async def work() -> None:
        async with house_for_command() as house:
            owner = await find_tenant(house, tenant)
            async with house.store.begin(owner.id) as tx:
                rows = await tx.channels.page(1000)
        data = [{"id": str(r.id), "kind": r.kind, "name": r.name, "enabled": r.enabled} for r in rows]
        if json:
            print_json(data)
        else:
            print_table(data, ("kind", "name", "enabled", "id"))

    run(work())


def channel_check(id: UUID, *, tenant: str, json: Flag = False) -> None:
    """Ask the platform whether a channel's credentials and webhook are well.

    Parameters
    ----------
    id
        The channel's id.
    tenant
        The tenant, by id or slug.
    json
        Print the findings as JSON.
    """

    async def work() -> bool:
        from hub.accounts.channels import ChannelDesk

        async with house_for_command() as house:
            owner = await find_tenant(house, tenant)
            desk = ChannelDesk(store=house.store, accounts=house.accounts, channels=house.channels)
            row = await desk.get(owner.id, ChannelId(id))
            adapter = house.channels[row.kind]
            checks = await adapter.check(desk.credentials(row)) if isinstance(adapter, ChecksCredentials) else ()
        if json:
            print_json([{"name": c.name, "ok": c.ok, "text": c.text} for c in checks])
        elif not checks:
            say("This kind of channel has nothing to check with a platform.")
        for check in () if json else checks:
            say(f"{'ok  ' if check.ok else 'FAIL'} {check.name}: {check.text}")
        return all(c.ok for c in checks)

    if not run(work()):
        sys.exit(1)


def channel_templates(id: UUID, *, tenant: str, sync: Flag = False, json: Flag = False) -> None:
    """List the messages a channel's platform approved beforehand, with the values they take.

    Parameters
    ----------
    id
        The channel's id.
    tenant
        The tenant, by id or slug.
    sync
        Fetch them anew from the platform first.
    json
        Print them as JSON.
    """

    async def work() -> list[dict[str, Any]]:
        from hub.accounts.channels import ChannelDesk
        from hub.accounts.templates import TemplateDesk

        async with house_for_command() as house:
            owner = await find_tenant(house, tenant)
            channels = ChannelDesk(store=house.store, accounts=house.accounts, channels=house.channels)
            desk = TemplateDesk(store=house.store, channels=channels)
            if sync:
                await desk.sync(owner.id, ChannelId(id))
            return [row.content for row in await desk.page(owner.id, ChannelId(id), _MOST_TEMPLATES)]

    found = run(work())
    if json:
        print_json(found)
        return
    rows = [{**t, "values": " ".join(f"{s['place']}:{s['name']}" for s in t["slots"])} for t in found]
    print_table(rows, ("name", "language", "status", "values", "text"))
    if not found and not sync:
        say("None are here yet. Fetch them with --sync.")


def channel_parse(kind: str, file: Path | None = None, *, json: Flag = False) -> None:
    """Show how a platform's webhook body is understood: every event in it, normalised.

    Parameters
    ----------
    kind
        The kind of channel.
    file
        The body's file (default: standard input).
    json
        Print JSON (the only form there is; scripts may say so).
    """
    from adapters.registry import open_channel
    from hub.core.messages import event_to_json
    from hub.run.house import SystemClock

    raw = sys.stdin.buffer.read() if file is None else _read(file)
    events = open_channel(kind, clock=SystemClock()).parse(raw)
    print_json({"events": [event_to_json(e) for e in events]})


def app_create(kind: str, *, name: str | None = None, credential: list[str], json: Flag = False) -> None:
    """Add a platform app that many accounts share.

    Parameters
    ----------
    kind
        The kind of channel.
    name
        How operators call it (default: the kind).
    credential
        One credential as name=value, or name=@FILE; repeat for several.
    json
        Print the app as JSON.
    """
    credentials = dict(_pair(text) for text in credential)

    async def work() -> None:
        from hub.accounts.apps import AppDesk

        async with house_for_command() as house:
            row = await AppDesk(store=house.store, accounts=house.accounts).create(kind, name or kind, credentials)
        if json:
            print_json({"id": row.id, "kind": row.kind, "name": row.name})
        else:
            say(f"Added the app '{row.name}' ({row.id}).")

    run(work())


def app_list(*, json: Flag = False) -> None:
    """List the platform apps that many accounts share.

    Parameters
    ----------
    json
        Print them as JSON.
    """

    async def work() -> None:
        from hub.accounts.apps import AppDesk

        async with house_for_command() as house:
            rows = await AppDesk(store=house.store, accounts=house.accounts).all()
        data: list[dict[str, Any]] = [{"id": str(r.id), "kind": r.kind, "name": r.name} for r in rows]
        if json:
            print_json(data)
        else:
            print_table(data, ("kind", "name", "id"))

    run(work())


def app_install(id: UUID, *, tenant: str, json: Flag = False) -> None:
    """Print a link by which the owner of an account connects it to a tenant. It works for an hour.

    Parameters
    ----------
    id
        The app's id.
    tenant
        Whose channel it becomes, by id or slug.
    json
        Print it as JSON.
    """

    async def work() -> str:
        from hub.run.rooms import build_installs

        async with house_for_command() as house:
            owner = await find_tenant(house, tenant)
            return await build_installs(house).link(AppId(id), owner.id)

    url = run(work())
    if json:
        print_json({"url": url})
        return
    say(url)
    say("Open it in the browser of whoever may install apps there.")


def app_manifest(id: UUID) -> None:
    """Print an app's manifest, to paste at the platform: its addresses, permissions and events.

    Parameters
    ----------
    id
        The app's id.
    """

    async def work() -> dict[str, Any]:
        from hub.run.rooms import build_installs

        async with house_for_command() as house:
            return dict(await build_installs(house).manifest(AppId(id)))

    print_json(run(work()))


def _pair(text: str) -> tuple[str, Any]:
    name, separator, value = text.partition("=")
    if not separator or not name:
        raise Invalid("Give a credential as name=value.", field="--credential")
    if value.startswith("@"):
        value = _read(Path(value[1:])).decode().strip()
    if value.startswith("["):
        try:
            return name, jsonlib.loads(value)
        except ValueError:
            raise Malformed("This credential's list is not valid JSON.", field=name) from None
    return name, value


def _read(path: Path) -> bytes:
    read_settings(level="warning")
    try:
        return path.read_bytes()
    except OSError as error:
        raise Invalid(f"{path} cannot be read: {error.strerror}.", field="file") from None
