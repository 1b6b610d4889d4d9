"""The ground every request and response model stands on. Validators are built when first used, not at the start."""

from __future__ import annotations

import ast
import inspect
import textwrap
from functools import cache
from typing import Any

from pydantic import BaseModel, ConfigDict, GetJsonSchemaHandler
from pydantic_core import CoreSchema


class _Described(BaseModel):
    """Says in its schema what stands under each of its fields. Read when a schema is made: pydantic's own way
    (``use_attribute_docstrings``) parses every model's source at the start."""

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        schema = handler(core_schema)
        properties = handler.resolve_ref_schema(schema).get("properties", {})
        for name, text in _field_texts(cls).items():
            info = cls.model_fields.get(name)
            if info is not None and info.description is None:
                shown = properties.get(info.alias or name)
                if shown is not None:
                    shown["description"] = text
        return schema


@cache
def _field_texts(cls: type[BaseModel]) -> dict[str, str]:
    """The string under each field, of this class and those it extends."""
    texts: dict[str, str] = {}
    for owner in reversed([c for c in cls.__mro__ if issubclass(c, _Described) and c.__annotations__]):
        body = ast.parse(textwrap.dedent(inspect.getsource(owner))).body[0]
        if not isinstance(body, ast.ClassDef):
            continue
        for field, below in zip(body.body, body.body[1:], strict=False):
            if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
                texts.pop(field.target.id, None)
                match below:
                    case ast.Expr(value=ast.Constant(value=str() as text)):
                        texts[field.target.id] = inspect.cleandoc(text)
    return texts


class Model(_Described):
    """A shape of the REST API: unknown fields are refused, instances do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class View(_Described):
    """A shape the API answers with. Fields with defaults are always present, so the schema requires them."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, json_schema_serialization_defaults_required=True, defer_build=True
    )
