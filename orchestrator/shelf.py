"""Answers kept by the whole prompt that they answered: the rules, the sources found, the question. When knowledge or
instructions change, the prompt is another one, so that an old answer is not found any more."""

from __future__ import annotations

import hashlib
import json

from hub.core.ids import TenantId
from hub.llm.ports import ChatRequest
from hub.store.session import Store
from orchestrator.thought import Thought


class AnswerShelf:
    """One tenant's answers, in the store."""

    def __init__(self, *, store: Store, tenant: TenantId) -> None:
        self._store = store
        self._tenant = tenant

    async def find(self, request: ChatRequest) -> Thought | None:
        """The answer given to this very prompt, if it is not too old."""
        async with self._store.begin(self._tenant) as tx:
            kept = await tx.kept_answers.get(_key(request))
        return None if kept is None else Thought.from_json(kept)

    async def keep(self, request: ChatRequest, thought: Thought) -> None:
        """Keep an answer. Idempotent."""
        async with self._store.begin(self._tenant) as tx:
            await tx.kept_answers.put(_key(request), thought.to_json())


def _key(request: ChatRequest) -> bytes:
    prompt = [(message.role, message.content) for message in request.messages]
    return hashlib.sha256(json.dumps([request.metadata.get("prompt_version"), prompt]).encode()).digest()
