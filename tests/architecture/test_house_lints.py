"""Each house lint finds what it is for, passes over what is right, and finds nothing in the project."""

import json
import subprocess

import pytest

from architecture.lints import size
from architecture.lints.run import LINTS, ROOT, lint, lint_project
from architecture.lints.source import Source, project_files

PLANTED = [
    ("sql", "hub/inbox/x.py", 'q = "select id from hub.message where id = :id"'),
    ("sql", "hub/inbox/x.py", 'q = f"insert into {table} values (1)"'),
    ("sql", "admin/api/x.py", 'q = """\n  UPDATE hub.tenant SET name = :n"""'),
    ("sql", "orchestrator/x.py", "q = \"select set_config('role', 'hub_app', true)\""),
    ("sql", "hub/run/x.py", 'q = "create role someone"'),
    ("sql", "hub/knowledge/x.sql", "select 1"),
    ("sessions", "hub/jobs/x.py", "engine = create_async_engine(url)"),
    ("sessions", "hub/jobs/x.py", "async def f(self):\n    async with self._engine.begin() as c:\n        pass"),
    ("sessions", "hub/http/x.py", "pool = open_pool(url)"),
    ("sessions", "hub/inbox/x.py", "async def f(self):\n    connection = await self._pool.take()"),
    ("sessions", "hub/inbox/x.py", "async def f(tx):\n    await tx.connection.commit()"),
    ("channel kinds", "hub/inbox/x.py", 'def f(c):\n    return c.kind == "telegram"'),
    ("channel kinds", "orchestrator/x.py", 'def f(kind):\n    if kind not in {"slack", "other"}:\n        return 1'),
    ("channel kinds", "hub/http/x.py", 'def f(kind):\n    return kind == ChannelKind("webchat")'),
    (
        "channel kinds",
        "admin/api/x.py",
        'def f(kind):\n    match kind:\n        case "whatsapp":\n            return 1',
    ),
    ("environment", "hub/llm/x.py", 'import os\nkey = os.environ["OPENAI_API_KEY"]'),
    ("environment", "adapters/slack/x.py", 'import os\nkey = os.getenv("KEY")'),
    ("environment", "hub/files/x.py", "from os import environ"),
    ("names", "hub/inbox/utils.py", ""),
    ("names", "hub/helpers/x.py", ""),
    ("names", "orchestrator/turn_manager.py", ""),
    ("names", "widget/src/common.ts", ""),
    ("blocking", "hub/jobs/x.py", "import time\nasync def f():\n    time.sleep(1)"),
    ("blocking", "hub/jobs/x.py", "import requests\nasync def f():\n    return [requests.get(u) for u in us]"),
    ("blocking", "hub/files/x.py", "async def f(path):\n    with open(path) as stream:\n        return stream"),
    ("blocking", "hub/files/x.py", "async def f(path):\n    return path.read_text()"),
    ("excuses", "hub/x.py", "x = 1  # noqa" + ": S105"),
    ("excuses", "hub/x.py", "x = 1  # noqa"),
    ("excuses", "tests/x.py", "x = 1  # type: " + "ignore  # since it is odd"),
    ("excuses", "hub/x.py", "x = 1  # type: " + "ignore[arg-type]"),
    ("excuses", "hub/x.py", "# ruff: " + "noqa"),
    ("excuses", "widget/src/x.ts", "// @ts-" + "ignore"),
    ("machine paths", "docs/x.md", "Look into /" + "work/main/hub."),
    ("machine paths", "hub/x.py", 'x = "/' + 'home/somebody/data"'),
    ("size", "hub/x.py", "x = 1\n" * 351),
    ("size", "hub/x.py", "x = 1\n" * 601),
]

RIGHT = [
    ("hub/store/x.py", 'q = "select id from hub.message"'),
    ("hub/run/x.py", 'text = "Select a file from the list, or delete from it."'),
    ("hub/inbox/x.py", '"""select id from hub.message: what a docstring may say."""'),
    ("hub/store/x.py", "async def f(engine):\n    async with engine.begin():\n        pass"),
    ("hub/inbox/x.py", "async def f(store, t):\n    async with store.begin(t) as tx:\n        return tx"),
    ("hub/run/x.py", "store = Store(open_pool(url))"),
    ("hub/jobs/x.py", "async def f(redis):\n    return await create_pool(redis)"),
    ("adapters/telegram/x.py", 'def f(kind):\n    return kind == "telegram"'),
    ("hub/http/x.py", 'CHANNELS = {"telegram": 1}\nname = "telegram"'),
    ("hub/run/x.py", 'import os\nx = os.environ["A"]'),
    ("adapters/rendering/database.py", ""),
    ("hub/jobs/x.py", "import time\ndef f():\n    time.sleep(1)"),
    ("hub/jobs/x.py", "async def f():\n    await to_thread(lambda: open('x'))"),
    ("hub/x.py", "x = 1  # noqa" + ": S105  # the name of a field, not a password"),
    ("hub/x.py", "x = 1  # type: " + "ignore[arg-type]  # the stub lags behind the library"),
    ("widget/src/x.ts", "// @ts-expect" + "-error the browser has it, the types do not"),
    ("docs/x.md", "See https://example.com/work/main and hub/run/up.py."),
    ("hub/x.py", "x = 1\n" * 350),
    ("hub/x.gen.py", "x = 1\n" * 700),
]


@pytest.mark.parametrize(("name", "path", "text"), PLANTED)
def test_a_planted_violation_is_found(name, path, text):
    assert {found for found, _ in lint([Source(path, text)])} == {name}


@pytest.mark.parametrize(("path", "text"), RIGHT)
def test_what_is_right_is_passed_over(path, text):
    assert list(lint([Source(path, text)])) == []


def test_every_lint_has_a_planted_violation():
    assert {name for name, _, _ in PLANTED} == {*LINTS, "size"}


def test_a_long_file_may_shrink_but_not_grow(monkeypatch, tmp_path):
    monkeypatch.setattr(size, "BASELINE", tmp_path / "sizes.json")
    long = Source("hub/x.py", "x = 1\n" * 400)
    assert size.record([long, Source("hub/y.py", "x = 1\n")]) == {"hub/x.py": 400}
    assert list(size.find(Source("hub/x.py", "x = 1\n" * 399), size.load_baseline())) == []
    assert [found.line for found in size.find(Source("hub/x.py", "x = 1\n" * 401), size.load_baseline())] == [401]


def test_the_recorded_sizes_name_files_that_exist_and_are_long():
    recorded = json.loads(size.BASELINE.read_text())
    gone = [path for path in recorded if not (ROOT / path).is_file()]
    short = [
        path for path in recorded if (ROOT / path).is_file() and len((ROOT / path).read_text().splitlines()) <= 350
    ]
    assert (gone, short) == ([], []), "run: make sizes"


def test_the_project_keeps_the_house_rules():
    assert [f"{finding} [{name}]" for name, finding in lint_project()] == []


def test_files_are_listed_with_and_without_git(tmp_path):
    (tmp_path / "hub").mkdir()
    (tmp_path / "hub/x.py").write_text("")
    (tmp_path / "node_modules").mkdir()
    (tmp_path / "node_modules/y.js").write_text("")
    assert project_files(tmp_path) == ["hub/x.py"]
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    (tmp_path / ".gitignore").write_text("node_modules/\n")
    assert project_files(tmp_path) == [".gitignore", "hub/x.py"]
