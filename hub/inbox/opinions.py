"""What a customer thinks of an answer, or of a whole conversation: kept, and told to the tenant's own systems."""

from __future__ import annotations

from hub.core.errors import NotFound
from hub.core.events import HubEvent
from hub.core.ids import ConversationId, MessageId, TenantId
from hub.store.feedback import Opinion
from hub.store.session import Store


class Opinions:
    """Takes thumbs up and down on the bot's answers."""

    def __init__(self, *, store: Store) -> None:
        self._store = store

    async def give(
        self, tenant: TenantId, conversation: ConversationId, message: MessageId, value: Opinion, comment: str | None
    ) -> None:
        """Keep it; the newest opinion of a message counts, a comment given before stays. Raises ``NotFound`` for what
        is no answer of the bot's in this conversation."""
        async with self._store.begin(tenant) as tx:
            if not await tx.feedback.give(conversation, message, value, comment):
                raise NotFound("There is no such answer in this conversation.", field="message_id")
            said = {
                "conversation_id": str(conversation),
                "message_id": str(message),
                "value": value,
                "comment": comment,
            }
            await tx.events.add(HubEvent.FEEDBACK_RECEIVED, said, conversation)

    async def rate(self, tenant: TenantId, conversation: ConversationId, score: int, comment: str | None) -> None:
        """Keep how satisfied the customer was with the whole conversation, 1 to 5; the newest rating counts, a comment
        given before stays. Raises ``NotFound``."""
        async with self._store.begin(tenant) as tx:
            if not await tx.ratings.give(conversation, score, comment):
                raise NotFound("There is no such conversation.", field="conversation")
            said = {"conversation_id": str(conversation), "score": score, "comment": comment}
            await tx.events.add(HubEvent.FEEDBACK_RECEIVED, said, conversation)
