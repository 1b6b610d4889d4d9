"""The command line itself: its commands, and how errors end it.

Exit codes: 0 done, 1 failed for a reason that is printed, 2 called wrongly, 130 interrupted.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from cyclopts import App

from hub import __version__
from hub.core.errors import HubError
from hub.run.cli.output import fail

app = App(
    name="hub",
    version=__version__,
    help="Switchboard: one hub that answers customers on every channel, from the company's own documents.",
)
_COMMANDS = {
    "": (
        ("up", "serving:up", "Run everything on this machine, with an embedded database."),
        ("serve", "serving:serve", "Run the web process: webhooks, API and sockets."),
        ("worker", "serving:worker", "Run a worker process: answers, sends and long work."),
        ("migrate", "serving:migrate", "Bring the database's schema up to date."),
        ("simulate", "serving:simulate", "Run the simulated platforms and model server."),
        ("doctor", "checking:doctor", "Check what the hub depends on, and say how to mend it."),
        ("openapi", "checking:openapi", "Print the API's OpenAPI 3.1 document."),
        ("ingest", "knowledge:ingest", "Take in a file, a folder of files, or one web page."),
        ("ask", "knowledge:ask", "Ask the bot a question; prints its answer with the sources."),
        ("search", "knowledge:search", "Show the passages that a question would be answered from."),
        ("ledger", "ledger:ledger", "Show what became of everything that came in."),
        ("replay", "ledger:replay", "Have the bot read dead messages again."),
    ),
    "tenant": (
        ("create", "records:tenant_create", "Make a tenant."),
        ("list", "records:tenant_list", "List the tenants."),
        ("models", "tenant_models:tenant_models", "Show or choose which models do a tenant's tasks."),
        ("change", "records:tenant_change", "Change a tenant: name, on or off, weight."),
    ),
    "user": (
        ("create", "people:user_create", "Make a person who can sign in."),
        ("link", "people:user_link", "Print a one-time link that sets an account up."),
        ("list", "people:user_list", "List the people who can sign in."),
    ),
    "key": (
        ("create", "records:key_create", "Make an API key. It is shown this once."),
        ("list", "records:key_list", "List API keys."),
        ("revoke", "records:key_revoke", "Make an API key useless at once."),
    ),
    "channel": (
        ("create", "channels:channel_create", "Connect a channel."),
        ("list", "channels:channel_list", "List a tenant's channels."),
        ("check", "channels:channel_check", "Ask the platform whether a channel is well."),
        ("templates", "channels:channel_templates", "List the messages a platform approved beforehand."),
        ("parse", "channels:channel_parse", "Show how a webhook body is understood."),
    ),
    "app": (
        ("create", "channels:app_create", "Add a platform app that many accounts share."),
        ("list", "channels:app_list", "List the shared platform apps."),
        ("install", "channels:app_install", "Print a link that connects an account to a tenant."),
        ("manifest", "channels:app_manifest", "Print an app's manifest, to paste at the platform."),
    ),
    "embeddings": (
        ("list", "embeddings:embeddings_list", "List a tenant's sets of vectors, and the models there are."),
        ("create", "embeddings:embeddings_create", "Make a set of vectors beside the one in use, and fill it."),
        ("compare", "embeddings:embeddings_compare", "Ask every set of vectors the same questions."),
        ("switch", "embeddings:embeddings_switch", "Have searches use another set of vectors."),
        ("delete", "embeddings:embeddings_delete", "Remove a set of vectors that searches do not use."),
    ),
    "pairs": (
        ("list", "pairs:pairs_list", "List a tenant's questions with their answers."),
        ("mine", "pairs:pairs_mine", "Propose pairs from what colleagues answered."),
        ("approve", "pairs:pairs_approve", "Have the bot answer from a pair from now on."),
        ("reject", "pairs:pairs_reject", "Have a pair not proposed again."),
    ),
    "webhook": (("verify", "webhooks:verify_webhook", "Check the signature of a webhook this hub sent."),),
    "secrets": (
        ("new", "records:secrets_new", "Print a new key for HUB_SECRET_KEYS."),
        ("rotate", "records:secrets_rotate", "Encrypt every stored secret under the first key."),
    ),
    "eval": (
        ("retrieval", "evaluating:retrieval", "Measure retrieval on a judged set."),
        ("answers", "evaluating_answers:answers", "Count how answers hold up on judged questions."),
        ("import", "data_sets:fill", "Add judged questions to a tenant's data set."),
        ("run", "data_sets:measure", "Ask every question of a tenant's data set; fail below its thresholds."),
    ),
}
_GROUPS = {
    "tenant": "Tenants: the companies this hub answers for.",
    "user": "People who sign in.",
    "key": "API keys for machines.",
    "channel": "Channels: how customers reach a tenant.",
    "app": "Platform apps shared by many accounts.",
    "embeddings": "Sets of vectors: what searches know of meaning, two models side by side.",
    "pairs": "Questions with their answers, found in what colleagues answered.",
    "webhook": "Webhooks: events sent to a tenant's own systems.",
    "secrets": "The keys that encrypt what is stored.",
    "eval": "Measures how well things are found and answered.",
}

for group, text in _GROUPS.items():
    app.command(App(name=group, help=text))
for group, commands in _COMMANDS.items():
    owner = app[group] if group else app
    for command, target, text in commands:
        # Named by path: a command's modules are loaded when it is called, so that `hub --help` answers at once.
        owner.command(f"hub.run.cli.{target}", name=command, help=text)


def main() -> None:
    """Run the command of ``sys.argv``; print errors in words, never a traceback for what was foreseen."""
    _start_fast()
    with failing_in_words():
        app()


@contextmanager
def failing_in_words() -> Iterator[None]:
    """End the process by the exit code of what went wrong inside, and print it where it was foreseen."""
    try:
        yield
    except HubError as error:
        where = f" ({error.field})" if error.field else ""
        fail(f"{error}{where}")
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        sys.exit(0)


def _start_fast() -> None:
    """Leave out what costs a fifth of the start and finds nothing. ``opening.run`` turns collecting on again."""
    # Modules live as long as the process, so there is no garbage while they load.
    gc.disable()
    # pydantic would read every installed distribution's entry points for plug-ins; we use none.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    # structlog would load rich to draw tracebacks; our log writes one line an event. None makes an import fail.
    sys.modules["rich"] = None  # type: ignore[assignment]  # typeshed knows modules alone
    try:
        import structlog  # noqa: F401  # loaded here, without it, for everybody after
    finally:
        del sys.modules["rich"]
