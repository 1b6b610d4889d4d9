"""Commands on the people who sign in."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from hub.core.errors import Invalid, NotFound
from hub.run.cli.opening import find_tenant, house_for_command, run
from hub.run.cli.output import print_json, print_table, say

if TYPE_CHECKING:
    from hub.accounts.people import PeopleDesk
    from hub.run.house import House

Flag = Annotated[bool, Parameter(negative="")]


def user_create(
    email: str,
    *,
    name: str | None = None,
    tenant: str | None = None,
    role: Literal["owner", "admin", "agent", "viewer"] | None = None,
    platform_admin: Flag = False,
    password_stdin: Flag = False,
    json: Flag = False,
) -> None:
    """Make a person who can sign in. Prints a one-time link by which they choose their password.

    Parameters
    ----------
    email
        Their e-mail address.
    name
        What they are called (default: the address up to its @).
    tenant
        The tenant they belong to, by id or slug.
    role
        What they are there: owner, admin, agent or viewer (default: owner where there is none yet, else agent).
    platform_admin
        Let them do everything for every tenant.
    password_stdin
        Read the password from standard input instead of making a link.
    json
        Print it as JSON.
    """
    password = sys.stdin.readline().rstrip("\r\n") if password_stdin else None
    if role is not None and tenant is None:
        raise Invalid("A role is held in a tenant. Name it.", field="--tenant")

    async def work() -> None:
        from hub.accounts.permissions import Role

        async with house_for_command() as house:
            owner = (await find_tenant(house, tenant)).id if tenant else None
            made = await _desk(house).create(
                email,
                name or email.partition("@")[0],
                password=password,
                tenant=owner,
                role=Role(role) if role else None,
                platform_admin=platform_admin,
            )
            link = _link(house, made.setup) if made.setup else None
        if json:
            print_json({"id": made.person.id, "email": made.person.email, "setup_link": link})
            return
        say(f"Made {made.person.email}.")
        if link:
            _say_link(link)

    run(work())


def user_link(email: str | None = None, *, json: Flag = False) -> None:
    """Print a one-time link: to choose a new password, or, while nobody is here yet, to make the first person.

    Parameters
    ----------
    email
        Whose link; without one, the first person's.
    json
        Print it as JSON.
    """

    async def work() -> None:
        async with house_for_command() as house:
            desk = _desk(house)
            token = await (desk.first_link() if email is None else desk.setup_link(email))
            if token is None:
                raise NotFound("There are people here already. Name one, or make another with 'hub user create'.")
            link = _link(house, token)
        if json:
            print_json({"setup_link": link})
        else:
            _say_link(link)

    run(work())


def user_list(*, json: Flag = False) -> None:
    """List the people who can sign in.

    Parameters
    ----------
    json
        Print them as JSON.
    """

    async def work() -> None:
        async with house_for_command() as house, house.store.directory() as directory:
            rows = await directory.people.page(1000)
        data = [
            {
                "id": str(r.id),
                "email": r.email,
                "name": r.name,
                "platform admin": r.platform_admin,
                "password": r.password_hash is not None,
            }
            for r in rows
        ]
        if json:
            print_json(data)
        else:
            print_table(data, ("email", "name", "platform admin", "password", "id"))

    run(work())


def _desk(house: House) -> PeopleDesk:
    from hub.run.signing_in import people_of

    return people_of(house)


def _link(house: House, token: str) -> str:
    from hub.accounts.links import address

    return address(house.base_url, "set-up", token)


def _say_link(link: str) -> None:
    say(link)
    say("It works once, within three days. Give it to nobody else.")
