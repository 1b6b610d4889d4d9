"""Codes to go on elsewhere: known to the channel they are for alone, and words of no language."""

from __future__ import annotations

import base64
import secrets

from hub.core.ids import ChannelId, uuid7
from hub.knowledge.language import detect_language
from hub.security.resume_codes import ResumeCodes, hash_of, without_codes

HERE, THERE = ChannelId(uuid7()), ChannelId(uuid7())
CODES = ResumeCodes([base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()])


def test_a_code_is_known_where_it_was_issued_for_however_it_is_typed() -> None:
    code = CODES.issue(HERE)
    assert CODES.heard(HERE, f"/start {code}") == hash_of(code)
    assert CODES.heard(HERE, f"Hello, I was told: {code.upper()}.") == hash_of(code)
    assert CODES.heard(THERE, code) == b""
    assert CODES.heard(HERE, f"resume-{'a' * 32}") == b""
    assert CODES.heard(HERE, "I would like to resume my order") is None


def test_a_code_does_not_tell_its_sender_s_language() -> None:
    codes = [CODES.issue(HERE) for _ in range(200)]
    assert any(detect_language(f"/start {code}") for code in codes), "drawn letters look like many languages"
    assert [detect_language(without_codes(f"/start {code}")) for code in codes] == [None] * 200
