"""How a tenant wants to be searched, read from its settings under ``search``. Unknown keys are left alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from hub.knowledge.fusion import VECTOR_WEIGHT


class SearchSettings(BaseModel):
    """The defaults are what measured best; each value can be tried in a single search before it is kept."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    method: Literal["hybrid", "keyword", "vector", "rrf"] = "hybrid"
    """`hybrid` fuses normalised scores, `rrf` fuses ranks, `keyword` and `vector` are one leg alone."""
    vector_weight: float = Field(default=VECTOR_WEIGHT, ge=0, le=1)
    """What meaning counts where the embedding model knows the query's language; words count the rest."""
    foreign_vector_weight: float | None = Field(default=None, ge=0, le=1)
    """The same where the model does not know the language; empty: by its script, and by what the knowledge holds."""
    min_similarity: float = Field(default=0.0, ge=0, le=1)
    """Passages that only meaning found are dropped below this cosine similarity."""
    typo_tolerance: bool = True
    """Words that the knowledge does not hold are looked for as the nearest ones it holds."""
    diversity: float = Field(default=0.0, ge=0, le=1)
    """How much a passage loses for saying what better ones say (maximal marginal relevance)."""
    freshness_days: float | None = Field(default=None, gt=0, le=36_500)
    """Days after which a document counts half as fresh; empty: age does not matter."""
    parents: bool = False
    """Give each passage the rest of its section, for models that read more than they cite."""
    rerank: bool = False
    """Have a model put the best candidates in order. Costs a model call a search."""
    rerank_depth: int = Field(default=20, ge=2, le=100)
    cache: bool = True
    """Repeat the result of the same search for up to five minutes while the knowledge stays as it is."""


def read_search_settings(raw: Mapping[str, Any]) -> SearchSettings:
    """The search's part of a tenant's settings; a value that cannot be used falls back to its default alone."""
    given = raw.get("search")
    if not isinstance(given, dict):
        return SearchSettings()
    try:
        return SearchSettings.model_validate(given)
    except ValidationError as error:
        bad = {str(e["loc"][0]) for e in error.errors() if e["loc"]}
        return SearchSettings.model_validate({key: value for key, value in given.items() if key not in bad})
