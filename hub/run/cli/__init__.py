"""The command ``hub``: one file a group of commands."""

from hub.run.cli.app import main

__all__ = ["main"]
