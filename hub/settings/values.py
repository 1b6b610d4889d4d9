"""What settings may hold: lists, addresses and keys, each read from text with a sentence for what is wrong with it."""

from __future__ import annotations

import base64
import binascii
import json
import re
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated, Any, NamedTuple
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, SecretStr
from pydantic_settings import NoDecode

from hub.core.plans import OPEN, Plan

Network = IPv4Network | IPv6Network

EXAMPLE_KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
EXAMPLE_ADMIN_KEY = "choose-a-long-random-value"
"""Printed in the documentation, hence known to everybody: refused as values."""


class AllowedTarget(NamedTuple):
    """A place the operator lets the outbound client reach: a host name or a network (CIDR), and a port."""

    target: str
    port: int


def _split(value: Any) -> Any:
    return [item.strip() for item in value.split(",") if item.strip()] if isinstance(value, str) else value


def _parse_networks(value: Any) -> Any:
    networks = []
    for item in _split(value):
        try:
            networks.append(ip_network(item))
        except ValueError:
            raise ValueError(f"'{item}' is not an IP address or a network (CIDR)") from None
    return tuple(networks)


_HOST = re.compile(r"(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,62})(\.[a-z0-9_]([a-z0-9_-]{0,62}))*")


def _parse_allowed(value: Any) -> Any:
    return tuple(_parse_target(item) if isinstance(item, str) else item for item in _split(value))


def target_of(url: str) -> AllowedTarget:
    """Host and port of an address."""
    parts = urlsplit(url)
    return AllowedTarget(parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80))


def _parse_target(item: str) -> AllowedTarget:
    target, _, port = item.rpartition(":")
    target = target.removeprefix("[").removesuffix("]").lower()
    if not (port.isascii() and port.isdigit() and 1 <= int(port) <= 65535):
        raise ValueError(f"'{item}' must end in a port from 1 to 65535")
    try:
        target = str(ip_network(target))
    except ValueError:
        if "/" in target or not _HOST.fullmatch(target) or target.replace(".", "").isdigit():
            raise ValueError(f"'{item}' does not name a host, an address or a network (CIDR) before the port") from None
    return AllowedTarget(target, int(port))


class NamedModel(NamedTuple):
    """A model and whose it is."""

    provider: str
    model: str


_MODEL_VENDORS = ("openai", "anthropic", "ollama")


def _parse_plans(value: Any) -> Any:
    return tuple(_parse_plan(item) if isinstance(item, str) else item for item in _split(value))


def _parse_plan(item: str) -> Plan:
    name, _, calls = item.partition("=")
    overage, number = calls.endswith("+"), calls.removesuffix("+")
    if re.fullmatch(r"[a-z][a-z0-9-]{0,30}", name) is None or not number.isdecimal() or int(number) < 1:
        raise ValueError(f"'{item}' must be a plan's name and its calls an hour, such as free=100 or paid=1000+")
    if name == OPEN:
        raise ValueError(f"'{OPEN}' is the plan without a limit")
    return Plan(name, int(number), overage)


def _parse_models(value: Any) -> Any:
    return tuple(_parse_model(item) if isinstance(item, str) else item for item in _split(value))


def _parse_model(item: str) -> NamedModel:
    provider, _, model = item.partition("/")
    if provider not in _MODEL_VENDORS or not model:
        raise ValueError(f"'{item}' must be provider/model, with a provider of {', '.join(_MODEL_VENDORS)}")
    return NamedModel(provider, model)


class NamedEmbedder(NamedTuple):
    """An embedding model, whose it is (the local one needs no name), and how many numbers its vectors are to have."""

    provider: str
    model: str | None
    dims: int | None


_EMBEDDING_VENDORS = ("openai", "ollama", "local")


def _parse_embedders(value: Any) -> Any:
    return tuple(_parse_embedder(item) if isinstance(item, str) else item for item in _split(value))


def _parse_embedder(item: str) -> NamedEmbedder:
    name, _, size = item.partition("@")
    provider, _, model = name.partition("/")
    if provider not in _EMBEDDING_VENDORS or (not model and provider != "local"):
        raise ValueError(f"'{item}' must be provider/model, with a provider of {', '.join(_EMBEDDING_VENDORS)}")
    if size and not (size.isascii() and size.isdigit() and 1 <= int(size) <= 4000):
        raise ValueError(f"'{item}' must end in a number of dimensions from 1 to 4000")
    return NamedEmbedder(provider, model or None, int(size) if size else None)


