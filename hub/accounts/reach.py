"""Which conversations somebody sees: all, those of their teams and their own, or their own alone."""

from __future__ import annotations

from hub.accounts.permissions import Permission
from hub.accounts.principals import Principal
from hub.core.inbox_filters import Filter, reach_filter
from hub.store.session import Tx


async def reach_of(tx: Tx, who: Principal | None) -> Filter | None:
    """The filter that holds what a limited caller sees; None for those who see everything. Conversations that belong
    to nobody and to no team are seen by whoever holds ``conversations:read_unassigned``."""
    if who is None or not who.limited or who.person_id is None:
        return None
    sees_teams = who.allows(Permission.CONVERSATIONS_READ_TEAM)
    return reach_filter(
        assigned=who.allows(Permission.CONVERSATIONS_READ_ASSIGNED),
        unassigned=who.allows(Permission.CONVERSATIONS_READ_UNASSIGNED),
        teams=tuple(await tx.notifications.teams_of(who.person_id)) if sees_teams else (),
    )
