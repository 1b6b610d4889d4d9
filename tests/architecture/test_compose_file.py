"""The compose file agrees with the settings and commands it uses, keeps its data, and holds no password."""

import re
from pathlib import Path

import pytest
import yaml

from hub.settings import Settings, variable

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
FILE = yaml.safe_load(TEXT)
SERVICES = FILE["services"]
OURS = {"migrate", "web", "worker"}
VARIABLES = {variable(field) for field in Settings.model_fields}


def test_the_services_are_there():
    assert set(SERVICES) == {"database", "redis", *OURS}
    assert "pgvector" in SERVICES["database"]["image"]


@pytest.mark.parametrize("name", sorted(OURS))
def test_what_we_are_told_are_settings(name):
    told = set(SERVICES[name]["environment"])
    assert told - VARIABLES == set()
    assert {"HUB_DATABASE_URL", "HUB_REDIS_URL", "HUB_SECRET_KEYS"} <= told


@pytest.mark.parametrize("name", sorted(OURS))
def test_what_we_are_called_with_are_commands(name):
    from hub.run.cli.app import app

    assert SERVICES[name]["command"][0] in set(app)


def test_only_migrations_hold_the_owners_login():
    with_owner = {name for name in OURS if "HUB_DATABASE_ADMIN_URL" in SERVICES[name]["environment"]}
    assert with_owner == {"migrate"}


def test_no_password_is_inside():
    for name, service in SERVICES.items():
        for key, value in service.get("environment", {}).items():
            if re.search(r"PASSWORD|SECRET|API_KEY", key):
                assert re.fullmatch(r"\$\{[A-Z_]+(:\?[^}]+|:-)\}", value), (name, key)
            if "@" in value:
                assert re.search(r"://\w+:\$\{[A-Z_]+:\?[^}]+\}@", value), (name, key)
    for needed in ("DATABASE_OWNER_PASSWORD", "DATABASE_APP_PASSWORD", "HUB_SECRET_KEYS", "HUB_ADMIN_API_KEY"):
        assert f"${{{needed}:?" in TEXT


def test_everything_comes_back_and_data_stays():
    for name, service in SERVICES.items():
        assert service["restart"] == ("no" if name == "migrate" else "unless-stopped"), name
    for name in ("database", "redis", "web"):
        assert SERVICES[name]["healthcheck"]["test"], name
    named = {volume.partition(":")[0] for service in SERVICES.values() for volume in service.get("volumes", [])}
    assert {volume for volume in named if not volume.startswith(".")} == set(FILE["volumes"])
    for mounted in (volume for volume in named if volume.startswith(".")):
        assert (ROOT / mounted).is_file(), mounted


def test_order_of_start_waits_for_health():
    for name in ("web", "worker"):
        assert SERVICES[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}
    assert SERVICES["migrate"]["depends_on"]["database"] == {"condition": "service_healthy"}


def test_the_door_opens_to_this_machine_alone():
    assert [port.split(":")[0] for port in SERVICES["web"]["ports"]] == ["127.0.0.1"]
    assert [name for name in SERVICES if SERVICES[name].get("ports")] == ["web"]


def test_stopping_leaves_time_to_finish():
    for name in ("web", "worker"):
        assert int(SERVICES[name]["stop_grace_period"].removesuffix("s")) > 10
