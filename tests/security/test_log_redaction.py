"""No secret reaches a log line, whichever way it comes, and no text makes two lines of one event."""

import io
import json
import logging

import pytest
import structlog

from hub.telemetry.logs import configure_logging, log_context
from hub.telemetry.redaction import is_secret_name, redact, redact_text

# Put together here so that no scanner takes the file for a leak.
CANARIES = [
    *("123456789:" + "AAcanary_" + "x" * 30, "9876543210:" + "AAH-canary" + "y" * 27),
    *("sk-" + "canary" + "a1" * 20, "sk-proj-" + "canary" + "b2" * 20, "sk-ant-api03-" + "canary-" + "c" * 30),
    *(
        "hub_live_" + "ca9a71" * 12,
        "xoxb-" + "1234-canary-" + "d" * 20,
        "xoxp-" + "1234-canary",
        "xapp-" + "1-canary-9",
    ),
    *("EAAG" + "canary" + "e" * 30, "EAAB" + "w5canary" + "f" * 40),
    *("eyJhbGciOiJIUzI1NiJ9." + "eyJjYW5hcnkiOjF9." + "canarysignature", "eyJhbGciOiJub25lIn0." + "eyJjYW5hcnkiOjF9."),
    *("AKIA" + "CANARY" + "0" * 10, "ghp_" + "canary" + "g" * 30, "AIza" + "canary" + "h" * 29),
    "gAAAAA" + "canary" + "i" * 60,
]
URLS = [
    "https://api.telegram.org/bot123:canary-of-any-shape/sendMessage",
    "http://127.0.0.1:8081/bot" + CANARIES[0] + "/getMe",
    "postgresql://hub:canary-password@db:5432/hub",
    "redis://:canary-password@127.0.0.1:6379/0",
    "smtp://user%40x.com:canary%21password@mail/",
    "https://example.com/?access_token=canary-token&a=b",
    "https://hub.example.com/files/" + CANARIES[11],
]
PHRASES = [
    "Authorization: Bearer canary-bearer",
    "authorization: bearer canary.bearer/2",
    "Authorization: Basic Y2FuYXJ5OnBhc3M=",
    "password=canary-word",
    '{"app_secret": "canary word", "a": 1}',
    "{'verify_token': 'canary'}",
    "api_key: canary-key",
    "X-Hub-Signature=canary-sig",
]
FIELDS = dict.fromkeys(
    (
        *("password", "token", "bot_token", "access_token", "Authorization", "x-api-key", "api_key", "cookie"),
        *("client_secret", "signing_secret", "secret_keys", "HUB_LLM_API_KEY", "credentials", "page_access_token"),
        *("Set-Cookie", "app_secret"),
    ),
    "canary-value",
)


@pytest.fixture(params=["json", "text"])
def lines(request):
    stream, root = io.StringIO(), logging.getLogger()
    before = (list(root.handlers), root.level)
    configure_logging(level="debug", form=request.param, stream=stream)
    yield lambda: stream.getvalue().splitlines()
    root.handlers[:], root.level = before
    logging.captureWarnings(False)
    structlog.reset_defaults()


def leaked(lines):
    return [line for line in lines if "canary" in line.lower() or "Y2FuYXJ5" in line or "eyJjYW5" in line]


def test_thirty_canaries_leave_no_trace(lines):
    log, library = structlog.get_logger("hub.test"), logging.getLogger("some.library")
    secrets = CANARIES + URLS + PHRASES
    assert len(secrets) >= 30
    for secret in secrets:
        log.info("thing.happened", text=secret, nested={"list": [f"before {secret} after"]}, where=(secret,))
        log.warning("thing %s happened", secret)
        library.error("library said %s", secret)
        for speak in (log, library):
            try:
                raise ValueError(f"cannot use {secret}") from KeyError(secret)
            except ValueError:
                speak.exception("thing.failed")
    log.info("thing.happened", **FIELDS)
    log.info("thing.happened", headers=FIELDS, settings=[{"deep": FIELDS}])
    assert len(lines()) == 5 * len(secrets) + 2
    assert leaked(lines()) == []


