"""Secrets at rest: bound to tenant and purpose, rotated without loss, unreadable without the key."""

from uuid import uuid4

import pytest

from hub.core.errors import Invalid
from hub.security.encryption import Undecryptable, Vault, generate_key

OLD, NEW = generate_key(), generate_key()
TENANT = uuid4()


def test_a_secret_comes_back_and_does_not_show():
    vault = Vault([OLD])
    token = vault.encrypt_json({"bot_token": "123:canary"}, tenant=TENANT, purpose="channel")
    assert b"canary" not in token
    assert vault.decrypt_json(token, tenant=TENANT, purpose="channel") == {"bot_token": "123:canary"}
    assert vault.decrypt(vault.encrypt(b"\0\xff", tenant=None, purpose="x"), tenant=None, purpose="x") == b"\0\xff"


@pytest.mark.parametrize(
    ("tenant", "purpose"), [(uuid4(), "channel"), (None, "channel"), (TENANT, "app"), (TENANT, "channel2")]
)
def test_a_token_copied_to_another_owner_does_not_open(tenant, purpose):
    vault = Vault([OLD])
    token = vault.encrypt(b"secret", tenant=TENANT, purpose="channel")
    with pytest.raises(Undecryptable, match="another tenant or purpose"):
        vault.decrypt(token, tenant=tenant, purpose=purpose)


def test_no_owner_is_the_beginning_of_another():
    vault = Vault([OLD])
    token = vault.encrypt(b"2rest", tenant=TENANT, purpose="channel")
    with pytest.raises(Undecryptable):
        vault.decrypt(token, tenant=TENANT, purpose="channe")
    with pytest.raises(Undecryptable):
        vault.decrypt(vault.encrypt(b"", tenant=TENANT, purpose="c"), tenant=TENANT, purpose="channel")


def test_rotation_keeps_every_secret_readable():
    token = Vault([OLD]).encrypt(b"secret", tenant=TENANT, purpose="channel")
    both = Vault([NEW, OLD])
    assert both.decrypt(token, tenant=TENANT, purpose="channel") == b"secret"
    assert both.needs_rotation(token)
    rotated = both.rotate(token)
    assert not both.needs_rotation(rotated)
    assert Vault([NEW]).decrypt(rotated, tenant=TENANT, purpose="channel") == b"secret"
    with pytest.raises(Undecryptable):
        Vault([OLD]).decrypt(rotated, tenant=TENANT, purpose="channel")
    with pytest.raises(Undecryptable):
        Vault([generate_key()]).rotate(rotated)


@pytest.mark.parametrize("token", [b"", b"x", b"gAAAAA", "gAAAAABé".encode(), b"\xff" * 100])
def test_garbage_does_not_open(token):
    with pytest.raises(Undecryptable):
        Vault([OLD]).decrypt(token, tenant=None, purpose="x")


def test_every_changed_byte_is_noticed():
    vault = Vault([OLD])
    token = bytearray(vault.encrypt(b"secret", tenant=TENANT, purpose="channel"))
    for place in range(0, len(token) - 4, 7):
        changed = bytes(token[:place]) + bytes([token[place] ^ 1]) + bytes(token[place + 1 :])
        with pytest.raises(Undecryptable):
            vault.decrypt(changed, tenant=TENANT, purpose="channel")


@pytest.mark.parametrize("keys", [[], [""], ["short"], [OLD, "A" * 43], [OLD[:-4]], ["é" * 44]])
def test_bad_keys_are_refused_by_name(keys):
    with pytest.raises(Invalid) as caught:
        Vault(keys)
    assert caught.value.field == "HUB_SECRET_KEYS"
