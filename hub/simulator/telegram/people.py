"""People who chat with a simulated bot, driven by tests, benchmarks and the chat page."""

from __future__ import annotations

import time
from typing import Any

from hub.simulator.telegram.delivery import Courier
from hub.simulator.telegram.formatting import automatic_entities
from hub.simulator.telegram.keyboards import button
from hub.simulator.telegram.pictures import picture_size
from hub.simulator.telegram.schema import bad
from hub.simulator.telegram.sending import media_object
from hub.simulator.telegram.world import Bot, Chat, Held, Json, now, without_empty


class Person:
    """A person in one chat with one bot.

    Every act puts the message into the chat and queues the update; it returns at once with what the bot will
    be told. Delivery goes on in the background; ``reply`` waits for what the bot does.
    """

    def __init__(self, bot: Bot, courier: Courier, user: Json, chat: Chat) -> None:
        self.bot = bot
        self.user = user
        self.chat = chat
        self._courier = courier

    @property
    def id(self) -> int:
        return int(self.user["id"])

    @property
    def inbox(self) -> list[Json]:
        """The bot's messages in this chat that are still there, oldest first."""
        return [h.message for h in self.chat.held.values() if not h.deleted and h.message["from"]["id"] == self.bot.id]

    def say(self, text: str, *, reply_to: int | None = None, thread: int | None = None) -> Json:
        """Write a text."""
        return self._send(
            {"text": text, "entities": automatic_entities(text)}, reply_to=reply_to, message_thread_id=thread
        )

    def send_photo(self, data: bytes, *, caption: str = "", name: str = "photo.png") -> Json:
        """Send a picture (PNG, JPEG, GIF or WebP). Raises 400 for anything else."""
        picture_size(data)
        return self._send_file("photo", data, name=name, mime="image/jpeg", folder="photos", caption=caption)

    def send_document(self, data: bytes, *, name: str, mime: str, caption: str = "", size: int | None = None) -> Json:
        """Send a file. ``size`` lets it claim to be of another size than it is."""
        return self._send_file("document", data, name=name, mime=mime, folder="documents", caption=caption, size=size)

    def send_voice(self, data: bytes, *, seconds: int = 3) -> Json:
        """Send a voice note."""
        return self._send_file("voice", data, name="voice.oga", mime="audio/ogg", folder="voice", duration=seconds)

    def send_location(self, latitude: float, longitude: float) -> Json:
        """Share a place."""
        return self._send({"location": {"latitude": latitude, "longitude": longitude}})

    def send_contact(self, phone: str, first_name: str) -> Json:
        """Share a contact."""
        return self._send({"contact": {"phone_number": phone, "first_name": first_name}})

    def edit(self, message_id: int, text: str) -> Json:
        """Change an own text."""
        held = self._mine(message_id)
        changed = {**held.message, "text": text, "edit_date": now()}
        changed.pop("entities", None)
        held.message = changed | without_empty({"entities": automatic_entities(text)})
        self.chat.touch(held)
        self._courier.push(self.chat, "edited_message", held.message)
        return held.message

    def tap(self, wanted: str, *, message_id: int | None = None) -> str:
        """Tap the button with this label or data, on the newest message that has it. Gives the query's id.

        Raises 400 when there is no such button.
        """
        for held in reversed(self.chat.held.values()):
            if held.deleted or message_id not in (None, held.message["message_id"]):
                continue
            found = button(held.message.get("reply_markup"), wanted)
            if found:
                return self._tap(held, str(found["callback_data"]))
        raise bad(f"there is no button '{wanted}' to tap")

    def react(self, message_id: int, *emoji: str) -> None:
        """React to a message; with no emoji, take the reaction back."""
        held = self.chat.find(message_id)
        if held is None:
            raise bad("message to react not found")
        before, after = held.reactions.get("user", []), [{"type": "emoji", "emoji": e} for e in emoji]
        held.reactions["user"] = after
        self.chat.touch(held)
        facts = {"chat": self.chat.facts, "message_id": message_id, "user": self.user, "date": now()}
        self._courier.push(self.chat, "message_reaction", {**facts, "old_reaction": before, "new_reaction": after})

    def block(self) -> None:
        """Block the bot: it gets 403 from now on."""
        self._member("kicked" if self.chat.private else "left", blocked=True)

    def unblock(self) -> None:
        """Let the bot write again."""
        self._member("member", blocked=False)

    async def reply(self, *, after: int = 0, timeout: float = 60.0) -> Json:  # noqa: ASYNC109  # a test's patience
        """The bot's next message with an id above ``after``. Raises ``TimeoutError``."""
        end = time.monotonic() + timeout
        while True:
            seen = self.chat.version
            for message in self.inbox:
                if message["message_id"] > after:
                    return message
            left = end - time.monotonic()
            if left <= 0:
                raise TimeoutError(f"The bot did not answer {self.user['first_name']} within {timeout} s.")
            await self.chat.wait_past(seen, left)

    def _mine(self, message_id: int) -> Held:
        held = self.chat.find(message_id)
        if held is None or held.message["from"]["id"] != self.id or "text" not in held.message:
            raise bad("message can't be edited")
        return held

    def _send_file(
        self,
        kind: str,
        data: bytes,
        *,
        name: str,
        mime: str,
        folder: str,
        caption: str = "",
        size: int | None = None,
        **params: Any,
    ) -> Json:
        file = self.bot.keep(data, name=name, mime=mime, folder=folder, size=size)
        found = automatic_entities(caption)
        return self._send({kind: media_object(kind, file, params), "caption": caption, "caption_entities": found})

    def _send(self, content: Json, *, reply_to: int | None = None, message_thread_id: int | None = None) -> Json:
        replied = self.chat.find(reply_to) if reply_to is not None else None
        message = without_empty(
            {
                "message_id": self.bot.message_id(),
                "from": self.user,
                "chat": self.chat.facts,
                "date": now(),
                "message_thread_id": message_thread_id,
                "is_topic_message": True if message_thread_id is not None else None,
                "reply_to_message": _shallow(replied.message) if replied else None,
                **content,
            }
        )
        self._courier.push(self.chat, "message", message)
        self.chat.add(message)
        return message

    def _tap(self, held: Held, data: str) -> str:
        query = self.bot.tap(self.chat, held.message["message_id"], data)
        facts = {"id": query, "from": self.user, "message": held.message, "data": data}
        self._courier.push(self.chat, "callback_query", {**facts, "chat_instance": str(self.chat.id)})
        return query

    def _member(self, status: str, *, blocked: bool) -> None:
        self.chat.blocked = blocked
        self.chat.touch()
        old = "member" if blocked else "kicked"
        change = {"chat": self.chat.facts, "from": self.user, "date": now()}
        self._courier.push(
            self.chat,
            "my_chat_member",
            {**change, "old_chat_member": self._as_member(old), "new_chat_member": self._as_member(status)},
        )

    def _as_member(self, status: str) -> Json:
        member: Json = {"status": status, "user": self.bot.user}
        return {**member, "until_date": 0} if status == "kicked" else member


def _shallow(message: Json) -> Json:
    """A message without what it replied to: Telegram nests one level."""
    return {key: value for key, value in message.items() if key != "reply_to_message"}
