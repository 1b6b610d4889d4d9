"""Deliver: what is to be said goes out once, in order, and only while its author still has the floor."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from datetime import timedelta
from uuid import UUID

import structlog

from hub.accounts.credentials import ChannelAccounts, OpenChannel
from hub.core.channels import Capabilities, Channel, FindsSent, OpenFile, Request, SendResult, Window
from hub.core.errors import Unavailable
from hub.core.events import HubEvent
from hub.core.ids import ChannelKind, PlatformId, TenantId
from hub.core.messages import AuthorKind, MessageStatus, Outbound, Template, outbound_from_json
from hub.core.policy import Verdict, may_send
from hub.core.ports import Announcer, Clock
from hub.inbox.pacing import Pacing
from hub.inbox.suspects import SUSPECT_AFTER, Suspects
from hub.store.cross import DeliveryClaim
from hub.store.outbox import DeliveryRow
from hub.store.session import Store, Tx

log = structlog.get_logger(__name__)

CLAIM_SECONDS = 10.0
"""How long a claimed row may stay unsent; when its worker dies before sending, another takes it after this."""
LEASE_SECONDS = 90.0
"""Longer than any channel's own HTTP timeout, so that an in-flight request is never reconciled too early."""
ECHO_SECONDS = 60.0
"""How long an echo or a status may take to tell that a send arrived whose answer was lost."""
RETRY_FOR = timedelta(hours=24)
"""How long a message that the platform turns away for the moment is tried again. Longer, and nobody waits for it."""
MAX_CRASHES = 5
"""So many processes may end while they send a message; then it is given up."""
_LONGEST_PAUSE = 300.0
_LONGEST_WAIT = 3.0
OpenFileFor = Callable[[TenantId], OpenFile]
"""Opens a tenant's files for an upload."""


