"""Every ``HUB_*`` variable: its type, its default, what it means and an example. Read by ``hub.run`` alone.

Values come from the environment, then from ``.env`` in the working directory. An empty value counts as absent.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit, urlunsplit

from pydantic import (
    AfterValidator,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict

from hub.core.errors import HubError
from hub.core.plans import OPEN, Plan, Plans
from hub.settings.values import (
    EXAMPLE_ADMIN_KEY,
    EXAMPLE_KEY,
    AllowedTarget,
    AllowedTargets,
    DatabaseUrl,
    Embedders,
    Fallbacks,
    ModelPlans,
    Networks,
    PlanList,
    SecretKeys,
    WebUrl,
    check_admin_key,
    check_issuer,
    target_of,
    url,
)


class SettingsError(HubError):
    """The configuration cannot be used. ``problems`` holds one sentence per variable; ``str()`` joins their lines."""

    code = "bad_settings"

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def _field(default: Any, text: str, example: str, **limits: Any) -> Any:
    return Field(default=default, description=text, examples=[example], **limits)


def _secret_of(provider: str) -> Any:
    """The secret that goes with a provider's client id; looked at although absent, since neither goes without."""
    id = variable(f"{provider}_client_id")
    return _field(None, f"The secret that goes with {id}.", "your-secret", validate_default=True)


def variable(field: str) -> str:
    """The environment variable of a field of ``Settings``."""
    return f"HUB_{field.upper()}"


