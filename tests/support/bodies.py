"""The smallest body that a route's model takes, made from its JSON schema, for tests that call every route."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from hub.http.routes import Route, bind

_STRINGS = {"date-time": "2027-01-01T09:00:00Z", "date": "2027-01-01", "email": "mallory@example.com", "time": "09:00"}


def smallest_body(route: Route) -> Any:
    """A valid body, or None where the route reads none. Raises ``ValueError`` where the schema does not say enough."""
    adapter = bind(route).body
    if adapter is None:
        return None
    schema = adapter.json_schema()
    body = _smallest(schema, schema.get("$defs", {}))
    adapter.validate_python(body)
    return body


def _smallest(schema: dict[str, Any], named: dict[str, Any]) -> Any:
    if "$ref" in schema:
        return _smallest(named[schema["$ref"].rsplit("/", 1)[-1]], named)
    if schema.get("examples"):
        return schema["examples"][0]
    if "const" in schema:
        return schema["const"]
    if schema.get("enum"):
        return schema["enum"][0]
    if options := schema.get("anyOf") or schema.get("oneOf"):
        return _smallest(next((o for o in options if o.get("type") != "null"), options[0]), named)
    match schema.get("type"):
        case "object":
            fields = schema.get("properties", {})
            return {name: _smallest(fields[name], named) for name in schema.get("required", ())}
        case "array":
            return [_smallest(schema.get("items", {}), named)] if schema.get("minItems") else []
        case "integer" | "number":
            return schema.get("minimum", 1)
        case "boolean":
            return True
        case _:
            if schema.get("format") == "uuid":
                return str(uuid4())
            return _STRINGS.get(schema.get("format", ""), "x" * max(1, schema.get("minLength", 1)))
