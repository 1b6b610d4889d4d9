"""People who chat with a simulated page, driven by tests, benchmarks and the chat page."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from hub.simulator.messenger.delivery import Courier
from hub.simulator.messenger.world import INBOX_APP, Chat, GraphError, Json, Page, StoredFile, now_ms

EDITS = 5
ARRIVES = 0.3
"""Seconds until a phone says that a message arrived, longer than the answer to the sender takes."""


class Person:
    """A person in a chat with a page.

    Every act changes the chat and queues the event; it returns at once. Delivery goes on in the background;
    ``reply`` waits for what the page does.
    """

    def __init__(self, page: Page, courier: Courier, chat: Chat, address: Callable[[StoredFile], str]) -> None:
        self.page = page
        self.chat = chat
        self._courier = courier
        self._address = address

    @property
    def id(self) -> str:
        """The page-scoped id."""
        return self.chat.person

    @property
    def inbox(self) -> list[Json]:
        """The page's messages in this chat, oldest first."""
        return [held.message for held in self.chat.held.values() if held.message["from"] == "page"]

    def say(self, text: str, *, reply_to: str | None = None) -> Json:
        """Write a text."""
        return self._send({"text": text}, reply_to=reply_to)

    def send_photo(self, data: bytes, *, name: str = "photo.jpg", mime: str = "image/jpeg") -> Json:
        """Send a picture."""
        return self._send_file("image", data, name, mime)

    def send_voice(self, data: bytes) -> Json:
        """Send a voice note."""
        return self._send_file("audio", data, "audioclip.mp4", "audio/mp4")

    def send_document(self, data: bytes, *, name: str, mime: str) -> Json:
        """Send a file."""
        return self._send_file("file", data, name, mime)

    def send_location(self, latitude: float, longitude: float, title: str = "Pinned location") -> Json:
        """Share a place."""
        payload = {"coordinates": {"lat": latitude, "long": longitude}}
        return self._send({"attachments": [{"type": "location", "title": title, "payload": payload}]})

    def edit(self, mid: str, text: str) -> Json:
        """Change an own text, at most five times."""
        held = self.chat.held.get(mid)
        if held is None or held.message["from"] != "person" or "text" not in held.message:
            raise GraphError("This message cannot be edited.")
        count = held.message.get("edits", 0) + 1
        if count > EDITS:
            raise GraphError("A message can be edited five times.")
        held.message = {**held.message, "text": text, "edits": count}
        self.chat.touch(held)
        self._push("message_edits", message_edit={"mid": mid, "text": text, "num_edit": count})
        return held.message

    def tap(self, wanted: str, *, mid: str | None = None) -> str:
        """Tap the quick reply or button with this label or payload, on the newest message that has it; the new
        event's ``mid``. Raises ``GraphError`` when there is no such button."""
        for held in reversed(self.chat.held.values()):
            if mid not in (None, held.message["mid"]):
                continue
            for button in buttons_of(held.message):
                if wanted in (button.get("title"), button.get("payload")):
                    return self._tap(button)
        raise GraphError(f"There is no button '{wanted}' to tap.")

    def react(self, mid: str, emoji: str = "") -> None:
        """React to a message; without an emoji, take the reaction back."""
        held = self.chat.held.get(mid)
        if held is None:
            raise GraphError("There is no such message.")
        told: Json = {"mid": mid, "action": "react" if emoji else "unreact"}
        if emoji:
            told |= {"reaction": "other", "emoji": emoji}
        held.reaction = emoji
        self.chat.touch(held)
        self._push("message_reactions", reaction=told)

    def read(self) -> None:
        """Look at everything the page wrote."""
        self._push("message_reads", read={"watermark": now_ms()})

    def arrive(self, reference: str) -> None:
        """Open the chat by a link that carries a reference."""
        referral = {"ref": reference, "source": "SHORTLINK", "type": "OPEN_THREAD"}
        self._push("messaging_referrals", referral=referral)

    def block(self) -> None:
        """Block the page: it cannot write from now on."""
        self.chat.blocked = True
        self.chat.touch()

    def unblock(self) -> None:
        """Let the page write again."""
        self.chat.blocked = False
        self.chat.touch()

    def fall_silent(self, hours: float) -> None:
        """Let time pass since the person last wrote, as the window for answers sees it."""
        self.chat.last_inbound -= hours * 3600

    def answered_by_hand(self, text: str) -> Json:
        """A colleague answers this person in Meta's own inbox: the page's message comes back as a foreign echo."""
        message = {"mid": self.page.mid(), "from": "page", "at": now_ms(), "text": text}
        self.chat.add(message)
        self.told(message, app_id=INBOX_APP)
        return message

    def told(self, message: Json, *, app_id: int) -> None:
        """The page's message as its app hears of it: an echo, and word that it arrived."""
        said: Json = {key: message[key] for key in ("mid", "text", "metadata", "quick_replies") if key in message}
        if message.get("attachments"):
            said["attachments"] = [self._shown(attachment) for attachment in message["attachments"]]
        back = {"sender": {"id": self.page.id}, "recipient": {"id": self.id}, "timestamp": message["at"]}
        self._courier.push("message_echoes", {**back, "message": {**said, "is_echo": True, "app_id": app_id}})
        arrived = {"mids": [message["mid"]], "watermark": message["at"]}
        self._push("message_deliveries", after=ARRIVES, delivery=arrived)

    async def reply(self, *, after: int = 0, timeout: float = 60.0) -> Json:  # noqa: ASYNC109  # a test's patience
        """The page's message after its first ``after`` ones. Raises ``TimeoutError``."""
        end = time.monotonic() + timeout
        while True:
            seen = self.chat.version
            if len(self.inbox) > after:
                return self.inbox[after]
            left = end - time.monotonic()
            if left <= 0:
                raise TimeoutError(f"The page did not answer {self.chat.name} within {timeout} s.")
            await self.chat.wait_past(seen, left)

    def _tap(self, button: Json) -> str:
        if button.get("content_type") == "text":
            message = self._send({"text": button["title"]}, quick_reply={"payload": button["payload"]})
            return str(message["mid"])
        if button.get("type") != "postback":
            raise GraphError("This button opens a link; it tells the page nothing.")
        mid = self.page.mid()
        self.chat.last_inbound = time.time()
        self.chat.add({"mid": mid, "from": "person", "at": now_ms(), "text": button["title"]})
        self._push("messaging_postbacks", postback={"mid": mid, "title": button["title"], "payload": button["payload"]})
        return mid

    def _send_file(self, kind: str, data: bytes, name: str, mime: str) -> Json:
        stored = self.page.keep(data, name=name, mime=mime)
        return self._send({"attachments": [{"type": kind, "payload": {"file": stored.id}}]})

    def _send(self, content: Json, *, reply_to: str | None = None, quick_reply: Json | None = None) -> Json:
        message: Json = {"mid": self.page.mid(), "from": "person", "at": now_ms(), **content}
        if reply_to is not None:
            message["reply_to"] = reply_to
        self.chat.last_inbound = time.time()
        self.chat.add(message)
        told: Json = {"mid": message["mid"], **content}
        if "attachments" in content:
            told["attachments"] = [self._shown(attachment) for attachment in content["attachments"]]
        if reply_to is not None:
            told["reply_to"] = {"mid": reply_to}
        if quick_reply is not None:
            told["quick_reply"] = quick_reply
        self._push("messages", message=told)
        return message

    def _shown(self, attachment: Json) -> Json:
        """An attachment as a webhook shows it: a stored file by its address."""
        stored = self.page.files.get(attachment["payload"].get("file", ""))
        if stored is None:
            return attachment
        return {"type": attachment["type"], "payload": {"url": self._address(stored)}}

    def _push(self, field: str, *, after: float = 0.0, **said: Any) -> None:
        item = {"sender": {"id": self.id}, "recipient": {"id": self.page.id}, "timestamp": now_ms(), **said}
        self._courier.push(field, item, after=after)


def buttons_of(message: Json) -> list[Json]:
    """Every quick reply and button of a message."""
    found: list[Json] = list(message.get("quick_replies", ()))
    for attachment in message.get("attachments", ()):
        payload = attachment["payload"]
        found += payload.get("buttons", ())
        for element in payload.get("elements", ()):
            found += element.get("buttons", ())
    return found
