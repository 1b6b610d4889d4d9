"""The colleagues' inbox: all its groups of routes over the same desk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from admin.api.attributes import AttributesApi
from admin.api.calendars import CalendarsApi
from admin.api.contacts import ContactsApi
from admin.api.conversation_items import ItemView
from admin.api.conversation_lists import ConversationListsApi
from admin.api.conversations import ConversationsApi
from admin.api.handoffs import HandoffsApi
from admin.api.labels import LabelsApi
from admin.api.macros import MacrosApi
from admin.api.messages import MessagesApi
from admin.api.notifications import NotificationsApi
from admin.api.saved_views import SavedViewsApi
from hub.core.channels import Channel
from hub.core.ids import ChannelKind
from hub.core.ports import Clock
from hub.http.routes import Route
from hub.inbox.agents import AgentDesk
from hub.inbox.triage import Triage
from hub.store.session import Store


class InboxApi:
    """What colleagues do, route by route."""

    def __init__(self, *, store: Store, desk: AgentDesk, channels: Mapping[ChannelKind, Channel], clock: Clock) -> None:
        triage = Triage(store=store, desk=desk, clock=clock)
        items = ItemView(channels=channels, clock=clock)
        self._groups = (
            ConversationListsApi(store=store, items=items),
            ConversationsApi(store=store, desk=desk, triage=triage, items=items),
            MessagesApi(store=store, desk=desk),
            LabelsApi(store=store),
            SavedViewsApi(store=store),
            MacrosApi(store=store, desk=desk, triage=triage),
            AttributesApi(store=store),
            ContactsApi(store=store, items=items),
            HandoffsApi(store=store),
            CalendarsApi(store=store, clock=clock),
            NotificationsApi(store=store),
        )

    def routes(self) -> Sequence[Route]:
        """Every route of the inbox. Fixed paths come before those with a conversation's id in their place."""
        return [route for group in self._groups for route in group.routes()]
