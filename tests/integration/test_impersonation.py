"""Acting as a member, and handing a company to another organisation: who may, how far it reaches, what is kept."""

from __future__ import annotations

from support.api_calls import refused
from support.api_site import Site
from support.signed_in import PASSWORD, person


async def test_an_operator_acts_as_a_member_in_one_tenant_and_both_names_are_kept(site: Site) -> None:
    tenant, other = await site.tenant(), await site.tenant("other")
    anna = await person(site, "anna@example.com", tenant=tenant)
    root = await person(site, "root@example.com", platform_admin=True)
    id = (await anna.ok("GET", "/api/v1/me"))["person"]["id"]
    act = f"/api/v1/tenants/{tenant}/members/{id}/impersonate"
    await refused(await anna.send("POST", act, json={"reason": "Let me in"}), 403)
    await refused(await root.send("POST", act, json={"reason": ""}), 422, "reason")
    own = root.cookie
    me = await root.ok("POST", act, json={"reason": "Ticket 4711"})
    assert (me["person"]["name"], me["impersonator"], me["person"]["platform_admin"]) == ("Anna", "Root", False)
    assert root.cookie != own
    assert [m["slug"] for m in (await root.ok("GET", "/api/v1/me"))["memberships"]] == ["acme"]

    await root.ok("POST", f"/api/v1/tenants/{tenant}/labels", json={"name": "Urgent", "color": "#0b7a75"})
    await refused(await root.send("GET", f"/api/v1/tenants/{other}"), 404, "tenant")
    await refused(await root.send("GET", "/api/v1/tenants"), 403)
    await refused(await root.send("POST", "/api/v1/me/password", json={"current": PASSWORD, "new": "x" * 20}), 403)
    await refused(await root.send("PATCH", "/api/v1/me", json={"name": "Mallory"}), 403)
    await refused(await root.send("POST", act, json={"reason": "Once more"}), 403)
    seen = (await anna.ok("GET", "/api/v1/me/sessions"))["items"]
    assert "impersonation" in [one["method"] for one in seen], "she sees it among her sessions"

    back = await root.ok("POST", "/api/v1/auth/impersonation/end")
    assert (back["person"]["name"], back["impersonator"]) == ("Root", None)
    await refused(await root.send("POST", "/api/v1/auth/impersonation/end"), 403)
    await root.ok("GET", "/api/v1/tenants")
    log = (await anna.ok("GET", f"/api/v1/tenants/{tenant}/audit"))["items"]
    acts = {one["act"]: one for one in log}
    assert acts["member.impersonated"]["details"]["reason"] == "Ticket 4711"
    assert acts["member.impersonated"]["actor_name"] == "Root"
    assert acts["add_label"]["actor_name"] == "Anna, acted by Root"
    assert {"add_label", "member.impersonation_ended"} <= acts.keys()


async def test_the_member_can_throw_out_who_acts_as_them(site: Site) -> None:
    tenant = await site.tenant()
    anna = await person(site, "anna@example.com", tenant=tenant)
    root = await person(site, "root@example.com", platform_admin=True)
    id = (await anna.ok("GET", "/api/v1/me"))["person"]["id"]
    await root.ok("POST", f"/api/v1/tenants/{tenant}/members/{id}/impersonate", json={"reason": "Looking"})
    assert (await root.ok("GET", "/api/v1/me"))["person"]["id"] == id
    await anna.ok("DELETE", "/api/v1/me/sessions")
    await refused(await root.send("GET", "/api/v1/me"), 401)
    assert len((await anna.ok("GET", "/api/v1/me/sessions"))["items"]) == 1, "her own stays"


async def test_nobody_acts_as_one_who_runs_the_hub(site: Site) -> None:
    tenant = await site.tenant()
    boss = await person(site, "boss@example.com", tenant=tenant, platform_admin=True)
    root = await person(site, "root@example.com", platform_admin=True)
    id = (await boss.ok("GET", "/api/v1/me"))["person"]["id"]
    path = f"/api/v1/tenants/{tenant}/members/{id}/impersonate"
    await refused(await root.send("POST", path, json={"reason": "Curious"}), 409, "member")
    answer = await site.call("POST", path, json={"reason": "By key"})
    assert answer.status in (401, 403), "a key is nobody, and acts as nobody"


async def test_a_company_is_handed_to_another_organisation(site: Site) -> None:
    tenant = await site.tenant()
    owner = await person(site, "owner@example.com", tenant=tenant)
    key = (await site.made(f"/api/v1/tenants/{tenant}/api-keys", {"name": "Till", "scopes": ["knowledge:read"]}))["key"]
    old = await site.made("/api/v1/organisations", {"name": "Old Group"})
    new = await site.made("/api/v1/organisations", {"name": "New Group"})
    again = await site.call("POST", "/api/v1/organisations", json={"name": "New Group"})
    await refused(again, 409, "name")
    path = f"/api/v1/tenants/{tenant}/hand-over"

    async def hand_over(to: str, **more: object) -> int:
        body = {"organisation_id": to, "confirm": "acme", **more}
        return (await site.call("POST", path, json=body)).status

    assert (await owner.send("POST", path, json={"organisation_id": new["id"], "confirm": "acme"})).status == 403
    assert await hand_over(old["id"], confirm="wrong") == 422
    assert await hand_over(old["id"], keep_people=True) == 200
    assert (await site.call("GET", f"/api/v1/tenants/{tenant}/documents", key=key)).status == 200, "they stay"
    assert await hand_over(old["id"]) == 409
    assert await hand_over("01890000-0000-7000-8000-000000000000") == 404
    assert await hand_over(new["id"]) == 200
    assert (await site.call("GET", f"/api/v1/tenants/{tenant}/documents", key=key)).status == 401
    assert (await owner.ok("GET", "/api/v1/me"))["memberships"] == []
    listed = (await (await site.call("GET", "/api/v1/organisations")).json())["items"]
    assert {one["name"]: one["tenants"] for one in listed} == {"Old Group": 0, "New Group": 1}
    shown = await (await site.call("GET", f"/api/v1/tenants/{tenant}")).json()
    assert shown["organisation_id"] == new["id"]
    log = (await (await site.call("GET", f"/api/v1/tenants/{tenant}/audit")).json())["items"]
    handed = [one for one in log if one["act"] == "tenant.handed_over"]
    assert [one["details"]["members_ended"] for one in handed] == [1, 0]
