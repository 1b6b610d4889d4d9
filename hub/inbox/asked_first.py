"""What a site asks before the first message, asked of whoever comes without the bubble as well."""

from __future__ import annotations

from collections.abc import Mapping

from hub.accounts.credentials import OpenChannel
from hub.core.errors import ProfileNeeded
from hub.core.messages import Alias
from hub.inbox.site_settings import read_site_settings
from hub.store.session import Tx


def asks_first(site: OpenChannel) -> bool:
    """Whether the site may ask anything, told without reading all of its settings."""
    given = site.settings.get("site")
    return isinstance(given, Mapping) and bool(given.get("prechat"))


async def check_told(tx: Tx, visitor: Alias, site: OpenChannel) -> None:
    """Raise ``ProfileNeeded`` unless the visitor agreed to the very words that the site shows, and filled in what it
    needs."""
    asked = read_site_settings(site.settings).prechat
    if asked is None:
        return
    contact = await tx.contacts.by_alias(visitor)
    told = {} if contact is None else {**contact.attributes, "name": contact.name}
    if asked.consent is not None and told.get("consent") != asked.consent:
        raise ProfileNeeded("Please agree first to what the site asks.", field="consent")
    for field in asked.fields:
        if field.required and not told.get(field.name):
            raise ProfileNeeded("Please fill in first what the site asks.", field=field.name)
