"""Only what Meta signed gets in, and credentials are refused in words that name the field."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

import pytest

from adapters.messenger.channel import MessengerChannel
from hub.core.channels import WebhookRequest
from hub.core.errors import Forged, Invalid

SECRET, OLD, VERIFY = "0123456789abcdef0123456789abcdef", "an-older-secret", "say-friend"
GOOD = {"page_id": "123", "page_access_token": "EAAB" + "x" * 40, "app_secret": SECRET, "verify_token": VERIFY}
RAW = json.dumps({"object": "page", "entry": [{"id": "123", "messaging": []}]}, indent=1).encode()


@pytest.fixture
def channel(clock: Any) -> MessengerChannel:
    return MessengerChannel(session=None, clock=clock)


def signature(raw: bytes = RAW, secret: str = SECRET, digest: Any = hashlib.sha256) -> str:
    return hmac.new(secret.encode(), raw, digest).hexdigest()


def post(header: str | None, raw: bytes = RAW) -> WebhookRequest:
    return WebhookRequest("POST", {} if header is None else {"x-hub-signature-256": header}, {}, raw)


def test_a_signed_body_is_genuine_under_any_secret_in_use(channel: MessengerChannel):
    rotating = channel.configure({**GOOD, "app_secret": [SECRET, OLD]})
    assert channel.verify([rotating], post(f"sha256={signature()}")).secret == 0
    assert channel.verify([rotating], post(f"sha256={signature(secret=OLD)}")).secret == 0
    other = channel.configure({**GOOD, "app_secret": "of-another-app"})
    assert channel.verify([other, rotating], post(f"sha256={signature(secret=OLD)}")).secret == 1


@pytest.mark.parametrize(
    "header",
    [
        None, "", "sha256=", signature(), f"sha1={signature(digest=hashlib.sha1)}", f"sha256={signature()[:-1]}",
        f"sha256={signature().upper()}", f"sha256={signature(secret='wrong')}", f"sha256={signature(RAW + b' ')}",
        f"sha256= {signature()}", f"SHA256={signature()}", f"sha256={signature()}0", "sha256=\udcff\u2603",
        f"sha256={signature(json.dumps(json.loads(RAW)).encode())}", f"sha256={signature(RAW[:-1])}",
        f"sha256={signature(secret='')}",
    ],
)  # fmt: skip
def test_forgeries(channel: MessengerChannel, header: str | None):
    with pytest.raises(Forged):
        channel.verify([channel.configure(GOOD)], post(header))


def test_a_changed_truncated_or_rewritten_body_is_refused(channel: MessengerChannel):
    header = f"sha256={signature()}"
    for raw in (RAW[:-1], RAW + b"\n", json.dumps(json.loads(RAW)).encode(), RAW.replace(b"123", b"124"), b""):
        with pytest.raises(Forged):
            channel.verify([channel.configure(GOOD)], post(header, raw))


def test_without_a_secret_nothing_is_genuine(channel: MessengerChannel):
    for known in ({}, {"app_secret": ""}, {"app_secret": []}, {"app_secret": None}):
        with pytest.raises(Forged):
            channel.verify([known], post(f"sha256={signature(secret='')}"))


def test_metas_question_is_answered_to_who_knows_the_token(channel: MessengerChannel):
    known = channel.configure({**GOOD, "verify_token": ["new", VERIFY]})
    asked = {"hub.mode": "subscribe", "hub.verify_token": VERIFY, "hub.challenge": "1158201444"}
    assert channel.verify([known], WebhookRequest("GET", {}, asked, b"")).challenge == b"1158201444"
    for wrong in (
        {"hub.verify_token": "x"}, {"hub.verify_token": ""}, {"hub.mode": "unsubscribe"}, {"hub.challenge": ""},
        {"hub.challenge": "a" * 501}, {"hub.challenge": "a\r\nb"},
    ):  # fmt: skip
        with pytest.raises(Forged):
            channel.verify([known], WebhookRequest("GET", {}, {**asked, **wrong}, b""))
    with pytest.raises(Forged):
        channel.verify([known], WebhookRequest("DELETE", {}, asked, b""))


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"page_id": "my page"}, "page_id"), ({"page_id": ""}, "page_id"),
        ({"page_access_token": "two words"}, "page_access_token"), ({"app_secret": None}, "app_secret"),
        ({"app_secret": []}, "app_secret"), ({"app_secret": ["a", ""]}, "app_secret"),
        ({"verify_token": "a b"}, "verify_token"), ({"app_id": "x"}, "app_id"), ({"pageid": "1"}, "pageid"),
    ],
)  # fmt: skip
def test_credentials_that_cannot_be_right(channel: MessengerChannel, change: dict[str, Any], field: str):
    with pytest.raises(Invalid) as caught:
        channel.configure({**GOOD, **change})
    assert caught.value.field == field


def test_the_account_is_the_page_and_knows_its_app(channel: MessengerChannel):
    assert channel.account(channel.configure({**GOOD, "page_id": 123})) == "123"
    assert channel.account(channel.configure({**GOOD, "app_id": "9"})) == "123#9"
