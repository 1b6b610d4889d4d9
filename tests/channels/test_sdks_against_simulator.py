"""The platforms' own Python clients, as a third party would use them, find nothing amiss with the simulator."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from aiohttp import web

from hub.simulator.server import Simulator
from hub.simulator.slack.platform import DEMO_SIGNING_SECRET, DEMO_TOKEN
from hub.simulator.whatsapp.platform import DEMO_APP_SECRET
from hub.simulator.whatsapp.platform import DEMO_TOKEN as WHATSAPP_TOKEN

TOKEN = "123456:" + "A" * 35


@pytest.fixture
async def sim() -> AsyncIterator[Simulator]:
    async with Simulator(seed=3, speed=20.0) as running:
        yield running


async def within(look: Callable[[], bool]) -> None:
    for _ in range(1500):
        if look():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it did not happen")


async def test_python_telegram_bot_polls_answers_edits_and_sends_files(sim: Simulator) -> None:
    from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update
    from telegram.ext import Application, CallbackQueryHandler, MessageHandler, filters

    bot = sim.telegram.add_bot(TOKEN)
    ada = sim.telegram.user("Ada", bot=bot)
    tapped: list[str] = []

    async def ask(update: Update, _: Any) -> None:
        assert update.message is not None
        keyboard = InlineKeyboardMarkup([[InlineKeyboardButton("Yes", callback_data="y")]])
        await update.message.reply_text(f"<b>{update.message.text}?</b>", parse_mode="HTML", reply_markup=keyboard)

    async def tap(update: Update, _: Any) -> None:
        assert update.callback_query is not None
        await update.callback_query.answer()
        tapped.append(str(update.callback_query.data))
        await update.callback_query.edit_message_text("Thank you")

    app = (
        Application.builder()
        .token(TOKEN)
        .base_url(f"{sim.telegram_url}/bot")
        .base_file_url(f"{sim.telegram_url}/file/bot")
        .build()
    )
    app.add_handler(MessageHandler(filters.TEXT, ask))
    app.add_handler(CallbackQueryHandler(tap))
    async with app:
        assert app.updater is not None
        assert (await app.bot.get_me()).is_bot
        await app.start()
        await app.updater.start_polling(poll_interval=0.0, timeout=1)
        ada.say("Tea")
        await within(lambda: len(ada.inbox) == 1)
        ada.tap("y")
        await within(lambda: tapped == ["y"])
        chat = ada.chat.id
        await app.bot.send_chat_action(chat, "typing")
        sent = await app.bot.send_document(chat, b"%PDF-1.4 small", filename="a.pdf", caption="Here")
        assert sent.document is not None and sent.document.file_name == "a.pdf"
        assert await (await sent.document.get_file()).download_as_bytearray() == b"%PDF-1.4 small"
        assert await app.bot.delete_message(chat, sent.message_id)
        await app.updater.stop()
        await app.stop()
    refused = [c for c in sim.record.calls("telegram") if c.error]
    assert not refused, refused


async def test_bolt_receives_events_and_taps_and_answers(sim: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)  # its client would take loopback through a proxy too
    from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
    from slack_bolt.app.async_app import AsyncApp
    from slack_sdk.web.async_client import AsyncWebClient

    sim.slack.add_app()
    client = AsyncWebClient(token=DEMO_TOKEN, base_url=f"{sim.slack_url.removesuffix('/')}/")
    app = AsyncApp(signing_secret=DEMO_SIGNING_SECRET, token=DEMO_TOKEN, client=client)
    tapped: list[str] = []

    @app.event("message")
    async def hear(message: dict[str, Any], say: Any) -> None:
        button = {"type": "button", "action_id": "a", "value": "y", "text": {"type": "plain_text", "text": "Yes"}}
        await say(text=f"{message['text']}?", blocks=[
            {"type": "section", "text": {"type": "mrkdwn", "text": f"*{message['text']}?*"}},
            {"type": "actions", "elements": [button]},
        ])  # fmt: skip

    @app.action("a")
    async def tap(ack: Any, action: dict[str, Any]) -> None:
        await ack()
        tapped.append(action["value"])

    async def take(request: web.Request) -> web.Response:
        return await to_aiohttp_response(await app.async_dispatch(await to_bolt_request(request)))

    site = web.Application()
    site.router.add_post("/slack", take)
    runner = web.AppRunner(site, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        assert await sim.slack.subscribe(f"http://127.0.0.1:{runner.addresses[0][1]}/slack")
        ada = sim.slack.user("Ada")
        ada.say("Tea")
        await within(lambda: len(ada.inbox) == 1)
        ada.tap("y")
        await within(lambda: tapped == ["y"])
        assert (await client.auth_test())["ok"]
        told = sim.record.calls("slack", "chat.postMessage")[0]
        history = await client.conversations_history(channel=str(told.params["channel"]))
        assert history["messages"][0]["blocks"][0]["text"]["text"] == "*Tea?*"
    finally:
        await runner.cleanup()
    assert not [c for c in sim.record.calls("slack") if c.error]


async def test_pywa_converses_and_reads_templates(sim: Simulator) -> None:
    import httpx
    from pywa_async import WhatsApp
    from pywa_async.handlers import CallbackButtonHandler, MessageHandler
    from pywa_async.types import Button, CallbackButton, Message

    number = sim.whatsapp.add_number()
    tapped: list[str] = []

    async def ask(client: WhatsApp, message: Message) -> None:
        await message.mark_as_read()
        await message.reply_text(f"*{message.text}?*", buttons=[Button("Yes", callback_data="y")])

    async def tap(_: WhatsApp, button: CallbackButton[str]) -> None:
        tapped.append(str(button.data))

    async with httpx.AsyncClient(trust_env=False) as connection:
        client = WhatsApp(
            phone_id=number.id, token=WHATSAPP_TOKEN, app_secret=DEMO_APP_SECRET, session=connection, server=None
        )
        connection.base_url = httpx.URL(f"{sim.whatsapp_url}/v23.0")
        client.add_handlers(MessageHandler(ask), CallbackButtonHandler(tap))

        async def take(request: web.Request) -> web.Response:
            raw = await request.read()
            refused = await client.webhook_update_validator(raw, request.headers["X-Hub-Signature-256"])
            text, status = refused or await client.webhook_update_handler(raw)
            return web.Response(text=text, status=status)

        site = web.Application()
        site.router.add_post("/whatsapp", take)
        runner = web.AppRunner(site, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        try:
            sim.whatsapp.subscribe(number, f"http://127.0.0.1:{runner.addresses[0][1]}/whatsapp")
            ada = sim.whatsapp.user("Ada")
            ada.say("Tea")
            await within(lambda: len(ada.inbox) == 1)
            ada.tap("y")
            await within(lambda: tapped == ["y"])
            media = await client.upload_media(b"%PDF-1.4 small", mime_type="application/pdf", filename="a.pdf")
            await client.send_document(ada.chat.phone or "", media.id, caption="Here", filename="a.pdf")
            await within(lambda: len(ada.inbox) == 2)
            templates = [t async for t in _listed(client, number.account)]
            assert {"order_update", "still_there"} <= set(templates)
        finally:
            await runner.cleanup()
    assert not [c for c in sim.record.calls("whatsapp") if c.error], json.dumps(
        [c.error for c in sim.record.calls("whatsapp") if c.error]
    )
    logging.getLogger("pywa").setLevel(logging.ERROR)


async def _listed(client: Any, account: str) -> AsyncIterator[str]:
    for template in await client.get_templates(waba_id=account):
        yield template.name
