"""Members, invitations and teams of a tenant, ownership, and what the audit log keeps of it all."""

from __future__ import annotations

from typing import Any

import pytest

from hub.accounts.permissions import Role
from support.api_calls import refused
from support.api_site import Site
from support.signed_in import PASSWORD, Browser, person


async def invite(by: Browser, tenant: str, email: str, **more: Any) -> str:
    """The token of a new invitation's link."""
    body = {"email": email, "role": "agent", **more}
    made = await by.ok("POST", f"/api/v1/tenants/{tenant}/invitations", json=body)
    token: str = made["link"].partition("#token=")[2]
    assert token
    return token


async def joined(site: Site, token: str, name: str) -> Browser:
    browser = Browser(site)
    body = {"token": token, "name": name, "password": PASSWORD}
    await browser.ok("POST", "/api/v1/auth/invitations/accept", json=body)
    return browser


async def test_an_invited_newcomer_joins_with_role_and_team(site: Site) -> None:
    tenant = await site.tenant()
    owner = await person(site, "owner@example.com", tenant=tenant)
    team = await owner.ok("POST", f"/api/v1/tenants/{tenant}/teams", json={"name": "Returns"})
    token = await invite(owner, tenant, "bob@example.com", teams=[team["id"]])
    card = await Browser(site).ok("POST", "/api/v1/auth/invitations/look", json={"token": token})
    assert card == {"tenant": "Acme", "email": "bob@example.com", "role": "agent", "inviter": "Owner", "known": False}
    bob = await joined(site, token, "Bob")
    me = await bob.ok("GET", "/api/v1/me")
    assert [(m["slug"], m["role"]) for m in me["memberships"]] == [("acme", "agent")]
    assert me["person"]["email_verified"] is False, "a link that was handed over proves no address"
    (listed,) = (await bob.ok("GET", f"/api/v1/tenants/{tenant}/teams"))["items"]
    assert listed["members"] == [me["person"]["id"]]
    assert (await owner.ok("GET", f"/api/v1/tenants/{tenant}/invitations"))["items"] == []
    body = {"token": token, "name": "Bob", "password": PASSWORD}
    await refused(await Browser(site).send("POST", "/api/v1/auth/invitations/accept", json=body), 422, "token")


async def test_who_has_an_account_signs_in_before_joining_and_nobody_else_can(site: Site) -> None:
    tenant = await site.tenant()
    owner, bob = await person(site, "owner@example.com", tenant=tenant), await person(site, "bob@example.com")
    eve = await person(site, "eve@example.com")
    token = await invite(owner, tenant, "Bob@Example.com", role="admin")
    path, body = "/api/v1/auth/invitations/accept", {"token": token}
    stranger = await Browser(site).send("POST", path, json=body | {"name": "Eve", "password": PASSWORD})
    await refused(stranger, 401)
    await refused(await eve.send("POST", path, json=body), 403)
    before = bob.cookie
    me = await bob.ok("POST", path, json=body)
    assert [m["role"] for m in me["memberships"]] == ["admin"]
    assert bob.cookie != before, "more rights, another cookie"
    await refused(await Browser(site, before).send("GET", "/api/v1/me"), 401)


async def test_an_invitation_is_taken_back_or_sent_again_with_another_link(site: Site) -> None:
    tenant = await site.tenant()
    owner = await person(site, "owner@example.com", tenant=tenant)
    base = f"/api/v1/tenants/{tenant}/invitations"
    first = await invite(owner, tenant, "bob@example.com")
    (row,) = (await owner.ok("GET", base))["items"]
    again = await owner.ok("POST", f"{base}/{row['id']}/resend", json={})
    look = "/api/v1/auth/invitations/look"
    await refused(await Browser(site).send("POST", look, json={"token": first}), 422, "token")
    second = again["link"].partition("#token=")[2]
    await Browser(site).ok("POST", look, json={"token": second})
    await owner.ok("DELETE", f"{base}/{again['id']}")
    await refused(await Browser(site).send("POST", look, json={"token": second}), 422, "token")
    await refused(await owner.send("POST", base, json={"email": "owner@example.com"}), 409, "email")
    assert (await owner.ok("GET", base))["items"] == []


