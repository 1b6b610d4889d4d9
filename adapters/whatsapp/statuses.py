"""How far a message came, and WhatsApp's error codes in plain words.

Source: developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from adapters.payloads import integer, items, mapping, text
from hub.core.messages import MessageStatus

_STATUSES: Final[Mapping[str, MessageStatus]] = {
    "sent": MessageStatus.SENT,
    "delivered": MessageStatus.DELIVERED,
    "read": MessageStatus.READ,
    "played": MessageStatus.READ,
    "failed": MessageStatus.FAILED,
}

WORDS: Final[Mapping[int, str]] = {
    10: "The access token lacks a permission; give it whatsapp_business_messaging.",
    190: "The access token has expired or was withdrawn; enter a new one in the channel's settings.",
    368: "WhatsApp restricts this account because of a policy violation; see Business Support Home.",
    130429: "This number sends more than WhatsApp allows at the moment.",
    130472: "WhatsApp does not deliver this message to this customer, who is part of an experiment of Meta's.",
    130497: "WhatsApp does not let this business write to customers in this country.",
    131005: "The access token lacks a permission; give it whatsapp_business_messaging.",
    131008: "WhatsApp misses something in this message.",
    131009: "WhatsApp does not accept something in this message.",
    131021: "The message was addressed to the business's own number.",
    131026: "WhatsApp cannot deliver to this customer: not on WhatsApp, an old version, or the terms are not accepted.",
    131030: "This is a test number, and the customer is not on its list of recipients.",
    131031: "WhatsApp has locked this business account.",
    131037: "The number's display name still waits for WhatsApp's approval.",
    131042: "WhatsApp could not charge for this message; check the payment method in Meta Business Suite.",
    131045: "The number is not registered; register it in WhatsApp Manager.",
    131047: "The customer last wrote more than 24 hours ago; only an approved template may be sent.",
    131048: "WhatsApp limits this number because earlier messages were reported as spam.",
    131049: "WhatsApp did not deliver this message, to keep the customer from too many messages by businesses.",
    131050: "The customer does not want marketing messages from this business.",
    131051: "WhatsApp does not support this kind of message.",
    131052: "WhatsApp could not fetch the file.",
    131053: "WhatsApp could not take the file: its type or size is not supported.",
    131056: "Too many messages to this customer in a short time.",
    131057: "WhatsApp maintains this account at the moment.",
    132000: "The template needs another number of values.",
    132001: "There is no such template in this language, or it is not approved yet.",
    132005: "The template's text became too long with these values.",
    132007: "The template breaks a policy of WhatsApp's.",
    132012: "A value does not fit the template's format.",
    132015: "WhatsApp paused this template because of its quality.",
    132016: "WhatsApp disabled this template because of its quality.",
    133010: "The number is not registered; register it in WhatsApp Manager.",
}


def status_of(name: str) -> MessageStatus | None:
    """What a status means; None for one that is new to the hub."""
    return _STATUSES.get(name.lower())


def in_words(code: int | None, told: str | None) -> str:
    """An error as a sentence for the agents, with the code in brackets so that it can be looked up."""
    words = WORDS.get(code) if code is not None else None
    text_ = words or f"WhatsApp says: {(told or 'no reason given').strip().rstrip('.')[:300]}."
    return f"{text_} ({code})" if code is not None else text_


def errors_of(value: Any) -> str | None:
    """The first error of a list in words; None without one."""
    for error in map(mapping, items(value)):
        if error:
            details = text(mapping(error.get("error_data")).get("details"))
            told = details or text(error.get("message")) or text(error.get("title"))
            return in_words(integer(error.get("code")), told)
    return None


def failure_of(status: Mapping[str, Any]) -> str:
    """Why a message failed, in words."""
    return errors_of(status.get("errors")) or "WhatsApp did not deliver this message and named no reason."
