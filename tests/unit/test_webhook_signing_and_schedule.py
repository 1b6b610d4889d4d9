"""Signing by Standard Webhooks, held against the reference library; and the times of the tries."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from standardwebhooks import Webhook

from hub.core.errors import Forged, Invalid
from hub.core.ids import TenantId
from hub.events.schedule import TRIP, TRY_FOR, pause_after, rest_after, retry_after_of
from hub.events.signing import MOST_SECRETS, headers, new_secret, rotated, seal, signing, unseal, verify
from hub.security.encryption import Undecryptable, Vault, generate_key

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


def test_the_published_example_is_signed_as_published() -> None:
    """The test vector of the specification's reference libraries."""
    secret, at = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", datetime.fromtimestamp(1614265330, UTC)
    signature = Webhook(secret).sign("msg_p5jXN8AQM9LWM0D4loKWxJek", at, '{"test": 2432232314}')
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize("body", [b"{}", '{"text":"Grüße 🎉"}'.encode()])
def test_the_reference_library_takes_what_is_signed(body: bytes) -> None:
    secrets = [new_secret(), new_secret()]
    signed = headers(secrets, uuid4(), body, datetime.now(UTC))
    assert len(signed["webhook-signature"].split()) == 2
    for secret in secrets:
        Webhook(secret.text).verify(body, signed)
        verify(secret.text, body, signed)


def test_what_is_changed_old_or_unreadable_is_refused_in_words() -> None:
    secret, id, now = new_secret(), UUID(int=1), datetime.now(UTC)
    good = headers([secret], id, b"{}", now)
    old = headers([secret], id, b"{}", now - timedelta(minutes=6))
    verify(secret.text, b"{}", good)
    cases: list[tuple[bytes, dict[str, str]]] = [
        (b"{ }", good),
        (b"{}", good | {"webhook-id": str(UUID(int=2))}),
        (b"{}", good | {"webhook-timestamp": str(int(now.timestamp()) + 1)}),
        (b"{}", good | {"webhook-timestamp": "soon"}),
        (b"{}", old),
        (b"{}", {}),
        (b"{}", good | {"webhook-signature": "nonsense"}),
        (b"{}", good | {"webhook-signature": "v1,%%%"}),
        (b"\xff\xfe", good),
    ]
    for body, given in cases:
        with pytest.raises(Forged):
            verify(secret.text, body, given)
    for bad in ("whsec_", "whsec_%", ""):
        with pytest.raises(Invalid):
            verify(bad, b"{}", good)


def test_rotation_keeps_few_secrets_and_ends_the_old_ones() -> None:
    held = (new_secret(),)
    for _ in range(5):
        held = rotated(held, NOW, timedelta(hours=24))
    assert len(held) == MOST_SECRETS
    assert held[0].until is None
    assert len(signing(held, NOW)) == MOST_SECRETS
    assert signing(held, NOW + timedelta(hours=24)) == held[:1]
    shorter = rotated(held, NOW, timedelta(hours=1))
    assert {secret.until for secret in shorter[1:]} == {NOW + timedelta(hours=1)}
    assert len(rotated(held, NOW, timedelta(0))) == 1


def test_sealed_secrets_open_for_their_tenant_alone() -> None:
    vault, tenant = Vault([generate_key()]), TenantId(uuid4())
    held = rotated((new_secret(),), NOW, timedelta(hours=24))
    sealed = seal(vault, tenant, held)
    assert held[0].text.encode() not in sealed
    assert unseal(vault, tenant, sealed) == held
    with pytest.raises(Undecryptable):
        unseal(vault, TenantId(uuid4()), sealed)


def test_tries_spread_over_75_hours_with_growing_jittered_pauses() -> None:
    pauses = [pause_after(n) for n in range(1, 30)]
    total, tries = 0.0, 0
    while total < TRY_FOR.total_seconds():
        total += pauses[tries]
        tries += 1
    assert 10 <= tries <= 20
    assert max(pauses) <= 43_200 * 1.2
    assert len({pause_after(3) for _ in range(20)}) > 1
    assert all(120 <= pause_after(3) <= 144 for _ in range(50))
    assert pause_after(1, retry_after=600) == 600
    assert pause_after(1, retry_after=10**9) == 86_400


def test_an_endpoint_rests_only_after_failures_in_a_row() -> None:
    assert [rest_after(n) for n in range(1, TRIP)] == [None] * (TRIP - 1)
    rests = [rest_after(n) or 0.0 for n in range(TRIP, TRIP + 20)]
    assert rests == sorted(rests)
    assert (rests[0], rests[-1]) == (10.0, 900.0)
    assert rest_after(1, 30.0) == 30.0
    assert rest_after(TRIP, 3_600.0) == 3_600.0


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("120", 120.0), (" 5 ", 5.0), ("", None), (None, None), ("soon", None), ("-1", None), ("9" * 40, None),
     ("Fri, 31 Dec 1999 23:59:59 GMT", 0.0)],
)  # fmt: skip
def test_retry_after_is_read_as_number_or_date(header: str | None, seconds: float | None) -> None:
    assert retry_after_of(header, NOW) == seconds


def test_retry_after_as_a_date_ahead() -> None:
    at = NOW + timedelta(seconds=90)
    assert retry_after_of(at.strftime("%a, %d %b %Y %H:%M:%S GMT"), NOW) == 90.0
