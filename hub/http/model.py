"""The ground every request and response model stands on. Validators are built when first used, not at the start."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Model(BaseModel):
    """A shape of the REST API: unknown fields are refused, instances do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True, defer_build=True)


class View(BaseModel):
    """A shape the API answers with. Fields with defaults are always present, so the schema requires them."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        use_attribute_docstrings=True,
        json_schema_serialization_defaults_required=True,
        defer_build=True,
    )