_MODEL_TASKS = ("answer", "small", "summary", "title", "pair", "rerank", "rephrase", "*")


def _parse_model_plans(value: Any) -> Any:
    plans = _json_object(value)
    return {str(name): _parse_model_plan(str(name), tasks) for name, tasks in plans.items()}


def _json_object(value: Any) -> dict[str, Any]:
    try:
        found = json.loads(value) if isinstance(value, str) else value
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise ValueError("it must be a JSON object of plans")
    return found


def _parse_model_plan(name: str, tasks: Any) -> dict[str, tuple[NamedModel, ...]]:
    if not isinstance(tasks, dict):
        raise ValueError(f"the plan '{name}' must be an object of tasks")
    plan: dict[str, tuple[NamedModel, ...]] = {}
    for task, models in tasks.items():
        if task not in _MODEL_TASKS:
            raise ValueError(f"the plan '{name}' names the task '{task}'; there are {', '.join(_MODEL_TASKS)}")
        listed = [models] if isinstance(models, str) else models
        if not isinstance(listed, list | tuple) or not listed:
            raise ValueError(f"the task '{task}' of the plan '{name}' must name a model")
        plan[task] = tuple(_parse_model(one) if isinstance(one, str) else NamedModel(*one) for one in listed)
    return plan


def _parse_keys(value: Any) -> Any:
    return tuple(SecretStr(item) if isinstance(item, str) else item for item in _split(value))


def _check_keys(keys: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
    for place, key in enumerate(keys, start=1):
        try:
            size = len(base64.b64decode(key.get_secret_value().encode(), altchars=b"-_", validate=True))
        except (binascii.Error, ValueError):
            size = -1
        if size != 32:
            raise ValueError(f"key {place} is not 32 bytes in URL-safe base64")
        if key.get_secret_value() == EXAMPLE_KEY:
            raise ValueError(f"key {place} is the one from the documentation; make your own")
    return keys


def check_admin_key(key: SecretStr) -> SecretStr:
    """Refuse the key that the documentation prints."""
    if key.get_secret_value() == EXAMPLE_ADMIN_KEY:
        raise ValueError("this is the one from the documentation; make your own")
    return key


def check_issuer(url: str) -> str:
    """Refuse an issuer that does not speak https, or whose address says more than where it is."""
    parts = urlsplit(url)
    if parts.scheme != "https" and parts.hostname not in ("127.0.0.1", "::1", "localhost"):
        raise ValueError("it must start with https://, except on this machine itself")
    if parts.query or parts.fragment or parts.username is not None:
        raise ValueError("it must be an address without user, ? and #")
    return url


def url(*schemes: str) -> AfterValidator:
    """A check that a text, secret or not, is a URL of one of ``schemes`` with a host (``file`` needs none)."""

    def check(value: Any) -> Any:
        text = value.get_secret_value() if isinstance(value, SecretStr) else value
        try:
            parts = urlsplit(text)
            _ = parts.port
        except ValueError:
            raise ValueError("it is not a URL") from None
        if parts.scheme not in schemes:
            raise ValueError(f"it must start with {' or '.join(f'{scheme}://' for scheme in schemes)}")
        if not parts.netloc and parts.scheme not in {"file", "postgresql", "unix"}:
            raise ValueError("it names no host")
        return value if isinstance(value, SecretStr) else text.rstrip("/")

    return AfterValidator(check)


WebUrl = Annotated[str, url("http", "https")]
DatabaseUrl = Annotated[SecretStr, url("postgresql", "postgres")]
Networks = Annotated[tuple[Network, ...], NoDecode, BeforeValidator(_parse_networks)]
AllowedTargets = Annotated[tuple[AllowedTarget, ...], NoDecode, BeforeValidator(_parse_allowed)]
PlanList = Annotated[tuple[Plan, ...], NoDecode, BeforeValidator(_parse_plans)]
Fallbacks = Annotated[tuple[NamedModel, ...], NoDecode, BeforeValidator(_parse_models)]
Embedders = Annotated[tuple[NamedEmbedder, ...], NoDecode, BeforeValidator(_parse_embedders)]
ModelPlans = Annotated[dict[str, dict[str, tuple[NamedModel, ...]]], NoDecode, BeforeValidator(_parse_model_plans)]
SecretKeys = Annotated[tuple[SecretStr, ...], NoDecode, BeforeValidator(_parse_keys), AfterValidator(_check_keys)]
