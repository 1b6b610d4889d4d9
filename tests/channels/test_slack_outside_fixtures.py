"""Slack events that nobody here wrote mean what their authors meant."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from adapters.slack.inbound import parse, route
from hub.core.ids import AccountKey
from hub.core.messages import Choice, Event, FormReply, Media, Part, Reaction, Text

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
_TS = "C111:1595926230.009600"
_HI = (Text("Hi there!"),)
_EYES = (Reaction("\U0001f60d"),)
_CLICK = (Choice("click_me_123", "Button"),)

# name -> type, parts (None: kept raw), seconds since 1970 (None: when it came), user, thread, reply to or target
EXPECTED: dict[str, tuple[str, tuple[Part, ...] | None, int | None, str | None, str, str | None]] = {
    "1be3c2e4ed179311": (
        "message", (Text("Please fix JIRA-1234, SCM-567 and BUG-169 as soon as you can!"),),
        1596183880, "W111", "C111", None,
    ),
    "37ecb41c9a3e94e7": (
        "message", (Text("This message should match the second listener only"),), 1596183880, "W111", "C111", None,
    ),
    "6136c9d60f8c3c2b": (
        "message", (Text("We've received 103 messages from you!"),), 1596183880, "W111", "C111", None,
    ),
    "e28eff97af2cbf8c": ("message", (Text("Hello World!"),), 1596183880, "W111", "C111", None),
    "b945e735d72e6f58": (
        "message", (Text("Hi there! Thanks for sharing the info!"),), 1610261659, "W111", "C111", None,
    ),
    "97103f486acad003": (
        "message", _HI, 1633670813, "U111", "C111:1633663824.000500", "C111:1633663824.000500",
    ),
    "cfe716c726fb4744": ("message", (Text("Hey!"),), 1678454365, "USER_ID_ACTOR", "C111", None),
    "c59bd51757938a5e": ("message", (Text("Hey!"),), 1678455198, "USER_ID_ACTOR", "C111:1678455198.838499", None),
    "2ca41397facc5477": ("message", _HI, 1595926230, "W222", _TS, None),
    "3a6792403906b3a1": ("message", _HI, 1595926230, "W222", _TS, None),
    "71a9485c39dc20df": ("message", _HI, 1595926230, "W222", _TS, None),
    "c18cfcbb005739f4": ("message", _HI, 1595926230, "W222", _TS, None),
    "df9e919cadb63189": ("message", _HI, 1595926230, "W222", _TS, None),
    "ed05c21fb4a19521": ("message", (Text("hey"),), 1678252212, "U222", "C111:1678252212.229129", None),
    "b7fc98c2e2fb8a0b": ("message", (Text("hey"),), 1678451405, "USER_ID_ACTOR", "C111:1678451405.023359", None),
    "8a0c2c2aba9ae9e2": (
        "message",
        (
            Text("Here is your file!"),
            Media(
                "image", ref="https://files.slack.com/files-pri/T111-F111/download/test.png", mime="image/png",
                name="test.png", size=42706,
            ),
        ),
        1610493715, "U111", "G111", None,
    ),
    "a5c8a9b3cd1059a6": (
        "message",
        (
            Text("Hi there!"),
            Media(
                "image", ref="https://files.slack.com/files-pri/T111-F111/download/file.png", mime="image/png",
                name="file.png", size=92582,
            ),
        ),
        1652227646, "U111", "C111", None,
    ),
    "26da586201fe4005": ("edit", (Text("updated message"),), 1665102362, "U111", "C111", "C111:1665102338.901939"),
    "fb887aef1f252956": ("edit", (Text("updated message"),), 1665102362, "U111", "C111", "C111:1665102338.901939"),
    "c2ba7abdb161eb3a": (
        "edit", (Text("Hello, world!"),), 1358878755, "U2147483697", "C2147483705", "C2147483705:1355517523.000005",
    ),
    "76445eb68d91375f": ("delete", (), 1665368629, "U111", "C111", "C111:1665368619.804829"),
    "00421167377f440b": (
        "reaction", (Reaction("\U0001f680"),), 1678454724, "USER_ID_ACTOR", "C111", "C111:1678454602.316259",
    ),
    "88bc52fdc71607b3": (
        "reaction", (Reaction("\U0001f440"),), 1678456876, "USER_ID_ACTOR", "C111", "C111:1678453386.979699",
    ),
    "0336d9a45abe6b31": ("reaction", _EYES, 1599616881, "W23456789", "C111", "C111:1599529504.000400"),
    "55e0be9ca15a8b3a": ("reaction", _EYES, 1599616881, "W23456789", "C111", "C111:1599529504.000400"),
    "860bef8e413739b5": ("reaction", _EYES, 1599616881, "W23456789", "C111", "C111:1599529504.000400"),
    "3caaca8699f52e29": ("choice", _CLICK, 1596530385, "W111", "C111", None),
    "b0712766afe38801": ("choice", _CLICK, 1596530385, "W111", "C111", "C111:111.222"),
    "f7d2a353538a006b": ("choice", _CLICK, 1596530385, "W99999", "C111", "C111:111.222"),
    "3d6713ecd52594d6": (
        "choice", (Choice("clicked", "Click Me"),), 1678252216, "U111", "C111", "C111:1678252213.679169",
    ),
    "ee276c75cf955681": ("choice", (Choice("C111"),), 1520966872, "U111", "C222", "C222:1520965348.000538"),
    "6231fd6f9ce6af22": ("command", (Text("/start-conv title"),), None, "U111", "C111", None),
    "9b2fef7746ea64d0": ("command", (Text("/test hello"),), None, "U111", "C111", None),
    "13d208dd940b453a": ("command", (Choice("run-socket-mode"),), 1606983924, "U111", "U111", None),
    "75a7df0ab233479e": (
        "command", (Choice("test-shortcut"), Text("@W222 test")), 1583637157, "W111", "C111", "C111:1583636382.000300",
    ),
    "583ebe09567df113": (
        "message",
        (FormReply({"loc_origin": "Tokyo", "loc_destination": "Osaka", "types": "FE-459"}, "dialog-callback-id"),),
        1596603334, "W111", "C111", None,
    ),
    "ee0240e45bdea257": ("message", (FormReply({"maBWU": "test"}, "view-id"),), None, "W111", "W111", None),
    "2f77d6e04a4f3b02": ("unknown", None, None, "W111", "", None),
    "19cb65b15194eaa5": ("unknown", None, 1596603453, "W111", "C111", None),
    "36d2ea63c9db5484": ("unknown", None, 1596603332, "W111", "C111", None),
    "84aa5c405a34c0bb": ("unknown", None, None, "W111", "", None),
    "c1ecf439f9df16df": ("unknown", None, 1678454602, "USER_ID_ACTOR", "C111", None),
    "4f37d5a175598434": ("unknown", None, 1606810927, "W111", "D111", None),
    "f88b7b836f701d71": ("unknown", None, 1599616881, None, "", None),
}  # fmt: skip

BOTS = ("22cb8f522cae8365", "7251185ce751fd91", "89ccc8987c631989", "fca7a6a6f80bfa68")
MEMBERS = {
    "1ca0ff9de25a55c6": ("W111", "member", True),
    "730f93c4e42b35ff": ("U999", "member", False),
    "13a1c4ecb4430206": ("W23456789", "left", False),
    "cf11955b5f39a6e5": ("W111", "left", True),
    "39901659d6a7500e": ("UL5CBM924", "member", False),
    "ddc2ac816823718b": ("UL5CBM924", "left", False),
}
# what is no message of a customer, or lacks what a message needs: name -> type, what is kept, thread, who, seconds
REST: dict[str, tuple[str, str, str, list[str], int | None]] = {
    "1437926deb3cb6b8": ("member", "member", "C04T3ACM40K", ["T03E94MJU:W013CV5UA87"], None),
    "15121af968d82e54": ("member", "member", "C111", ["T_INSTALLED:W111"], 1599616881),
    "22807a714727f8bf": ("message", "Text", "C04T3ACM40K", ["T03E94MJU:U03E94MK0"], None),
    "23269ae3be6f9314": ("unknown", "app_mention", "C04T3ACM40K", ["T03E94MJU:U03E94MK0"], None),
    "349152b6421eb095": ("unknown", "workflow_step_edit", "", ["T111:W111"], 1601541356),
    "37a62128b66462ed": ("unknown", "file_share", "C04T3ACM40K", ["T03E94MJU:W013QGS7BPF"], None),
    "401c97b0ac93952d": ("unknown", "function_executed", "", [], 1659055013),
    "42abd2175472a0f7": ("unknown", "team_access_revoked", "", [], 1606805732),
    "444ca457d740d331": ("unknown", "app_mention", "C04T3ACM40K", ["T03E94MJU:W013QGS7BPF"], None),
    "46ee831965d6592e": (
        "unknown",
        "message_metadata_posted",
        "C111",
        ["INSTALLED_TEAM_ID:USER_ID_ACTOR", "INSTALLED_TEAM_ID:B222"],
        1678458906,
    ),
    "47cdbd0842926c9c": ("unknown", "tokens_revoked", "", [], 1599616881),
    "4cb6aeefb2f4aede": ("unknown", "dialog_suggestion", "C111", ["T111:W111"], 1596603332),
    "4f732f81de6de8a8": ("message", "FormReply", "U111", ["T111:U111"], None),
    "50280e14ba9e9d41": ("command", "Choice", "W111", ["T111:W111"], 111),
    "52cd75150565db66": ("unknown", "workflow_step_execute", "", [], 1601541373),
    "60d1b1932f949088": ("reaction", "Reaction", "C111", ["T_INSTALLED:W111"], 1599616881),
    "651bf87715cd0ab6": ("unknown", "tokens_revoked", "", [], 1606805974),
    "6606ae5ea8bdb807": ("member", "member", "C04T3ACM40K", ["T03E94MJU:UL5CBM924"], None),
    "66b40e423cecad4b": (
        "unknown",
        "message_metadata_posted",
        "C04T3ACM40K",
        ["T03E94MJU:W013TN008CB", "T03E94MJU:B013ZM43W3E"],
        None,
    ),
    "6db5f0f7c87f3867": ("unknown", "app_uninstalled", "", [], 1606805974),
    "7471a78bfca21fd2": ("member", "member", "C04T3ACM40K", ["T03E94MJU:UL5CBM924"], None),
    "75d64f8e280fbd00": ("unknown", "file_shared", "C04T3ACM40K", ["T03E94MJU:W013QGS7BPF"], None),
    "8362b373dd76faa4": ("unknown", "app_mention", "", [], None),
    "90639c54cd0e6bee": ("member", "member", "C111", ["T111:U999"], 1599616881),
    "920998e18ed1c40a": ("unknown", "message", "C04T3ACM40K", ["T03E94MJU:W013QGS7BPF"], None),
    "94044151cf8177e7": ("message", "FormReply", "W111", ["T111:W111"], None),
    "9b39ad6e30261b04": ("unknown", "team_access_granted", "", [], 111),
    "9cec52a0c6009b17": ("unknown", "file_shared", "C04T3ACM40K", ["T03E94MJU:U03E94MK0"], None),
    "a3611597d5cd9f62": ("unknown", "message", "C04T3ACM40K", ["T03E94MJU:U03E94MK0"], None),
    "a6155a2948e23fa4": ("member", "member", "C111", ["T_INSTALLED:U999"], 1599616881),
    "a9ac908075e66eb4": ("member", "member", "C111", ["T_INSTALLED:W23456789"], 1599616881),
    "a9eb4150c15d4769": ("unknown", "file_share", "C04T3ACM40K", ["T03E94MJU:U03E94MK0"], None),
    "ad73e720692f64e7": ("member", "member", "C04T3ACM40K", ["T03E94MJU:W013CV5UA87"], None),
    "ae620bf10f4c82ef": ("unknown", "workflow_step_execute", "", [], 1601541373),
    "af05c17ccb8c997d": ("unknown", "file_public", "", ["T03E94MJU:U03E94MK0"], None),
    "af185b35907449a9": ("unknown", "event_callback", "", [], None),
    "b6ec413539604d77": ("unknown", "app_uninstalled", "", [], 1599616881),
    "bab9ab274dcccb3c": ("member", "member", "C111", ["T111:U999"], 1599616881),
    "bd9f6629ef64c061": ("unknown", "app_uninstalled", "", [], 1599616881),
    "c50270e612bce869": ("member", "member", "C111", ["T111:W23456789"], 1599616881),
    "c9477fa5727b7d57": ("unknown", "file_shared", "C111", ["INSTALLED_TEAM_ID:USER_ID_ACTOR"], 1678454981),
    "c9e2407065f65193": ("unknown", "workflow_step_execute", "", [], None),
    "cc28711fa5c49c96": ("message", "Text", "C111:1606810819.000800", ["E111:W111"], 1606810819),
    "cf0e9f49d2be71b2": ("unknown", "tokens_revoked", "", [], 1599616881),
    "cf7c058570248407": ("member", "member", "C111", ["T111:W23456789"], 1599616881),
    "da710d1493642f5b": ("unknown", "block_suggestion", "", ["T111:W111"], None),
    "e162665790c40fd0": ("command", "Choice", "U111", ["T111:U111"], 1606983924),
    "e246a41f8f230ec3": ("unknown", "app_mention", "", ["E111:W222"], 1595926230),
    "e44c45fb9703a74d": ("message", "FormReply", "C111", ["T111:U111"], None),
    "e564e8e362bdd573": ("unknown", "function_executed", "", [], None),
    "ef612a2822c408f7": ("unknown", "message", "C04T3ACM40K", ["T03E94MJU:W013TN008CB", "T03E94MJU:B013ZM43W3E"], None),
    "f56ca8c2ba3f67f4": ("member", "member", "C111", ["E333:W111"], 1610493715),
    "f9a42e994cdae7af": ("unknown", "function_executed", "", [], 1659055013),
    "fcfe25e8982b071f": ("unknown", "tokens_revoked", "", [], 1599616881),
    "fd9e6628e2070a79": ("member", "member", "C111", ["T111:W111"], 1599616881),
    "fe0124886ac540c8": ("unknown", "file_public", "", ["T014GJXU940:W013QGS7BPF"], None),
    "ff66ee27cf735f8e": ("unknown", "function_executed", "", [], 1659055013),
    "bottender-048d338b685b75e3": (
        "message",
        "Text",
        "C6A900000",
        ["T02R00000:U13A00000", "T02R00000:B6AK00000"],
        1500435914,
    ),
    "bottender-352d95c6b6a9b578": ("message", "Text", "C6A900000", ["T02R00000:U13A00000"], 1500435914),
    "bottender-9cff079d5dbe4521": ("unknown", "pin_added", "C02ELGNBH", ["T02R00000:U024BE7LH"], 1360782804),
    "bottender-d80f442de5900729": ("reaction", "Reaction", "C0G9QF9GZ", ["T02R00000:U024BE7LH"], 1360782804),
    "bottender-f1e870eb7480c519": ("unknown", "url_verification", "", [], None),
}
ACCOUNTS = {
    "1be3c2e4ed179311": "A111:T111",
    "71a9485c39dc20df": "A111:E111",  # installed in the whole organisation
    "3a6792403906b3a1": "A111:T_INSTALLED",
    "860bef8e413739b5": "A111:T_INSTALLED",  # written by somebody of T_SOURCE
    "cfe716c726fb4744": "A111:INSTALLED_TEAM_ID",
    "b0712766afe38801": "A111:T111",
    "9b2fef7746ea64d0": "A111:T111",
    "2f77d6e04a4f3b02": "A111:T111",
}


def wire(body: dict[str, Any]) -> bytes:
    """A body as Slack posts its kind."""
    if "command" in body:
        return urlencode(body).encode()
    if body["type"] in ("event_callback", "url_verification"):
        return json.dumps(body).encode()
    return urlencode({"payload": json.dumps(body)}).encode()


def read(fixtures: Path, name: str) -> tuple[dict[str, Any], bytes]:
    body = json.loads((fixtures / "webhooks" / "slack" / f"bolt-python-{name}.json").read_bytes())
    return body, wire(body)


def only(events: Sequence[Event]) -> Event:
    (event,) = events
    return event


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_meaning(fixtures: Path, name: str):
    type_, parts, seconds, user, thread, about = EXPECTED[name]
    body, raw = read(fixtures, name)
    event = only(parse(raw, None, NOW))
    assert event.type == type_
    assert int(event.at.timestamp()) == (seconds if seconds is not None else int(NOW.timestamp()))
    assert event.thread == thread
    assert (event.target or event.reply_to) == about
    ids = [alias.value.partition(":")[2] for alias in event.sender.ids if alias.kind == "slack.user"]
    assert ids == ([user] if user else [])
    assert not event.sender.is_bot and not event.ours
    if parts is None:
        assert event.raw == body
    else:
        assert event.parts == parts
    told = body.get("event", {})
    if type_ == "message" and told.get("ts"):
        assert event.platform_id == event.message_id == f"{told['channel']}:{told['ts']}"
        assert event.order == float(told["ts"])
        assert event.mentioned == (told["type"] == "app_mention" or "<@" in told["text"])
        assert not event.direct


@pytest.mark.parametrize("name", BOTS)
def test_other_bots_are_known_for_bots(fixtures: Path, name: str):
    event = only(parse(read(fixtures, name)[1], None, NOW))
    assert (event.type, event.sender.is_bot, event.ours) == ("message", True, False)


@pytest.mark.parametrize("name", sorted(MEMBERS))
def test_members(fixtures: Path, name: str):
    event = only(parse(read(fixtures, name)[1], None, NOW))
    change = event.parts[0].raw  # type: ignore[union-attr]  # a member's part is Unknown
    assert event.type == "member"
    assert (change["user"], change["new"], change["bot"]) == MEMBERS[name]


@pytest.mark.parametrize("name", sorted(ACCOUNTS))
def test_the_installation_a_body_is_for(fixtures: Path, name: str):
    raw = read(fixtures, name)[1]
    assert list(route(raw)) == [ACCOUNTS[name]]
    event = only(parse(raw, AccountKey(ACCOUNTS[name]), NOW))
    assert event.account == ACCOUNTS[name]
    assert not parse(raw, AccountKey("A111:T_SOMEBODY_ELSE"), NOW)
    assert not parse(raw, AccountKey(ACCOUNTS[name].replace("A111", "A222")), NOW)


def test_fields_renamed_by_a_relay(fixtures: Path):
    folder = fixtures / "webhooks" / "slack"
    person = only(parse((folder / "bottender-352d95c6b6a9b578.json").read_bytes(), None, NOW))
    bot = only(parse((folder / "bottender-048d338b685b75e3.json").read_bytes(), None, NOW))
    assert (person.account, person.parts, person.sender.is_bot) == ("A6A00000:T02R00000", (Text("hello"),), False)
    assert bot.sender.is_bot


@pytest.mark.parametrize("name", sorted(REST))
def test_the_rest(fixtures: Path, name: str):
    type_, kept, thread, who, seconds = REST[name]
    folder = fixtures / "webhooks" / "slack"
    file = folder / f"bolt-python-{name}.json"
    body = json.loads((file if file.is_file() else folder / f"{name}.json").read_bytes())
    event = only(parse(wire(body), None, NOW))
    (part,) = event.parts
    assert (event.type, getattr(part, "kind", None) or type(part).__name__) == (type_, kept)
    assert event.thread == thread
    assert [alias.value for alias in event.sender.ids] == who
    assert int(event.at.timestamp()) == (seconds if seconds is not None else int(NOW.timestamp()))
    if type_ == "unknown" and not name.startswith("bottender"):  # whose relay renamed fields, which is undone
        assert event.raw == body
    told = body.get("event", {})
    if isinstance(told.get("user"), str) and type_ != "member":
        assert event.sender.ids[0].value.endswith(f":{told['user']}")
    if "files" in told or type_ == "message":
        assert event.sender.is_bot == any(alias.kind == "slack.bot" for alias in event.sender.ids)


def test_no_file_is_left_out(fixtures: Path):
    files = sorted((fixtures / "webhooks" / "slack").glob("*.json"))
    named = {*EXPECTED, *BOTS, *MEMBERS, *REST}
    assert {file.stem.removeprefix("bolt-python-") for file in files} == named
    for file in files:
        raw = wire(json.loads(file.read_bytes()))
        events = parse(raw, None, NOW)
        assert events and all(event.platform_id for event in events), file.name
        again = parse(file.read_bytes(), None, NOW)  # printed by hand, without its form
        assert [event.type for event in again] == [event.type for event in events], file.name
