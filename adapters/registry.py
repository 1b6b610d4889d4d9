"""The table of channels: kind -> how to open it. A platform's SDK is imported when its channel first sends.

Third parties add channels by an entry point in the group ``switchboard.channels``: its name is the kind, its
object a callable that takes ``session``, ``clock`` and ``api_url`` by keyword and gives a ``Channel``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, Final, Protocol, cast

from hub.core.channels import Channel
from hub.core.errors import NotFound
from hub.core.ids import ChannelKind
from hub.core.ports import Clock

if TYPE_CHECKING:
    import aiohttp

ENTRY_POINT_GROUP: Final = "switchboard.channels"


class Factory(Protocol):
    """Makes a channel. ``api_url`` is None for the platform's own address."""

    def __call__(self, *, session: aiohttp.ClientSession | None, clock: Clock, api_url: str | None) -> Channel: ...


def _slack(*, session: aiohttp.ClientSession | None, clock: Clock, api_url: str | None) -> Channel:
    from adapters.slack.channel import SlackChannel

    return SlackChannel(session=session, clock=clock, api_url=api_url)


def _telegram(*, session: aiohttp.ClientSession | None, clock: Clock, api_url: str | None) -> Channel:
    from adapters.telegram.channel import TelegramChannel

    return TelegramChannel(session=session, clock=clock, api_url=api_url)


def _messenger(*, session: aiohttp.ClientSession | None, clock: Clock, api_url: str | None) -> Channel:
    from adapters.messenger.channel import MessengerChannel

    return MessengerChannel(session=session, clock=clock, api_url=api_url)


def _webchat(*, session: aiohttp.ClientSession | None, clock: Clock, api_url: str | None) -> Channel:
    from adapters.webchat.channel import WebChatChannel

    return WebChatChannel(clock=clock)


def _whatsapp(*, session: aiohttp.ClientSession | None, clock: Clock, api_url: str | None) -> Channel:
    from adapters.whatsapp.channel import WhatsAppChannel

    return WhatsAppChannel(session=session, clock=clock, api_url=api_url)


_BUILT_IN: Final[Mapping[str, Factory]] = {
    "messenger": _messenger,
    "slack": _slack,
    "telegram": _telegram,
    "webchat": _webchat,
    "whatsapp": _whatsapp,
}


@cache
def _third_party() -> Mapping[str, EntryPoint]:
    """Installed channels of others. Ours cannot be replaced under the same name."""
    return {entry.name: entry for entry in entry_points(group=ENTRY_POINT_GROUP) if entry.name not in _BUILT_IN}


def channel_kinds() -> tuple[ChannelKind, ...]:
    """Every kind that can be opened, ours first, then third parties' by name."""
    return tuple(ChannelKind(kind) for kind in (*_BUILT_IN, *sorted(_third_party())))


def open_channel(
    kind: str,
    *,
    clock: Clock,
    session: aiohttp.ClientSession | None = None,
    api_urls: Mapping[str, str] | None = None,
) -> Channel:
    """The channel of a kind. ``api_urls`` maps kinds to the base URLs the operator set.

    Without a ``session`` it verifies, parses and renders, and raises ``Unavailable`` when asked to send.
    Raises ``NotFound`` for a kind nobody provides.
    """
    return _factory(kind)(session=session, clock=clock, api_url=(api_urls or {}).get(kind) or None)


def _factory(kind: str) -> Factory:
    if built_in := _BUILT_IN.get(kind):
        return built_in
    entry = _third_party().get(kind)
    if entry is None:
        known = ", ".join(channel_kinds())
        raise NotFound(f"There is no channel of kind {kind!r}; there are: {known}.", field="kind")
    return cast(Factory, entry.load())


class Channels(Mapping[ChannelKind, Channel]):
    """All channels by kind, each opened when first asked for and kept: as many as there are kinds."""

    def __init__(
        self,
        *,
        clock: Clock,
        session: aiohttp.ClientSession | None = None,
        api_urls: Mapping[str, str] | None = None,
    ) -> None:
        self._clock = clock
        self._session = session
        self._api_urls = dict(api_urls or {})
        self._open: dict[str, Channel] = {}

    def __getitem__(self, kind: ChannelKind) -> Channel:
        channel = self._open.get(kind)
        if channel is None:
            if kind not in channel_kinds():
                raise KeyError(kind)
            channel = open_channel(kind, clock=self._clock, session=self._session, api_urls=self._api_urls)
            self._open[kind] = channel
        return channel

    def __iter__(self) -> Iterator[ChannelKind]:
        return iter(channel_kinds())

    def __len__(self) -> int:
        return len(channel_kinds())

    def __contains__(self, kind: object) -> bool:
        return kind in channel_kinds()
