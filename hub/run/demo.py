"""The demo tenant: Switchboard answering questions about Switchboard, on a web page and on a simulated Telegram."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from uuid import uuid5

from hub.accounts.tenants import TenantDesk
from hub.core.channels import RegistersWebhook
from hub.core.ids import ChannelId, ChannelKind, TenantId
from hub.knowledge.library import Entry
from hub.run.demo_people import DemoSignIn, demo_people
from hub.run.house import House
from hub.simulator.server import Simulator
from hub.simulator.telegram.platform import DEMO_TOKEN
from hub.store.channels import ChannelRow
from hub.store.directory import TenantRow

SLUG = "demo"
SIMULATED = "simulated"
"""The setting of a channel whose platform is the simulator, and is there only while the demo runs."""
TRY_URL = "try_url"
"""The setting of a channel that says where somebody can write to it, to try it."""
_SETTINGS = {
    "bot": {
        "bot_name": "Switchboard bot",
        "company": "Switchboard",
        "allowed_hosts": ["127.0.0.1", "localhost"],
        "handoff_keywords": ["human please"],
    }
}
_TELEGRAM_SECRET = "demo-webhook-secret"  # noqa: S105  # the simulator's, worth nothing elsewhere


class Demo:
    """Makes the demo tenant once and keeps it in step with the documentation. Every step is idempotent."""

    def __init__(self, house: House, *, simulator: Simulator, base_url: str) -> None:
        self._house = house
        self._simulator = simulator
        self._base_url = base_url

    async def prepare(self) -> tuple[str, int]:
        """Make the tenant and its channels; the web chat's site key and the simulated Telegram bot's id."""
        tenant = await self._tenant()
        origins = [self._base_url, self._base_url.replace("127.0.0.1", "localhost")]
        web = await self._channel(
            tenant.id, "webchat", "Demo site", {"allowed_origins": origins}, self._site_settings()
        )
        telegram = await self._channel(
            tenant.id,
            "telegram",
            "Simulated Telegram",
            {"bot_token": DEMO_TOKEN, "secret_token": _TELEGRAM_SECRET},
            self._trying("telegram", f"?bot={DEMO_TOKEN.partition(':')[0]}"),
        )
        bot = self._simulator.telegram.add_bot(token=DEMO_TOKEN, name="Switchboard demo")
        await self._register(telegram)
        await self._messenger(tenant.id)
        await self._whatsapp(tenant.id)
        await self._slack(tenant.id)
        return str(web.id), int(bot.id)

    async def people(self) -> DemoSignIn:
        """Make the demo's people, once."""
        return await demo_people(self._house, (await self._tenant()).id)

    async def _messenger(self, tenant: TenantId) -> None:
        platform = self._simulator.messenger
        page = platform.add_page()
        secrets = {"page_access_token": page.token, "app_secret": page.app_secret, "verify_token": page.verify_token}
        credentials: dict[str, object] = {"page_id": page.id, **secrets}
        channel = await self._channel(
            tenant, "messenger", "Simulated Messenger", credentials, self._trying("messenger")
        )
        await self._register(channel)
        # The app's own address, which a person sets in Meta's dashboard.
        platform.listen(f"{self._base_url}/webhooks/messenger/{channel.id}")

    async def _slack(self, tenant: TenantId) -> None:
        app = self._simulator.slack.add_app()
        credentials: dict[str, object] = {
            "bot_token": app.token,
            "signing_secret": app.signing_secret,
            "app_id": app.app_id,
            "team_id": app.team_id,
        }
        channel = await self._channel(tenant, "slack", "Simulated Slack", credentials, self._trying("slack"))
        # The app's own address, which a person sets in Slack's settings.
        self._simulator.slack.connect(f"{self._base_url}/webhooks/slack/{channel.id}")

    async def _whatsapp(self, tenant: TenantId) -> None:
        platform = self._simulator.whatsapp
        number = platform.add_number()
        credentials: dict[str, object] = {
            "phone_number_id": number.id,
            "waba_id": number.account,
            "access_token": number.token,
            "app_secret": number.app_secret,
            "verify_token": "simulated-verify-token",
        }
        channel = await self._channel(tenant, "whatsapp", "Simulated WhatsApp", credentials, self._trying("whatsapp"))
        # WhatsApp asks a new address for its challenge at once, and this server does not listen yet.
        platform.subscribe(number, f"{self._base_url}/webhooks/whatsapp/{channel.id}")

    async def load_documents(self, folder: Path, told: Callable[[str], None]) -> None:
        """Give the tenant the documentation; what did not change is left alone."""
        tenant = await self._tenant()
        files = await asyncio.to_thread(lambda: sorted(folder.rglob("*.md")))
        for n, path in enumerate(files, start=1):
            relative = path.relative_to(folder).as_posix()
            data = await asyncio.to_thread(path.read_bytes)
            entry = Entry(external_id=f"docs/{relative}", url=f"{self._base_url}/demo/docs/{relative}")
            await self._house.library.add(tenant.id, data, path.name, entry)
            told(f"Reading the documentation ({n} of {len(files)})")

    async def _tenant(self) -> TenantRow:
        async with self._house.store.directory() as directory:
            row = await directory.tenant(SLUG)
        desk = TenantDesk(store=self._house.store)
        return row or await desk.create(SLUG, "Switchboard demo", _SETTINGS)

    async def _channel(
        self, tenant: TenantId, kind: str, name: str, credentials: dict[str, object], settings: dict[str, object]
    ) -> ChannelRow:
        channel = ChannelId(uuid5(tenant, f"demo-{kind}"))
        adapter = self._house.channels[ChannelKind(kind)]
        configured = adapter.configure(credentials)
        async with self._house.store.begin(tenant) as tx:
            await tx.channels.ensure(
                channel,
                ChannelKind(kind),
                name,
                adapter.account(configured),
                self._house.accounts.seal(tenant, configured),
                settings,
            )
            await tx.channels.change(channel, settings=settings, secret=self._house.accounts.seal(tenant, configured))
            row = await tx.channels.get(channel)
        self._house.accounts.forget()
        if row is None:
            raise RuntimeError("a channel just made is not there")
        return row

    async def _register(self, channel: ChannelRow) -> None:
        adapter = self._house.channels[channel.kind]
        if isinstance(adapter, RegistersWebhook):
            credentials = self._house.accounts.unseal(channel.tenant_id, channel.secret)
            url = f"{self._base_url}/webhooks/{channel.kind}/{channel.id}"
            await adapter.register_webhook(credentials, url)

    def _trying(self, kind: str, query: str = "") -> dict[str, object]:
        return {SIMULATED: True, TRY_URL: f"{self._simulator.pages_url}/{kind}/{query}"}

    def _site_settings(self) -> dict[str, object]:
        return {
            TRY_URL: f"{self._base_url}/demo/",
            "name": "Switchboard",
            "greeting": "Hello, I am Switchboard's bot. Ask me how Switchboard works.",
            "suggestions": [
                "Which file types can I upload?",
                "How does handing over to a person work?",
                "What happens if the model is down?",
            ],
        }
