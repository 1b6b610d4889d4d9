"""Names of what happened, past tense, for the event log and tenants' webhooks."""

from __future__ import annotations

from enum import StrEnum

SCHEMA_VERSION = 1


class HubEvent(StrEnum):
    MESSAGE_RECEIVED = "message.received"
    MESSAGE_SENT = "message.sent"
    MESSAGE_UPDATED = "message.updated"
    MESSAGE_FAILED = "message.failed"
    CONVERSATION_OPENED = "conversation.opened"
    CONVERSATION_UPDATED = "conversation.updated"
    CONVERSATION_RESOLVED = "conversation.resolved"
    HANDOFF_REQUESTED = "handoff.requested"
    HANDOFF_ACCEPTED = "handoff.accepted"
    HANDOFF_RETURNED = "handoff.returned"
    SLA_BREACHED = "sla.breached"
    DOCUMENT_INDEXED = "document.indexed"
    DOCUMENT_FAILED = "document.failed"
    FEEDBACK_RECEIVED = "feedback.received"
    USAGE_THRESHOLD = "usage.threshold"
    LEDGER_STUCK = "ledger.stuck"
    LEDGER_RECOVERED = "ledger.recovered"
