"""Settings: defaults, typed lists, errors that help, and an .env.example that agrees."""

import re
from ipaddress import ip_network
from pathlib import Path

import pytest

from hub.settings import Settings, SettingsError, load_settings, variable
from hub.settings.values import EXAMPLE_ADMIN_KEY, EXAMPLE_KEY, AllowedTarget

ROOT = Path(__file__).parents[2]
KEY = "Zm9yLXRlc3RzLW9ubHktMzItYnl0ZXMtbG9uZy0hISE="
TOGETHER = {
    "oidc": ("oidc_issuer", "oidc_client_id", "oidc_client_secret"),
    **{name: (f"{name}_client_id", f"{name}_client_secret") for name in ("google", "microsoft", "github")},
}
"""Settings that are set all or none."""


@pytest.fixture(autouse=True)
def clean(monkeypatch, tmp_path):
    for field in Settings.model_fields:
        monkeypatch.delenv(variable(field), raising=False)
    monkeypatch.chdir(tmp_path)


def test_defaults_need_no_variable():
    settings = load_settings()
    assert (settings.host, settings.port, settings.database_url) == ("127.0.0.1", 8080, None)
    assert settings.telegram_api_url == "https://api.telegram.org"


def test_lists_are_typed(monkeypatch):
    monkeypatch.setenv("HUB_TRUSTED_PROXIES", "127.0.0.1, 10.0.0.0/8,2001:db8::/32")
    monkeypatch.setenv("HUB_OUTBOUND_ALLOW", "Models.internal:8000,10.1.2.0/24:443,[::1]:9000")
    monkeypatch.setenv("HUB_SECRET_KEYS", f"{KEY},{KEY}")
    settings = load_settings()
    assert settings.trusted_proxies == (
        ip_network("127.0.0.1/32"),
        ip_network("10.0.0.0/8"),
        ip_network("2001:db8::/32"),
    )
    assert settings.outbound_allow == (
        AllowedTarget("models.internal", 8000),
        AllowedTarget("10.1.2.0/24", 443),
        AllowedTarget("::1/128", 9000),
    )
    assert [key.get_secret_value() for key in settings.secret_keys] == [KEY, KEY]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HUB_PORT", "eighty"),
        ("HUB_PORT", "70000"),
        ("HUB_DATABASE_URL", "mysql://hub:hunter2-secret@db/hub"),
        ("HUB_REDIS_URL", "127.0.0.1:6379"),
        ("HUB_TRUSTED_PROXIES", "10.0.0.0/8,proxy.local"),
        ("HUB_OUTBOUND_ALLOW", "models.internal"),
        ("HUB_OUTBOUND_ALLOW", "10.0.0.0/99:80"),
        ("HUB_OUTBOUND_ALLOW", "300.1.1.1:80"),
        ("HUB_SECRET_KEYS", "hunter2-secret"),
        ("HUB_SECRET_KEYS", f"{KEY},hunter2-secret"),
        ("HUB_ADMIN_API_KEY", "hunter2-secret"),
        ("HUB_ADMIN_API_KEY", EXAMPLE_ADMIN_KEY),
        ("HUB_SECRET_KEYS", f"{KEY},{EXAMPLE_KEY}"),
        ("HUB_PUBLIC_URL", "hub.example.com"),
        ("HUB_PUBLIC_URL", "https://hub.example.com:port"),
        ("HUB_LLM_PROVIDER", "nobody"),
        ("HUB_LOG_LEVEL", "loud"),
        ("HUB_DATABASE_POOL", "0"),
        ("HUB_EMBEDDING_DIMENSIONS", "-3"),
        ("HUB_BLOB_URL", "ftp://files"),
        ("HUB_OIDC_ISSUER", "http://login.example.com"),
        ("HUB_OIDC_ISSUER", "https://hunter2:hunter2@login.example.com"),
        ("HUB_MICROSOFT_TENANT", "contoso"),
    ],
)
def test_a_bad_value_names_the_variable_the_fault_and_an_example(monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as caught:
        load_settings()
    (problem,) = caught.value.problems
    assert re.fullmatch(rf"{name}: .{{10,}}\. Example: {name}=.+", problem)
    assert "hunter2" not in problem


def test_all_problems_come_at_once(monkeypatch):
    monkeypatch.setenv("HUB_PORT", "x")
    monkeypatch.setenv("HUB_LOG_FORMAT", "xml")
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert [line.split(":")[0] for line in str(caught.value).splitlines()] == ["HUB_LOG_FORMAT", "HUB_PORT"]


@pytest.mark.parametrize("group", TOGETHER)
def test_a_provider_is_set_up_whole_or_not_at_all(monkeypatch, group):
    for left_out in TOGETHER[group]:
        for name in TOGETHER[group]:
            monkeypatch.setenv(variable(name), "https://login.example.com" if name.endswith("issuer") else "hunter2")
        monkeypatch.delenv(variable(left_out))
        with pytest.raises(SettingsError) as caught:
            load_settings()
        (problem,) = caught.value.problems
        assert problem.startswith(variable(f"{group}_client_secret")) and "hunter2" not in problem


def test_dot_env_is_read_and_the_environment_wins(monkeypatch, tmp_path):
    (tmp_path / ".env").write_text("HUB_PORT=9001\nHUB_HOST=0.0.0.0\nHUB_REDIS_URL=\n")
    monkeypatch.setenv("HUB_PORT", "9002")
    settings = load_settings()
    assert (settings.port, settings.host, settings.redis_url) == (9002, "0.0.0.0", None)


def test_secrets_do_not_print(monkeypatch):
    monkeypatch.setenv("HUB_DATABASE_URL", "postgresql://hub:hunter2-secret@db/hub")
    monkeypatch.setenv("HUB_SECRET_KEYS", KEY)
    assert "hunter2" not in repr(load_settings())
    assert KEY not in repr(load_settings())


def test_env_example_and_settings_agree():
    text = (ROOT / ".env.example").read_text()
    listed = dict(re.findall(r"^# ?(HUB_[A-Z_]+)=(.*)$", text, re.MULTILINE))
    assert set(listed) == {variable(field) for field in Settings.model_fields}
    for name, field in Settings.model_fields.items():
        assert f"# {field.description}\n# {variable(name)}=" in text, f"{variable(name)} is described differently"
        assert listed[variable(name)] == (field.examples or [None])[0]


@pytest.mark.parametrize("name", sorted(set(Settings.model_fields) - {"secret_keys", "admin_api_key"}))
def test_every_example_is_valid(monkeypatch, name):
    example = (Settings.model_fields[name].examples or [""])[0]
    assert example, name
    monkeypatch.setenv(variable(name), example)
    for other in TOGETHER.get(name.partition("_")[0], ()):
        monkeypatch.setenv(variable(other), (Settings.model_fields[other].examples or [""])[0])
    assert getattr(load_settings(), name) is not None
