"""People in a simulated workspace, driven by tests, benchmarks and the chat page."""

from __future__ import annotations

import mimetypes
import time
from typing import Any

from hub.simulator.slack.methods import Desk
from hub.simulator.slack.world import Conversation, Held, Json, SlackError


class Person:
    """A person in one conversation: the direct chat with the bot, or a channel.

    Every act shows in the conversation and queues what the app is told; it returns at once.
    """

    def __init__(self, desk: Desk, user: str, name: str, chat: Conversation) -> None:
        self.desk = desk
        self.app = desk.app
        self.id = user
        self.name = name
        self.chat = chat

    @property
    def inbox(self) -> list[Json]:
        """The bot's messages in this conversation that are still there, oldest first."""
        held = self.chat.held.values()
        return [h.message for h in held if not h.deleted and h.message.get("bot_id") == self.app.bot_id]

    def say(self, text: str, *, thread: str | None = None, at_bot: bool = False) -> Json:
        """Write a text; ``at_bot`` puts the bot's name in front, which a channel needs to be answered."""
        words = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        return self._write(f"<@{self.app.bot_user}> {words}" if at_bot else words, thread=thread)

    def send_file(self, data: bytes, *, name: str, mime: str = "", text: str = "", thread: str | None = None) -> Json:
        """Send a file."""
        kind = mime or mimetypes.guess_type(name)[0] or "application/octet-stream"
        stored = self.app.keep(data, name=name, mime=kind, size=len(data))
        stored.shared = True
        shown = {"files": [self.desk.file_facts(stored)], "subtype": "file_share", "upload": False}
        return self._write(text, thread=thread, **shown)

    def send_photo(self, data: bytes, *, caption: str = "", name: str = "photo.png") -> Json:
        """Send a picture."""
        return self.send_file(data, name=name, mime="image/png", text=caption)

    def edit(self, ts: str, text: str) -> Json:
        """Change an own text."""
        held = self._mine(ts)
        before = held.message
        held.message = {**before, "text": text, "edited": {"user": self.id, "ts": self.app.ts()}}
        self.chat.touch(held)
        self.desk.tell_changed(self.chat, held.message, before)
        return held.message

    def delete(self, ts: str) -> None:
        """Take an own message back."""
        held = self._mine(ts)
        held.deleted = True
        self.chat.touch(held)
        self.desk.tell_deleted(self.chat, held.message)

    def react(self, ts: str, name: str, *, remove: bool = False) -> None:
        """React to a message with an emoji by its name, or take that back."""
        held = self.chat.find(ts)
        if held is None:
            raise SlackError("message_not_found")
        people = held.reactions.setdefault(name, set())
        (people.discard if remove else people.add)(self.id)
        self.chat.touch(held)
        item = {"type": "message", "channel": self.chat.id, "ts": ts}
        kind = "reaction_removed" if remove else "reaction_added"
        told = {"user": self.id, "reaction": name, "item": item, "item_user": held.message["user"]}
        self.desk.courier.push(self.chat, {"type": kind, **told, "event_ts": self.app.ts()})

    def tap(self, wanted: str, *, ts: str | None = None) -> Json:
        """Tap the button, or take the menu's entry, with this label or value, on the newest message that has it.

        Raises ``SlackError`` when there is none.
        """
        for held in reversed(self.chat.held.values()):
            if held.deleted or ts not in (None, held.message["ts"]):
                continue
            action = _action(held.message, wanted)
            if action:
                return self._tap(held, action)
        raise SlackError(f"there is no button '{wanted}' to tap")

    def command(self, command: str, text: str = "") -> None:
        """Use a slash command."""
        fields = {
            "token": "simulated",
            "team_id": self.app.team_id,
            "channel_id": self.chat.id,
            "channel_name": "directmessage" if self.chat.direct else self.chat.name,
            "user_id": self.id,
            "user_name": self.name.lower(),
            "command": command,
            "text": text,
            "api_app_id": self.app.app_id,
            "is_enterprise_install": "false",
            "response_url": f"{self.desk.base_url}/commands/{self.app.ts()}",
            "trigger_id": self._trigger(),
        }
        self.desk.courier.command(self.chat, fields)

    async def reply(self, *, after: str = "0", timeout: float = 60.0) -> Json:  # noqa: ASYNC109  # a test's patience
        """The bot's next message with a ts above ``after``. Raises ``TimeoutError``."""
        end = time.monotonic() + timeout
        while True:
            seen = self.chat.version
            found = next((message for message in self.inbox if float(message["ts"]) > float(after)), None)
            if found is not None:
                return found
            left = end - time.monotonic()
            if left <= 0:
                raise TimeoutError(f"The bot did not answer {self.name} within {timeout} s.")
            await self.chat.wait_past(seen, left)

    def _write(self, words: str, *, thread: str | None, **shown: Any) -> Json:
        if self.chat.archived:
            raise SlackError("is_archived")
        root = self.chat.find(thread) if thread else None
        if thread and root is None:
            raise SlackError("thread_not_found")
        ts = self.app.ts()
        message: Json = {"type": "message", "user": self.id, "ts": ts, "text": words, "team": self.app.team_id, **shown}
        message["client_msg_id"] = f"sim-{ts}"
        if root is not None:
            message |= {"thread_ts": thread, "parent_user_id": root.message["user"]}
        self.chat.add(message)
        facts = {"channel": self.chat.id, "event_ts": ts}
        told = {**message, **facts, "channel_type": self.chat.kind}
        self.desk.courier.push(self.chat, told)
        if not self.chat.direct and f"<@{self.app.bot_user}>" in words:
            # The same post a second time, as Slack does for apps that asked for both.
            self.desk.courier.push(self.chat, {**message, **facts, "type": "app_mention"})
        return message

    def _mine(self, ts: str) -> Held:
        held = self.chat.find(ts)
        if held is None:
            raise SlackError("message_not_found")
        if held.message["user"] != self.id:
            raise SlackError("cant_update_message")
        return held

    def _tap(self, held: Held, action: Json) -> Json:
        app, message = self.app, held.message
        container = {"type": "message", "message_ts": message["ts"], "channel_id": self.chat.id, "is_ephemeral": False}
        if "thread_ts" in message:
            container["thread_ts"] = message["thread_ts"]
        payload: Json = {
            "type": "block_actions",
            "user": {"id": self.id, "username": self.name.lower(), "name": self.name, "team_id": app.team_id},
            "api_app_id": app.app_id,
            "token": "simulated",
            "container": container,
            "trigger_id": self._trigger(),
            "team": {"id": app.team_id, "domain": "simulated"},
            "enterprise": None,
            "is_enterprise_install": False,
            "channel": {"id": self.chat.id, "name": "directmessage" if self.chat.direct else self.chat.name},
            "message": message,
            "state": {"values": {}},
            "response_url": f"{self.desk.base_url}/actions/{message['ts']}",
            "actions": [{**action, "action_ts": app.ts()}],
        }
        self.desk.courier.interact(self.chat, payload)
        return payload

    def _trigger(self) -> str:
        return f"{self.app.ts()}.simulated"


def _action(message: Json, wanted: str) -> Json | None:
    elements = [e for block in message.get("blocks", ()) for e in block.get("elements", ()) if isinstance(e, dict)]
    for element in elements:
        if element.get("type") == "button" and wanted in (element.get("value"), element["text"]["text"]):
            facts = {name: element[name] for name in ("action_id", "text", "value", "url") if name in element}
            return {"type": "button", "block_id": "sim", **facts}
        for option in element.get("options", ()):
            if wanted in (option["value"], option["text"]["text"]):
                picked = {"type": "static_select", "block_id": "sim", "action_id": element["action_id"]}
                return {**picked, "selected_option": option}
    return None
