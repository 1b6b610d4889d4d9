"""May this be sent now? One pure function that the composer, the bot, the API and the scheduler all ask."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from hub.core.channels import Capabilities
from hub.core.messages import AuthorKind


class Verdict(StrEnum):
    ALLOW = "allow"
    TEMPLATE = "template"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class Decision:
    """The verdict, the reason in plain words, and until when it holds (None: no end)."""

    verdict: Verdict
    text: str
    until: datetime | None = None


def may_send(
    capabilities: Capabilities,
    author: AuthorKind,
    *,
    now: datetime,
    last_inbound_at: datetime | None,
    blocked: bool = False,
) -> Decision:
    """Whether ``author`` may write freely to this customer at ``now``.

    Bases itself on the channel's reply window alone; consent and templates join it as the channels need them.
    """
    if blocked:
        return Decision(Verdict.REFUSE, f"This customer does not want messages; {author} may not write.")
    if capabilities.reply_window_hours is None:
        return Decision(Verdict.ALLOW, "This channel has no reply window.")
    if last_inbound_at is None:
        return Decision(Verdict.TEMPLATE, "The customer has not written yet; only an approved template may be sent.")
    until = last_inbound_at + timedelta(hours=capabilities.reply_window_hours)
    if now < until:
        return Decision(Verdict.ALLOW, "The customer wrote within the reply window.", until)
    return Decision(
        Verdict.TEMPLATE,
        f"The customer last wrote more than {capabilities.reply_window_hours} hours ago; "
        "only an approved template may be sent.",
    )
