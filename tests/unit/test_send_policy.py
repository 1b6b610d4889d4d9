"""The send policy: every case is one line of a table."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from hub.core.channels import Capabilities, Dialect
from hub.core.messages import AuthorKind
from hub.core.policy import Standing, Verdict, may_send

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
FREE = Capabilities(dialect=Dialect.PLAIN, text_limit=100)
WINDOW = Capabilities(dialect=Dialect.PLAIN, text_limit=100, reply_window_hours=24, templates=True)
TAGGED = Capabilities(dialect=Dialect.PLAIN, text_limit=100, reply_window_hours=24, person_window_hours=168)


def ago(hours: float) -> datetime:
    return NOW - timedelta(hours=hours)


@pytest.mark.parametrize(
    ("capabilities", "author", "standing", "template", "verdict"),
    [
        (FREE, AuthorKind.BOT, Standing(None), False, Verdict.ALLOW),
        (FREE, AuthorKind.AGENT, Standing(ago(1), blocked=True), False, Verdict.REFUSE),
        (FREE, AuthorKind.BOT, Standing(ago(2), opted_out_at=ago(1)), False, Verdict.REFUSE),
        (FREE, AuthorKind.AGENT, Standing(ago(1), opted_out_at=ago(1)), False, Verdict.REFUSE),
        (FREE, AuthorKind.SYSTEM, Standing(ago(1), opted_out_at=ago(1)), False, Verdict.ALLOW),
        (FREE, AuthorKind.BOT, Standing(ago(1), opted_out_at=ago(2)), False, Verdict.ALLOW),
        (WINDOW, AuthorKind.BOT, Standing(ago(23.99)), False, Verdict.ALLOW),
        (WINDOW, AuthorKind.BOT, Standing(ago(24)), False, Verdict.TEMPLATE),
        (WINDOW, AuthorKind.AGENT, Standing(ago(25)), False, Verdict.TEMPLATE),
        (WINDOW, AuthorKind.AGENT, Standing(ago(25)), True, Verdict.ALLOW),
        (WINDOW, AuthorKind.AGENT, Standing(None), False, Verdict.TEMPLATE),
        (WINDOW, AuthorKind.AGENT, Standing(ago(25), opted_out_at=ago(1)), True, Verdict.REFUSE),
        (TAGGED, AuthorKind.AGENT, Standing(ago(25)), False, Verdict.TAG),
        (TAGGED, AuthorKind.BOT, Standing(ago(25)), False, Verdict.REFUSE),
        (TAGGED, AuthorKind.AGENT, Standing(ago(169)), False, Verdict.REFUSE),
        (TAGGED, AuthorKind.AGENT, Standing(ago(1)), False, Verdict.ALLOW),
    ],
)
def test_verdict(
    capabilities: Capabilities, author: AuthorKind, standing: Standing, template: bool, verdict: Verdict
) -> None:
    decision = may_send(capabilities, author, standing, now=NOW, template=template)
    assert decision.verdict is verdict, decision.text
    assert decision.text.endswith(".")


def test_an_open_window_says_until_when() -> None:
    assert may_send(WINDOW, AuthorKind.BOT, Standing(ago(4)), now=NOW).until == NOW + timedelta(hours=20)


def test_quiet_time_waits_until_its_end() -> None:
    end = NOW + timedelta(hours=3)
    decision = may_send(FREE, AuthorKind.AGENT, Standing(ago(1)), now=NOW, not_before=end)
    assert (decision.verdict, decision.until) == (Verdict.WAIT, end)
    assert may_send(FREE, AuthorKind.AGENT, Standing(ago(1)), now=end, not_before=end).verdict is Verdict.ALLOW
