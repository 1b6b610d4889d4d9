"""The command line itself: its commands, and how errors end it.

Exit codes: 0 done, 1 failed for a reason that is printed, 2 called wrongly, 130 interrupted.
"""

from __future__ import annotations

import sys

from cyclopts import App

from hub import __version__
from hub.core.errors import HubError
from hub.run.cli.output import fail

app = App(
    name="hub",
    version=__version__,
    help="Switchboard: one hub that answers customers on every channel, from the company's own documents.",
)
app.command("hub.run.cli.serving:up", name="up")
app.command("hub.run.cli.serving:serve", name="serve")
app.command("hub.run.cli.serving:worker", name="worker")
app.command("hub.run.cli.serving:migrate", name="migrate")
app.command("hub.run.cli.serving:simulate", name="simulate")
app.command("hub.run.cli.checking:doctor", name="doctor")
app.command("hub.run.cli.checking:openapi", name="openapi")
app.command("hub.run.cli.knowledge:ingest", name="ingest")
app.command("hub.run.cli.knowledge:ask", name="ask")
app.command("hub.run.cli.knowledge:search", name="search")

tenant = App(name="tenant", help="Tenants: the companies this hub answers for.")
tenant.command("hub.run.cli.records:tenant_create", name="create")
tenant.command("hub.run.cli.records:tenant_list", name="list")
key = App(name="key", help="API keys for machines.")
key.command("hub.run.cli.records:key_create", name="create")
key.command("hub.run.cli.records:key_list", name="list")
key.command("hub.run.cli.records:key_revoke", name="revoke")
channel = App(name="channel", help="Channels: how customers reach a tenant.")
channel.command("hub.run.cli.channels:channel_create", name="create")
channel.command("hub.run.cli.channels:channel_list", name="list")
channel.command("hub.run.cli.channels:channel_check", name="check")
channel.command("hub.run.cli.channels:channel_parse", name="parse")
platform_app = App(name="app", help="Platform apps shared by many accounts.")
platform_app.command("hub.run.cli.channels:app_create", name="create")
platform_app.command("hub.run.cli.channels:app_list", name="list")
secrets = App(name="secrets", help="The keys that encrypt what is stored.")
secrets.command("hub.run.cli.records:secrets_new", name="new")
secrets.command("hub.run.cli.records:secrets_rotate", name="rotate")
evaluation = App(name="eval", help="Measures how well things are found.")
evaluation.command("hub.run.cli.evaluating:retrieval", name="retrieval")
for group in (tenant, key, channel, platform_app, secrets, evaluation):
    app.command(group)


def main() -> None:
    """Run the command of ``sys.argv``; print errors in words, never a traceback for what was foreseen."""
    try:
        app()
    except HubError as error:
        where = f" ({error.field})" if error.field else ""
        fail(f"{error}{where}")
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        sys.exit(0)
