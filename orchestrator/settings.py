"""What a tenant may decide about its bot, read from the tenant's settings. Unknown keys are left alone."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

Line = Annotated[str, Field(min_length=1, max_length=2000)]


class BotSettings(BaseModel):
    """``handoff_keywords`` ask for a person when one stands in a message, ``keywords`` in one language's messages.

    A person is asked for, too, once the bot gave ``max_answers`` or its answers cost ``max_cost``, when less than
    ``min_support`` of an answer rests on sources, and where ``on_model_failure`` says so. ``phrases`` replaces fixed
    phrases by language and key; ``merge`` decides what happens with a message that comes while the bot thinks;
    ``unsupported`` what happens to a model's sentences that rest on no source. ``titles`` and
    ``summaries`` say who writes them: a model, or nobody, so that they are the messages' own words; ``rephrase`` who
    puts a question into other words for the search. ``prompt`` is the version of the words in use, none where they are
    the settings' own.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    bot_name: str = Field(default="Assistant", max_length=80)
    company: str = Field(default="", max_length=200)
    instructions: str = Field(default="", max_length=8000)
    tone: str = Field(default="", max_length=500)
    prompt: int | None = Field(default=None, exclude=True)
    language: str = Field(default="en", pattern="^[a-z]{2,3}$")
    handoff_keywords: list[Line] = Field(default_factory=list, max_length=200)
    keywords: dict[str, list[Line]] = Field(default_factory=dict)
    max_answers: int | None = Field(default=None, ge=1, le=1000)
    max_cost: Decimal | None = Field(default=None, gt=0)
    min_support: float = Field(default=0.0, ge=0.0, le=1.0)
    on_model_failure: Literal["extracts", "handoff"] = "extracts"
    phrases: dict[str, dict[str, str]] = Field(default_factory=dict)
    allowed_hosts: list[str] = Field(default_factory=list, max_length=100)
    merge: Literal["merge", "queue"] = "merge"
    groups: Literal["mention", "always", "never"] = "mention"
    group_turns_per_hour: int = Field(default=20, ge=1, le=1000)
    passages: int = Field(default=6, ge=1, le=20)
    history_tokens: int = Field(default=1500, ge=0, le=20000)
    misses_before_handoff: int = Field(default=3, ge=1, le=20)
    use_knowledge: bool = True
    unsupported: Literal["cut", "keep"] = "cut"
    titles: Literal["words", "model"] = "words"
    summaries: Literal["words", "model"] = "model"
    rephrase: Literal["words", "model"] = "words"
    notice: str = Field(default="", max_length=500)


def read_settings(raw: dict[str, Any]) -> BotSettings:
    """The bot's part of a tenant's settings; a value that cannot be used falls back to its default alone."""
    bot = raw.get("bot")
    if not isinstance(bot, dict):
        return BotSettings()
    try:
        return BotSettings.model_validate({k: v for k, v in bot.items() if k != "prompt"})
    except ValidationError as error:
        bad = {str(e["loc"][0]) for e in error.errors() if e["loc"]}
        return BotSettings.model_validate({k: v for k, v in bot.items() if k not in bad | {"prompt"}})
