"""WhatsApp's templates through the running hub: fetched, listed, filled in, refused in words, and delivered."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from adapters.whatsapp.templates import approved_template
from hub.core.errors import Invalid
from hub.core.templates import ApprovedTemplate, filled, fitting, template_from_json, template_to_json
from hub.simulator.whatsapp.platform import DEMO_APP_SECRET, DEMO_TOKEN
from hub.simulator.whatsapp.world import ApprovedTemplate as SimulatedTemplate
from support.database import Database
from support.running_hub import Site, eventually, hub_in_process

TOLD = {
    "name": "order", "language": "en_US", "status": "APPROVED", "category": "UTILITY",
    "components": [
        {"type": "HEADER", "format": "TEXT", "text": "Order {{1}}", "example": {"header_text": ["77"]}},
        {"type": "BODY", "text": "Dear {{name}}, it costs {{sum}}.",
         "example": {"body_text_named_params": [{"param_name": "name", "example": "Ada"}]}},
        {"type": "FOOTER", "text": "Reply STOP"},
        {"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": "Thanks"},
                                        {"type": "URL", "text": "Track", "url": "https://a.example/{{1}}"},
                                        {"type": "COPY_CODE", "text": "Copy", "example": ["X"]}]},
    ],
}  # fmt: skip
GOOD: dict[str, Any] = {
    "header": "77", "name": "Ada", "sum": "9 EUR", "buttons": {"1": {"url": "77"}, "2": {"code": "SAVE"}},
}  # fmt: skip


def order(**more: Any) -> ApprovedTemplate:
    template = approved_template({**TOLD, **more})
    assert template is not None and template_from_json(template_to_json(template)) == template
    return template


def test_a_template_tells_what_it_takes() -> None:
    slots = [(s.place.value, s.name, s.kind, s.example) for s in order().slots]
    assert slots == [
        ("header", "header", "text", "77"), ("body", "name", "text", "Ada"), ("body", "sum", "text", None),
        ("button", "1", "url", None), ("button", "2", "code", None),
    ]  # fmt: skip
    assert filled(order(), GOOD) == "Order 77\nDear Ada, it costs 9 EUR.\nReply STOP"
    for odd in (None, [], {}, {"name": "x"}, {"name": "x", "language": "de", "components": [{"type": 3}]}):
        assert approved_template(odd) is None


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"sum": None}, "values.sum"),
        ({"sum": " "}, "values.sum"),
        ({"sum": 9}, "values.sum"),
        ({"sum": "x" * 1025}, "values.sum"),
        ({"header": ""}, "values.header"),
        ({"other": "x"}, "values.other"),
        ({"buttons": {}}, "values.buttons.1.url"),
        ({"buttons": {"1": "77", "2": {"code": "S"}}}, "values.buttons.1.url"),
        ({"components": []}, "values.components"),
    ],
)
def test_values_that_do_not_fit_are_named(change: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        filled(order(), {k: v for k, v in {**GOOD, **change}.items() if v is not None})
    assert refused.value.field == field


def test_a_header_that_is_a_picture_and_a_template_that_is_not_approved() -> None:
    picture = order(components=[{"type": "HEADER", "format": "IMAGE"}, {"type": "BODY", "text": "Look"}])
    for wrong in ({}, {"header": "x"}, {"header": {"image": {}}}, {"header": {"video": {"link": "https://a"}}}):
        with pytest.raises(Invalid, match="image"):
            filled(picture, wrong)
    assert filled(picture, {"header": {"image": {"link": "https://a.example/x.png"}}}) == "Look"
    with pytest.raises(Invalid, match="paused"):
        filled(order(status="PAUSED"), GOOD)


def test_the_customers_language_comes_first() -> None:
    kept = [order(language=code) for code in ("en_US", "de", "de_AT")] + [order(language="fr", status="REJECTED")]
    assert [t.language for t in fitting(kept, "de-AT")] == ["de_AT", "de", "en_US"]
    assert [t.language for t in fitting(kept, None)] == ["de", "de_AT", "en_US"]


@pytest.fixture
async def hub(database: Database, tmp_path: Path) -> AsyncIterator[Site]:
    async with hub_in_process(database, tmp_path) as site:
        yield site


async def test_from_the_list_to_the_customer(hub: Site) -> None:
    tenant = await hub.tenant()
    number = hub.simulator.whatsapp.add_number()
    for n in range(120):
        number.add_template(SimulatedTemplate(f"more_{n:03}", "en_US", "More"))
    credentials = {
        "phone_number_id": number.id, "access_token": DEMO_TOKEN, "app_secret": DEMO_APP_SECRET,
        "verify_token": "v", "waba_id": number.account,
    }  # fmt: skip
    channels = f"/api/v1/tenants/{tenant}/channels"
    made = await hub.ok("POST", channels, json={"kind": "whatsapp", "name": "W", "credentials": credentials})
    templates = f"{channels}/{made['id']}/templates"
    hub.simulator.whatsapp.subscribe(number, f"{hub.base}/webhooks/whatsapp/{made['id']}")
    ada = hub.simulator.whatsapp.user("Ada")
    ada.say("hello")
    await eventually(lambda: len(ada.inbox) == 1, what="the bot's answer")
    (conversation,) = await hub.conversations(tenant)
    one = f"/api/v1/tenants/{tenant}/conversations/{conversation['id']}"
    await hub.rows("update hub.conversation set last_inbound_at = now() - interval '25 hours'")

    assert (await hub.ok("GET", f"{one}/policy"))["templates"] == []
    wish = {"type": "template", "name": "order_update", "language": "en_US", "values": {"1": "Ada", "2": "77"}}
    status, told = await hub.call("POST", f"{one}/messages", json={"parts": [wish]})
    assert (status, "Fetch the channel's templates" in told["detail"]) == (422, True), told
    assert await hub.ok("POST", f"{templates}/sync") == {"total": 124, "changed": 124, "removed": 0}
    del number.templates["more_000", "en_US"]
    assert await hub.ok("POST", f"{templates}/sync") == {"total": 123, "changed": 0, "removed": 1}
    first = await hub.ok("GET", f"{templates}?limit=100")
    rest = await hub.ok("GET", f"{templates}?limit=100&cursor={first['next_cursor']}")
    listed = [*first["items"], *rest["items"]]
    assert (len(listed), rest["next_cursor"]) == (123, None)
    (german,) = [t for t in listed if (t["name"], t["language"]) == ("order_update", "de")]
    assert [(s["place"], s["name"]) for s in german["slots"]] == [("body", "1"), ("body", "2"), ("button", "0")]

    policy = await hub.ok("GET", f"{one}/policy")
    assert policy["verdict"] == "template" and len(policy["templates"]) == 122, "all but the one that is pending"
    status, told = await hub.call("POST", f"{one}/messages", json={"text": "Still there?"})
    assert status == 409 or status == 422, told
    status, told = await hub.call("POST", f"{one}/messages", json={"parts": [wish]})
    assert (status, told["field"]) == (422, "values.buttons.0.url")
    wish["values"] = {"1": "Ada", "2": "77", "buttons": {"0": {"url": "77"}}}
    sent = await hub.ok("POST", f"{one}/messages", json={"parts": [wish]})
    assert sent["parts"][0]["text"] == "Hello Ada, your order 77 is on its way."
    await eventually(lambda: len(ada.inbox) == 2, what="the template")
    assert ada.inbox[-1].content["shown"] == sent["parts"][0]["text"]
    for record in hub.simulator.record.calls("whatsapp", "message_templates"):
        assert record.error == "" or record.error is None
