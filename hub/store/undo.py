"""How a conversation stood before the last act that can be undone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from hub.core.ids import ConversationId, TenantId
from hub.store.pool import Connection
from hub.store.rows import fetch_one, fetch_value, run

_STANDING = """c.id as conversation_id, c.state, c.state_reason, c.assignee, c.team_id, c.snoozed_until, c.handoff_at,
       c.handoff_reason, c.waiting_since, c.answered_at"""


@dataclass(frozen=True, slots=True)
class Undoable:
    """What an act may change, as it was before."""

    conversation_id: ConversationId
    state: str
    state_reason: str | None
    assignee: str | None
    team_id: UUID | None
    snoozed_until: datetime | None
    handoff_at: datetime | None
    handoff_reason: str | None
    waiting_since: datetime | None
    answered_at: datetime | None


class Undo:
    """One act a conversation can be undone, the last one, for an hour."""

    def __init__(self, connection: Connection, tenant: TenantId) -> None:
        self._connection = connection
        self.tenant = tenant

    async def standing(self, conversation: ConversationId) -> Undoable | None:
        """How the conversation stands now."""
        return await fetch_one(
            self._connection,
            Undoable,
            f"select {_STANDING} from hub.conversation c where c.id = :id",  # noqa: S608  # our own column names
            id=conversation,
        )

    async def keep(self, before: Undoable, token: UUID, by: str) -> UUID | None:
        """Remember how it stood, and the floor and state an undo must still find; None when nothing changed."""
        stored = await fetch_value(
            self._connection,
            """insert into hub.undo(tenant_id, conversation_id, token, person, state, state_reason, assignee, team_id,
                                    snoozed_until, handoff_at, handoff_reason, waiting_since, answered_at,
                                    found_floor, found_state, found_seq)
               select :t, c.id, :token, :by, :state, :reason, :assignee, :team, :snoozed, :handoff, :why, :waiting,
                      :answered, c.floor_epoch, c.state, c.last_seq
                 from hub.conversation c
                where c.id = :c and (c.state, c.assignee, c.team_id, c.snoozed_until)
                      is distinct from (:state, cast(:assignee as text), cast(:team as uuid),
                                        cast(:snoozed as timestamptz))
               on conflict (conversation_id) do update
                  set token = excluded.token, person = excluded.person, state = excluded.state,
                      state_reason = excluded.state_reason, assignee = excluded.assignee, team_id = excluded.team_id,
                      snoozed_until = excluded.snoozed_until, handoff_at = excluded.handoff_at,
                      handoff_reason = excluded.handoff_reason, waiting_since = excluded.waiting_since,
                      answered_at = excluded.answered_at, found_floor = excluded.found_floor,
                      found_state = excluded.found_state, found_seq = excluded.found_seq, at = now()
               returning token""",
            t=self.tenant,
            c=before.conversation_id,
            token=token,
            by=by,
            state=before.state,
            reason=before.state_reason,
            assignee=before.assignee,
            team=before.team_id,
            snoozed=before.snoozed_until,
            handoff=before.handoff_at,
            why=before.handoff_reason,
            waiting=before.waiting_since,
            answered=before.answered_at,
        )
        return stored if isinstance(stored, UUID) else None

    async def made_by(self, conversation: ConversationId, token: UUID, person: str) -> bool:
        """Whether the act of this token is this person's own."""
        found = await fetch_value(
            self._connection,
            "select 1 from hub.undo where conversation_id = :c and token = :token and person = :person",
            c=conversation,
            token=token,
            person=person,
        )
        return found is not None

    async def take(self, conversation: ConversationId, token: UUID) -> Undoable | None:
        """What the token remembers, once, if nobody acted and nothing was said since."""
        return await fetch_one(
            self._connection,
            Undoable,
            """delete from hub.undo u using hub.conversation c
                where u.conversation_id = :c and c.id = u.conversation_id and u.token = :token
                  and u.at > now() - interval '1 hour'
                  and (c.floor_epoch, c.state, c.last_seq) = (u.found_floor, u.found_state, u.found_seq)
               returning u.*""",
            c=conversation,
            token=token,
        )

    async def put_back(self, before: Undoable) -> None:
        """The place in the queue and the waiting time as they were: going back is not asking anew."""
        await run(
            self._connection,
            """update hub.conversation
                  set state_reason = :reason, team_id = :team, snoozed_until = :snoozed, handoff_at = :handoff,
                      handoff_reason = :why, waiting_since = :waiting, answered_at = :answered
                where id = :c""",
            c=before.conversation_id,
            reason=before.state_reason,
            team=before.team_id,
            snoozed=before.snoozed_until,
            handoff=before.handoff_at,
            why=before.handoff_reason,
            waiting=before.waiting_since,
            answered=before.answered_at,
        )
