"""The image's recipe agrees with settings, commands and package, and what it makes runs as nobody special."""

import re
import shlex
import tomllib
from pathlib import Path

from hub.settings import Settings, variable

ROOT = Path(__file__).parents[2]
LINES = re.sub(r"\\\n", " ", (ROOT / "Dockerfile").read_text(encoding="utf-8")).splitlines()
STEPS = [tuple(line.split(maxsplit=1)) for line in LINES if re.match(r"[A-Z]+ ", line)]
STAGES = [number for number, (word, _) in enumerate(STEPS) if word == "FROM"]
LAST = STEPS[STAGES[-1] :]


def words(name: str) -> list[str]:
    return [rest for word, rest in LAST if word == name]


def test_what_builds_is_not_what_runs():
    assert len(STAGES) >= 2
    assert all(not rest.startswith((".", "./")) for word, rest in LAST if word == "COPY"), "no sources in the image"
    assert any("--from=build" in rest for word, rest in LAST if word == "COPY")


def test_it_runs_as_nobody_special():
    assert words("USER")[-1] not in ("root", "0")
    made = next(rest for word, rest in LAST if word == "RUN" and "useradd" in rest)
    assert words("USER")[-1] in made


def test_its_settings_and_its_command_exist():
    from hub.run.cli.app import app

    named = {pair.partition("=")[0] for rest in words("ENV") for pair in shlex.split(rest)}
    assert {name for name in named if name.startswith("HUB_")} <= {variable(field) for field in Settings.model_fields}
    assert words("ENTRYPOINT") == ['["hub"]']
    assert re.findall(r'"([^"]+)"', words("CMD")[0])[0] in set(app)


def test_it_has_the_python_and_the_extras_of_the_package():
    package = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lowest = tuple(map(int, re.findall(r"\d+", package["requires-python"])[:2]))
    for number in STAGES:
        version = re.search(r"python:(\d+)\.(\d+)", STEPS[number][1])
        assert version is not None
        assert tuple(map(int, version.groups())) >= lowest
    extras = re.findall(r"\.\[(\w+)\]", " ".join(rest for _, rest in STEPS))
    assert set(extras) <= set(package["optional-dependencies"])


def test_what_is_not_needed_stays_outside():
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
    assert {".git", ".venv", ".env"} <= {line.strip("/*") for line in ignored}
