"""Failures of a model that have more to say than ``ModelError``."""

from __future__ import annotations

from typing import ClassVar

from hub.core.errors import ModelError


class AnswerCut(ModelError):
    """An answer that broke off after it had begun. ``partial`` is the text that had been streamed.

    No wrapper tries again or falls back after this: the reader has already seen the beginning.
    """

    code: ClassVar[str] = "model_answer_cut"

    def __init__(self, text: str, *, partial: str, retryable: bool = True, retry_after: float | None = None) -> None:
        super().__init__(text, retryable=retryable, retry_after=retry_after)
        self.partial = partial


class CircuitOpen(ModelError):
    """The model was not asked, because it failed several times in a row. Trying again at once is of no use."""

    code: ClassVar[str] = "model_resting"


def cut_short(error: ModelError, partial: str) -> AnswerCut:
    """The same failure, told as the break of an answer of which ``partial`` was shown."""
    if isinstance(error, AnswerCut):
        return error
    return AnswerCut(str(error), partial=partial, retryable=error.retryable, retry_after=error.retry_after)
