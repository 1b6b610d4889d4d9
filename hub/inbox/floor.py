"""The floor: who may speak. Any human act takes it from the bot before the bot's words leave."""

from __future__ import annotations

from dataclasses import dataclass

from hub.core.conversations import HandoffReason, State, check_transition
from hub.core.errors import Conflict, NotFound
from hub.core.events import HubEvent
from hub.core.ids import ConversationId, MessageId
from hub.store.conversations import ConversationRow
from hub.store.handoffs import Brief
from hub.store.session import Tx
from hub.store.undo import Undoable

NEEDS_PERSON = "needs_person"
"""The kind of notification that says a customer waits for a person."""
INBOX_OUTCOME = {State.WAITING: "waiting", State.AGENT: "handed_over", State.RESOLVED: "handed_over"}


@dataclass(frozen=True, slots=True)
class Floor:
    """What a human act did: the new epoch, the bot's messages already on the wire, those taken back in time, and
    the half-shown answer that browsers must withdraw."""

    floor_epoch: int
    in_flight: tuple[MessageId, ...]
    cancelled: tuple[MessageId, ...]
    withdrawn: MessageId | None


async def yield_to_human(
    tx: Tx, conversation: ConversationId, *, by: str | None, reason: str, state: State = State.AGENT
) -> Floor:
    """Give the floor to a person: raise its epoch, cancel unsent bot rows, interrupt the turn being thought.

    One transaction with whatever else the caller does. Raises ``NotFound``.
    """
    before = await _locked(tx, conversation)
    await _check_still_current(tx, conversation, state)
    await tx.conversations.acting(by)
    yielded = await tx.conversations.yield_to_human(conversation, state, by=by, reason=reason)
    if yielded is None:
        raise NotFound("There is no such conversation.")
    if before.state != state:
        await _moved(tx, conversation, before.state, state, reason, by)
    if state is State.AGENT:
        await _accepted(tx, before, by, reason)
    turn = await tx.turns.live(conversation)
    if turn is not None:
        await tx.turns.finish(turn.id, "interrupted")
    return Floor(
        floor_epoch=yielded.floor_epoch,
        in_flight=tuple(yielded.in_flight),
        cancelled=tuple(yielded.cancelled),
        withdrawn=turn.message_id if turn else None,
    )


class Held(Conflict):
    """A colleague has the conversation already: whose it is stands in ``details``."""

    code = "held"

    def __init__(self, holder: str) -> None:
        super().__init__("A colleague has taken this conversation already.", field="unless_held")
        self.details = {"holder": holder}


async def take_over(tx: Tx, conversation: ConversationId, *, by: str, unless_held: bool = False) -> Floor:
    """A person takes the conversation. Idempotent for the same person; a colleague may take it from another.

    Raises ``Held`` where another has it, if that is asked for: of two who take it at once the second would otherwise
    take it from the first unknowingly.
    """
    row = await _locked(tx, conversation)
    if unless_held and row.state == State.AGENT and row.assignee is not None and row.assignee != by:
        raise Held(row.assignee)
    if row.state != State.AGENT:
        check_transition(State(row.state), State.AGENT)
    return await yield_to_human(tx, conversation, by=by, reason="agent_took_over")


async def give_to(tx: Tx, conversation: ConversationId, *, to: str) -> None:
    """The desk gives a waiting conversation to a colleague. No person acted, so the floor epoch stays, and what the bot
    said at the handoff still arrives."""
    row = await _locked(tx, conversation)
    check_transition(State(row.state), State.AGENT)
    await tx.conversations.acting(None)
    await tx.conversations.set_state(conversation, State.AGENT, reason="auto_assigned", assignee=to)
    await _moved(tx, conversation, row.state, State.AGENT, "auto_assigned", None)
    await _accepted(tx, row, to, "auto_assigned")


async def return_to_bot(tx: Tx, conversation: ConversationId, *, by: str, reason: str = "returned") -> None:
    """Give the floor back. What the customer wrote meanwhile was the person's to answer and stays so."""
    row = await _locked(tx, conversation)
    check_transition(State(row.state), State.BOT)
    await tx.inbox.close_waiting(conversation, "handed_over", "person_acted")
    await tx.conversations.acting(by)
    await tx.conversations.set_state(conversation, State.BOT, reason=reason)
    await _moved(tx, conversation, row.state, State.BOT, reason, by)
    await tx.conversations.set_misses(conversation, 0)
    await tx.handoffs.end(conversation, by, "returned")
    await tx.notifications.settle(conversation, NEEDS_PERSON)
    await tx.events.add(HubEvent.HANDOFF_RETURNED, {"conversation_id": str(conversation), "by": by}, conversation)


