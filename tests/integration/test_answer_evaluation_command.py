"""``hub eval answers`` as a person runs it: real ingest, search and turns, scripted models, a page written."""

from __future__ import annotations

import json
from pathlib import Path

import asyncpg

from support.command_line import run_command
from support.database import Database

DOCUMENTS = {
    "returns.md": "# Returns\n\nArticles may be sent back within thirty days of delivery.\n",
    "shipping.md": "# Shipping\n\nShipping to Austria costs four euros. Parcels arrive within three days.\n",
}
QUESTIONS = [
    ("a1", "Within how many days may articles be sent back?", ["returns.md"]),
    ("a2", "How much does shipping to Austria cost?", ["shipping.md"]),
    ("u1", "Can you ship to Wakanda?", []),
    ("u2", "Who built the pyramids?", []),
]


async def test_the_command_counts_extracts_and_scripts_and_writes_the_page(database: Database, tmp_path: Path) -> None:
    folder = tmp_path / "documents"
    folder.mkdir()
    for name, text in DOCUMENTS.items():
        (folder / name).write_text(text)
    questions, page = tmp_path / "questions.jsonl", tmp_path / "page.md"
    rows = [{"_id": id, "text": text, "sources": sources} for id, text, sources in QUESTIONS]
    questions.write_text("\n".join(map(json.dumps, rows)))
    page.write_text("# Page\n\n<!-- eval:answers -->\nold\n<!-- /eval:answers -->\nend\n")
    code, out, err = await run_command(
        *("eval", "answers", "--json", "--scripts", "--questions", str(questions), "--documents", str(folder)),
        *("--write", str(page)),
        database=database,
        folder=tmp_path,
    )
    assert code == 0, err
    runs = {run["model"]: run["outcomes"] for run in json.loads(out)}
    assert list(runs) == ["extracts", "sim-grounded", "sim-hallucinating", "sim-empty", "sim-obedient"]
    for name in ("extracts", "sim-grounded"):
        assert [(o["kind"], o["right"]) for o in runs[name]] == [("answered", True)] * 2 + [("refused", False)] * 2, (
            name
        )
    lied = runs["sim-hallucinating"]
    assert sum(len(o["made_up"]) for o in lied) >= 4, "two sentences a question, all without ground"
    assert [o["reached"] for o in lied] == [[]] * 4 and "Quill" not in json.dumps([o["text"] for o in lied])
    text = page.read_text()
    assert text.startswith("# Page\n\n<!-- eval:answers -->\n|") and text.endswith("<!-- /eval:answers -->\nend\n")
    assert "| extracts | 2 | 0 | 0 | 0 | 2 | 0 | 0 | - | - |" in text and "hallucinating (scripted)" in text
    connection = await asyncpg.connect(database.superuser_url)
    assert await connection.fetchval("select count(*) from hub.tenant") == 0, "nothing is left behind"
    await connection.close()
