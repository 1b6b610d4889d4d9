"""WhatsApp webhooks that nobody here wrote mean what their authors meant."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from adapters.whatsapp.inbound import parse, route
from hub.core.ids import AccountKey
from hub.core.messages import (
    Choice,
    ContactCard,
    Event,
    FormReply,
    Location,
    Media,
    Part,
    Reaction,
    Text,
    Unknown,
)

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
LONG = "1234567890987654321"
FLOW = {"comment_text": "Comment Text", "delivery_rating": "4", "purchase_rating": "2", "recommend_radio": "0",
        "cs_rating": "0"}  # fmt: skip
OGG = "audio/ogg; codecs=opus"
THUMB, GONE = Reaction("\U0001f62e"), Reaction("", removed=True)
CHOICE = Choice("callback_data", "title")
JPEG = Media("image", ref="65463453", mime="image/jpeg")

# name -> type, parts (a name stands for what is kept under it), then what else is asserted
EXPECTED: dict[str, tuple[str, tuple[Part | str, ...], dict[str, Any]]] = {
    "pywa-591ca6ce3bbf500c": ("message", (Text("Body Text"),), {}),
    "pywa-02fa655bd8736c2d": ("message", (Text("text forwarded many times"),), {}),
    "pywa-ae4cfd6c46027bd2": ("message", (Text("forwarded text"),), {}),
    "pywa-4a4327cb6e61a22d": ("message", (Text("replied text"),), {"reply_to": "wamid.xyzxyz=="}),
    "pywa-c048d394cd309621": ("message", (Text("BODY"), "referral"), {}),
    "pywa-bafe0de40c048fd7": ("message", (JPEG,), {}),
    "pywa-e73402a416da1143": ("message", (JPEG,), {}),
    "pywa-5740803cd268e668": ("message", (Media("voice", ref=LONG, mime=OGG),), {}),
    "pywa-bf80c79b807ce78e": ("message", (Media("audio", ref=LONG, mime=OGG),), {}),
    "pywa-c1d19adead4587e6": ("message", (Media("video", ref="765756756", mime="video/mp4", caption="caption"),), {}),
    "pywa-774815a8ac78beb3": (
        "message", (Media("document", ref=LONG, mime="application/pdf", name="filename.pdf", caption="caption"),), {},
    ),
    "pywa-f6c5afb99bb7e4ce": ("message", (Media("sticker", ref=LONG, mime="image/webp"),), {}),
    "pywa-faddb392f7273173": ("message", (Media("sticker", ref=LONG, mime="image/webp"),), {}),
    "pywa-f24a86f8718bb0d1": ("message", (Location(12.25089, 43.90539),), {}),
    "pywa-41e97f2616e0b6b2": (
        "message", (Location(37.4611978, -122.2164385, "Facebook HQ", "1 Hacker Way, Menlo Park, CA 94025"),), {},
    ),
    "pywa-94b762e215acd62a": (
        "message",
        (ContactCard("Chandler Bing", ("+1 555-555-5555",)), ContactCard("Monica", ("+1 666-666-6666",)),
         ContactCard("Rachel Green", ("+1 777-777-7777",))), {},
    ),
    "pywa-b464ff53decc19dd": (
        "message",
        (Text("3 \u00d7 HAMBURGER, 30 ILS\n2 \u00d7 FRENCH_FRIES, 35 ILS\n2 \u00d7 SODA, 10 ILS"), "order"), {},
    ),
    "pywa-8868971f1bde29ad": (
        "message", (FormReply(FLOW, id="AQAAAAACS5FpgQ_cAAAAAD0QI3s."),), {"reply_to": "wamid.gvwegfretge=="},
    ),
    "pywa-d7c63bb8e8aac521": ("message", (FormReply(FLOW, id="flow"),), {"reply_to": "wamid.gvwegfretge=="}),
    "pywa-4215b8ec5e9f7874": ("choice", (CHOICE,), {"target": "wamid.xyzxyz==", "platform_id": "wamid.xsidjw"}),
    "pywa-c160e93b28c7952a": ("choice", (CHOICE,), {"target": None, "platform_id": "wamid.xsidjx"}),
    "pywa-d4d326d50fa3caed": ("choice", (CHOICE,), {"target": "wamid.xyzxyz"}),
    "pywa-bd54780edd31badf": ("choice", (CHOICE,), {"target": "wamid.xyzxyz", "platform_id": "wamid.zyzxyz"}),
    "pywa-9b0a0c53e7511ed7": ("choice", (CHOICE,), {"target": "wamid.xyzxyz", "reply_to": "wamid.xyzxyz"}),
    "pywa-02c1e3f4490a3b98": ("reaction", (THUMB,), {"target": "wamid.yzxyzx="}),
    "pywa-145833ade840df20": ("reaction", (GONE,), {"target": "wamid.yzxyzx="}),
    "pywa-5104b11d7154ef90": ("reaction", (GONE,), {"target": "wamid.yzxyzx="}),
    "pywa-755bd33eeb1d0e57": ("delete", (), {"target": "<ORIGINAL_WHATSAPP_MESSAGE_ID>"}),
    "pywa-f7279cd355810e47": (
        "edit", (Media("image", ref="1234567890", mime="image/jpeg", caption="Updated image caption"),),
        {"target": "wamid.HBgLMTQxMjU1NTA4MjkVAgASGBQzQUNCNjk5RDUwNUZGMUZEM0VBRAA="},
    ),
    "pywa-3a8fd97932626464": ("echo", (Text("Test message"),), {"thread": "<BSUID>", "ours": False}),
    "pywa-ac2025e542478c98": ("edit", (Text("Text was edited"),), {"target": "wamid.zzzzzz", "message_id": None}),
    "pywa-89fef822f5a29bb2": ("delete", (), {"target": "wamid.zzzzzz"}),
    "pywa-61508fe0bdea25f5": ("status", (), {"status": "sent", "target": "wamid.xyzxyz", "row_key": None}),
    "pywa-f02e7a02a61cb164": ("status", (), {"status": "sent", "row_key": "some data"}),
    "pywa-34d0e536d42d087d": ("status", (), {"status": "delivered"}),
    "pywa-9afb1f2cae208e46": ("status", (), {"status": "read"}),
    "pywa-282d6cb14aca3211": ("status", (), {"status": "read"}),
    "pywa-c1fa524b8cf47dfd": ("status", (), {
        "status": "failed",
        "error": "WhatsApp does not deliver this message to this customer, who is part of an experiment of Meta's. "
                 "(130472)",
    }),
    "pywa-5a6e4bd7a56308f4": ("status", (), {"status": "read", "thread": "group:fowefinoewcnw", "direct": False}),
    "pywa-a0d6012c66cbd7e7": (
        "unknown", ("unsupported",), {"error": "WhatsApp does not support this kind of message. (131051)"},
    ),
    "pywa-c2b17aed64eaeafb": ("unknown", ("unsupported",), {}),
    "pywa-aa810ee130e00e40": (
        "unknown", ("interactive",), {"error": "WhatsApp says: Unsupported webhook payload. (131000)"},
    ),
    "pywa-61425f76296c8d92": ("unknown", ("call_permission_reply",), {"reply_to": "wamid.y=="}),
    "pywa-e57ccb63ddbbd54e": ("unknown", ("call_permission_reply",), {"reply_to": "wamid.y=="}),
    "pywa-43110ed65d167f02": ("unknown", ("user_changed_number",), {"thread": "972987654321"}),
    "pywa-697f6c5e39016c74": ("unknown", ("customer_identity_changed",), {}),
    "pywa-175f492436db3a6a": ("unknown", ("user_preferences",), {}),
    "pywa-883f067d7bb4b741": ("unknown", ("user_preferences",), {}),
    "pywa-46b06cacf8dcfbc5": ("unknown", ("call",), {}),
    "pywa-a39b70b277d84fd7": ("unknown", ("call",), {}),
    "pywa-d7e677930ecb97ba": ("unknown", ("call",), {}),
    "pywa-705d40a044d34fea": ("unknown", ("calls",), {}),
    "pywa-a3269c1c72b93602": ("unknown", ("messages",), {}),
    "pywa-0ba367facd567638": ("unknown", ("message_template_components_update",), {}),
    "pywa-1732a04411eaa190": ("unknown", ("message_template_quality_update",), {}),
    "pywa-204a2aa8da25cc7d": ("unknown", ("message_template_status_update",), {}),
    "pywa-7c11ff320ed5119f": ("unknown", ("template_category_update",), {}),
    "pywa-bc6e8d0655035707": ("unknown", ("message_template_status_update",), {}),
    "Text_Message": ("message", (Text("Does it come in another color?"),), {}),
    "Text_Message_from_Click_to_WhatsApp_Ad": (
        "message", (Text("Hello! Can I get more info on this?"), "referral"), {},
    ),
    "Text_Message_with_Context__Product_Inquiry_": (
        "message", (Text("Is this still available?"), "referred_product"),
        {"reply_to": "wamid.HBgLMTY1MDM4Nzk0MzkVAgARGA9wcm9kdWN0X2lucXVpcnkA"},
    ),
    "Image_Message": ("message", (Media("image", ref="1003383421387256", mime="image/jpeg", caption="Taj Mahal"),), {}),
    "Location_Message": (
        "message",
        (Location(37.44221496582, -122.16165924072, "Philz Coffee", "101 Forest Ave, Palo Alto, CA 94301"),), {},
    ),
    "Contact_Sharing_Message": ("message", (ContactCard("Luc\u00eda G\u00f3mez", ("+1 (983) 555-2319",)),), {}),
    "Order_Message": (
        "message", (Text("2 \u00d7 di9ozbzfi4, 30 USD\n1 \u00d7 nqryix03ez, 25 USD"), "order"), {},
    ),
    "Button_Message": (
        "choice", (Choice("Unsubscribe", "Unsubscribe"),),
        {"target": "wamid.HBgLMTY1MDM4Nzk0MzkVAgARGBJFNjk2OTMwNEZCQjhGMzUyQUYA"},
    ),
    "Interactive_Button_Reply_Message": (
        "choice", (Choice("cancel-button", "Cancel"),),
        {"target": "wamid.HBgLMTY1MDM4Nzk0MzkVAgARGBI3MEM2RUJFNkI0RENGQTVDRjUA"},
    ),
    "Interactive_List_Reply_Message": ("choice", (Choice("priority_express", "Priority Mail Express"),), {}),
    "Reaction_Message": (
        "reaction", (Reaction("\U0001f44d"),),
        {"target": "wamid.HBgLMTY1MDM4Nzk0MzkVAgARGBI0RTJEOTc2ODVERUY5RDlGNkYA"},
    ),
    "System_Message": ("unknown", ("user_changed_number",), {"thread": "16505551234"}),
    "Unsupported_Message": ("unknown", ("unsupported",), {}),
    "Group_Create_Message": ("member", ("group_create",), {"direct": False}),
    "Group_Remove_Participants": ("member", ("group_create",), {"direct": False}),
    "Group_Settings_Update": ("unknown", ("group_settings_update",), {"direct": False}),
}  # fmt: skip
ACCOUNT_NEWS = 17  # further payloads, all with the field account_update


def files(fixtures: Path) -> dict[str, Path]:
    found = [*(fixtures / "webhooks" / "whatsapp").glob("*.json")]
    found += (fixtures / "webhooks" / "whatsapp-openapi").glob("*.json")
    return {path.stem: path for path in found}


def read(fixtures: Path, name: str) -> tuple[dict[str, Any], Event]:
    raw = files(fixtures)[name].read_bytes()
    (event,) = parse(raw, None, NOW)
    assert parse(raw, event.account, NOW) == [event]
    return json.loads(raw), event


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_meaning(fixtures: Path, name: str):
    type_, parts, more = EXPECTED[name]
    body, event = read(fixtures, name)
    value = body["entry"][0]["changes"][0]["value"]
    assert event.type == type_
    assert len(event.parts) == len(parts)
    for told, part in zip(event.parts, parts, strict=True):
        assert (told.kind == part and told.raw is not None) if isinstance(told, Unknown) else told == part
    for field, wanted in more.items():
        assert getattr(event, field) == wanted, field
    if "metadata" in value:
        assert event.account == value["metadata"]["phone_number_id"] and route(json.dumps(body).encode()) == (
            event.account,
        )
    for message in value.get("messages", []):
        assert event.platform_id == message["id"] and event.order == event.at.timestamp() == int(message["timestamp"])
        told = {alias.value for alias in event.sender.ids}
        assert message["from"] in told and event.direct
        for contact in value.get("contacts", []):
            assert told >= {contact[k] for k in ("user_id", "wa_id") if k in contact}
            assert event.sender.name == contact["profile"]["name"]
            assert event.thread == contact.get("user_id", message["from"])
            kinds = [alias.kind for alias in event.sender.ids]
            assert kinds[0] == ("whatsapp.user_id" if "user_id" in contact else "whatsapp.phone")


def test_the_rest_is_news_of_the_account_and_is_kept(fixtures: Path):
    rest = sorted(set(files(fixtures)) - set(EXPECTED))
    assert len(rest) == ACCOUNT_NEWS
    for name in rest:
        body, event = read(fixtures, name)
        (change,) = body["entry"][0]["changes"]
        assert (event.type, event.parts) == ("unknown", (Unknown("account_update", change["value"]),)), name
        assert event.raw is not None and event.raw["value"] == change["value"]
        if "time" in body["entry"][0]:
            assert event.at.timestamp() == body["entry"][0]["time"]


EXAMPLES: dict[str, tuple[str, Part | str, int]] = {
    "Button_Message": ("choice", Choice("Unsubscribe", "Unsubscribe"), 1750091045),
    "Contact_Sharing_Message": ("message", ContactCard("Luc\u00eda G\u00f3mez", ("+1 (983) 555-2319",)), 1744344496),
    "Group_Create_Message": ("member", "group_create", 1750269342),
    "Group_Remove_Participants": ("member", "group_create", 1750269342),
    "Group_Settings_Update": ("unknown", "group_settings_update", 1750269342),
    "Image_Message": (
        "message", Media("image", ref="1003383421387256", mime="image/jpeg", caption="Taj Mahal"), 1744344496,
    ),
    "Interactive_Button_Reply_Message": ("choice", Choice("cancel-button", "Cancel"), 1750025136),
    "Interactive_List_Reply_Message": ("choice", Choice("priority_express", "Priority Mail Express"), 1749854575),
    "Location_Message": (
        "message",
        Location(37.44221496582, -122.16165924072, "Philz Coffee", "101 Forest Ave, Palo Alto, CA 94301"), 1744344496,
    ),
    "Order_Message": ("message", Text("2 \u00d7 di9ozbzfi4, 30 USD\n1 \u00d7 nqryix03ez, 25 USD"), 1750096325),
    "Reaction_Message": ("reaction", Reaction("\U0001f44d"), 1749419544),
    "System_Message": ("unknown", "user_changed_number", 1750269342),
    "Text_Message": ("message", Text("Does it come in another color?"), 1749416383),
    "Text_Message_from_Click_to_WhatsApp_Ad": ("message", Text("Hello! Can I get more info on this?"), 1750275992),
    "Text_Message_with_Context__Product_Inquiry_": ("message", Text("Is this still available?"), 1750016800),
    "Unsupported_Message": ("unknown", "unsupported", 1750090702),
}  # fmt: skip


def test_all_sixteen_examples_of_metas_specification_arrive(fixtures: Path):
    folder = fixtures / "webhooks" / "whatsapp-openapi"
    assert sorted(path.stem for path in folder.glob("*.json")) == sorted(EXAMPLES)
    for name, (type_, part, seconds) in EXAMPLES.items():
        (event,) = parse((folder / f"{name}.json").read_bytes(), AccountKey("106540352242922"), NOW)
        told = event.parts[0]
        assert event.type == type_, name
        assert (told.kind if isinstance(told, Unknown) else told) == part, name
        assert int(event.at.timestamp()) == seconds, name
        assert ("16505551234" in {alias.value for alias in event.sender.ids}) != name.startswith("Group_"), name
        if type_ == "choice":
            assert event.target and event.target.startswith("wamid."), name