async def test_a_tenant_may_let_certain_domains_in_alone(site: Site) -> None:
    tenant = await site.tenant()
    owner = await person(site, "owner@acme.example", tenant=tenant)
    base = f"/api/v1/tenants/{tenant}"
    token = await invite(owner, tenant, "early@elsewhere.example")
    await owner.ok("PATCH", base, json={"settings": {"email_domains": ["acme.example"]}})
    for email in ("bob@elsewhere.example", "bob@acme.example.evil.example", "bob@notacme.example"):
        await refused(await owner.send("POST", f"{base}/invitations", json={"email": email}), 422, "email")
    await invite(owner, tenant, "bob@ACME.example")
    body = {"token": token, "name": "Early", "password": PASSWORD}
    await refused(await Browser(site).send("POST", "/api/v1/auth/invitations/accept", json=body), 422, "email")
    (member,) = (await owner.ok("GET", f"{base}/members"))["items"]
    assert member["email"] == "owner@acme.example", "nobody came in"


async def test_roles_change_but_the_owners_only_by_handing_the_tenant_on(site: Site) -> None:
    tenant = await site.tenant()
    owner = await person(site, "owner@example.com", tenant=tenant)
    admin = await person(site, "admin@example.com", tenant=tenant, role=Role.ADMIN)
    ids = {m["email"]: m["id"] for m in (await owner.ok("GET", f"/api/v1/tenants/{tenant}/members"))["items"]}
    members = f"/api/v1/tenants/{tenant}/members"
    for role in ("admin", "viewer"):
        answer = await admin.send("PATCH", f"{members}/{ids['owner@example.com']}", json={"role": role})
        await refused(answer, 409, "role")
    await refused(
        await admin.send("PATCH", f"{members}/{ids['admin@example.com']}", json={"role": "owner"}), 409, "role"
    )
    await refused(await admin.send("DELETE", f"{members}/{ids['owner@example.com']}"), 409)
    await refused(await owner.send("POST", f"/api/v1/tenants/{tenant}/leave"), 409)
    hand_on = {"person_id": ids["admin@example.com"], "confirm": "acme"}
    await refused(await admin.send("POST", f"/api/v1/tenants/{tenant}/transfer", json=hand_on), 403)
    wrong = hand_on | {"confirm": "yes"}
    await refused(await owner.send("POST", f"/api/v1/tenants/{tenant}/transfer", json=wrong), 422, "confirm")
    before = owner.cookie
    await owner.ok("POST", f"/api/v1/tenants/{tenant}/transfer", json=hand_on)
    assert owner.cookie != before
    owner.csrf = None
    assert [m["role"] for m in (await owner.ok("GET", "/api/v1/me"))["memberships"]] == ["admin"]
    assert [m["role"] for m in (await admin.ok("GET", "/api/v1/me"))["memberships"]] == ["owner"]
    await owner.ok("POST", f"/api/v1/tenants/{tenant}/leave")
    await refused(await owner.send("GET", f"/api/v1/tenants/{tenant}"), 404)


async def test_a_changed_role_and_reach_count_at_once(site: Site) -> None:
    tenant = await site.tenant()
    owner = await person(site, "owner@example.com", tenant=tenant)
    bob = await person(site, "bob@example.com", tenant=tenant, role=Role.AGENT)
    me = (await bob.ok("GET", "/api/v1/me"))["person"]["id"]
    one = f"/api/v1/tenants/{tenant}/members/{me}"
    changed = await owner.ok("PATCH", one, json={"reach": "team", "capacity": 3, "skills": ["returns", "french"]})
    assert (changed["capacity"], changed["skills"]) == (3, ["french", "returns"])
    (member,) = (await bob.ok("GET", "/api/v1/me"))["memberships"]
    assert "conversations:read_all" not in member["permissions"]
    assert "conversations:read_team" in member["permissions"]
    await bob.ok("PUT", f"/api/v1/tenants/{tenant}/availability", json={"availability": "online"})
    assert (await owner.ok("GET", one))["availability"] == "online"
    await owner.ok("PATCH", one, json={"role": "admin"})
    await bob.ok("GET", f"/api/v1/tenants/{tenant}/api-keys")
    await owner.ok("DELETE", one)
    await refused(await bob.send("GET", f"/api/v1/tenants/{tenant}"), 404)


