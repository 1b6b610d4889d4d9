"""One tree of errors. Each has a stable code, an HTTP status and a text that is safe to show."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar


class HubError(Exception):
    """Root of every error the hub raises on purpose.

    ``code`` is stable and machine-readable, ``status`` is the HTTP status it maps to, ``str(error)`` is
    a plain sentence without secrets, and ``field`` names the input that caused it, where one did; ``details`` is
    what a program needs to go on, as JSON values.
    """

    code: ClassVar[str] = "internal"
    status: ClassVar[int] = 500

    def __init__(self, text: str, *, field: str | None = None) -> None:
        super().__init__(text)
        self.field = field
        self.details: Mapping[str, Any] | None = None


class Invalid(HubError):
    """The input cannot be used; ``field`` says which part of it."""

    code = "invalid"
    status = 422


class Malformed(HubError):
    """The input cannot even be read (broken JSON, broken form)."""

    code = "malformed"
    status = 400


class Unauthenticated(HubError):
    """No credentials, or credentials nobody issued."""

    code = "unauthenticated"
    status = 401


class Forbidden(HubError):
    """Known, but not allowed to do this."""

    code = "forbidden"
    status = 403


class PermissionMissing(Forbidden):
    """Known, but without the one permission this takes, which ``details`` names."""

    code = "permission_missing"

    def __init__(self, text: str, permission: str) -> None:
        super().__init__(text)
        self.details = {"permission": permission}


class ProfileNeeded(Forbidden):
    """The site asks something before the first message, such as a consent, and it was not told yet."""

    code = "profile_needed"


class TenantDisabled(Forbidden):
    """The tenant is switched off."""

    code = "tenant_disabled"


class NotFound(HubError):
    """There is no such thing here, or it belongs to somebody else."""

    code = "not_found"
    status = 404


class Conflict(HubError):
    """The thing changed, or is in a state in which this cannot be done."""

    code = "conflict"
    status = 409


class TooLarge(HubError):
    """More bytes than the limit allows."""

    code = "too_large"
    status = 413


class UnsupportedType(HubError):
    """A kind of content the hub does not read."""

    code = "unsupported_type"
    status = 415


class TooMany(HubError):
    """A limit was reached; try again after ``retry_after`` seconds."""

    code = "rate_limited"
    status = 429

    def __init__(self, text: str, *, retry_after: float = 1.0, field: str | None = None) -> None:
        super().__init__(text, field=field)
        self.retry_after = retry_after


class BudgetSpent(TooMany):
    """What this may cost is used up, or put aside by calls under way."""

    code = "budget_spent"


class Unavailable(HubError):
    """Something the hub depends on is away for the moment; try again after ``retry_after`` seconds."""

    code = "unavailable"
    status = 503
    retry_after: float = 1.0


class Forged(Unauthenticated):
    """A webhook whose signature or secret is missing or wrong."""

    code = "forged"


class Unreadable(HubError):
    """A document that cannot be read; the text says why in plain words."""

    code = "unreadable"
    status = 422


class BlockedAddress(HubError):
    """An outbound request to an address the hub does not talk to."""

    code = "blocked_address"
    status = 422


class FenceLost(HubError):
    """Another worker claimed the conversation meanwhile; this one must not write."""

    code = "fence_lost"
    status = 409


class ModelError(HubError):
    """A model did not answer. ``retryable`` says whether the same call may succeed later."""

    code = "model_failed"
    status = 502

    def __init__(self, text: str, *, retryable: bool = True, retry_after: float | None = None) -> None:
        super().__init__(text)
        self.retryable = retryable
        self.retry_after = retry_after
