"""The storeys of the house hold, and each contract breaks when something that it forbids is planted."""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("hub", "adapters", "orchestrator", "admin")

PLANTED = {
    "storeys": {"orchestrator/planted.py": "import adapters.registry_planted", "adapters/registry_planted.py": ""},
    "rooms": {"hub/attic/__init__.py": ""},
    "run-only": {"admin/planted.py": "import hub.settings"},
    "hub-init": {"hub/__init__.py": "import hub.core.ids"},
    "channels-apart": {"adapters/slack/planted.py": "import adapters.telegram"},
    "channels-core": {"adapters/slack/planted.py": "import hub.telemetry"},
    "core-pure": {"hub/core/planted.py": "import asyncio"},
    "sdks": {"hub/inbox/planted.py": "if __debug__:\n    import sqlalchemy"},
    "acyclic": {
        "hub/jobs/planted/one.py": "import hub.jobs.planted.two",
        "hub/jobs/planted/two.py": "import hub.jobs.planted.one",
        "hub/jobs/planted/__init__.py": "",
        "hub/jobs/planted_ring.py": "import hub.jobs.planted.one",
        "hub/jobs/planted/three.py": "import hub.jobs.planted_ring",
    },
}


def contracts(root: Path, *only: str) -> subprocess.CompletedProcess[str]:
    """What import-linter says about a tree."""
    program = Path(sys.executable).with_name("lint-imports")
    return subprocess.run(
        [program, "--no-logo", "--no-cache", *(part for name in only for part in ("--contract", name))],
        cwd=root,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def stub(tmp_path_factory):
    """The packages' skeleton: every ``__init__.py`` and the modules that contracts name, without their insides."""
    root = tmp_path_factory.mktemp("stub")
    shutil.copy(ROOT / "pyproject.toml", root)
    for package in PACKAGES:
        for init in (ROOT / package).rglob("__init__.py"):
            if "node_modules" not in init.parts:
                place = root / init.relative_to(ROOT)
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_text("")
    for module in ("hub/settings/__init__.py", "hub/core/ids.py"):
        (root / module).write_text("")
    return root


def test_the_contracts_are_kept():
    said = contracts(ROOT)
    assert said.returncode == 0, said.stdout


def test_the_bare_plan_keeps_every_contract(stub):
    said = contracts(stub)
    assert said.returncode == 0, said.stdout + said.stderr


def test_every_contract_has_a_planted_violation():
    written = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    assert {contract["id"] for contract in written} == set(PLANTED)


@pytest.mark.parametrize("contract", PLANTED)
def test_a_planted_violation_breaks_its_contract(stub, tmp_path, contract):
    root = tmp_path / "tree"
    shutil.copytree(stub, root)
    for name, text in PLANTED[contract].items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text + "\n")
    said = contracts(root, contract)
    assert said.returncode == 1, said.stdout + said.stderr
    assert "BROKEN" in said.stdout
