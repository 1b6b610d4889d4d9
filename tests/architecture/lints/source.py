"""What the lints read: the project's files, parsed once, and what they give: findings."""

from __future__ import annotations

import ast
import io
import subprocess
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

PRODUCT = ("hub", "adapters", "orchestrator", "admin")
"""The packages the house rules hold in."""

_PASSED_OVER = {".git", ".venv", "node_modules", "__pycache__", "dist", "build", ".data"}


@dataclass(frozen=True, order=True)
class Finding:
    """One place where a house rule does not hold."""

    path: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.text}"


@dataclass(frozen=True)
class Source:
    """One text file. ``path`` is relative to the project, with forward slashes."""

    path: str
    text: str

    @property
    def is_python(self) -> bool:
        return self.path.endswith(".py")

    def within(self, *folders: str) -> bool:
        """Whether it is one of these files or lies in one of these folders."""
        return any(self.path == folder or self.path.startswith(f"{folder}/") for folder in folders)

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, self.path)

    @cached_property
    def comments(self) -> list[tuple[int, str]]:
        """Every Python comment with its line."""
        tokens = tokenize.generate_tokens(io.StringIO(self.text).readline)
        return [(token.start[0], token.string) for token in tokens if token.type == tokenize.COMMENT]

    def at(self, node: ast.AST, text: str) -> Finding:
        return Finding(self.path, getattr(node, "lineno", 1), text)


def project_files(root: Path) -> list[str]:
    """Every file that is, or would be, in version control; without git, every file that is no build output."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=root,
        capture_output=True,
        check=False,
    )
    if listed.returncode == 0:
        return sorted(name for name in listed.stdout.decode().split("\0") if name and (root / name).is_file())
    return sorted(
        path.relative_to(root).as_posix()
        for path in root.rglob("*")
        if path.is_file() and _PASSED_OVER.isdisjoint(path.relative_to(root).parts)
    )


def read_sources(root: Path) -> Iterator[Source]:
    """Every text file of the project; what is not UTF-8 is no text."""
    for name in project_files(root):
        try:
            yield Source(name, (root / name).read_text(encoding="utf-8"))
        except UnicodeDecodeError:
            continue


def dotted(node: ast.AST) -> str:
    """``a.b.c`` for a chain of names, else what of it can be named (``?.c``)."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return "?"
