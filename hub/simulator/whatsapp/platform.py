"""The simulated WhatsApp: its numbers and people, and the Cloud API over HTTP."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import time
from collections.abc import Awaitable, Callable
from zlib import crc32

import aiohttp
from aiohttp import web

from hub.simulator import wire
from hub.simulator.faults import FaultPlan
from hub.simulator.record import Record, Recorded
from hub.simulator.whatsapp.delivery import Courier
from hub.simulator.whatsapp.graph import GraphError, Json, invalid, refuse
from hub.simulator.whatsapp.people import Person
from hub.simulator.whatsapp.schema import read_body, read_mark, read_outgoing
from hub.simulator.whatsapp.sending import accept
from hub.simulator.whatsapp.templates import DEMO_TEMPLATES, template_page
from hub.simulator.whatsapp.world import TYPING_SECONDS, Number, Webhook

BODY = 110 << 20
NUMBERS = 10_000
DEMO_NUMBER = "7000000002"
DEMO_TOKEN = "SIMULATED-WHATSAPP-TOKEN-not-a-secret"  # noqa: S105  # public by design: it opens the simulator alone
DEMO_APP_SECRET = "simulated-app-secret"  # noqa: S105  # the simulator's, worth nothing elsewhere
_VERSION = re.compile(r"v\d{1,2}\.\d")
_DIGITS = re.compile(r"\d{1,32}")
Handler = Callable[[web.Request, Recorded], Awaitable[web.Response]]


class WhatsApp:
    """Business numbers, people and the Cloud API.

    ``first_id`` is where message ids start; a simulator that outlives nothing but itself must start above what an
    earlier one handed out, or the hub rightly takes its messages for old ones.
    """

    name = "whatsapp"

    def __init__(self, *, record: Record, faults: FaultPlan, first_id: int, speed: float = 1.0) -> None:
        self.record = record
        self.faults = faults
        self.numbers: dict[str, Number] = {}
        self._couriers: dict[str, Courier] = {}
        self._session: aiohttp.ClientSession | None = None
        self._first_id = first_id
        self._speed = speed

    async def start(self) -> None:
        """Open the connections that webhooks are delivered over."""
        self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=200), trust_env=False)

    async def stop(self) -> None:
        """Stop delivering. Idempotent."""
        for courier in self._couriers.values():
            await courier.close()
        if self._session:
            await self._session.close()

    def routes(self, app: web.Application) -> None:
        """Put the Cloud API on an application."""
        app.router.add_post("/{version}/{node}/messages", self._handled("messages", self._messages))
        app.router.add_post("/{version}/{node}/media", self._handled("media", self._upload))
        app.router.add_get("/{version}/{node}/subscribed_apps", self._handled("subscribed_apps", self._subscribed))
        app.router.add_post("/{version}/{node}/subscribed_apps", self._handled("subscribed_apps", self._subscribe))
        app.router.add_get("/{version}/{node}/message_templates", self._handled("message_templates", self._templates))
        app.router.add_get("/{version}/{node}", self._handled("node", self._node))
        app.router.add_post("/{version}/{node}", self._handled("node", self._configure))
        app.router.add_get("/media/{number}/{file}", self._handled("download", self._download))
        app.router.add_route("*", "/{rest:.*}", self._handled("unknown", self._unknown))

    def add_number(
        self,
        id: str = DEMO_NUMBER,
        *,
        token: str = DEMO_TOKEN,
        app_secret: str = DEMO_APP_SECRET,
        account: str = "",
        display: str = "",
        name: str = "Switchboard demo",
    ) -> Number:
        """Register a business number; the same one again gives the same. ``account`` is its WhatsApp Business Account.

        Raises ``ValueError`` for a malformed id and past ``NUMBERS`` numbers.
        """
        if known := self.numbers.get(id):
            return known
        if not _DIGITS.fullmatch(id) or len(self.numbers) >= NUMBERS:
            raise ValueError("A phone number id has up to 32 digits, and there is a limit to how many there are.")
        if self._session is None:
            raise RuntimeError("Start the simulator before adding a number.")
        number = Number(
            id,
            token=token,
            app_secret=app_secret,
            account=account or f"9{id}",
            display=display or f"1555{crc32(id.encode()) % 10_000_000:07}",
            name=name,
            first_id=self._first_id,
        )
        if id == DEMO_NUMBER:
            for template in DEMO_TEMPLATES:
                number.add_template(template)
        self.numbers[id] = number
        self._couriers[id] = Courier(
            number, session=self._session, record=self.record, faults=self.faults, speed=self._speed
        )
        return number

    def number(self, id: str | None = None) -> Number:
        """A number by its id, or the first one. Raises ``KeyError``."""
        if id is not None:
            return self.numbers[id]
        if not self.numbers:
            raise KeyError("no number is registered")
        return next(iter(self.numbers.values()))

    def courier(self, number: Number) -> Courier:
        """What delivers this number's webhooks."""
        return self._couriers[number.id]

    def user(self, name: str, *, number: Number | None = None, phone: bool = True) -> Person:
        """A person in a chat with a number; the same name is the same person. Without ``phone``, the business sees
        no phone number of theirs."""
        number = number or self.number()
        # Derived from the name, so that a restarted simulator knows the same people.
        seed = crc32(name.encode()) % 1_000_000_000
        chat = number.chat(f"US.{10_000_000_000 + seed}", f"4915{seed:09}" if phone else None, name)
        return Person(number, self.courier(number), chat)

    def subscribe(self, number: Number, url: str) -> None:
        """Send a number's webhooks to ``url`` without asking it first, as after a verification that went well."""
        number.webhook = Webhook(url)
        number.subscribed = True
        self.courier(number).webhook_changed()

    def _handled(self, method: str, handler: Handler) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def handle(request: web.Request) -> web.StreamResponse:
            entry = self.record.open("whatsapp", method)
            response: web.StreamResponse
            try:
                response = await self._call(request, entry, handler)
            except GraphError as error:
                response = error.response()
                entry.error = error.details or error.text
            entry.status, entry.done = response.status, time.time()
            return response

        return handle

    async def _call(self, request: web.Request, entry: Recorded, handler: Handler) -> web.StreamResponse:
        version = request.match_info.get("version")
        if version is not None and not _VERSION.fullmatch(version):
            raise GraphError(2500, "Unknown path components", details=f"/{version} is no version of the API.")
        if entry.method == "messages":
            entry.method = "read" if b'"status"' in await request.read() else "messages"
        fault = self.faults.draw("whatsapp", entry.method)
        early = await wire.before(fault, request, entry, refuse)
        if early is not None:
            return early
        response = await handler(request, entry)
        entry.accepted = response.status < 300
        entry.fault = fault.kind.value if fault else None
        return await wire.after(fault, request) or response

    def _authorised(self, request: web.Request) -> list[Number]:
        """The numbers that the bearer token opens. Raises 190."""
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        opened = [n for n in self.numbers.values() if secrets.compare_digest(n.token.encode(), token.encode())]
        if scheme != "Bearer" or not opened:
            raise GraphError(190, "Invalid OAuth access token", status=401)
        return opened

    def _number(self, request: web.Request, entry: Recorded) -> Number:
        """The number a path names, if the token opens it. Raises 190 or 100."""
        found = next((n for n in self._authorised(request) if n.id == request.match_info["node"]), None)
        if found is None:
            raise GraphError(
                100, "Unsupported request", details="This object does not exist, or the token lacks permission for it."
            )
        entry.account = found.id
        return found

    def _account(self, request: web.Request, entry: Recorded) -> list[Number]:
        found = [n for n in self._authorised(request) if n.account == request.match_info["node"]]
        if not found:
            raise GraphError(100, "Unsupported request", details="There is no such business account for this token.")
        entry.account = found[0].account
        return found

    async def _unknown(self, request: web.Request, entry: Recorded) -> web.Response:
        self._authorised(request)
        raise GraphError(2500, "Unknown path components", details=f"{request.method} {request.path} is not simulated.")

    async def _messages(self, request: web.Request, entry: Recorded) -> web.Response:
        number = self._number(request, entry)
        if request.content_type != "application/json":
            raise invalid("Send the body as application/json.")
        body = read_body(await request.read())
        entry.params = body
        if "status" in body:
            return self._read(number, body, entry)
        message = read_outgoing(body)
        chat = number.find_chat(message.to, message.recipient)
        entry.chat = chat.key if chat else message.to or message.recipient or ""
        held_id = accept(number, self.courier(number), chat, message)
        entry.ids = (held_id,)
        contact = {"input": message.to or message.recipient, "wa_id": (chat.phone if chat else message.to) or ""}
        if chat is not None:
            contact["user_id"] = chat.user_id
        told: Json = {"messaging_product": "whatsapp", "contacts": [contact], "messages": [{"id": held_id}]}
        return web.json_response(told)

    def _read(self, number: Number, body: Json, entry: Recorded) -> web.Response:
        mark = read_mark(body)
        chat, held = number.message(mark.message_id)
        entry.chat = chat.key
        if not held.mine:
            raise invalid("message_id: only a customer's message can be marked as read.")
        for earlier in chat.held.values():
            earlier.read = earlier.read or earlier.mine
        if mark.typing_indicator:
            chat.typing_until = time.monotonic() + TYPING_SECONDS
        chat.touch(held)
        return web.json_response({"success": True})

    async def _upload(self, request: web.Request, entry: Recorded) -> web.Response:
        number = self._number(request, entry)
        if request.content_type != "multipart/form-data":
            raise invalid("Send the file as multipart/form-data.")
        form = await request.post()
        if unknown := set(form) - {"file", "messaging_product", "type"}:
            raise invalid(f"{min(unknown)}: there is no such parameter.")
        if form.get("messaging_product") != "whatsapp":
            raise GraphError(131008, "Required parameter is missing", details="messaging_product must be whatsapp.")
        file = form.get("file")
        if not isinstance(file, web.FileField):
            raise GraphError(131008, "Required parameter is missing", details="file is missing.")
        mime = str(form.get("type") or file.content_type)
        stored = number.upload(file.file.read(), name=file.filename, mime=mime.partition(";")[0].strip())
        return web.json_response({"id": stored.id})

    async def _node(self, request: web.Request, entry: Recorded) -> web.Response:
        """A number's facts, or a file's address."""
        opened = self._authorised(request)
        self._check_proof(request, opened)
        node = request.match_info["node"]
        number = next((n for n in opened if n.id == node), None)
        if number is not None:
            entry.account = number.id
            facts: Json = {
                "display_phone_number": f"+{number.display}",
                "verified_name": number.name,
                "quality_rating": "GREEN",
                "code_verification_status": "VERIFIED",
            }
            fields = request.query.get("fields")
            shown = fields.split(",") if fields else ["display_phone_number", "verified_name"]
            return web.json_response({"id": number.id} | {name: facts[name] for name in shown if name in facts})
        owner = next((n for n in opened if node in n.files), None)
        if owner is None or request.query.get("phone_number_id", owner.id) != owner.id:
            raise GraphError(
                100, "Unsupported get request", details=f"Object with ID '{node}' does not exist or cannot be loaded."
            )
        file = owner.files[node]
        entry.account = owner.id
        told = {
            "messaging_product": "whatsapp",
            "url": f"http://{request.host}/media/{owner.id}/{file.id}",
            "mime_type": file.mime,
            "sha256": file.sha256,
            "file_size": len(file.data),
            "id": file.id,
        }
        return web.json_response(told)

    def _check_proof(self, request: web.Request, opened: list[Number]) -> None:
        proof = request.query.get("appsecret_proof")
        if proof is None:
            return
        number = opened[0]
        expected = hmac.new(number.app_secret.encode(), number.token.encode(), hashlib.sha256).hexdigest()
        if proof != expected:
            raise GraphError(100, "Invalid appsecret_proof provided in the API argument")

    async def _configure(self, request: web.Request, entry: Recorded) -> web.Response:
        """Send a number's webhooks to an address, which is asked for the challenge first."""
        number = self._number(request, entry)
        body = read_body(await request.read())
        wanted = body.get("webhook_configuration")
        if set(body) != {"webhook_configuration"} or not isinstance(wanted, dict):
            raise invalid("webhook_configuration is what can be set here.")
        url, token = wanted.get("override_callback_uri"), wanted.get("verify_token")
        if not isinstance(url, str) or not isinstance(token, str) or not url.startswith(("http://", "https://")):
            raise invalid("webhook_configuration has override_callback_uri and verify_token.")
        await self._verify(url, token)
        number.webhook = Webhook(url)
        self.courier(number).webhook_changed()
        return web.json_response({"success": True})

    async def _verify(self, url: str, token: str) -> None:
        challenge = secrets.token_hex(8)
        query = {"hub.mode": "subscribe", "hub.challenge": challenge, "hub.verify_token": token}
        if self._session is None:
            raise RuntimeError("the simulator is not running")
        try:
            timeout = aiohttp.ClientTimeout(total=10)
            async with self._session.get(url, params=query, timeout=timeout, allow_redirects=False) as answer:
                said = await answer.text() if answer.status == 200 else ""
        except (aiohttp.ClientError, TimeoutError, ValueError):
            said = ""
        if said != challenge:
            raise GraphError(2200, "Callback verification failed", details="The address did not give the challenge.")

    async def _subscribed(self, request: web.Request, entry: Recorded) -> web.Response:
        numbers = self._account(request, entry)
        app = {"whatsapp_business_api_data": {"id": "7000", "name": "Simulated app", "link": ""}}
        return web.json_response({"data": [app] if any(n.subscribed for n in numbers) else []})

    async def _subscribe(self, request: web.Request, entry: Recorded) -> web.Response:
        for number in self._account(request, entry):
            number.subscribed = True
        return web.json_response({"success": True})

    async def _templates(self, request: web.Request, entry: Recorded) -> web.Response:
        number = self._account(request, entry)[0]
        return web.json_response(template_page(list(number.templates.values()), request.query, str(request.url)))

    async def _download(self, request: web.Request, entry: Recorded) -> web.Response:
        number = self.numbers.get(request.match_info["number"])
        if number is None or number not in self._authorised(request):
            raise GraphError(190, "Invalid OAuth access token", status=401)
        file = number.files.get(request.match_info["file"])
        if file is None or not file.data:
            return web.Response(status=404)
        entry.account = number.id
        return web.Response(body=file.data, content_type=file.mime.partition(";")[0])
