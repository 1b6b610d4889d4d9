"""What each simulated method of the Web API does."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from typing import Any

from hub.simulator.slack.delivery import Courier
from hub.simulator.slack.schema import TS, check_blocks, check_metadata
from hub.simulator.slack.world import STATUS_SECONDS, App, Conversation, Held, Json, SlackError, StoredFile

TEXT_LIMIT = 40_000
DOWNLOAD = "/files-pri"


class Desk:
    """The methods of one app's token. ``base_url`` is where uploads and files are served; ``pace`` is the least
    number of seconds between two posts in one conversation (Slack asks for one; 0: none)."""

    def __init__(self, app: App, courier: Courier, *, base_url: str, pace: float = 0.0) -> None:
        self.app = app
        self.courier = courier
        self.base_url = base_url
        self.pace = pace

    def perform(self, method: str, params: Json) -> Json:
        """Do what a checked call asks. Raises ``SlackError``."""
        return _METHODS[method](self, params)

    def auth_test(self, params: Json) -> Json:
        app = self.app
        return {
            "url": "https://simulated.slack.com/",
            "team": "Simulated workspace",
            "user": app.name,
            "team_id": app.team_id,
            "user_id": app.bot_user,
            "bot_id": app.bot_id,
            "is_enterprise_install": False,
        }

    def bots_info(self, params: Json) -> Json:
        self.app.needs("users:read")
        if params.get("bot") not in (None, self.app.bot_id):
            raise SlackError("bot_not_found")
        app = self.app
        return {
            "bot": {"id": app.bot_id, "deleted": False, "name": app.name, "app_id": app.app_id, "user_id": app.bot_user}
        }

    def users_info(self, params: Json) -> Json:
        self.app.needs("users:read")
        name = self.app.people.get(params["user"])
        if name is None:
            raise SlackError("user_not_found")
        return {"user": {"id": params["user"], "team_id": self.app.team_id, "name": name, "real_name": name}}

    def open_direct(self, params: Json) -> Json:
        return {"channel": {"id": self.app.conversation(params["users"]).id}}

    def post(self, params: Json) -> Json:
        self.app.needs("chat:write")
        chat = self.app.writable(params["channel"])
        if params.get("username") or params.get("icon_emoji") or params.get("icon_url"):
            self.app.needs("chat:write.customize")
        _check_words(params)
        check_metadata(params.get("metadata"))
        thread = self._thread(chat, params.get("thread_ts"))
        self._keep_pace(chat)
        message = self._bots(chat, str(params.get("text", ""))[:TEXT_LIMIT], thread)
        for name in ("blocks", "metadata", "username"):
            if params.get(name):
                message[name] = params[name]
        self._add(chat, message)
        return {"channel": chat.id, "ts": message["ts"], "message": message}

    def update(self, params: Json) -> Json:
        self.app.needs("chat:write")
        chat = self.app.writable(params["channel"])
        held = self._own(chat, params["ts"], "cant_update_message")
        _check_words(params)
        before = held.message
        fresh = {**before, "text": params.get("text", ""), "edited": {"user": self.app.bot_user, "ts": self.app.ts()}}
        if "blocks" in params:
            fresh["blocks"] = params["blocks"]
        held.message = fresh
        chat.touch(held)
        self.tell_changed(chat, fresh, before)
        return {"channel": chat.id, "ts": params["ts"], "text": fresh["text"], "message": fresh}

    def delete(self, params: Json) -> Json:
        self.app.needs("chat:write")
        chat = self.app.writable(params["channel"])
        held = self._own(chat, params["ts"], "cant_delete_message")
        held.deleted = True
        chat.touch(held)
        self.tell_deleted(chat, held.message)
        return {"channel": chat.id, "ts": params["ts"]}

    def history(self, params: Json) -> Json:
        chat = self._read(params["channel"])
        found = [h.message for h in chat.held.values() if not h.deleted and _top_level(h.message)]
        return self._page(list(reversed(found)), params)

    def replies(self, params: Json) -> Json:
        chat = self._read(params["channel"])
        root = params["ts"]
        found = [h.message for h in chat.held.values() if not h.deleted]
        found = [m for m in found if m["ts"] == root or m.get("thread_ts") == root]
        if not found:
            raise SlackError("thread_not_found")
        return self._page(found, params)

    def set_status(self, params: Json) -> Json:
        self.app.needs("assistant:write")
        chat = self.app.writable(params["channel_id"])
        self._thread(chat, params["thread_ts"])
        chat.status, chat.status_until = params["status"], time.monotonic() + STATUS_SECONDS
        chat.touch()
        return {}

    def react(self, params: Json) -> Json:
        self.app.needs("reactions:write")
        chat = self.app.writable(params["channel"])
        held = chat.find(params["timestamp"])
        if held is None:
            raise SlackError("message_not_found")
        held.reactions.setdefault(params["name"], set()).add(self.app.bot_user)
        chat.touch(held)
        return {}

    def upload_url(self, params: Json) -> Json:
        self.app.needs("files:write")
        stored = self.app.keep(None, name=params["filename"], mime="application/octet-stream", size=params["length"])
        return {"upload_url": f"{self.base_url}/upload/v1/{stored.id}", "file_id": stored.id}

    def complete(self, params: Json) -> Json:
        self.app.needs("files:write")
        files = [self._uploaded(named) for named in params["files"]]
        if "channel_id" in params:
            chat = self.app.writable(params["channel_id"])
            thread = self._thread(chat, params.get("thread_ts"))
            message = self._bots(chat, params.get("initial_comment", ""), thread)
            message |= {"files": [self.file_facts(file) for file in files], "subtype": "file_share"}
            self._add(chat, message)
        return {"files": [{"id": file.id, "title": file.name} for file in files]}

    def file_info(self, params: Json) -> Json:
        self.app.needs("files:read")
        stored = self.app.files.get(params["file"])
        if stored is None:
            raise SlackError("file_not_found")
        return {"file": self.file_facts(stored)}

    def file_facts(self, stored: StoredFile) -> Json:
        """A file as messages show it."""
        address = f"{self.base_url}{DOWNLOAD}/{self.app.team_id}-{stored.id}"
        return {
            "id": stored.id,
            "name": stored.name,
            "title": stored.name,
            "mimetype": stored.mime,
            "size": stored.size,
            "mode": "hosted",
            "is_external": False,
            "url_private": f"{address}/{_path(stored.name)}",
            "url_private_download": f"{address}/download/{_path(stored.name)}",
        }

    def tell_changed(self, chat: Conversation, message: Json, before: Json) -> None:
        """Say that a message was edited."""
        told = {"subtype": "message_changed", "message": message, "previous_message": before, "hidden": True}
        self._tell(chat, told)

    def tell_deleted(self, chat: Conversation, before: Json) -> None:
        """Say that a message was deleted."""
        told = {"subtype": "message_deleted", "previous_message": before, "deleted_ts": before["ts"], "hidden": True}
        self._tell(chat, told)

    def _tell(self, chat: Conversation, told: Json) -> None:
        ts = self.app.ts()
        facts = {"channel": chat.id, "ts": ts, "event_ts": ts, "channel_type": chat.kind}
        self.courier.push(chat, {"type": "message", **told, **facts})

    def _bots(self, chat: Conversation, words: str, thread: str | None) -> Json:
        app = self.app
        message: Json = {
            "type": "message",
            "user": app.bot_user,
            "ts": app.ts(),
            "bot_id": app.bot_id,
            "app_id": app.app_id,
            "text": words,
            "team": app.team_id,
            "bot_profile": {"id": app.bot_id, "app_id": app.app_id, "name": app.name, "team_id": app.team_id},
        }
        return {**message, "thread_ts": thread} if thread else message

    def _add(self, chat: Conversation, message: Json) -> None:
        chat.status_until = 0.0
        chat.add(message)
        facts = {"channel": chat.id, "event_ts": message["ts"], "channel_type": chat.kind}
        # Slack tells an app of its own posts too.
        self.courier.push(chat, {**message, **facts})

    def _keep_pace(self, chat: Conversation) -> None:
        left = chat.posted_at + self.pace - time.monotonic()
        if self.pace and left > 0:
            raise SlackError("ratelimited", status=429, retry_after=max(1, math.ceil(left)))
        chat.posted_at = time.monotonic()

    def _thread(self, chat: Conversation, ts: str | None) -> str | None:
        if ts is None:
            return None
        if not TS.fullmatch(ts):
            raise SlackError("invalid_thread_ts")
        if chat.find(ts) is None:
            raise SlackError("thread_not_found")
        return ts

    def _own(self, chat: Conversation, ts: str, refusal: str) -> Held:
        held = chat.find(ts)
        if held is None:
            raise SlackError("message_not_found")
        if held.message.get("bot_id") != self.app.bot_id:
            raise SlackError(refusal)
        return held

    def _read(self, named: str) -> Conversation:
        chat = self.app.conversation(named)
        self.app.needs(f"{'im' if chat.direct else 'channels'}:history")
        return chat

    def _page(self, found: list[Json], params: Json) -> Json:
        oldest, latest = float(params.get("oldest", 0) or 0), float(params.get("latest", "inf") or "inf")
        shown = [m for m in found if oldest < float(m["ts"]) < latest][: params.get("limit", 100)]
        if not params.get("include_all_metadata"):
            shown = [{name: value for name, value in m.items() if name != "metadata"} for m in shown]
        return {"messages": shown, "has_more": len(shown) < len(found)}

    def _uploaded(self, named: Any) -> StoredFile:
        stored = self.app.files.get(str(named.get("id"))) if isinstance(named, dict) else None
        if stored is None or stored.data is None:
            raise SlackError("file_not_found")
        stored.shared = True
        return stored


def _path(name: str) -> str:
    return "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "_" for c in name).lower() or "file"


def _top_level(message: Json) -> bool:
    return message.get("thread_ts") in (None, message["ts"])


def _check_words(params: Json) -> None:
    if not str(params.get("text", "")).strip() and not params.get("blocks") and not params.get("attachments"):
        raise SlackError("no_text")
    check_blocks(params.get("blocks") or [])


_METHODS: Mapping[str, Callable[[Desk, Json], Json]] = {
    "auth.test": Desk.auth_test,
    "bots.info": Desk.bots_info,
    "users.info": Desk.users_info,
    "conversations.open": Desk.open_direct,
    "conversations.history": Desk.history,
    "conversations.replies": Desk.replies,
    "chat.postMessage": Desk.post,
    "chat.update": Desk.update,
    "chat.delete": Desk.delete,
    "assistant.threads.setStatus": Desk.set_status,
    "reactions.add": Desk.react,
    "files.getUploadURLExternal": Desk.upload_url,
    "files.completeUploadExternal": Desk.complete,
    "files.info": Desk.file_info,
}
