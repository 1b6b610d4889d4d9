"""What a tenant tells its bot, in versions: made, looked at, tried, put to use and back."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from hub.core.contests import place_of
from hub.core.errors import Conflict, Invalid, NotFound
from hub.core.ids import ConversationId, TenantId
from hub.metering.choices import ModelDesk
from hub.store.evaluation_runs import Gate
from hub.store.prompts import ArmRow, ContestRow, PromptRow
from hub.store.session import Store, Tx
from orchestrator.settings import BotSettings, read_settings
from orchestrator.thought import Thought
from orchestrator.trials import Trial


@dataclass(frozen=True, slots=True)
class Wording:
    """What a version says. ``language`` None: the tenant's setting."""

    instructions: str
    tone: str
    language: str | None


@dataclass(frozen=True, slots=True)
class Contest:
    """A version or a model tried beside the version in use (``now``; None: the settings) and the model that answers,
    and what came of both. Without ``tried`` nothing is tried."""

    tried: ContestRow | None
    now: int | None
    arms: Sequence[ArmRow]


async def bot_settings(tx: Tx, raw: dict[str, Any], conversation: ConversationId | None = None) -> BotSettings:
    """The bot's part of a tenant's settings, with the version in use put over it: for a conversation, that which is
    tried, where it falls into its share. A conversation is answered by the same one throughout."""
    settings = read_settings(raw)
    prompt = await tx.prompts.in_use(None if conversation is None else place_of(conversation))
    return settings if prompt is None else worded(settings, prompt)


def worded(settings: BotSettings, prompt: PromptRow) -> BotSettings:
    """The settings with a version's words in them."""
    return settings.model_copy(
        update={
            "instructions": prompt.instructions,
            "tone": prompt.tone,
            "language": prompt.language or settings.language,
            "prompt": prompt.version,
        }
    )


class PromptDesk:
    """What a tenant does with its versions."""

    def __init__(self, *, store: Store, trial: Trial, models: ModelDesk) -> None:
        self._store = store
        self._trial = trial
        self._models = models

    async def page(self, tenant: TenantId, limit: int, before: tuple[datetime, UUID] | None) -> list[PromptRow]:
        """The newest first."""
        async with self._store.begin(tenant) as tx:
            return await tx.prompts.page(limit, before)

    async def get(self, tenant: TenantId, id: UUID) -> PromptRow:
        """Raises ``NotFound``."""
        async with self._store.begin(tenant) as tx:
            return _there(await tx.prompts.get(id))

    async def add(self, tenant: TenantId, wording: Wording, note: str, author: str) -> PromptRow:
        """The next version, not yet in use."""
        async with self._store.begin(tenant) as tx:
            return await tx.prompts.add(wording.instructions, wording.tone, wording.language, note, author)

    async def use(self, tenant: TenantId, id: UUID) -> PromptRow:
        """Answer by it from the next turn on; an older one to go back. Raises ``NotFound``, and ``Conflict``
        where a data set that stands before it was not passed."""
        async with self._store.begin(tenant) as tx:
            found = _there(await tx.prompts.get(id))
            _check_gates(found.version, await tx.evaluation_runs.gates(id))
            await tx.prompts.use(id)
            tried = await tx.prompts.contest()
            if tried is not None and tried.prompt_id == id:
                await tx.prompts.end_contest()
            return _there(await tx.prompts.get(id))

    async def use_none(self, tenant: TenantId) -> None:
        """Answer by the settings alone. Idempotent."""
        async with self._store.begin(tenant) as tx:
            await tx.prompts.use_none()

    async def contest(self, tenant: TenantId) -> Contest:
        """What is tried beside what is in use, and how both do."""
        async with self._store.begin(tenant) as tx:
            tried, now = await tx.prompts.contest(), await tx.prompts.in_use()
            arms = await tx.prompts.arms(tried.since, tried.share) if tried is not None else []
        used = None if now is None else now.version
        if tried is None:
            return Contest(None, used, [])
        versions = {False: used, True: used if tried.prompt_id is None else tried.version}
        return Contest(tried, used, [arm for arm in arms if arm.version == versions[arm.tried]])

    async def try_beside(self, tenant: TenantId, id: UUID | None, model: str | None, share: int) -> Contest:
        """Answer ``share`` of a hundred conversations by a version, a model, or both. Raises ``Invalid`` without either
        and for a model that the plan does not offer, ``NotFound``, and ``Conflict`` for what is in use already, or
        where a data set that stands before the version was not passed."""
        if id is None and model is None:
            raise Invalid("Name a version, a model, or both to try.", field="prompt_id")
        async with self._store.begin(tenant) as tx:
            if id is not None:
                found = _there(await tx.prompts.get(id))
                if found.in_use:
                    raise Conflict(f"Version {found.version} is in use. Try another one beside it.", field="prompt_id")
                _check_gates(found.version, await tx.evaluation_runs.gates(id))
            if model is not None:
                self._models.check_rival(await tx.model_choices.get(), model)
            await tx.prompts.try_beside(id, model, share)
        return await self.contest(tenant)

    async def end_contest(self, tenant: TenantId) -> None:
        """Try nothing beside what is in use. Idempotent."""
        async with self._store.begin(tenant) as tx:
            await tx.prompts.end_contest()

    async def diff(self, tenant: TenantId, id: UUID, against: UUID | None) -> list[str]:
        """The lines of a unified diff from another version, else from what is in use now. Raises ``NotFound``."""
        async with self._store.begin(tenant) as tx:
            new = _there(await tx.prompts.get(id))
            if against is not None:
                before = _there(await tx.prompts.get(against))
                old, name = _lines(before.instructions, before.tone, before.language), f"version {before.version}"
            else:
                now = await bot_settings(tx, await tx.settings.get())
                name = "the settings" if now.prompt is None else f"version {now.prompt}"
                old = _lines(now.instructions, now.tone, None if now.prompt is None else now.language)
        lines = _lines(new.instructions, new.tone, new.language)
        return list(difflib.unified_diff(old, lines, name, f"version {new.version}", lineterm=""))

    async def preview(self, tenant: TenantId, id: UUID, question: str) -> Thought:
        """What the bot would answer under this version. Nothing is kept or sent. Raises ``NotFound``."""
        async with self._store.begin(tenant) as tx:
            prompt = _there(await tx.prompts.get(id))
            settings = worded(read_settings(await tx.settings.get()), prompt)
        return await self._trial.ask(tenant, question, settings)


def _check_gates(version: int, gates: Sequence[Gate]) -> None:
    """Raise ``Conflict`` where a data set stands before the use of a version and was not passed."""
    for gate in gates:
        if gate.passed is None:
            told = f"it was not run under version {version} yet. Run it first"
        elif not gate.passed:
            bounds = ", ".join(f"{m['figure']} is {m['value']}, not {m['bound']}" for m in gate.missed or ())
            told = f"version {version} misses its thresholds: {bounds}"
        else:
            continue
        raise Conflict(f"The data set '{gate.name}' stands before the use of versions, and {told}.", field="prompt")


def _lines(instructions: str, tone: str, language: str | None) -> Sequence[str]:
    return [f"language: {language or 'as set'}", f"tone: {tone}", *instructions.splitlines()]


def _there(row: PromptRow | None) -> PromptRow:
    if row is None:
        raise NotFound("There is no such version.", field="prompt")
    return row
