"""The colleagues' lists over REST: queues, filters, search, order, counts, saved views, bulk acts."""

from __future__ import annotations

from uuid import UUID, uuid4

from hub.core.ids import ConversationId, TenantId, uuid7
from support.api_calls import refused, say
from support.api_site import Site
from support.desk_calls import open_desk
from support.signed_in import person


async def test_lists_hold_what_they_say_and_counts_agree(site: Site) -> None:
    desk = await open_desk(site)
    bot, _ = await desk.customer("Where is my parcel?")
    waiting, _ = await desk.customer("A person please")
    mine, _ = await desk.customer("Hello there")
    theirs, _ = await desk.customer("Good day")
    asleep, _ = await desk.customer("Later")
    done, _ = await desk.customer("Thanks")
    await desk.act(waiting, "assign", {"assignee": None})
    await desk.act(mine, "takeover")
    await desk.act(theirs, "takeover", {"by": "grace"})
    await desk.act(asleep, "takeover")
    await desk.act(asleep, "snooze", {"minutes": 60})
    await desk.act(done, "resolve")
    expected = {
        "bot": {bot}, "needs_person": {waiting}, "mine": {mine}, "unassigned": {waiting}, "snoozed": {asleep},
        "open": {bot, waiting, mine, theirs, asleep}, "mentions": set(), "team": set(),
    }  # fmt: skip
    for queue, ids in expected.items():
        assert set(await desk.ids(queue=queue)) == ids, queue
    assert await desk.ids(queue="resolved") == [done]
    counts = (await desk.get("conversations/counts"))["queues"]
    assert counts == {queue: len(ids) for queue, ids in expected.items()}
    assert await desk.ids(assignee="grace") == [theirs]
    assert set(await desk.ids(assignee="none", state="waiting")) == {waiting}
    assert await desk.ids(state="agent", assignee="me", snoozed="false") == [mine]
    assert await desk.ids(channel=[str(uuid4())]) == []
    assert len(await desk.ids(channel=[desk.channel, str(uuid4())])) == 6
    assert len(await desk.ids(channel_kind="webchat")) == 6
    assert await desk.ids(opened_after="2100-01-01T00:00:00Z") == []
    for field, value in {"queue": "x", "opened_after": "2026-01-01T00:00:00", "sort": "x", "cursor": "x"}.items():
        await refused(await site.call("GET", f"{desk.path}/conversations", params={field: value}), 422, field)
    answer = await site.call("GET", f"{desk.path}/conversations", params={"view": str(uuid4())})
    await refused(answer, 404, "view")


async def test_an_item_tells_what_a_row_shows(site: Site) -> None:
    desk = await open_desk(site)
    conversation, visitor = await desk.customer("Where is my parcel?")
    await say(site, visitor, "c-2", "Hello?")
    (item,) = await desk.list()
    assert (item["unread"], item["last_message"]["text"], item["channel"]["name"]) == (2, "Hello?", "Shop")
    assert (item["waiting_since"], item["may_write"], item["window_closes_at"]) == (None, "allow", None)
    await desk.act(conversation, "read", {"seq": 1})
    assert (await desk.get(f"conversations/{conversation}"))["unread"] == 1
    assert await desk.ids(unread="true") == [conversation]
    await desk.act(conversation, "read", {"seq": 99})
    assert await desk.ids(unread="true") == []
    await desk.act(conversation, "read", {"seq": 1, "unread": True})
    assert (await desk.get(f"conversations/{conversation}"))["unread"] == 1
    await desk.act(conversation, "assign", {"assignee": None})
    item = await desk.get(f"conversations/{conversation}")
    assert (item["handoff_reason"], item["state"]) == ("assigned", "waiting")
    assert item["waiting_since"] == item["handoff_at"] is not None
    await desk.act(conversation, "messages", {"text": "Here I am", "name": "Ada"})
    item = await desk.get(f"conversations/{conversation}")
    assert (item["waiting_since"], item["last_message"]["author"]["name"]) == (None, "Ada")
    assert item["answered_at"] is not None
    await say(site, visitor, "c-3", "One more thing")
    assert (await desk.get(f"conversations/{conversation}"))["waiting_since"] is not None


async def test_a_row_shows_our_words_without_their_marks_and_a_customers_as_written(site: Site) -> None:
    desk = await open_desk(site)
    conversation, _ = await desk.customer("Is *2 * 3* in `[1]`?")
    assert (await desk.list())[0]["last_message"]["text"] == "Is *2 * 3* in `[1]`?"
    await desk.act(conversation, "messages", {"text": "**Yes**, see\n\n- [the guide](https://example.com/)"})
    (item,) = await desk.list(search="guide")
    assert item["last_message"]["text"] == item["hit"]["text"] == "Yes, see the guide"
    await desk.act(conversation, "notes", {"text": "_Odd_ one"})
    assert (await desk.list())[0]["last_message"]["text"] == "Odd one"
    await desk.act(conversation, "messages", {"text": "<br>"})
    assert (await desk.list())[0]["last_message"]["text"] == "<br>", "nothing is left without its marks"


