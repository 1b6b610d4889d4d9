"""People who write to a simulated business, driven by tests, benchmarks and the chat page."""

from __future__ import annotations

import time
from typing import Any

from hub.simulator.whatsapp.delivery import Courier
from hub.simulator.whatsapp.graph import GraphError, Json
from hub.simulator.whatsapp.world import Chat, Held, Number, without_empty


def refused(text: str) -> GraphError:
    """What a person cannot do, in words for whoever plays them."""
    return GraphError(100, text, details=text)


class Person:
    """A person in a chat with one business number.

    Every act puts the message into the chat and queues the webhook; it returns at once with the message's id.
    """

    def __init__(self, number: Number, courier: Courier, chat: Chat) -> None:
        self.number = number
        self.chat = chat
        self._courier = courier

    @property
    def inbox(self) -> list[Held]:
        """The business's messages in this chat that arrived, oldest first."""
        return [h for h in self.chat.held.values() if not h.mine and not h.deleted and h.status != "failed"]

    def say(self, text: str, *, reply_to: str | None = None) -> str:
        """Write a text."""
        return self._send({"type": "text", "text": {"body": text}}, reply_to=reply_to)

    def send_photo(self, data: bytes, *, caption: str = "", name: str = "photo.jpg", mime: str = "image/jpeg") -> str:
        """Send a picture."""
        return self._file("image", data, name=name, mime=mime, caption=caption)

    def send_document(self, data: bytes, *, name: str, mime: str, caption: str = "") -> str:
        """Send a file."""
        return self._file("document", data, name=name, mime=mime, caption=caption, filename=name)

    def send_voice(self, data: bytes) -> str:
        """Send a voice message."""
        return self._file("audio", data, name="voice.ogg", mime="audio/ogg; codecs=opus", voice=True)

    def send_location(self, latitude: float, longitude: float, name: str = "") -> str:
        """Share a place."""
        place = without_empty({"latitude": latitude, "longitude": longitude, "name": name})
        return self._send({"type": "location", "location": place})

    def send_contact(self, phone: str, name: str) -> str:
        """Share a contact."""
        card = {"name": {"formatted_name": name, "first_name": name.split()[0]}, "phones": [{"phone": phone}]}
        return self._send({"type": "contacts", "contacts": [card]})

    def edit(self, message_id: str, text: str) -> str:
        """Change an own text, as WhatsApp allows for 15 minutes."""
        held = self._mine(message_id)
        if held.content["type"] != "text":
            raise refused("Only a text can be changed.")
        held.content = {"type": "text", "text": {"body": text}}
        held.edited = True
        self.chat.touch(held)
        return self._tell({"type": "edit", "edit": {"original_message_id": message_id, "message": dict(held.content)}})

    def delete(self, message_id: str) -> str:
        """Delete an own message for everyone."""
        held = self._mine(message_id)
        held.deleted = True
        self.chat.touch(held)
        return self._tell({"type": "revoke", "revoke": {"original_message_id": message_id}})

    def react(self, message_id: str, emoji: str = "") -> str:
        """React to a message; with no emoji, take the reaction back."""
        held = self.chat.find(message_id)
        if held is None:
            raise refused("There is no such message to react to.")
        held.reactions = {**held.reactions, "customer": emoji} if emoji else {}
        self.chat.touch(held)
        return self._tell(
            {"type": "reaction", "reaction": {"message_id": message_id, **({"emoji": emoji} if emoji else {})}}
        )

    def tap(self, wanted: str, *, message_id: str | None = None) -> str:
        """Tap the button, or pick the row, with this title or id, on the newest message that has it.

        Raises 100 when there is none.
        """
        for held in reversed(self.chat.held.values()):
            if held.mine or held.deleted or message_id not in (None, held.id):
                continue
            found = _option(held.content, wanted)
            if found:
                kind, option = found
                return self._send(
                    {"type": "interactive", "interactive": {"type": kind, kind: option}}, reply_to=held.id
                )
        raise refused(f"There is no button '{wanted}' to tap.")

    def read(self) -> None:
        """Look at the chat: the business is told what was read."""
        for held in self.chat.held.values():
            if not held.mine and not held.read and held.status == "delivered":
                held.read, held.status = True, "read"
                self.chat.touch(held)
                self.status(held, "read")

    def block(self) -> None:
        """Block the business: its messages no longer arrive, and it is not told."""
        self.chat.blocked = True
        self.chat.touch()

    def unblock(self) -> None:
        """Let the business write again."""
        self.chat.blocked = False
        self.chat.touch()

    def let_window_close(self) -> None:
        """Let a day pass without a word: only templates may be sent until the person writes again."""
        self.chat.wrote_at = None
        self.chat.touch()

    def hear_from_colleague(self, text: str) -> str:
        """A person of the business writes from its phone (coexistence): the hub sees an echo."""
        held = self._held({"type": "text", "text": {"body": text}}, mine=False)
        held.status = "delivered"
        echo: Json = {"from": self.number.display, "to": self.chat.phone, "to_user_id": self.chat.user_id}
        item = without_empty({**echo, "id": held.id, "timestamp": str(held.at), **held.content})
        self._courier.push(self.chat, "smb_message_echoes", "message_echoes", item)
        return held.id

    def status(self, held: Held, status: str, errors: list[Json] | None = None) -> None:
        """Tell the business how far a message of its came."""
        told: Json = {
            "id": held.id,
            "status": status,
            "timestamp": str(int(time.time())),
            "recipient_id": self.chat.phone,
            "recipient_user_id": self.chat.user_id,
            "biz_opaque_callback_data": held.key,
        }
        if errors is not None:
            told["errors"] = errors
        self._courier.push(self.chat, "messages", "statuses", without_empty(told))

    async def reply(self, *, after: str = "", timeout: float = 60.0) -> Held:  # noqa: ASYNC109  # a test's patience
        """The business's next message after the one with the id ``after``. Raises ``TimeoutError``."""
        end = time.monotonic() + timeout
        while True:
            seen = self.chat.version
            ids = [held.id for held in self.inbox]
            later = self.inbox[ids.index(after) + 1 :] if after in ids else self.inbox
            if later:
                return later[0]
            left = end - time.monotonic()
            if left <= 0:
                raise TimeoutError(f"The business did not answer {self.chat.name} within {timeout} s.")
            await self.chat.wait_past(seen, left)

    def _mine(self, message_id: str) -> Held:
        held = self.chat.find(message_id)
        if held is None or not held.mine:
            raise refused("This is not a message of yours.")
        return held

    def _file(self, kind: str, data: bytes, *, name: str, mime: str, **more: Any) -> str:
        file = self.number.keep(data, name=name, mime=mime)
        value = without_empty({"id": file.id, "mime_type": mime, "sha256": file.sha256, **more})
        return self._send({"type": kind, kind: value})

    def _held(self, content: Json, *, mine: bool, reply_to: str | None = None) -> Held:
        return self.chat.add(Held(self.number.message_id(), mine, content, int(time.time()), reply_to=reply_to))

    def _send(self, content: Json, *, reply_to: str | None = None) -> str:
        if reply_to is not None and self.chat.find(reply_to) is None:
            raise refused("There is no such message to reply to.")
        held = self._held(content, mine=True, reply_to=reply_to)
        self._tell(content, held=held)
        return held.id

    def _tell(self, content: Json, held: Held | None = None) -> str:
        """Queue the webhook of something this person did. Any of it opens the window of 24 hours."""
        self.chat.wrote_at = time.time()
        told: Json = {
            "from": self.chat.phone,
            "from_user_id": self.chat.user_id,
            "id": held.id if held else self.number.message_id(),
            "timestamp": str(int(time.time())),
        }
        if held and held.reply_to:
            told["context"] = {"from": self.number.display, "id": held.reply_to}
        self._courier.push(self.chat, "messages", "messages", without_empty({**told, **content}))
        return str(told["id"])


def _option(content: Json, wanted: str) -> tuple[str, Json] | None:
    action = content.get("interactive", {}).get("action", {})
    for button in action.get("buttons") or []:
        if wanted in (button["reply"]["title"], button["reply"]["id"]):
            return "button_reply", button["reply"]
    for section in action.get("sections") or []:
        for row in section["rows"]:
            if wanted in (row["title"], row["id"]):
                return "list_reply", without_empty(row)
    return None
