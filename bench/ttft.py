"""What the hub adds between a question and the model's first word, and when the first sentence is shown.

Questions go to the chat API as a stream, one after another. The model is a stand-in that notes when it was asked and
when it spoke, so its own time is no part of the figure. Retrieval is timed by the search route, same question, in
turns with it: keyword search over Switchboard's own documentation. The rest is the hub's: the question stored, the
turn claimed, history and prompt, the call.
"""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path
from typing import Any

import aiohttp

from bench.machine import ADMIN_KEY, ROOT, database, free_port, hub_server, workspace
from bench.report import Report, options
from bench.site import Site
from bench.stand_ins import Model, served

_DELAY = 0.05
_QUESTIONS = (
    "How do I start Switchboard?",
    "How do I connect a Telegram bot?",
    "How do I embed the bubble in my website?",
    "Which documents can I upload?",
    "How do I hand over to a person?",
)


def load_documents(site: Site, tenant: str) -> None:
    """Give the tenant the documentation, and wait until it can be found."""
    for page in sorted((ROOT / "docs").rglob("*.md")):
        body = {"title": page.stem, "text": page.read_text(encoding="utf-8"), "external_id": page.name}
        site.call("POST", f"/api/v1/tenants/{tenant}/documents", body)
    for _ in range(600):
        items = site.call("GET", f"/api/v1/tenants/{tenant}/documents?limit=100")["items"]
        if all(item["status"] in ("ready", "failed") for item in items):
            return
        time.sleep(0.1)
    raise RuntimeError("The documentation was not indexed within a minute.")


async def first_text(http: aiohttp.ClientSession, url: str, question: str) -> tuple[float, float]:
    """When the question went out, and when the first words came back; reads the answer to its end."""
    started = time.perf_counter()
    came = 0.0
    async with http.post(url, json={"message": question}) as answer:
        answer.raise_for_status()
        async for line in answer.content:
            if line.startswith(b"data:") and not came and json.loads(line[5:]).get("text"):
                came = time.perf_counter()
    return started, came


async def measure(url: str, folder: Path, rounds: int, report: Report) -> None:
    model = Model(_DELAY)
    asked: list[float] = []
    shown: list[float] = []
    retrieval: list[float] = []
    async with served(model.app()) as model_url:
        settings: dict[str, Any] = {
            "HUB_LLM_PROVIDER": "openai",
            "HUB_LLM_MODEL": "bench",
            "HUB_LLM_API_KEY": "bench",
            "HUB_OPENAI_BASE_URL": f"{model_url}/v1",
            "HUB_TELEGRAM_API_URL": f"http://127.0.0.1:{free_port()}",
        }
        headers = {"Authorization": f"Bearer {ADMIN_KEY}"}
        with hub_server(url, folder / "data", **settings) as (port, _):
            site = Site(port)
            tenant = await asyncio.to_thread(site.tenant, "bench")
            await asyncio.to_thread(load_documents, site, tenant)
            chat = f"{site.base}/api/v1/tenants/{tenant}/chat/stream"
            search = f"{site.base}/api/v1/tenants/{tenant}/search"
            async with aiohttp.ClientSession(headers=headers) as http:
                for turn in range(rounds + 1):
                    for question in _QUESTIONS:
                        async with http.post(search, json={"query": question}) as answer:
                            timings = (await answer.json())["timings"]
                        calls = len(model.asked)
                        started, came = await first_text(http, chat, question)
                        if turn and len(model.asked) > calls and came:
                            asked.append((model.asked[calls] - started) * 1e3)
                            shown.append((came - model.first_sentence[calls]) * 1e3)
                            retrieval.append(sum(timings.values()) * 1e3)
    report.add("question to the model asked", asked, "ms")
    report.add("of it retrieval", retrieval, "ms")
    report.add("the hub beside retrieval", [a - b for a, b in zip(asked, retrieval, strict=True)], "ms", "15 ms")
    report.add("first sentence complete at the model to shown", shown, "ms")


async def prepared(report: Report, rounds: int) -> None:
    with workspace() as folder:
        (folder / "data").mkdir()
        async with database(folder / "database") as url:
            await measure(url, folder, rounds, report)


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("--rounds", type=int, default=6, help="rounds of five questions (default 6)")
    given = parser.parse_args()
    report = Report("ttft", "Time to the first words")
    asyncio.run(prepared(report, given.rounds))
    report.tell(given)


if __name__ == "__main__":
    main()