@pytest.mark.parametrize("name", sorted(FIELDS))
def test_fields_are_hidden_by_name(name):
    assert is_secret_name(name)
    assert redact({name: "plain"}) == {name: "[hidden]"}


@pytest.mark.parametrize(
    "name",
    [
        "input_tokens",
        "output_tokens",
        "token_count",
        "tokenizer",
        "secretary",
        "key",
        "message_id",
        "passage",
        "token_id",
    ],
)
def test_harmless_fields_stay(name):
    assert not is_secret_name(name)


@pytest.mark.parametrize(
    "text",
    [
        "The token has expired; ask for a new one.",
        "GET /api/v1/tenants/0198c0de-0000-7000-8000-000000000000/chat 200",
        "https://example.com:8080/path?q=1",
        "Basic understanding of passwords",
        "12:34:56 conversation 1234567 moved",
        "risk-averse task-force",
    ],
)
def test_ordinary_text_stays(text):
    assert redact_text(text) == text


BREAKERS = [
    *("\n", "\r", "\r\n", "\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029", "\0", "\x08", "\x7f"),
    *("\x9b31m", "\x1b[2J", "\x1b[31m", "\x1b]0;title\x07", "\x1b]8;;http://evil\x07", "\x1b[1A\x1b[2K", "\x1bc"),
    *("\u202e", "\u2066", "\u200b", "\ufeff", "\n\n\n", "\t\n", "%0a\n"),
    *("a\nINFO forged event", 'a\r\n\r\n{"event": "forged"}'),
]


def test_one_event_is_one_line_without_terminal_escapes(lines):
    assert len(BREAKERS) >= 30
    log = structlog.get_logger("hub.test")
    for text in BREAKERS:
        log.info(f"event {text} x", field=text, **{f"name{text}": 1})
        logging.getLogger(f"lib{text}").warning("said %s", text)
    assert len(lines()) == 2 * len(BREAKERS)
    assert all(line.isprintable() for line in lines())


def test_context_stands_on_every_event_and_ends(lines):
    log = structlog.get_logger("hub.test")
    with log_context(request_id="r-1", tenant="t-1", conversation=None):
        log.info("inside.event")
        logging.getLogger("library").warning("inside")
    log.info("outside.event")
    inside, library, outside = lines()
    for line in (inside, library):
        assert "r-1" in line
        assert "t-1" in line
        assert "conversation" not in line
    assert "r-1" not in outside


def test_json_lines_can_be_read_by_machines():
    stream, root = io.StringIO(), logging.getLogger()
    before = (list(root.handlers), root.level)
    try:
        configure_logging(form="json", stream=stream)
        configure_logging(form="json", stream=stream)
        structlog.get_logger("hub.test").warning("thing.happened", count=3, size=b"xyz", thing=object)
        structlog.get_logger("hub.test").debug("not.written")
        logging.getLogger("httpx").info("POST https://api.telegram.org/bot1:x/sendMessage")
    finally:
        root.handlers[:], root.level = before
        logging.captureWarnings(False)
        structlog.reset_defaults()
    (line,) = stream.getvalue().splitlines()
    event = json.loads(line)
    assert (event["event"], event["level"], event["logger"], event["count"]) == (
        "thing.happened",
        "warning",
        "hub.test",
        3,
    )
    assert event["size"] == "[3 bytes]"
    assert event["timestamp"].endswith("Z")


def test_endless_and_deep_values_are_bounded():
    loop = {}
    loop["self"] = loop
    assert "[deep]" in json.dumps(redact(loop))
    assert len(redact("x" * 10_000_000)) < 30_000
    assert len(redact(list(range(100_000)))) <= 200


@pytest.mark.parametrize("piece", ["://", "a:", "/bot", "password", "-", "eyJ", "1", '"', "secret=", " Bearer "])
def test_hostile_repetition_takes_no_time(piece):
    import time

    begun = time.thread_time()
    redact_text(piece * 20_000)
    assert time.thread_time() - begun < 1.0
