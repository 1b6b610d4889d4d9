"""Makes a cluster once: initdb, then the product's own database and login."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import subprocess
from dataclasses import asdict, dataclass
from pathlib import Path

from hub.run.embedded.errors import EmbeddedPostgresError
from hub.run.embedded.place import Place

SUPERUSER = "postgres"
LOGIN = "hub"
CHILD_ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C.UTF-8", "TZ": "UTC"}
"""All that PostgreSQL's programs get to see: none of the hub's secrets."""


@dataclass(frozen=True, slots=True)
class Passwords:
    """The passwords of the two logins, and the wheel whose version of the extension is installed."""

    superuser: str
    login: str
    provisioned: str = ""


def load_passwords(file: Path) -> Passwords:
    """The stored passwords, made on first use. The file is ours alone (mode 0600)."""
    if file.is_file():
        return Passwords(**json.loads(file.read_text()))
    passwords = Passwords(secrets.token_hex(24), secrets.token_hex(24))
    save_passwords(file, passwords)
    return passwords


def save_passwords(file: Path, passwords: Passwords) -> None:
    """Write the passwords in one step, readable by ourselves alone."""
    partial = file.with_suffix(".partial")
    partial.unlink(missing_ok=True)
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
        json.dump(asdict(passwords), stream)
        stream.flush()
        os.fsync(stream.fileno())
    partial.replace(file)


def init_cluster(place: Place, passwords: Passwords) -> None:
    """Run initdb unless it was done. A cluster appears whole or not at all: it is made beside and renamed."""
    if place.cluster.is_dir():
        return
    fresh, pwfile = place.home / "cluster.partial", place.home / "initdb.password"
    shutil.rmtree(fresh, ignore_errors=True)
    pwfile.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(pwfile, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
            stream.write(passwords.superuser)
            if place.account:
                os.fchown(stream.fileno(), place.account.uid, place.account.gid)
        done = run_program(
            place,
            *(place.binaries.path("initdb"), "-D", str(fresh), "-U", SUPERUSER, f"--pwfile={pwfile}"),
            *("--auth=scram-sha-256", "--encoding=UTF8", "--locale-provider=builtin", "--locale=C.UTF-8"),
        )
    finally:
        pwfile.unlink(missing_ok=True)
    if done.returncode != 0:
        shutil.rmtree(fresh, ignore_errors=True)
        raise EmbeddedPostgresError(f"PostgreSQL could not set up {place.cluster}: {_last_line(done.stderr)}")
    fresh.rename(place.cluster)


def provision(psql: str, port: int, passwords: Passwords) -> None:
    """Make the product's login, database and extension over loopback. Idempotent."""
    script = Path(__file__).with_name("provision.sql").read_text()
    done = subprocess.run(
        [psql, "-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", str(port), "-U", SUPERUSER, "postgres"],
        input=f"\\set login {LOGIN}\n\\set password {passwords.login}\n{script}",
        env=CHILD_ENVIRONMENT | {"PGPASSWORD": passwords.superuser},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    if done.returncode != 0:
        raise EmbeddedPostgresError(f"PostgreSQL could not make the database '{LOGIN}': {_last_line(done.stderr)}")


def run_program(place: Place, *command: str) -> subprocess.CompletedProcess[str]:
    """Run one of PostgreSQL's programs as the server's user and wait for it."""
    account = place.account
    return subprocess.run(
        command,
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
        env=CHILD_ENVIRONMENT,
        cwd=place.home if account is None else "/",
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "it gave no reason"