async def test_search_finds_words_and_people_of_this_tenant_alone(site: Site) -> None:
    desk, other = await open_desk(site), await open_desk(site, "other")
    one, _ = await desk.customer("My invoice 4711 names the wrong street")
    two, visitor = await desk.customer("Something else")
    await say(site, visitor, "c-2", "The Rechnung is wrong")
    foreign, _ = await other.customer("My invoice 4711 is foreign")
    assert await desk.ids(search="INVOICE street") == [one]
    assert await desk.ids(search="rechn") == [two], "the last word may go on"
    (item,) = await desk.list(search="rechnung")
    assert item["hit"] == {"seq": 2, "text": "The Rechnung is wrong"}
    assert await desk.ids(search="invoice nowhere") == []
    assert await desk.ids(search="'&|!:*(") == []
    assert await other.ids(search="invoice") == [foreign]
    async with site.store.begin(TenantId(UUID(desk.tenant))) as tx:
        row = await tx.conversations.get(ConversationId(UUID(two)))
        assert row is not None
        assert row.contact_id is not None
        (alias,) = await tx.contacts.aliases(row.contact_id)
        await tx.contacts.change(row.contact_id, name="Zoë Quartermain", attributes={})
    assert await desk.ids(search="quarterm") == [two]
    assert await desk.ids(search=alias.value[:-2]) == [two]
    assert await desk.ids(search="zoë", state="resolved") == []
    people = (await desk.get("contacts", params={"search": "zoë"}))["items"]
    assert [person["name"] for person in people] == ["Zoë Quartermain"]
    assert (await other.get("contacts", params={"search": "zoë"}))["items"] == []


async def test_pages_follow_in_every_order(site: Site) -> None:
    desk = await open_desk(site)
    made = [(await desk.customer(f"Number {n}"))[0] for n in range(5)]
    for conversation in (made[3], made[1]):
        await desk.act(conversation, "assign", {"assignee": None})
    for sort, expected in {
        "newest": made[::-1], "opened": made[::-1], "oldest": made,
        "waiting": [made[3], made[1], made[0], made[2], made[4]],
        "queue": [made[3], made[1], made[0], made[2], made[4]], "sla": made,
    }.items():  # fmt: skip
        seen, cursor = [], None
        while True:
            params = {"sort": sort, "limit": "2"} | ({"cursor": cursor} if cursor else {})
            page = await desk.get("conversations", params=params)
            seen += [item["id"] for item in page["items"]]
            cursor = page["next_cursor"]
            if cursor is None:
                break
        assert seen == expected, sort


async def test_saved_views_are_checked_kept_and_counted(site: Site) -> None:
    desk = await open_desk(site)
    one, _ = await desk.customer("One")
    two, _ = await desk.customer("Two")
    await desk.customer("Three")
    label = (await desk.post("labels", {"name": "billing"}))["id"]
    await desk.act(one, "labels", {"add": [label]})
    await desk.act(two, "takeover")
    mine = {"all": [{"field": "assignee", "value": "me"}, {"not": {"field": "state", "value": "bot"}}]}
    tree = {"any": [{"field": "label", "op": "is", "value": label}, mine]}
    view = await desk.post("views", {"name": "Mine or billing", "filter": tree, "sort": "oldest", "shared": True})
    assert await desk.ids(view=view["id"]) == [one, two]
    assert await desk.ids(view=view["id"], state="agent") == [two]
    assert (await desk.get("conversations/counts"))["views"] == {view["id"]: 2}
    await desk.post("views", {"name": "mine OR billing", "filter": tree, "shared": True}, status=409)
    await desk.post("views", {"name": "Mine or billing", "filter": tree})
    assert len((await desk.get("views"))["items"]) == 2
    deep: dict[str, object] = {"field": "state", "value": "bot"}
    for _ in range(6):
        deep = {"not": deep}
    wide = {"any": [{"field": "state", "value": "bot"}] * 51}
    for bad, field in [({}, "filter"), ({"all": []}, "filter.all"), (deep, "filter.not.not.not.not.not"),
                       ({"field": "color", "value": "red"}, "filter.field"), (wide, "filter.any.50"),
                       ({"field": "state", "op": "before", "value": "bot"}, "filter.op"),
                       ({"any": [{"field": "label", "value": "x"}]}, "filter.any.0.value"),
                       ({"field": "unread", "value": "yes"}, "filter.value"),
                       ({"field": "opened_at", "op": "after", "value": "soon"}, "filter.value"),
                       ({"field": "state", "value": "bot", "sql": "1"}, "filter")]:  # fmt: skip
        answer = await site.call("POST", f"{desk.path}/views", json={"name": "x", "filter": bad})
        await refused(answer, 422, field)
    path = f"{desk.path}/views/{view['id']}"
    changed = await site.call("PUT", path, json={"name": "Bot", "filter": {"field": "state", "value": "bot"}})
    assert (await changed.json())["shared"] is False
    assert (await site.call("DELETE", path)).status == 204
    await refused(await site.call("DELETE", path), 404, "view")


