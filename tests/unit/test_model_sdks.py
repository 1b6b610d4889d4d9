"""SDKs of models' vendors are loaded when they are asked for, and not before."""

from __future__ import annotations

import asyncio
import sys

import pytest

ASKED = """
import sys
from hub.llm import factory
before = [name for name in ("openai", "anthropic") if name in sys.modules]
factory.load_sdk({provider!r})
after = [name for name in ("openai.resources.chat", "anthropic.resources.messages") if name in sys.modules]
print(before, after)
"""


FIRST_CALL = """
import asyncio, sys
import aiohttp
from hub.llm.openai_client import OpenAIAccess
from hub.llm.anthropic_client import AnthropicAccess

async def main():
    async with aiohttp.ClientSession() as session:
        assert "httpx" not in sys.modules
        await {access}(session, base_url="http://127.0.0.1:9/v1").client()
        print(hasattr(sys.modules.get("httpx"), "Timeout"))

asyncio.run(main())
"""


@pytest.mark.parametrize("access", ["OpenAIAccess", "AnthropicAccess"])
async def test_httpx_is_whole_before_the_first_call(access: str) -> None:
    """The SDKs use what they find of it at each call; Telegram's SDK may be loading it in another thread."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", FIRST_CALL.format(access=access), stdout=asyncio.subprocess.PIPE
    )
    said, _ = await process.communicate()
    assert said.decode() == "True\n"


@pytest.mark.parametrize(
    ("provider", "loaded"),
    [
        ("openai", ["openai.resources.chat"]),
        ("compatible", ["openai.resources.chat"]),
        ("anthropic", ["anthropic.resources.messages"]),
        ("ollama", []),
    ],
)
async def test_a_vendors_sdk_is_loaded_when_asked_for(provider: str, loaded: list[str]) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", ASKED.format(provider=provider), stdout=asyncio.subprocess.PIPE
    )
    said, _ = await process.communicate()
    assert said.decode().split("] ") == ["[", f"{loaded}\n"]