class Deliver:
    """Sends claimed outbox rows through their channel and settles them."""

    def __init__(
        self,
        *,
        store: Store,
        channels: Callable[[ChannelKind], Channel],
        accounts: ChannelAccounts,
        announcer: Announcer,
        clock: Clock,
        owner: UUID,
        open_file: OpenFileFor,
        pacing: Pacing,
    ) -> None:
        self._store = store
        self._channels = channels
        self._accounts = accounts
        self._announcer = announcer
        self._clock = clock
        self.owner = owner
        self._open_file = open_file
        self._pacing = pacing
        self._suspects = Suspects()

    async def run(self, claim: DeliveryClaim) -> None:
        """Work on one claimed row until it is settled or put back. When cancelled, gives the row back."""
        try:
            await self._work(claim)
        except asyncio.CancelledError:
            await asyncio.shield(self._let_go(claim))
            raise
        finally:
            self._suspects.done(claim.id)

    async def _work(self, claim: DeliveryClaim) -> None:
        async with self._store.begin(claim.tenant_id) as tx:
            row, started = await self._take_up(tx, claim)
            standing = await tx.conversations.standing(row.conversation_id) if row is not None else None
        if row is None or standing is None:
            return
        if row.crashes >= MAX_CRASHES:
            await self._fail(claim, row, "The process ended each time it sent this message.", "crashed")
            return
        account = await self._accounts.by_id(row.channel_id)
        if account is None:
            return
        channel = self._channels(account.kind)
        if not started:
            row = await self._resume(claim, row, channel, account)
            if row is None:
                return
        decision = may_send(
            channel.capabilities,
            AuthorKind(row.author_kind),
            standing,
            now=self._clock.now(),
            template=any(part.get("type") == Template.type for part in row.outbound["parts"]),
        )
        if not account.enabled:
            await self._fail(claim, row, "This channel is switched off, so the message was not sent.", "disabled")
        elif decision.verdict is Verdict.WAIT and decision.until is not None:
            async with self._store.begin(claim.tenant_id) as tx:
                wait = (decision.until - self._clock.now()).total_seconds()
                await tx.outbox.retry(row.id, claim.epoch, max(wait, 1.0), error=decision.text)
        elif not decision.verdict.sends:
            await self._fail(claim, row, decision.text, decision.verdict.value)
        else:
            # A tagged message goes out although the window is closed; the channel sees that by the window's end.
            until = decision.until if decision.verdict is Verdict.ALLOW else self._clock.now()
            await self._send(claim, row, channel, account, Window(until))

    async def _resume(
        self, claim: DeliveryClaim, row: DeliveryRow, channel: Channel, account: OpenChannel
    ) -> DeliveryRow | None:
        """A row found on the wire: whoever sent it died, or the platform's answer was lost.

        Where the platform can be read back, by what its echoes and statuses told meanwhile or by asking, only what
        did not arrive is sent again. Elsewhere nothing is: a doubled answer is worse than one a person looks at.
        """
        capabilities = channel.capabilities
        if not (capabilities.repeatable or capabilities.read_back):
            await self._settle_unknown(claim, row)
            return None
        seen = await self._seen(row, channel, account)
        if seen is None:
            async with self._store.begin(claim.tenant_id) as tx:
                await tx.outbox.await_echo(row.id, claim.epoch, ECHO_SECONDS, "The platform cannot be asked just now.")
            return None
        async with self._store.begin(claim.tenant_id) as tx:
            resumed = await tx.outbox.resume(row.id, claim.epoch, self.owner, seen, seconds=LEASE_SECONDS)
            if resumed is None:
                state = "sent" if max(seen, row.progress) else "cancelled"
                if await tx.outbox.settle(row.id, claim.epoch, state, error="A person took the conversation."):
                    await tx.messages.set_status(row.message_id, MessageStatus(state))
        return resumed

    async def _seen(self, row: DeliveryRow, channel: Channel, account: OpenChannel) -> int | None:
        """How many parts the platform shows; what echoes told where it shows none; None when it does not answer."""
        if not isinstance(channel, FindsSent):
            return row.progress
        requests = self._rendered(channel, outbound_from_json(row.outbound), Window()) or ()
        seen = row.progress
        try:
            while seen < len(requests):
                ids = await channel.find_sent(account.credentials, requests[seen], since=row.created_at)
                if ids is None:
                    break
                async with self._store.begin(row.tenant_id) as tx:
                    await tx.messages.add_platform_ids(row.channel_id, row.message_id, ids)
                seen += 1
        except Unavailable:
            return None
        return seen

    async def _take_up(self, tx: Tx, claim: DeliveryClaim) -> tuple[DeliveryRow | None, bool]:
        """The row and True when it is now on the wire by us, the row and False when it is there already or has ended
        too many processes. No row when it is somebody else's now, when it may be what ends processes and has to wait
        for another of that kind, or when its author has lost the floor; then it ends here."""
        row = await self._start(tx, claim, SUSPECT_AFTER)
        if row is not None:
            return row, True
        row = await tx.outbox.get(claim.id)
        if row is None or row.send_epoch != claim.epoch:
            return None, False
        if row.crashes >= MAX_CRASHES:
            return row, False
        if not self._suspects.may_start(row.id, row.crashes):
            await tx.outbox.let_go(row.id, claim.epoch, self.owner, 1.0)
            return None, False
        if row.state == "sending":
            return row, False
        if row.crashes >= SUSPECT_AFTER:
            started = await self._start(tx, claim, MAX_CRASHES)
            if started is not None:
                return started, True
        if await tx.outbox.settle(claim.id, claim.epoch, "cancelled", error="A person took the conversation."):
            await tx.messages.set_status(row.message_id, MessageStatus.CANCELLED)
        return None, False

    async def _start(self, tx: Tx, claim: DeliveryClaim, fewer_crashes_than: int) -> DeliveryRow | None:
        return await tx.outbox.start_sending(
            claim.id, claim.epoch, self.owner, seconds=LEASE_SECONDS, fewer_crashes_than=fewer_crashes_than
        )

    async def _let_go(self, claim: DeliveryClaim) -> None:
        with contextlib.suppress(Exception):
            async with self._store.begin(claim.tenant_id) as tx:
                await tx.outbox.let_go(claim.id, claim.epoch, self.owner)

    async def _send(
        self, claim: DeliveryClaim, row: DeliveryRow, channel: Channel, account: OpenChannel, window: Window
    ) -> None:
        outbound = outbound_from_json(row.outbound)
        requests = self._rendered(channel, outbound, window)
        if requests is None:
            await self._fail(claim, row, "This message could not be put into the channel's form.", "render")
            return
        for index in range(row.progress, len(requests)):
            if not await self._paced(claim, row, channel, outbound):
                return
            result = await channel.send(
                account.credentials,
                requests[index],
                key=f"{row.id}:{index}",
                open_file=self._open_file(claim.tenant_id),
            )
            if not result.ok:
                await self._refused(claim, row, result, channel.capabilities)
                return
            if not await self._taken(claim, row, result.ids, index + 1, len(requests)):
                return
        if row.progress >= len(requests):
            await self._taken(claim, row, (), len(requests), len(requests))

    async def _paced(self, claim: DeliveryClaim, row: DeliveryRow, channel: Channel, outbound: Outbound) -> bool:
        """Wait for the recipient's turn; a long wait puts the row back instead. False when it was put back."""
        while wait := await self._pacing.wait(channel.capabilities, row.channel_id, outbound.thread):
            if wait > _LONGEST_WAIT:
                async with self._store.begin(claim.tenant_id) as tx:
                    await tx.outbox.retry(row.id, claim.epoch, wait, error="Waiting for the platform's pace.")
                return False
            await asyncio.sleep(wait)
        return True

    def _rendered(self, channel: Channel, outbound: Outbound, window: Window) -> Sequence[Request] | None:
        try:
            return channel.render(outbound, window)
        except Exception:
            # A message that breaks its renderer would come back for ever; it is shown to the agents instead.
            log.exception("deliver.render_failed", kind=channel.kind, message_id=str(outbound.id))
            return None

    async def _taken(
        self, claim: DeliveryClaim, row: DeliveryRow, ids: Sequence[PlatformId], progress: int, of: int
    ) -> bool:
        async with self._store.begin(claim.tenant_id) as tx:
            # The outbox row first, as an echo that arrives meanwhile takes them: the two must not wait for each other.
            if progress < of:
                kept = await tx.outbox.renew(row.id, claim.epoch, self.owner, seconds=LEASE_SECONDS, progress=progress)
            else:
                kept = await tx.outbox.settle(row.id, claim.epoch, "sent")
            if ids:
                await tx.messages.add_platform_ids(row.channel_id, row.message_id, ids)
            if progress < of or not kept:
                return kept
            await tx.messages.mark_sent(row.message_id)
        await self._announcer.announce(claim.tenant_id, row.conversation_id, row.seq)
        return True

    async def _refused(
        self, claim: DeliveryClaim, row: DeliveryRow, result: SendResult, capabilities: Capabilities
    ) -> None:
        text = result.error or "The platform did not take the message."
        if result.ambiguous and capabilities.read_back:
            async with self._store.begin(claim.tenant_id) as tx:
                await tx.outbox.await_echo(row.id, claim.epoch, ECHO_SECONDS, text)
        elif result.ambiguous and not capabilities.repeatable:
            await self._settle_unknown(claim, row)
        elif result.permanent or self._clock.now() - (row.replayed_at or row.created_at) > RETRY_FOR:
            await self._fail(claim, row, text, result.code)
        else:
            pause = min(_LONGEST_PAUSE, 0.5 * 2.0 ** min(claim.attempts, 10))
            wait = result.retry_after if result.retry_after is not None else pause
            async with self._store.begin(claim.tenant_id) as tx:
                await tx.outbox.retry(row.id, claim.epoch, wait, error=text, code=result.code)

    async def _settle_unknown(self, claim: DeliveryClaim, row: DeliveryRow) -> None:
        """It may have arrived and the platform cannot be asked: never sent twice, shown to a person instead."""
        text = "It is not known whether this message arrived; the platform did not answer."
        async with self._store.begin(claim.tenant_id) as tx:
            if await tx.outbox.settle(row.id, claim.epoch, "unknown", error=text):
                await tx.messages.set_status(row.message_id, MessageStatus.UNKNOWN, text)
                await self._note_failure(tx, row, text)
        await self._announcer.announce(claim.tenant_id, row.conversation_id, row.seq)

    async def _fail(self, claim: DeliveryClaim, row: DeliveryRow, text: str, code: str | None) -> None:
        async with self._store.begin(claim.tenant_id) as tx:
            if await tx.outbox.settle(row.id, claim.epoch, "dead", error=text, code=code):
                await tx.messages.set_status(row.message_id, MessageStatus.FAILED, text)
                await self._note_failure(tx, row, text)
        await self._announcer.announce(claim.tenant_id, row.conversation_id, row.seq)

    async def _note_failure(self, tx: Tx, row: DeliveryRow, text: str) -> None:
        await tx.events.add(
            HubEvent.MESSAGE_FAILED,
            {"conversation_id": str(row.conversation_id), "message_id": str(row.message_id), "error": text},
            row.conversation_id,
        )
