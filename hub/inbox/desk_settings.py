"""What a tenant may decide about its desk, read from the settings under `desk`. Unknown keys are left alone."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, ValidationError

Policy = Literal["bot_first", "ask", "person_first"]
Minutes = Annotated[int, Field(ge=1, le=100_000)]


class DeskSettings(BaseModel):
    """``calendar`` is the one that all ask: the bot's words, the queue, the promises; without one it is always open.

    ``policy`` is who answers first while it is open, ``closed_policy`` while it is not, ``channel_policies`` by
    channel's id instead. ``idle_return_minutes`` gives a conversation back to the bot when nobody wrote for that long.
    ``reopen`` is where a resolved conversation goes when the customer writes again. Promises are in open minutes.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    calendar: UUID | None = None
    policy: Policy = "bot_first"
    closed_policy: Policy = "bot_first"
    channel_policies: dict[str, Policy] = Field(default_factory=dict)
    auto_assign: bool = False
    tell_place: bool = True
    team: UUID | None = None
    idle_return_minutes: Minutes | None = None
    reopen: Literal["bot", "last_agent", "team"] = "bot"
    first_response_minutes: Minutes | None = None
    next_response_minutes: Minutes | None = None
    resolution_minutes: Minutes | None = None

    def policy_for(self, channel: UUID, *, is_open: bool) -> Policy:
        """Who answers first in this channel now."""
        if not is_open:
            return self.closed_policy
        return self.channel_policies.get(str(channel), self.policy)


def read_desk_settings(raw: dict[str, Any]) -> DeskSettings:
    """The desk's part of a tenant's settings; a value that cannot be used falls back to its default alone."""
    desk = raw.get("desk")
    if not isinstance(desk, dict):
        return DeskSettings()
    try:
        return DeskSettings.model_validate(desk)
    except ValidationError as error:
        bad = {str(e["loc"][0]) for e in error.errors() if e["loc"]}
        return DeskSettings.model_validate({k: v for k, v in desk.items() if k not in bad})