class Settings(BaseSettings):
    """The deployment's configuration. Field ``port`` is the variable ``HUB_PORT``, and so on."""

    model_config = SettingsConfigDict(
        env_prefix="HUB_",
        env_file=".env",
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
    )

    database_url: DatabaseUrl | None = _field(
        None,
        "PostgreSQL 16 or newer with pgvector 0.8 or newer: the application's login. `hub up` brings its own.",
        "postgresql://hub:secret@db.example.com:5432/hub",
    )
    database_admin_url: DatabaseUrl | None = _field(
        None,
        "The login that owns the tables, for `hub migrate`. Default: HUB_DATABASE_URL.",
        "postgresql://hub_owner:secret@db.example.com:5432/hub",
    )
    inbox_limit: int = _field(
        50_000, "Messages of one tenant that may wait for an answer; more are refused with 503.", "50000", ge=100
    )
    outbox_limit: int = _field(
        50_000, "Messages of one tenant that may wait to be sent; more are not written.", "50000", ge=100
    )
    plans: PlanList = _field(
        (Plan("free", 100), Plan("paid", 1000)),
        "Plans for tenants: calls of their API keys in an hour. With + those beyond are let through and counted.",
        "free=100,paid=1000+",
    )
    default_plan: str = _field(OPEN, "The plan of a new tenant: one of HUB_PLANS, or open, which has no limit.", "free")
    database_pool: int = _field(10, "Database connections one process may hold.", "10", ge=2, le=500)
    redis_url: Annotated[SecretStr, url("redis", "rediss", "unix")] | None = _field(
        None,
        "Redis, for several processes. Absent: web and worker share one process.",
        "redis://127.0.0.1:6379/0",
    )
    data_dir: Path = _field(Path(".data"), "Where `hub up` keeps its database, and files unless HUB_BLOB_URL.", ".data")
    blob_url: Annotated[str, url("file", "s3", "gs", "az")] | None = _field(
        None, "Where files are kept. Default: `files` in HUB_DATA_DIR.", "s3://bucket/prefix"
    )
    smtp_url: Annotated[SecretStr, url("smtp", "smtps")] | None = _field(
        None,
        "The mail server: smtp:// (with STARTTLS) or smtps://. Absent: no mail is sent, and links are shown instead.",
        "smtp://user:secret@mail.example.com:587",
    )
    mail_from: str | None = _field(
        None,
        "Who mails come from. Default: `switchboard` at the host of HUB_PUBLIC_URL.",
        "Acme support <support@acme.example>",
        min_length=3,
        max_length=200,
    )
    trusted_proxies: Networks = _field(
        (),
        "Comma-separated addresses or networks of reverse proxies whose X-Forwarded-For is believed.",
        "127.0.0.1,10.0.0.0/8",
    )
    outbound_allow: AllowedTargets = _field(
        (),
        "Comma-separated host:port or CIDR:port that tenants' URLs may reach although they are private or unusual.",
        "models.internal:8000,10.1.2.0/24:443",
    )
    public_url: WebUrl | None = _field(
        None, "The address customers and platforms reach this hub at.", "https://hub.example.com"
    )
    host: str = _field("127.0.0.1", "The address to listen on.", "127.0.0.1")
    port: int = _field(8080, "The port to listen on.", "8080", ge=1, le=65535)
    secret_keys: SecretKeys = _field(
        (),
        "Comma-separated keys for secrets at rest, 32 bytes in URL-safe base64: the first encrypts, all decrypt.",
        EXAMPLE_KEY,
    )
    admin_api_key: Annotated[SecretStr, Field(min_length=24), AfterValidator(check_admin_key)] | None = _field(
        None,
        "The platform admin's API key for machines, 24 characters or more.",
        EXAMPLE_ADMIN_KEY,
    )
    llm_provider: Literal["openai", "anthropic", "ollama"] | None = _field(
        None, "Whose chat model answers: openai (or any server like it), anthropic, ollama. Absent: extracts.", "openai"
    )
    llm_model: str | None = _field(None, "The chat model's name.", "gpt-5-mini")
    llm_small_model: str | None = _field(
        None,
        "A cheaper model of the same provider: for small tasks, and for when a budget has no more for the other.",
        "gpt-5-nano",
    )
    llm_fallbacks: Fallbacks = _field(
        (),
        "Comma-separated provider/model that answer, in this order, when the chat model fails.",
        "openai/gpt-4.1-mini,anthropic/claude-haiku-4-5",
    )
    llm_fallback_api_key: SecretStr | None = _field(
        None, "The API key for fallbacks of another provider than HUB_LLM_PROVIDER.", "your-key"
    )
    llm_plans: ModelPlans = _field(
        {},
        "Models by plan, as JSON: by plan and task those offered, the first by default. Tasks: answer, small, summary, "
        "title, pair, rerank, rephrase, and * for the others.",
        '{"open": {"answer": "openai/gpt-5-nano"}, "paid": {"answer": ["openai/gpt-5", "openai/gpt-5-mini"]}}',
    )
    llm_first_token_seconds: float = _field(
        20.0, "How long an answer may take to begin, and fall silent, before it counts as failed.", "20", gt=0, le=600
    )
    llm_api_key: SecretStr | None = _field(None, "The chat model's API key.", "your-key")
    embedding_provider: Literal["openai", "ollama", "local"] | None = _field(
        None, "Whose model makes vectors: openai (or any server like it), ollama, local. Absent: words alone.", "local"
    )
    embedding_model: str | None = _field(None, "The embedding model's name.", "text-embedding-3-small")
    embedding_api_key: SecretStr | None = _field(None, "The embedding model's API key.", "your-key")
    embedding_model_dir: Path | None = _field(
        None, "The local embedding model's directory. Default: the installed MiniLM, if any.", "/srv/models/minilm"
    )
    embedding_dimensions: int | None = _field(
        None, "How many numbers a vector has, where the model lets one choose.", "1536", ge=1, le=4000
    )
    embedding_others: Embedders = _field(
        (),
        "Comma-separated provider/model[@dimensions] that tenants may make further sets of vectors with.",
        "openai/text-embedding-3-large@1024,ollama/nomic-embed-text,local",
    )
    whatsapp_api_url: WebUrl = _field("https://graph.facebook.com", "WhatsApp's API.", "https://graph.facebook.com")
    messenger_api_url: WebUrl = _field("https://graph.facebook.com", "Messenger's API.", "https://graph.facebook.com")
    slack_api_url: WebUrl = _field("https://slack.com/api", "Slack's API.", "https://slack.com/api")
    telegram_api_url: WebUrl = _field("https://api.telegram.org", "Telegram's Bot API.", "https://api.telegram.org")
    openai_base_url: WebUrl = _field(
        "https://api.openai.com/v1", "OpenAI's API, or that of a server like it.", "http://127.0.0.1:8000/v1"
    )
    anthropic_base_url: WebUrl = _field("https://api.anthropic.com", "Anthropic's API.", "https://api.anthropic.com")
    ollama_base_url: WebUrl = _field("http://127.0.0.1:11434", "Ollama's server.", "http://127.0.0.1:11434")
    youtube_url: WebUrl = _field("https://www.youtube.com", "YouTube, for transcripts.", "https://www.youtube.com")
    github_url: WebUrl = _field("https://api.github.com", "GitHub's API.", "https://api.github.com")
    oidc_issuer: Annotated[WebUrl, AfterValidator(check_issuer)] | None = _field(
        None,
        "An OpenID Connect issuer to sign in at; its discovery document lies below this address.",
        "https://login.acme.example/realms/staff",
    )
    oidc_name: str = _field("single sign-on", "What the issuer is called on its button.", "Acme", max_length=40)
    oidc_client_id: str | None = _field(None, "The hub's client id at the issuer.", "switchboard", max_length=300)
    oidc_client_secret: SecretStr | None = _secret_of("oidc")
    google_client_id: str | None = _field(
        None, "The hub's client id at Google, to sign in there.", "123.apps.googleusercontent.com", max_length=300
    )
    google_client_secret: SecretStr | None = _secret_of("google")
    microsoft_client_id: str | None = _field(
        None,
        "The hub's application id at Microsoft Entra, to sign in there.",
        "5f1f9c1e-0f3b-4a57-9c53-1d2f3a4b5c6d",
        max_length=300,
    )
    microsoft_client_secret: SecretStr | None = _secret_of("microsoft")
    microsoft_tenant: str = _field(
        "organizations",
        "Whose people may sign in at Microsoft: an organisation's id, `organizations` or `common`.",
        "72f988bf-86f1-41af-91ab-2d7cd011db47",
        pattern=r"^(organizations|common|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$",
    )
    github_client_id: str | None = _field(
        None, "The hub's OAuth app at GitHub, to sign in there.", "Iv1.0123456789abcdef", max_length=300
    )
    github_client_secret: SecretStr | None = _secret_of("github")
    log_level: Literal["debug", "info", "warning", "error"] = _field(
        "info", "The least important log line that is written: debug, info, warning, error.", "info"
    )
    log_format: Literal["text", "json"] = _field(
        "text", "How log lines look: text for people, json for machines.", "json"
    )

    @property
    def github_web_url(self) -> str:
        """Where people see the GitHub whose API this is: ``https://github.com`` for ``https://api.github.com``, and the
        server itself for ``https://github.example.com/api/v3``."""
        parts = urlsplit(self.github_url)
        return urlunsplit((parts.scheme, parts.netloc.removeprefix("api."), "", "", ""))

    @property
    def offered_plans(self) -> Plans:
        """The plans that tenants can have, and a new one's."""
        return Plans(self.plans, self.default_plan)

    @property
    def sign_in_targets(self) -> tuple[AllowedTarget, ...]:
        """What the operator permits calls to by naming it: the issuer and GitHub, which may be in a private network."""
        named = [] if self.oidc_issuer is None else [self.oidc_issuer]
        if self.github_client_id is not None:
            named += [self.github_url, self.github_web_url]
        return tuple(map(target_of, named))

    @property
    def youtube_target(self) -> AllowedTarget:
        """Where YouTube is called, which may be a proxy in a private network."""
        return target_of(self.youtube_url)

    @field_validator("default_plan")
    @classmethod
    def _offered(cls, name: str, info: ValidationInfo) -> str:
        names = [OPEN, *(plan.name for plan in info.data.get("plans", ()))]
        if name not in names:
            raise ValueError(f"it must be one of {', '.join(names)}")
        return name

    @field_validator("oidc_client_secret", "google_client_secret", "microsoft_client_secret", "github_client_secret")
    @classmethod
    def _whole(cls, secret: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        """A provider is set up whole or not at all."""
        provider = (info.field_name or "").removesuffix("_client_secret")
        id = info.data.get(f"{provider}_client_id")
        if (id is None) != (secret is None):
            raise ValueError(f"it goes together with {variable(f'{provider}_client_id')}; set both or none")
        if provider == "oidc" and (id is None) != (info.data.get("oidc_issuer") is None):
            raise ValueError("HUB_OIDC_ISSUER, HUB_OIDC_CLIENT_ID and it go together; set all or none")
        return secret


def load_settings(env_file: Path | str | None = ".env") -> Settings:
    """Read and check the configuration. Raises ``SettingsError`` with every problem, one line each."""
    try:
        return Settings(_env_file=env_file)
    except ValidationError as error:
        problems = {str(item["loc"][0]): item["msg"] for item in reversed(error.errors(include_input=False))}
        raise SettingsError(tuple(_sentence(field, text) for field, text in sorted(problems.items()))) from None


def _sentence(field: str, text: str) -> str:
    example = (Settings.model_fields[field].examples or [""])[0]
    reason = text.removeprefix("Value error, ").strip().rstrip(".")
    return f"{variable(field)}: {reason[:1].lower()}{reason[1:]}. Example: {variable(field)}={example}"
