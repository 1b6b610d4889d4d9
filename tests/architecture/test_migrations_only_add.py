"""Old code runs beside a new schema, so a migration after the first adds and never takes away (expand/contract)."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2] / "migrations"
FIRST = "0001_foundation"
SCRIPTS = sorted(path for path in (ROOT / "sql").rglob("*.sql") if path.parent.name != FIRST)
VERSIONS = sorted(path for path in (ROOT / "versions").glob("*.py") if path.stem != FIRST)

DESTRUCTIVE = {
    r"drop\s+(table|column|schema|type|domain|function|role|view|materialized|sequence|extension)\b": "drops",
    r"alter\s+table\s[^;]*\bdrop\s+(?!not\s+null\b|default\b|constraint\b)": "drops a column",
    r"\btruncate\b": "empties a table",
    r"\bdelete\s+from\b": "deletes rows",
    r"\brename\s+(to|column|constraint)\b": "renames what old code calls by its name",
    r"\bset\s+schema\b": "moves what old code looks for",
    r"alter\s+(column\s+)?\w+\s+(set\s+data\s+)?type\b": "changes a column's type",
    r"\bset\s+not\s+null\b": "refuses what old code writes",
    r"add\s+column\s[^,;]*\bnot\s+null\b": "needs a value that old code does not give",
    r"\bdrop\s+owned\b": "drops",
}
"""What old code would not survive. An index, a check and a trigger may go, for nobody calls them by name."""


def statements(script: str) -> str:
    """The script without comments and without the bodies of functions, which only run when they are called."""
    script = re.sub(r"--[^\n]*", "", script)
    script = re.sub(r"/\*.*?\*/", "", script, flags=re.DOTALL)
    return re.sub(r"\$(\w*)\$.*?\$\1\$", "''", script, flags=re.DOTALL).lower()


def taken_away(script: str) -> list[str]:
    found = []
    for statement in statements(script).split(";"):
        for pattern, why in DESTRUCTIVE.items():
            match = re.search(pattern, statement)
            if match and not _has_default(statement, pattern):
                found.append(f"{why}: {' '.join(match[0].split())}")
    return found


def _has_default(statement: str, pattern: str) -> bool:
    """A new column that must have a value, and says which: `add column x int default 0 not null`."""
    if "add" not in pattern:
        return False
    columns = re.findall(r"add\s+column[^,;]*", statement)
    return all("default" in column or "generated" in column for column in columns if "not null" in column)


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_script_takes_nothing_away(path: Path) -> None:
    assert taken_away(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("path", VERSIONS, ids=lambda path: path.stem)
def test_a_revision_runs_scripts_alone(path: Path) -> None:
    """Operations of Alembic itself would pass this check by: SQL in its own file is read by it."""
    text = path.read_text(encoding="utf-8")
    assert "run_sql(" in text
    assert not re.search(r"\bop\.|execute\(|from alembic", text)


@pytest.mark.parametrize(
    "script",
    [
        "drop table hub.message;",
        "alter table hub.message drop column parts;",
        "alter table hub.message\n  drop parts;",
        "ALTER TABLE hub.message RENAME COLUMN parts TO pieces;",
        "alter table hub.message rename to note;",
        "truncate hub.message;",
        "delete from hub.message;",
        "alter table hub.message alter column seq type int;",
        "alter table hub.message alter seq set data type int;",
        "alter table hub.message alter column error set not null;",
        "alter table hub.message add column mood text not null;",
        "alter table hub.message add column a int default 0, add column mood text not null;",
        "drop function hub_cross.claim(int, uuid, uuid, interval);",
        "alter table hub.message set schema old;",
        "drop owned by hub_app;",
    ],
)
def test_what_takes_away_is_noticed(script: str) -> None:
    assert taken_away(f"-- harmless\ncreate table hub.x (id uuid);\n{script}")


@pytest.mark.parametrize(
    "script",
    [
        "drop index hub.message_at;",
        "alter table hub.job drop constraint job_state_check, add constraint job_state_check check (true);",
        "alter table hub.message add column mood text;",
        "alter table hub.message add column mood text not null default 'calm';",
        "alter table hub.message add column mood text default 'calm' not null;",
        "alter table hub.message alter column error drop not null;",
        "create table hub.x (id uuid not null, name text not null);",
        "create function hub.x() returns void language sql as $$ delete from hub.message $$;",
        "-- drop table hub.message;\nselect 1;",
    ],
)
def test_what_only_adds_is_let_through(script: str) -> None:
    assert taken_away(script) == []


def test_the_migrations_are_one_chain():
    """Two that were written side by side under one number would leave a database with two heads."""
    every = sorted((ROOT / "versions").glob("*.py"))
    said = [re.findall(r'^(?:down_)?revision = "?(\w+)"?$', path.read_text(), re.M) for path in every]
    numbers = [f"{n:04}" for n in range(1, len(every) + 1)]
    assert said == [[own, before] for own, before in zip(numbers, ["None", *numbers], strict=False)]
    assert [path.stem.partition("_")[0] for path in every] == numbers
