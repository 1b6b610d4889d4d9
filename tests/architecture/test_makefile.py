"""The commands that people and the build server type: they are there, and they say what is missing."""

import os
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
MAKE = shutil.which("make") or "make"


def program(folder, name, text):
    file = folder / name
    file.write_text(f"#!/bin/sh\n{text}\n")
    file.chmod(0o755)


def make(*arguments, **environment):
    return subprocess.run(
        [MAKE, *arguments], cwd=ROOT, env=os.environ | environment, capture_output=True, text=True, check=False
    )


def test_help_is_the_default_and_names_every_command():
    said = make()
    assert said.returncode == 0, said.stderr
    assert said.stdout == make("help").stdout
    for command in ("help", "setup", "up", "check", "test", "test-faults", "bench", "clean"):
        assert f"make {command} " in said.stdout


def test_missing_system_packages_are_named_to_those_who_cannot_install_them(tmp_path):
    program(tmp_path, "id", "echo 1000")
    said = make("system-packages", PATH=str(tmp_path))
    assert said.returncode != 0
    assert "sudo apt-get install redis-server chromium" in said.stdout


def test_root_gets_them_installed(tmp_path):
    program(tmp_path, "id", "echo 0")
    program(tmp_path, "redis-server", "")
    program(tmp_path, "apt-get", f'echo "$@" >> {tmp_path}/asked')
    said = make("system-packages", PATH=str(tmp_path))
    assert said.returncode == 0, said.stderr
    update, install = (tmp_path / "asked").read_text().splitlines()
    assert update.startswith("update")
    assert install.endswith(" chromium")
    assert "redis-server" not in install


def test_a_python_that_is_too_old_is_said(tmp_path):
    for name in ("python3", "python3.11", "python3.12", "python3.13"):
        program(tmp_path, name, "exit 1")
    said = make(f"{tmp_path}/none/bin/python", f"VENV={tmp_path}/none", f"PATH={tmp_path}")
    assert said.returncode != 0
    assert "Switchboard needs Python 3.11 or newer" in said.stdout


def test_a_python_without_venv_names_the_package(tmp_path):
    program(tmp_path, "python3", 'case "$2" in *ensurepip*) exit 1;; *print*) echo 3.11;; esac')
    said = make(f"{tmp_path}/none/bin/python", f"VENV={tmp_path}/none", f"PATH={tmp_path}")
    assert said.returncode != 0
    assert "apt-get install python3.11-venv" in said.stdout


def test_the_build_server_sees_pytests_closing_line_last_and_the_status(tmp_path):
    program(tmp_path, "make", 'echo "=== 1 failed, 2 passed in 0.10s ==="; echo "make: *** [test] Error 1" >&2; exit 2')
    said = subprocess.run(
        [ROOT / ".ci/run"],
        env=os.environ | {"PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.returncode == 2
    assert said.stdout.splitlines()[-1] == "=== 1 failed, 2 passed in 0.10s ==="
