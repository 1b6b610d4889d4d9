"""What callers may be allowed to do: fine permissions, and the roles and key scopes that bundle them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum


class Permission(StrEnum):
    """One thing a caller may be allowed to do within a tenant. A route names the one it needs."""

    TENANT_READ = "tenant:read"
    TENANT_WRITE = "tenant:write"
    TENANT_TRANSFER = "tenant:transfer"
    CHANNELS_READ = "channels:read"
    CHANNELS_WRITE = "channels:write"
    KNOWLEDGE_READ = "knowledge:read"
    KNOWLEDGE_WRITE = "knowledge:write"
    CONVERSATIONS_READ_ASSIGNED = "conversations:read_assigned"
    CONVERSATIONS_READ_TEAM = "conversations:read_team"
    CONVERSATIONS_READ_UNASSIGNED = "conversations:read_unassigned"
    CONVERSATIONS_READ_ALL = "conversations:read_all"
    CONVERSATIONS_REPLY = "conversations:reply"
    CONVERSATIONS_NOTE = "conversations:note"
    CONVERSATIONS_TAKE_OVER = "conversations:take_over"
    CONVERSATIONS_RETURN = "conversations:return"
    CONVERSATIONS_ASSIGN = "conversations:assign"
    CONVERSATIONS_RESOLVE = "conversations:resolve"
    CONVERSATIONS_SNOOZE = "conversations:snooze"
    CONVERSATIONS_LABEL = "conversations:label"
    CONTACTS_READ = "contacts:read"
    CONTACTS_WRITE = "contacts:write"
    CONTACTS_BLOCK = "contacts:block"
    LABELS_MANAGE = "labels:manage"
    ATTRIBUTES_MANAGE = "attributes:manage"
    REPLIES_MANAGE = "replies:manage"
    VIEWS_SHARE = "views:share"
    MEMBERS_READ = "members:read"
    MEMBERS_MANAGE = "members:manage"
    TEAMS_MANAGE = "teams:manage"
    HOURS_MANAGE = "hours:manage"
    ROUTING_MANAGE = "routing:manage"
    LEDGER_READ = "ledger:read"
    LEDGER_REPLAY = "ledger:replay"
    REPORTS_READ = "reports:read"
    USAGE_READ = "usage:read"
    EVENTS_READ = "events:read"
    EVENTS_WRITE = "events:write"
    KEYS_WRITE = "keys:write"
    AUDIT_READ = "audit:read"
    CHAT = "chat"


class Role(StrEnum):
    """What a member is to a tenant. A tenant has one owner; ownership is handed on, never given away twice."""

    OWNER = "owner"
    ADMIN = "admin"
    AGENT = "agent"
    VIEWER = "viewer"


class Reach(StrEnum):
    """Which conversations an agent reads: all, those of their teams and their own, or their own alone."""

    ALL = "all"
    TEAM = "team"
    ASSIGNED = "assigned"


class Scope(StrEnum):
    """What a tenant's key can be allowed to do, in bundles that stay the same while permissions grow finer."""

    TENANT_READ = "tenant:read"
    TENANT_WRITE = "tenant:write"
    CHANNELS_READ = "channels:read"
    CHANNELS_WRITE = "channels:write"
    KNOWLEDGE_READ = "knowledge:read"
    KNOWLEDGE_WRITE = "knowledge:write"
    CONVERSATIONS_READ = "conversations:read"
    CONVERSATIONS_WRITE = "conversations:write"
    EVENTS_READ = "events:read"
    EVENTS_WRITE = "events:write"
    CHAT = "chat"
    KEYS_WRITE = "keys:write"
    MEMBERS_READ = "members:read"
    MEMBERS_WRITE = "members:write"
    AUDIT_READ = "audit:read"
    REPORTS_READ = "reports:read"


