"""Signing in by a provider under attack: forged ID tokens, replayed and swapped answers, open redirects."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import jwt
import pytest

from hub.accounts.external_sign_in import own_page
from hub.security.id_tokens import BadIdToken, read_id_token
from hub.simulator.identity.oidc import KEY_ID, new_key, public_jwk
from support.api_calls import refused
from support.provider_journey import Journey, World, providers, simulator, world
from support.signed_in import PASSWORD, Browser, person

__all__ = ["providers", "simulator", "world"]

ISSUER, AUDIENCE, NONCE = "https://issuer.example", "switchboard", "n" * 43
KEY, OTHER = new_key(), new_key()
JWKS = [public_jwk(KEY, KEY_ID)]
Claims = dict[str, Any]


def claims(**changed: Any) -> Claims:
    now = int(time.time())
    said = {"iss": ISSUER, "sub": "1001", "aud": AUDIENCE, "iat": now, "exp": now + 300, "nonce": NONCE} | changed
    return {name: value for name, value in said.items() if value is not ...}


def signed(said: Claims, *, key: Any = KEY, algorithm: str = "RS256", kid: str | None = KEY_ID, **header: Any) -> str:
    return jwt.encode(said, key, algorithm=algorithm, headers=header | ({"kid": kid} if kid else {}))


def piece(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def by_hand(said: Claims, header: dict[str, Any], secret: bytes | None) -> str:
    """A token that no library would sign: with no signature, or with the public key taken for a shared secret."""
    text = f"{piece(header)}.{piece(said)}"
    digest = hmac.new(secret, text.encode(), hashlib.sha256).digest() if secret is not None else b""
    return f"{text}.{base64.urlsafe_b64encode(digest).decode().rstrip('=')}"


def public_pem() -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return bytes(KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))


NOW = int(time.time())
FORGERIES: dict[str, Callable[[], str]] = {
    "no algorithm": lambda: by_hand(claims(), {"alg": "none", "kid": KEY_ID}, None),
    "None, spelled": lambda: by_hand(claims(), {"alg": "NoNe", "kid": KEY_ID}, None),
    "no alg at all": lambda: by_hand(claims(), {"kid": KEY_ID}, None),
    "public key as secret": lambda: by_hand(claims(), {"alg": "HS256", "kid": KEY_ID}, public_pem()),
    "modulus as secret": lambda: by_hand(claims(), {"alg": "HS256", "kid": KEY_ID}, JWKS[0]["n"].encode()),
    "no signature": lambda: by_hand(claims(), {"alg": "RS256", "kid": KEY_ID}, None),
    "another's key": lambda: signed(claims(), key=OTHER),
    "another's key, named": lambda: signed(claims(), key=OTHER, kid="issuer-key-2"),
    "another's key, shown": lambda: signed(claims(), key=OTHER, jwk=public_jwk(OTHER, KEY_ID)),
    "another's key, linked": lambda: signed(claims(), key=OTHER, jku="https://evil.example/jwks"),
    "a key by path": lambda: signed(claims(), key=OTHER, kid="../../etc/passwd"),
    "another algorithm": lambda: signed(claims(), algorithm="PS256"),
    "crit": lambda: signed(claims(), crit=["exp"]),
    "changed": lambda: signed(claims()).replace(".", ".eyJzdWIiOiIxIn0", 1),
    "other issuer": lambda: signed(claims(iss="https://evil.example")),
    "issuer with a slash": lambda: signed(claims(iss=f"{ISSUER}/")),
    "no issuer": lambda: signed(claims(iss=...)),
    "other audience": lambda: signed(claims(aud="another-app")),
    "no audience": lambda: signed(claims(aud=...)),
    "empty audience": lambda: signed(claims(aud=[])),
    "several audiences": lambda: signed(claims(aud=[AUDIENCE, "another-app"])),
    "made for another": lambda: signed(claims(azp="another-app")),
    "made for another of several": lambda: signed(claims(aud=[AUDIENCE, "another-app"], azp="another-app")),
    "other nonce": lambda: signed(claims(nonce="m" * 43)),
    "no nonce": lambda: signed(claims(nonce=...)),
    "nonce no text": lambda: signed(claims(nonce=1)),
    "expired": lambda: signed(claims(exp=NOW - 120)),
    "no expiry": lambda: signed(claims(exp=...)),
    "expiry no number": lambda: signed(claims(exp="tomorrow")),
    "from the future": lambda: signed(claims(iat=NOW + 3600, exp=NOW + 7200)),
    "not before later": lambda: signed(claims(nbf=NOW + 3600)),
    "no issue time": lambda: signed(claims(iat=...)),
    "no subject": lambda: signed(claims(sub=...)),
    "empty subject": lambda: signed(claims(sub="")),
    "endless subject": lambda: signed(claims(sub="x" * 300)),
    "huge": lambda: signed(claims(pad="x" * 20_000)),
    "not a token": lambda: "a.b",
    "empty": lambda: "",
}


def read(token: str, keys: Any = JWKS, issuer: str = ISSUER) -> Claims:
    return read_id_token(token, keys, issuer=issuer, audience=AUDIENCE, nonce=NONCE)


def test_a_genuine_id_token_is_read() -> None:
    assert read(signed(claims()))["sub"] == "1001"
    assert read(signed(claims(aud=[AUDIENCE])))["sub"] == "1001"
    assert read(signed(claims(aud=[AUDIENCE, "another"], azp=AUDIENCE)))["sub"] == "1001"
    assert read(signed(claims(), kid=None))["sub"] == "1001", "with one key, nobody needs its name"


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forged_id_token_is_refused(name: str) -> None:
    with pytest.raises(BadIdToken):
        read(FORGERIES[name]())


def test_keys_for_other_things_verify_nothing() -> None:
    for change in ({"use": "enc"}, {"alg": "RS512"}, {"kty": "oct", "k": "AAAA"}, {"n": "AQAB"}):
        with pytest.raises(BadIdToken):
            read(signed(claims()), [JWKS[0] | change])
    with pytest.raises(BadIdToken):
        read(signed(claims(), kid=None), [JWKS[0], public_jwk(OTHER, "issuer-key-2")])


def test_an_issuer_of_many_organisations_is_one_by_the_id_it_names() -> None:
    place, organisation = "https://login.microsoftonline.com/{tenantid}/v2.0", "72f988bf-86f1-41af-91ab-2d7cd011db47"
    own = place.replace("{tenantid}", organisation)
    assert read(signed(claims(iss=own, tid=organisation)), issuer=place)["iss"] == own
    for said in (claims(iss=own), claims(iss=own, tid="../evil"), claims(iss=place, tid="{tenantid}"),
                 claims(iss="https://evil.example/v2.0", tid=organisation)):  # fmt: skip
        with pytest.raises(BadIdToken):
            read(signed(said), issuer=place)


async def test_a_forged_token_at_the_issuers_own_address_lets_nobody_in(world: World) -> None:
    await world.site.people.create("ada@example.com", "Ada", password=PASSWORD, verified=True)
    world.account("1001", "ada@example.com")
    key = await world.simulator.oidc.key()
    pem = {"kid": KEY_ID}
    forgeries: list[Callable[[Claims], str]] = [
        lambda said: by_hand(said, {"alg": "none"} | pem, None),
        lambda said: signed(said, key=OTHER),
        lambda said: signed(said | {"nonce": "m" * 43}, key=key),
        lambda said: signed(said | {"aud": "another-app"}, key=key),
        lambda said: signed(said | {"iss": "https://evil.example"}, key=key),
        lambda said: signed(said | {"exp": NOW - 600}, key=key),
    ]
    for forge in forgeries:
        world.simulator.oidc.forge = forge
        browser = Browser(world.site)
        assert (await Journey(world, browser).all("1001")).error == "provider"
        assert browser.cookie is None
    assert len(world.simulator.record.calls("oidc", "jwks")) <= 2, (
        "a token with a strange key asks for no flood of keys"
    )
    world.simulator.oidc.forge = None
    assert (await Journey(world, Browser(world.site)).all("1001")).error is None


async def test_an_answer_counts_once_in_the_browser_that_asked(world: World) -> None:
    await world.site.people.create("ada@example.com", "Ada", password=PASSWORD, verified=True)
    world.account("1001", "ada@example.com")
    ada, eve = Browser(world.site), Browser(world.site)
    journey = await Journey(world, ada).start()
    answer = await journey.choose("1001")
    for kept in ("", "x", "A" * 200, (await Journey(world, eve).start()).kept):
        assert (await Journey(world, eve).back(answer, kept=kept)).error == "expired"
    assert eve.cookie is None, "whoever steals an answer cannot use it, and nobody is signed in as another"
    github = answer.replace("/providers/oidc/", "/providers/github/")
    assert (await Journey(world, eve).back(github, kept=journey.kept)).error == "expired"
    assert (await journey.back(answer)).error is None
    assert ada.cookie is not None
    assert (await Journey(world, Browser(world.site)).back(answer, kept=journey.kept)).error == "expired", "replayed"


async def test_answers_of_another_make_are_refused(world: World) -> None:
    await world.site.people.create("ada@example.com", "Ada", password=PASSWORD, verified=True)
    world.account("1001", "ada@example.com")

    async def changed(**more: str) -> str | None:
        journey = await Journey(world, Browser(world.site)).start()
        parts = urlsplit(await journey.choose("1001"))
        query = {k: v for k, v in (dict(parse_qsl(parts.query)) | more).items() if v}
        landing = await journey.back(urlunsplit(parts._replace(query=urlencode(query))))
        return landing.error

    assert await changed() is None
    assert await changed(iss="https://evil.example") == "provider"
    assert await changed(iss="") == "provider", "this issuer says that it always names itself"
    assert await changed(state="another") == "expired"
    assert await changed(code="stolen-elsewhere") == "provider"
    assert await changed(code="") == "provider"
    assert await changed(error="server_error") == "provider"


async def test_a_code_is_worth_nothing_without_the_verifier(world: World) -> None:
    world.account("1001", "ada@example.com")
    journey = await Journey(world, Browser(world.site)).start()
    query = dict(parse_qsl(urlsplit(journey.url).query))
    assert query["code_challenge_method"] == "S256" and len(query["code_challenge"]) == 43
    assert len(query["state"]) == 43 and len(query["nonce"]) == 43
    answer = dict(parse_qsl(urlsplit(await journey.choose("1001")).query))
    issuer = world.simulator.oidc_url
    form = {"grant_type": "authorization_code", "code": answer["code"], "redirect_uri": query["redirect_uri"],
            "code_verifier": "v" * 43}  # fmt: skip
    import aiohttp

    login = aiohttp.encode_basic_auth("switchboard", "the-application-s-secret")
    async with world.http.post(f"{issuer}/token", data=form, headers={"Authorization": login}) as refusal:
        assert (refusal.status, (await refusal.json())["error"]) == (400, "invalid_grant")
    assert (await journey.back(f"/api/v1/auth/providers/oidc/callback?{urlencode(answer)}")).error == "provider"


@pytest.mark.parametrize("missing", ["state", "nonce", "code_challenge", "code_challenge_method", "scope"])
async def test_the_simulated_issuer_takes_nothing_less(world: World, missing: str) -> None:
    journey = await Journey(world, Browser(world.site)).start()
    parts = urlsplit(journey.url)
    query = {k: v for k, v in parse_qsl(parts.query) if k != missing}
    for bad in (query, dict(parse_qsl(parts.query)) | {"prompt2": "x"}):
        url = urlunsplit(parts._replace(query=urlencode(bad)))
        async with world.http.get(url, allow_redirects=False) as answer:
            assert "error=invalid_request" in answer.headers["Location"]


TRICKS = [
    *("https://evil.example/", "//evil.example/", "/\\evil.example", "/admin//evil.example", "/admin/\\evil.example"),
    *("javascript:alert(1)", "/admin/../../evil", "/api/v1/me", "/adminevil.example", "", "/admin/\r\nX: y"),
    *("/admin/\tx", "/admin/é", "http:/admin/", " /admin/", "/admin/" + "x" * 3_000, "@evil.example", "/admin"),
]


@pytest.mark.parametrize("page", TRICKS)
async def test_no_answer_leads_off_the_desk(world: World, page: str) -> None:
    assert own_page(page) == "/admin/"
    if len(page) > 2_000 or page != TRICKS[0]:
        return
    await world.site.people.create("ada@example.com", "Ada", password=PASSWORD, verified=True)
    world.account("1001", "ada@example.com")
    assert (await Journey(world, Browser(world.site)).all("1001", next=page)).page == "/admin/"
    landing = await Journey(world, Browser(world.site)).all("", next=page)
    assert landing.query["next"] == "/"


async def test_connecting_needs_the_session_that_asked(world: World) -> None:
    ada = await person(world.site, "ada@example.com")
    world.account("1001", "evil@example.net")
    await refused(await Browser(world.site).send("POST", "/api/v1/me/logins/oidc", json={}), 401)
    bare = Browser(world.site, ada.cookie)
    await refused(await bare.send("POST", "/api/v1/me/logins/oidc", json={}), 403)
    journey = await Journey(world, ada).start("/api/v1/me/logins/oidc", password=PASSWORD)
    answer = await journey.choose("1001")
    await ada.ok("POST", "/api/v1/auth/sign-out")
    assert (await journey.back(answer)).error == "expired"


async def test_beginning_is_limited_per_address(world: World) -> None:
    seen = [
        (await Browser(world.site).send("POST", "/api/v1/auth/providers/oidc/start", json={})).status for _ in range(25)
    ]
    assert seen.count(200) == 20 and seen[-1] == 429
