"""Webhook secrets: rotated with an overlap, moved to a new key, and checked from the command line."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest
from standardwebhooks import WebhookVerificationError

from support.running_hub import eventually
from support.webhook_desk import Desk


async def test_after_a_rotation_both_secrets_hold_until_the_old_one_ends(desk: Desk) -> None:
    hook = await desk.hook()
    rotate = f"{desk.base}/webhooks/{hook['id']}/rotate"
    fresh = (await desk.hub.ok("POST", rotate, json={"overlap_hours": 1}))["secret"]
    assert fresh != hook["secret"]
    await desk.happen(1)
    await eventually(lambda: len(desk.receiver.requests) == 1, what="the first event")
    for secret in (fresh, hook["secret"]):
        assert desk.receiver.requests[0].verified(secret)["data"] == {"number": 0}
    last = (await desk.hub.ok("POST", rotate, json={"overlap_hours": 0}))["secret"]
    await desk.happen(1)
    await eventually(lambda: len(desk.receiver.requests) == 2, what="the second event")
    assert desk.receiver.requests[1].verified(last)
    for secret in (fresh, hook["secret"]):
        with pytest.raises(WebhookVerificationError):
            desk.receiver.requests[1].verified(secret)


async def test_signing_secrets_move_to_a_new_key_with_all_others(desk: Desk) -> None:
    hook = await desk.hook()
    assert desk.hub.house is not None
    vault = desk.hub.house.vault
    async with desk.hub.house.store.cross() as cross:
        (entry,) = [e for e in await cross.secrets() if e.owner == "webhook"]
        assert str(entry.id) == hook["id"]
        assert await cross.replace_secret("webhook", entry.id, entry.secret, vault.rotate(entry.secret))
        assert not await cross.replace_secret("webhook", entry.id, entry.secret, b"lost")
    await desk.happen(1)
    await eventually(lambda: desk.receiver.requests, what="the event")
    assert desk.receiver.requests[0].verified(hook["secret"])


async def test_the_verify_command_tells_genuine_from_forged(desk: Desk, tmp_path: Path) -> None:
    hook = await desk.hook()
    await desk.happen(1)
    await eventually(lambda: desk.receiver.requests, what="the event")
    taken = desk.receiver.requests[0]
    body, secret = tmp_path / "body.json", tmp_path / "secret.txt"
    secret.write_text(hook["secret"] + "\n")
    headers = [f"{name}: {taken.headers[name]}" for name in ("webhook-id", "webhook-timestamp", "webhook-signature")]
    options = [word for header in headers for word in ("--header", header)]
    for content, code, said in ((taken.body, 0, "Genuine"), (taken.body + b" ", 1, "does not hold")):
        body.write_bytes(content)
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-c", "from hub.run.cli import main; main()", "webhook", "verify", str(body)),
            *("--secret", f"@{secret}", *options),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        out, _ = await child.communicate()
        assert child.returncode == code, out.decode()
        assert said in out.decode()
