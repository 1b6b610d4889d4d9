"""Filters of conversations as SQL: every name from a fixed list, every value bound."""

from __future__ import annotations

from typing import Any

from hub.core.inbox_filters import ATTRIBUTE, ME, Condition, Either, Every, Filter, Not, Op

_COLUMNS = {
    "state": "c.state",
    "handoff_reason": "c.handoff_reason",
    "assignee": "c.assignee",
    "team": "c.team_id",
    "channel": "c.channel_id",
    "contact": "c.contact_id",
    "opened_at": "c.opened_at",
    "last_message_at": "c.last_message_at",
    "waiting_since": "c.waiting_since",
    "resolved_at": "c.resolved_at",
    "sla_due_at": "c.sla_due_at",
}
_EXISTS = {
    "channel_kind": "select 1 from hub.channel h where h.id = c.channel_id and h.kind = :{0}",
    "label": "select 1 from hub.conversation_label l where l.conversation_id = c.id and l.label_id = :{0}",
}
_TRUE = {
    "unread": """exists (select 1 from hub.message m where m.conversation_id = c.id and m.direction = 'in'
        and m.seq > coalesce((select r.seq from hub.reading r
                               where r.conversation_id = c.id and r.person = :me), 0))""",
    "mentioned": "exists (select 1 from hub.mention n where n.conversation_id = c.id and n.person = :me)",
    "snoozed": "(c.snoozed_until is not null and c.snoozed_until > now())",
    "blocked": "exists (select 1 from hub.contact k where k.id = c.contact_id and k.blocked)",
}
_SIDES = {Op.BEFORE: "<", Op.AFTER: ">"}


def where(wanted: Filter, me: str, values: dict[str, Any] | None = None) -> tuple[str, dict[str, Any]]:
    """The condition on ``hub.conversation c``, and the values it binds, added to ``values``."""
    values = {} if values is None else values
    values["me"] = me
    sql = _sql(wanted, values)
    return sql if ":me" in sql else f"({sql}) and cast(:me as text) is not null", values


def held_within(table: str, wanted: Filter | None, me: str) -> tuple[str, dict[str, Any]]:
    """The condition on a table with a ``conversation_id`` that its conversation fits ``wanted``; None: any does."""
    if wanted is None:
        return "true", {}
    condition, values = where(wanted, me)
    sql = f"exists (select 1 from hub.conversation c where c.id = {table}.conversation_id and {condition})"  # noqa: S608  # the table is ours, every value is bound
    return sql, values


def _sql(wanted: Filter, values: dict[str, Any]) -> str:
    match wanted:
        case Every(of=parts):
            return "(" + " and ".join(_sql(p, values) for p in parts) + ")" if parts else "true"
        case Either(of=parts):
            return "(" + " or ".join(_sql(p, values) for p in parts) + ")" if parts else "false"
        case Not(of=part):
            return f"not coalesce({_sql(part, values)}, false)"
        case Condition():
            return _condition(wanted, values)


def _condition(one: Condition, values: dict[str, Any]) -> str:
    negated = one.op is Op.IS_NOT
    if one.field in _TRUE:
        return _TRUE[one.field] if bool(one.value) != negated else f"not {_TRUE[one.field]}"
    if one.field.startswith(ATTRIBUTE):
        return _attribute(one, values)
    if one.field in _EXISTS:
        found = f"exists ({_EXISTS[one.field].format(_bind(one.value, values))})"
        return f"not {found}" if negated else found
    column = _COLUMNS[one.field]
    if one.value is None:
        return f"{column} is {'not ' if negated else ''}null"
    if one.field == "assignee" and one.value == ME:
        return f"{column} is distinct from :me" if negated else f"{column} = :me"
    name = _bind(one.value, values)
    if one.op in _SIDES:
        return f"{column} {_SIDES[one.op]} :{name}"
    return f"{column} is distinct from :{name}" if negated else f"{column} = :{name}"


def _attribute(one: Condition, values: dict[str, Any]) -> str:
    owner, _, key = one.field.partition(".")
    held = (
        "c.attributes" if owner == "attribute" else "(select k.attributes from hub.contact k where k.id = c.contact_id)"
    )
    text = f"{held} ->> cast(:{_bind(key, values)} as text)"
    if one.value is None:
        return f"({text}) is {'not ' if one.op is Op.IS_NOT else ''}null"
    name = _bind(_plain(one.value), values)
    if one.op is Op.CONTAINS:
        return f"position(lower(cast(:{name} as text)) in lower({text})) > 0"
    return f"({text}) is {'' if one.op is Op.IS_NOT else 'not '}distinct from cast(:{name} as text)"


def _plain(value: Any) -> str:
    """The value as ``->>`` shows it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _bind(value: Any, values: dict[str, Any]) -> str:
    name = f"v{len(values)}"
    values[name] = value
    return name
