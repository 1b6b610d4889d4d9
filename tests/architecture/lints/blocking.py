"""Nothing blocks the event loop: no sleep, file, process, socket or HTTP call that waits inside ``async def``."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from architecture.lints.source import PRODUCT, Finding, Source, dotted

_CALLS = {
    *("time.sleep", "open", "input", "os.system", "os.popen", "urllib.request.urlopen", "urlopen"),
    *("subprocess.run", "subprocess.call", "subprocess.check_call", "subprocess.check_output", "subprocess.Popen"),
    *("socket.create_connection", "socket.getaddrinfo", "socket.gethostbyname", "shutil.rmtree", "shutil.copytree"),
    *("shutil.copy", "shutil.copyfile", "shutil.move", "os.fsync", "os.waitpid"),
}
_MODULES = ("requests.", "httpx.get", "httpx.post", "httpx.request", "psycopg.connect", "sqlite3.")
_FILE_METHODS = {"read_text", "read_bytes", "write_text", "write_bytes"}


def find(source: Source) -> Iterator[Finding]:
    if not source.is_python or not source.within(*PRODUCT):
        return
    for node in ast.walk(source.tree):
        if isinstance(node, ast.AsyncFunctionDef):
            for statement in node.body:
                yield from _within(source, statement)


def _within(source: Source, node: ast.AST) -> Iterator[Finding]:
    """What runs on the loop: functions defined inside run elsewhere or are looked at by themselves."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
        return
    if isinstance(node, ast.Call):
        name = dotted(node.func)
        last = name.rpartition(".")[2]
        if name in _CALLS or name.startswith(_MODULES) or (last in _FILE_METHODS and "." in name):
            yield source.at(node, f"{name}() blocks the event loop: await it in a thread or use an async call")
    for child in ast.iter_child_nodes(node):
        yield from _within(source, child)