async def test_teams_hold_members_of_their_tenant_alone(site: Site) -> None:
    tenant, other = await site.tenant(), await site.tenant("other")
    owner = await person(site, "owner@example.com", tenant=tenant)
    foreign = (await (await person(site, "eve@example.com", tenant=other)).ok("GET", "/api/v1/me"))["person"]["id"]
    mine = (await owner.ok("GET", "/api/v1/me"))["person"]["id"]
    base = f"/api/v1/tenants/{tenant}/teams"
    team = await owner.ok("POST", base, json={"name": "Returns", "skills": ["returns"]})
    await refused(await owner.send("POST", base, json={"name": "Returns"}), 409, "name")
    other_team = await owner.ok("POST", base, json={"name": "Orders"})
    await refused(await owner.send("PATCH", f"{base}/{other_team['id']}", json={"name": "Returns"}), 409, "name")
    await refused(await owner.send("PUT", f"{base}/{team['id']}/members/{foreign}"), 404, "member")
    assert (await owner.ok("PUT", f"{base}/{team['id']}/members/{mine}"))["members"] == [mine]
    assert (await owner.ok("DELETE", f"{base}/{team['id']}/members/{mine}"))["members"] == []
    await owner.ok("DELETE", f"{base}/{team['id']}")
    assert [t["name"] for t in (await owner.ok("GET", base))["items"]] == ["Orders"]


async def test_the_audit_log_says_who_did_what_from_where_for_people_and_keys(site: Site) -> None:
    tenant = await site.tenant()
    owner = await person(site, "owner@example.com", tenant=tenant)
    owner.extra = {"User-Agent": "Owner's browser"}
    await owner.ok("POST", f"/api/v1/tenants/{tenant}/teams", json={"name": "Returns"})
    key = await owner.ok(
        "POST", f"/api/v1/tenants/{tenant}/api-keys", json={"name": "Shop", "scopes": ["tenant:write"]}
    )
    await site.call("PATCH", f"/api/v1/tenants/{tenant}", key=key["key"], json={"name": "Acme Ltd"})
    refusal = await site.call("DELETE", f"/api/v1/tenants/{tenant}", key=key["key"])
    assert refusal.status == 403
    acts = (await owner.ok("GET", f"/api/v1/tenants/{tenant}/audit"))["items"]
    told = [(a["act"], a["actor_kind"], a["actor_name"]) for a in acts]
    assert told == [
        ("change_tenant", "key", "Shop"),
        ("create_api_key", "person", "Owner"),
        ("team.created", "person", "Owner"),
        ("member.added", "operator", "command line"),
    ]
    assert acts[2]["address"] == "127.0.0.1" and acts[2]["user_agent"] == "Owner's browser"
    assert acts[2]["details"] == {"name": "Returns"} and acts[0]["actor_id"] == key["id"]
    only = (await owner.ok("GET", f"/api/v1/tenants/{tenant}/audit?act=team.created&limit=1"))["items"]
    assert [a["act"] for a in only] == ["team.created"]
    whole = await (await site.call("GET", "/api/v1/audit")).json()
    assert {a["act"] for a in whole["items"]} >= {"create_tenant", "person.created", "person.signed_in"}
    agent = await person(site, "agent@example.com", tenant=tenant, role=Role.AGENT)
    await refused(await agent.send("GET", f"/api/v1/tenants/{tenant}/audit"), 403)


@pytest.mark.parametrize("verb", ["update hub.audit set act = 'nothing'"])
async def test_nobody_of_the_application_can_rewrite_the_audit_log(site: Site, verb: str, database: Any) -> None:
    import asyncpg

    await site.tenant()
    connection = await asyncpg.connect(database.url)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with connection.transaction():
            await connection.execute("set local role hub_app")
            await connection.execute(verb)
    await connection.close()
