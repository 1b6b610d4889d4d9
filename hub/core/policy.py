"""May this be sent now? One pure function that the composer, the bot, the API and the scheduler all ask."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from hub.core.channels import Capabilities
from hub.core.messages import AuthorKind


class Verdict(StrEnum):
    """``allow`` as it is; ``tag`` with the platform's mark for a person's late reply; ``template`` only as an approved
    one; ``wait`` until a moment; ``refuse``."""

    ALLOW = "allow"
    TAG = "tag"
    TEMPLATE = "template"
    WAIT = "wait"
    REFUSE = "refuse"

    @property
    def sends(self) -> bool:
        """Whether the message goes out as it stands."""
        return self in (Verdict.ALLOW, Verdict.TAG)


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of the customer: when they last wrote, and whether and when they asked for silence."""

    last_inbound_at: datetime | None
    blocked: bool = False
    opted_out_at: datetime | None = None

    @property
    def silent(self) -> bool:
        """They asked for silence and have not written since."""
        return self.opted_out_at is not None and (
            self.last_inbound_at is None or self.last_inbound_at <= self.opted_out_at
        )


@dataclass(frozen=True, slots=True)
class Decision:
    """The verdict, the reason in plain words, and until when it holds, or at ``wait`` lasts (None: no end)."""

    verdict: Verdict
    text: str
    until: datetime | None = None


def may_send(
    capabilities: Capabilities,
    author: AuthorKind,
    standing: Standing,
    *,
    now: datetime,
    template: bool = False,
    not_before: datetime | None = None,
) -> Decision:
    """Whether ``author`` may write to this customer at ``now``.

    ``template`` says that the message is an approved template; ``not_before`` is the end of a quiet time the tenant
    set. A silent customer still gets what the system itself must say, such as that the silence was heard.
    """
    if standing.blocked:
        return Decision(Verdict.REFUSE, "This customer is blocked. Unblock them to write.")
    if standing.silent and author is not AuthorKind.SYSTEM:
        return Decision(
            Verdict.REFUSE, "This customer asked not to be written to. They can write again at any time themselves."
        )
    if not_before is not None and now < not_before:
        return Decision(
            Verdict.WAIT, "It is quiet time for this customer; the message will go out afterwards.", not_before
        )
    if capabilities.reply_window_hours is None:
        return Decision(Verdict.ALLOW, "This channel lets you write at any time.")
    if template and capabilities.templates:
        return Decision(Verdict.ALLOW, "An approved template may be sent at any time.")
    return _in_window(capabilities, author, standing.last_inbound_at, now)


def _in_window(
    capabilities: Capabilities, author: AuthorKind, last_inbound_at: datetime | None, now: datetime
) -> Decision:
    hours = capabilities.reply_window_hours or 0
    if last_inbound_at is None:
        return _closed(capabilities, "The customer has not written yet")
    until = last_inbound_at + timedelta(hours=hours)
    if now < until:
        return Decision(Verdict.ALLOW, f"The customer wrote less than {hours} hours ago.", until)
    if author is AuthorKind.AGENT and capabilities.person_window_hours:
        later = last_inbound_at + timedelta(hours=capabilities.person_window_hours)
        if now < later:
            text = f"The {hours} hours for free replies are over; a person may still answer, marked as a person's."
            return Decision(Verdict.TAG, text, later)
    return _closed(capabilities, f"The customer last wrote more than {hours} hours ago")


def _closed(capabilities: Capabilities, reason: str) -> Decision:
    if capabilities.templates:
        return Decision(Verdict.TEMPLATE, f"{reason}; only an approved template may be sent.")
    return Decision(Verdict.REFUSE, f"{reason}, and this channel allows no message then. Wait until they write.")
