"""The ways to sign in that the settings name."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import SecretStr

from hub.accounts.github import GitHubProvider
from hub.accounts.oidc import OidcClient, OidcProvider
from hub.accounts.providers import Provider
from hub.security.outbound import OutboundClient
from hub.settings import Settings

_GOOGLE = "https://accounts.google.com"
_MICROSOFT = "https://login.microsoftonline.com"


def build_providers(settings: Settings, outbound: OutboundClient) -> Sequence[Provider]:
    """The providers in the order of their buttons."""
    registered = [
        _client("oidc", settings.oidc_name, settings.oidc_issuer, settings.oidc_client_id, settings.oidc_client_secret),
        _client("google", "Google", _GOOGLE, settings.google_client_id, settings.google_client_secret),
        _client(
            "microsoft",
            "Microsoft",
            f"{_MICROSOFT}/{settings.microsoft_tenant}/v2.0",
            settings.microsoft_client_id,
            settings.microsoft_client_secret,
        ),
    ]
    providers: list[Provider] = [OidcProvider(one, outbound=outbound) for one in registered if one is not None]
    if settings.github_client_id is not None and settings.github_client_secret is not None:
        secret = settings.github_client_secret.get_secret_value()
        providers.append(
            GitHubProvider(
                api_url=settings.github_url,
                web_url=settings.github_web_url,
                client_id=settings.github_client_id,
                client_secret=secret,
                outbound=outbound,
            )
        )
    return tuple(providers)


def _client(
    id: str, name: str, issuer: str | None, client_id: str | None, secret: SecretStr | None
) -> OidcClient | None:
    if issuer is None or client_id is None or secret is None:
        return None
    return OidcClient(id, name, issuer, client_id, secret.get_secret_value())