async def resolve(tx: Tx, conversation: ConversationId, *, by: str) -> Floor:
    """Close the conversation. The next message opens it again."""
    row = await _locked(tx, conversation)
    check_transition(State(row.state), State.RESOLVED)
    floor = await yield_to_human(tx, conversation, by=by, reason="resolved", state=State.RESOLVED)
    await tx.handoffs.end(conversation, by, "resolved")
    await tx.notifications.settle(conversation, NEEDS_PERSON)
    await tx.events.add(HubEvent.CONVERSATION_RESOLVED, {"conversation_id": str(conversation), "by": by}, conversation)
    return floor


async def move_on(tx: Tx, row: ConversationRow) -> None:
    """The customer takes a conversation that people have, or are asked for, to another channel: here it is over. The
    caller holds its row."""
    await tx.handoffs.end(row.id, None, "continued")
    await tx.notifications.settle(row.id, NEEDS_PERSON)
    await tx.conversations.acting(None)
    await tx.conversations.set_state(
        row.id, State.RESOLVED, reason=HandoffReason.CONTINUED.value, assignee=row.assignee
    )
    await _moved(tx, row.id, row.state, State.RESOLVED, HandoffReason.CONTINUED.value, None)


async def undo(tx: Tx, before: Undoable, *, by: str) -> None:
    """Put a conversation back to how it stood before an act. The caller saw that nothing happened since."""
    row = await _locked(tx, before.conversation_id)
    state = State(before.state)
    await _check_still_current(tx, row.id, state)
    if row.state != state or row.assignee != before.assignee:
        if state is State.BOT:
            await tx.conversations.set_state(row.id, state, reason="undone")
        else:
            await yield_to_human(tx, row.id, by=before.assignee or by, reason="undone", state=state)
            await tx.conversations.set_state(row.id, state, reason="undone", assignee=before.assignee)
    if row.state != state and state is State.BOT:
        await _moved(tx, row.id, row.state, state, "undone", by)
    await tx.undo.put_back(before)


async def ask_for_person(tx: Tx, conversation: ConversationRow, *, reason: str, brief: Brief | None = None) -> None:
    """Put the conversation into the queue for a person. The bot's own act: the floor epoch stays.

    ``brief`` is what the colleague gets to know at a glance.
    """
    check_transition(State(conversation.state), State.WAITING)
    done = await tx.handoffs.bots_part(conversation.id)
    await tx.handoffs.open(conversation.id, reason, brief or Brief(), done)
    await tx.conversations.set_state(conversation.id, State.WAITING, reason=reason)
    await _moved(tx, conversation.id, conversation.state, State.WAITING, reason, None)
    await tx.events.add(
        HubEvent.HANDOFF_REQUESTED, {"conversation_id": str(conversation.id), "reason": reason}, conversation.id
    )


async def _accepted(tx: Tx, before: ConversationRow, by: str | None, reason: str) -> None:
    """A person has it now: the handoff that was asked for is accepted, or, where nobody asked, begins and is."""
    if before.state == State.AGENT:
        return
    if not await tx.handoffs.accept(before.id, by):
        await tx.handoffs.open(before.id, reason, Brief(), await tx.handoffs.bots_part(before.id))
        await tx.handoffs.accept(before.id, by)
    await tx.notifications.settle(before.id, NEEDS_PERSON)
    data = {"conversation_id": str(before.id), "by": by, "reason": reason}
    await tx.events.add(HubEvent.HANDOFF_ACCEPTED, data, before.id)


async def _moved(tx: Tx, conversation: ConversationId, before: str, state: State, reason: str, by: str | None) -> None:
    """Note the transition in the event log: each one, whoever made it."""
    data = {"conversation_id": str(conversation), "from": before, "state": state.value, "reason": reason, "by": by}
    await tx.events.add(HubEvent.CONVERSATION_UPDATED, data, conversation)


async def _locked(tx: Tx, conversation: ConversationId) -> ConversationRow:
    row = await tx.conversations.get(conversation, lock=True)
    if row is None:
        raise NotFound("There is no such conversation.")
    return row


async def _check_still_current(tx: Tx, conversation: ConversationId, state: State) -> None:
    """A resolved conversation cannot come back beside a newer one of the same thread. Raises ``Conflict``."""
    row = await tx.conversations.get(conversation)
    if row is None or row.state != State.RESOLVED or state is State.RESOLVED:
        return
    newest = await tx.conversations.by_thread(row.channel_id, row.thread_key)
    if newest is not None and newest.id != conversation and newest.state != State.RESOLVED:
        raise Conflict(f"This customer has a newer conversation, {newest.id}. Answer there.", field="conversation")
