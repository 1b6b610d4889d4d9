"""What was said before the messages that the bot reads word by word, titles that are not a person's, and what documents
are about."""

from __future__ import annotations

from dataclasses import dataclass

from hub.core.ids import ConversationId, DocumentId, TenantId
from hub.store.pool import Connection
from hub.store.rows import fetch_one, fetch_value, run


@dataclass(frozen=True, slots=True)
class SummaryRow:
    """``text`` sums up every message to ``upto_seq``; ``model`` is None where it is the messages' own words."""

    upto_seq: int
    text: str
    model: str | None


class Summaries:
    def __init__(self, connection: Connection, tenant: TenantId) -> None:
        self._connection = connection
        self.tenant = tenant

    async def get(self, conversation: ConversationId) -> SummaryRow | None:
        """The summary; None, too, where a message in it was changed or taken back since: then it is made anew."""
        return await fetch_one(
            self._connection,
            SummaryRow,
            """select * from hub.conversation_summary s where tenant_id = :t and conversation_id = :c
                  and not exists (select 1 from hub.message m
                                   where m.conversation_id = s.conversation_id and m.seq <= s.upto_seq
                                     and greatest(m.edited_at, m.deleted_at) > s.updated_at)""",
            t=self.tenant,
            c=conversation,
        )

    async def put(self, conversation: ConversationId, row: SummaryRow) -> None:
        """Keep it, in the place of the one before. Idempotent."""
        await run(
            self._connection,
            """insert into hub.conversation_summary(tenant_id, conversation_id, upto_seq, text, model)
               values (:t, :c, :upto, :text, :model)
               on conflict (tenant_id, conversation_id)
               do update set upto_seq = excluded.upto_seq, text = excluded.text, model = excluded.model,
                             updated_at = now()""",
            t=self.tenant,
            c=conversation,
            upto=row.upto_seq,
            text=row.text,
            model=row.model,
        )

    async def put_document(self, document: DocumentId, version: int, text: str, model: str | None) -> None:
        """Keep what one indexing of a document is about; a summary of a later one stays. Idempotent."""
        await run(
            self._connection,
            """update hub.document set summary = :text, summary_model = :model, summary_version = :version
                where id = :id and coalesce(summary_version, 0) <= :version""",
            id=document,
            version=version,
            text=text,
            model=model,
        )

    async def awaits_title(self, conversation: ConversationId) -> bool:
        """Whether its title is only the first question's words."""
        return bool(
            await fetch_value(
                self._connection,
                "select title_by = 'words' from hub.conversation where id = :c",
                c=conversation,
            )
        )

    async def set_title(self, conversation: ConversationId, title: str) -> bool:
        """A model's title, unless somebody was faster."""
        return bool(
            await run(
                self._connection,
                "update hub.conversation set title = :title, title_by = 'model' where id = :c and title_by = 'words'",
                c=conversation,
                title=title,
            )
        )
