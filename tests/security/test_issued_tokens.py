"""API keys, visitors' tokens and signed links: genuine ones pass, at least forty forgeries do not."""

import base64
import hashlib
import hmac
import json
import time
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from hub.core.errors import Unauthenticated
from hub.security.encryption import generate_key
from hub.security.keys import decode_secret_keys, derive, signing_table
from hub.security.tokens import (
    DownloadTokens,
    FileGrant,
    SignedTokens,
    Visitor,
    VisitorTokens,
    hash_api_key,
    new_api_key,
    same_secret,
)

SECRET, OTHER = generate_key(), generate_key()
VISITOR = Visitor(uuid4(), uuid4(), "v-1")
GRANT = FileGrant(uuid4(), uuid4())


def test_an_api_key_is_found_by_its_hash_and_shows_its_end():
    key = new_api_key()
    assert key.text.startswith("hub_live_")
    assert hash_api_key(key.text) == key.hash == hashlib.sha256(key.text.encode()).digest()
    assert key.text.endswith(key.last4)
    assert len({new_api_key().text for _ in range(100)}) == 100


def test_a_key_nobody_issued_is_refused_before_any_look_up():
    text = new_api_key().text
    swapped = "0" if text[20] != "0" else "1"
    for wrong in ["", "hub_live_", text[:-1], text + "0", text.upper(), text.replace("live", "test"), f"{text}\n"]:
        with pytest.raises(Unauthenticated):
            hash_api_key(wrong)
    with pytest.raises(Unauthenticated):
        hash_api_key(text[:20] + swapped + text[21:])


def test_secrets_compare_whatever_a_stranger_sends():
    assert same_secret("a", b"a")
    assert not same_secret("\ud800é", "a")
    assert not same_secret("", b"a")


def test_a_visitor_token_comes_back_whole():
    tokens = VisitorTokens([SECRET])
    assert tokens.read(tokens.issue(VISITOR)) == VISITOR


def test_a_link_comes_back_whole_and_expires():
    links = DownloadTokens([SECRET])
    assert links.read(links.issue(GRANT, timedelta(minutes=5))) == GRANT
    old = links.issue(GRANT, timedelta(minutes=5), now=datetime.now(UTC) - timedelta(minutes=6))
    with pytest.raises(Unauthenticated, match="expired"):
        links.read(old)


def test_rotation_keeps_tokens_until_the_old_key_goes():
    token = VisitorTokens([SECRET]).issue(VISITOR)
    assert VisitorTokens([OTHER, SECRET]).read(token) == VISITOR
    assert VisitorTokens([SECRET]).read(VisitorTokens([SECRET, OTHER]).issue(VISITOR)) == VISITOR
    with pytest.raises(Unauthenticated):
        VisitorTokens([OTHER]).read(token)


def test_keys_of_different_purposes_differ():
    raw = decode_secret_keys([SECRET])
    tables = [signing_table(raw, purpose) for purpose in ("visitor", "download", "session")]
    keys = [next(iter(table.values())) for table in tables] + [derive(raw[0], "encrypt"), raw[0]]
    assert len(set(keys)) == 5


def pack(value):
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def forge(header, payload, key=b"", digest=hashlib.sha256):
    signed = f"{pack(header)}.{pack(payload)}"
    return f"{signed}.{pack(hmac.new(key, signed.encode(), digest).digest()) if key else ''}"


def forgeries():
    (kid, key), now = next(iter(signing_table(decode_secret_keys([SECRET]), "visitor").items())), int(time.time())
    head = {"alg": "HS256", "typ": "JWT", "kid": kid}
    good = {
        "iss": "switchboard",
        "aud": "visitor",
        "iat": now,
        "exp": now + 600,
        "tid": str(VISITOR.tenant),
        "chn": str(VISITOR.channel),
        "sub": "v-1",
    }
    genuine = forge(head, good, key)
    assert VisitorTokens([SECRET]).read(genuine) == VISITOR
    first, second, third = genuine.split(".")
    yield from ["", ".", "..", "a.b.c", first, f"{first}.{second}", f"{first}.{second}.", f"{first}..{third}"]
    yield from [f"{genuine}.x", f"{genuine}=", f"{genuine} ", f"{genuine}é", genuine[:-4], "x" * 5000, genuine * 9]
    for algorithm in (
        "none",
        "None",
        "NONE",
        "nOnE",
        "",
        "HS384",
        "HS512",
        "RS256",
        "ES256",
        "EdDSA",
        "PS256",
        None,
        7,
        [],
    ):
        yield forge({**head, "alg": algorithm}, good)
        yield forge({**head, "alg": algorithm}, good, key)
    yield forge({**head, "alg": "HS512"}, good, key, hashlib.sha512)
    for wrong in (
        "../../etc/passwd",
        "' OR 1=1 --",
        "",
        "0",
        None,
        7,
        ["a"],
        {"a": 1},
        "https://evil.com/k",
        kid.upper(),
    ):
        yield forge({**head, "kid": wrong}, good, key)
    yield forge({k: v for k, v in head.items() if k != "kid"}, good, key)
    for wrong_key in (b"secret", SECRET.encode(), decode_secret_keys([SECRET])[0], decode_secret_keys([OTHER])[0]):
        yield forge(head, good, wrong_key)
    public = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    yield jwt.encode(good, public, algorithm="RS256", headers={"kid": kid})
    yield forge(
        {**head, "jku": "https://evil.com", "x5u": "https://evil.com", "jwk": {"kty": "oct", "k": "c2VjcmV0"}},
        good,
        b"secret",
    )
    for claim in ("iss", "aud", "iat", "exp", "tid", "chn", "sub"):
        yield forge(head, {k: v for k, v in good.items() if k != claim}, key)
        yield forge(head, {**good, claim: None}, key)
        yield forge(head, {**good, claim: {"a": 1}}, key)
    for claims in (
        *({"aud": "download"}, {"aud": ["visitor", "download"]}, {"aud": "VISITOR"}, {"iss": "somebody"}),
        *({"exp": now - 600}, {"exp": "soon"}, {"iat": now + 3600}, {"nbf": now + 3600}, {"tid": "1"}, {"chn": "../x"}),
        *({"sub": ""}, {"sub": 7}),
    ):
        yield forge(head, {**good, **claims}, key)
    for payload in (b"", b"null", b"[]", b'"x"', b"7", b"\xff", b"{", b"[" * 1000):
        yield forge(head, payload, key)
    for header in (b"", b"null", b"[]", b"\xff", b"{"):
        yield forge(header, good, key)
    yield DownloadTokens([SECRET]).issue(GRANT, timedelta(minutes=5))
    yield SignedTokens([SECRET], "session").sign({"tid": "x"}, timedelta(minutes=5))


def test_forged_tokens_are_all_refused():
    tokens, forged = VisitorTokens([SECRET]), list(forgeries())
    assert len(set(forged)) >= 40
    accepted = []
    for token in forged:
        try:
            accepted.append((token, tokens.read(token)))
        except Unauthenticated:
            continue
    assert accepted == []