async def test_one_act_on_many_tells_each_result(site: Site) -> None:
    desk, other = await open_desk(site), await open_desk(site, "other")
    one, _ = await desk.customer()
    two, _ = await desk.customer()
    done, _ = await desk.customer()
    foreign, _ = await other.customer()
    await desk.act(done, "resolve")
    unknown = str(uuid7())
    body = {"ids": [one, done, two, unknown, foreign, one], "action": {"type": "assign", "assignee": "me"}}
    items = (await desk.post("conversations/bulk", body))["items"]
    assert [(item["id"], item["ok"], (item["error"] or {}).get("code")) for item in items] == [
        (one, True, None), (done, False, "conflict"), (two, True, None), (unknown, False, "not_found"),
        (foreign, False, "not_found"),
    ]  # fmt: skip
    assert set(await desk.ids(queue="mine")) == {one, two}
    assert await other.ids(queue="bot") == [foreign]
    label = (await desk.post("labels", {"name": "spam"}))["id"]
    for action in ({"type": "label", "labels": [label]}, {"type": "snooze", "minutes": 5}, {"type": "wake"},
                   {"type": "read"}, {"type": "unlabel", "labels": [label]}, {"type": "return"}, {"type": "resolve"},
                   ):  # fmt: skip
        items = (await desk.post("conversations/bulk", {"ids": [one, two], "action": action}))["items"]
        assert [item["ok"] for item in items] == [True, True], action
    assert set(await desk.ids(queue="resolved")) == {one, two, done}
    for bad in ({"type": "snooze"}, {"type": "fly"}, {"type": "label", "labels": []}):
        answer = await site.call("POST", f"{desk.path}/conversations/bulk", json={"ids": [one], "action": bad})
        await refused(answer, 422)


async def test_tenant_attributes_are_typed_and_can_be_filtered(site: Site) -> None:
    desk = await open_desk(site)
    conversation, _ = await desk.customer()
    plan = {"target": "contact", "key": "plan", "name": "Plan", "type": "list", "options": ["free", "paid"]}
    await desk.post("attributes", plan)
    await desk.post("attributes", plan, status=409)
    await desk.post("attributes", {"target": "conversation", "key": "total", "name": "Total", "type": "number"})
    contact = (await desk.get(f"conversations/{conversation}"))["contact_id"]
    path = f"{desk.path}/contacts/{contact}"
    changed = await site.call("PATCH", path, json={"name": "Ada", "attributes": {"plan": "paid"}})
    assert (await changed.json())["attributes"] == {"plan": "paid"}
    await refused(await site.call("PATCH", path, json={"attributes": {"plan": "gold"}}), 422, "attributes.plan")
    await refused(await site.call("PATCH", path, json={"attributes": {"nope": "x"}}), 422, "attributes.nope")
    one = f"{desk.path}/conversations/{conversation}"
    await refused(await site.call("PATCH", one, json={"attributes": {"total": "much"}}), 422, "attributes.total")
    assert (await (await site.call("PATCH", one, json={"attributes": {"total": 12.5}})).json())["attributes"] == {
        "total": 12.5
    }
    for condition, found in [({"field": "attribute.total", "value": 12.5}, True),
                             ({"field": "attribute.total", "value": 12}, False),
                             ({"field": "contact_attribute.plan", "op": "contains", "value": "PAI"}, True),
                             ({"field": "contact_attribute.plan", "op": "is_not", "value": "paid"}, False),
                             ({"field": "attribute.other", "op": "is_not", "value": None}, False)]:  # fmt: skip
        view = await desk.post("views", {"name": str(condition), "filter": condition})
        assert bool(await desk.ids(view=view["id"])) is found, condition
    assert (await (await site.call("PATCH", path, json={"attributes": {"plan": None}})).json())["attributes"] == {}


async def test_a_team_sees_its_own_conversations(site: Site) -> None:
    desk = await open_desk(site)
    one, _ = await desk.customer("For the returns team")
    await desk.customer("For nobody")
    kim = await person(site, "kim@example.com", tenant=desk.tenant)
    me = (await kim.ok("GET", "/api/v1/me"))["person"]["id"]
    team = await kim.ok("POST", f"{desk.path}/teams", json={"name": "Returns"})
    async with site.store.begin(TenantId(UUID(desk.tenant))) as tx:
        assert await tx.notifications.teams_of(UUID(me)) == []
    listed = f"{desk.path}/conversations?queue=team"
    await desk.act(one, "team", {"team": team["id"]})
    assert (await kim.ok("GET", listed))["items"] == []
    await kim.ok("PUT", f"{desk.path}/teams/{team['id']}/members/{me}")
    assert [item["id"] for item in (await kim.ok("GET", listed))["items"]] == [one]
    assert (await kim.ok("GET", f"{desk.path}/conversations/counts"))["queues"]["team"] == 1
    await kim.ok("POST", f"{desk.path}/conversations/{one}/takeover")
    assert (await kim.ok("GET", f"{desk.path}/conversations?queue=mine"))["items"][0]["assignee"] == me