_ALL = frozenset(Permission)
_READING = frozenset(
    {
        Permission.CONVERSATIONS_READ_ASSIGNED,
        Permission.CONVERSATIONS_READ_TEAM,
        Permission.CONVERSATIONS_READ_UNASSIGNED,
        Permission.CONVERSATIONS_READ_ALL,
        Permission.CONTACTS_READ,
    }
)
_ANSWERING = frozenset(
    {
        Permission.CONVERSATIONS_REPLY,
        Permission.CONVERSATIONS_NOTE,
        Permission.CONVERSATIONS_TAKE_OVER,
        Permission.CONVERSATIONS_RETURN,
        Permission.CONVERSATIONS_ASSIGN,
        Permission.CONVERSATIONS_RESOLVE,
        Permission.CONVERSATIONS_SNOOZE,
        Permission.CONVERSATIONS_LABEL,
        Permission.CONTACTS_WRITE,
        Permission.CONTACTS_BLOCK,
    }
)
_LOOKING = frozenset(
    {
        Permission.TENANT_READ,
        Permission.CHANNELS_READ,
        Permission.KNOWLEDGE_READ,
        Permission.MEMBERS_READ,
        Permission.REPORTS_READ,
    }
)

ROLES: Mapping[Role, frozenset[Permission]] = {
    Role.OWNER: _ALL,
    Role.ADMIN: _ALL - {Permission.TENANT_TRANSFER},
    Role.AGENT: _LOOKING | _READING | _ANSWERING | {Permission.CHAT},
    Role.VIEWER: _LOOKING | _READING | {Permission.LEDGER_READ, Permission.USAGE_READ},
}
"""What each role may do."""

_BEYOND: Mapping[Reach, frozenset[Permission]] = {
    Reach.ALL: frozenset(),
    Reach.TEAM: frozenset({Permission.CONVERSATIONS_READ_ALL}),
    Reach.ASSIGNED: _READING - {Permission.CONVERSATIONS_READ_ASSIGNED, Permission.CONTACTS_READ},
}

SCOPES: Mapping[Scope, frozenset[Permission]] = {
    Scope.TENANT_READ: frozenset({Permission.TENANT_READ}),
    Scope.TENANT_WRITE: frozenset({Permission.TENANT_WRITE, Permission.HOURS_MANAGE, Permission.ROUTING_MANAGE}),
    Scope.CHANNELS_READ: frozenset({Permission.CHANNELS_READ}),
    Scope.CHANNELS_WRITE: frozenset({Permission.CHANNELS_WRITE}),
    Scope.KNOWLEDGE_READ: frozenset({Permission.KNOWLEDGE_READ}),
    Scope.KNOWLEDGE_WRITE: frozenset({Permission.KNOWLEDGE_WRITE}),
    Scope.CONVERSATIONS_READ: _READING | {Permission.LEDGER_READ},
    Scope.CONVERSATIONS_WRITE: _ANSWERING
    | {
        Permission.LEDGER_REPLAY,
        Permission.LABELS_MANAGE,
        Permission.ATTRIBUTES_MANAGE,
        Permission.REPLIES_MANAGE,
        Permission.VIEWS_SHARE,
    },
    Scope.EVENTS_READ: frozenset({Permission.EVENTS_READ}),
    Scope.EVENTS_WRITE: frozenset({Permission.EVENTS_WRITE}),
    Scope.CHAT: frozenset({Permission.CHAT}),
    Scope.KEYS_WRITE: frozenset({Permission.KEYS_WRITE}),
    Scope.MEMBERS_READ: frozenset({Permission.MEMBERS_READ}),
    Scope.MEMBERS_WRITE: frozenset({Permission.MEMBERS_MANAGE, Permission.TEAMS_MANAGE}),
    Scope.AUDIT_READ: frozenset({Permission.AUDIT_READ}),
    Scope.REPORTS_READ: frozenset({Permission.REPORTS_READ, Permission.USAGE_READ}),
}
"""What each scope of a key lets it do."""


def of_member(role: Role, reach: Reach) -> frozenset[Permission]:
    """What a member may do. ``reach`` narrows agents alone."""
    return ROLES[role] - _BEYOND[reach] if role is Role.AGENT else ROLES[role]


def of_key(scopes: Iterable[str]) -> frozenset[Permission]:
    """What a key with these scopes may do. Scopes there no longer are allow nothing."""
    known = {scope.value for scope in Scope}
    return frozenset().union(*(SCOPES[Scope(scope)] for scope in scopes if scope in known))


def scopes_of(permission: Permission) -> list[Scope]:
    """The scopes that let a key do this; none where only people may."""
    return [scope for scope, allowed in SCOPES.items() if permission in allowed]


def roles_of(permission: Permission) -> list[Role]:
    """The roles that let a member do this, the smallest first."""
    return [role for role in reversed(Role) if permission in ROLES[role]]
