"""How a site's owner set the bubble up: words, looks, what is asked before. Read from a web chat channel's settings."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

Line = Annotated[str, Field(min_length=1, max_length=200)]
Prose = Annotated[str, Field(min_length=1, max_length=1_000)]
Clockface = Annotated[str, Field(pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$", examples=["09:00"])]
LEGACY = ("name", "greeting", "notice", "suggestions", "require_identity")
"""What may also stand beside ``site`` in a channel's settings, where it stood before there was one."""
_FETCHES = re.compile(r"@import|url\s*\(|image\s*\(|image-set\s*\(|src\s*\(|expression\s*\(|\\|<", re.IGNORECASE)


def harmless(css: str) -> str:
    """The rules as they are. Raises ``ValueError`` for what could fetch something or hide what it does."""
    found = _FETCHES.search(css)
    if found is not None:
        raise ValueError(f"the rules may not fetch anything or escape characters; take '{found[0]}' out")
    return css


class Greeting(BaseModel):
    """Words for some pages and hours alone. ``path`` may end in ``*``; the hours are the visitor's own."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: Prose
    path: Annotated[str, Field(pattern=r"^/[^\s]{0,199}$", examples=["/pricing*"])] | None = None
    starts: Clockface | None = None
    ends: Clockface | None = None


class AskedField(BaseModel):
    """Something to be filled in before the first message."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$", examples=["email"])]
    """`name`, `email` and `phone` are known; another one is kept among the customer's attributes."""
    label: Line | None = None
    """Known ones have words of their own in every language."""
    required: bool = False


class PreChat(BaseModel):
    """What is asked before the first message. ``consent`` is what a visitor must agree to."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    fields: Annotated[list[AskedField], Field(max_length=8)] = Field(default_factory=list)
    consent: Prose | None = None
    consent_url: Annotated[str, Field(pattern=r"^https://[^\s]{1,500}$")] | None = None
    """Where it can be read in full."""


class Elsewhere(BaseModel):
    """A channel of the tenant, WhatsApp or Telegram, on which visitors may go on with their conversation."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    channel: UUID
    address: Annotated[str, Field(min_length=3, max_length=60, examples=["+49 30 1234567", "acme_bot"])] | None = None
    """The public WhatsApp number with its country code, or the bot's name; Telegram's may be left out where the
    channel's `bot_username` tells it."""


class SiteSettings(BaseModel):
    """All of it may be left out. ``color`` is the brand's; where it would be hard to read the bubble darkens
    or lightens it. ``avatar`` names an uploaded picture. ``css`` may use the documented variables and parts."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Line | None = None
    greeting: Prose | None = None
    greetings: Annotated[list[Greeting], Field(max_length=20)] = Field(default_factory=list)
    """The first one that fits takes the place of ``greeting``."""
    notice: Prose | None = None
    suggestions: Annotated[list[Line], Field(max_length=6)] = Field(default_factory=list)
    color: Annotated[str, Field(pattern="^#[0-9a-fA-F]{6}$", examples=["#0b7a75"])] | None = None
    position: Literal["right", "left"] = "right"
    size: Literal["compact", "normal", "large"] = "normal"
    theme: Literal["auto", "light", "dark"] = "auto"
    launcher_text: Annotated[str, Field(min_length=1, max_length=40)] | None = None
    avatar: UUID | None = None
    css: Annotated[str, Field(max_length=10_000), AfterValidator(harmless)] = ""
    prechat: PreChat | None = None
    require_identity: bool = False
    """Whether only visitors may talk for whom the site vouches."""
    ask_rating: bool = True
    """Whether the customer is asked how it was when a conversation with a person is resolved."""
    continue_on: Annotated[list[Elsewhere], Field(max_length=6)] = Field(default_factory=list)
    offline_form: bool = True
    """Whether, while nobody is there, a visitor may leave an address and a message for a person."""


def read_site_settings(raw: Mapping[str, Any]) -> SiteSettings:
    """The site's part of a channel's settings; a value that cannot be used falls back to its default alone."""
    given = raw.get("site")
    words = {k: raw[k] for k in LEGACY if raw.get(k)}
    values = {**words, **given} if isinstance(given, Mapping) else words
    while True:
        try:
            return SiteSettings.model_validate(values)
        except ValidationError as error:
            bad = {str(e["loc"][0]) for e in error.errors() if e["loc"]}
            values = {k: v for k, v in values.items() if k not in bad}
            if not bad:
                return SiteSettings()
