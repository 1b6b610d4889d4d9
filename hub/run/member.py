"""One member of a crew: ``python -m hub.run.member ROLE LINE [SOCKET...]``, started by ``hub.run.crew`` alone.

LINE and SOCKET are the numbers of open file descriptors: the line to the crew, and the sockets that a web member takes
its callers from.
"""

from __future__ import annotations

import asyncio
import socket
import sys

from hub.run.cli.app import failing_in_words
from hub.run.cli.opening import read_settings, run
from hub.run.crew import READY
from hub.settings import Settings


async def work(settings: Settings, role: str, line: socket.socket, sockets: list[socket.socket]) -> None:
    """Run until a signal comes, or the crew is gone."""
    from hub.run.house import open_house
    from hub.run.process import Drain, serving, until_signal, working

    gone = asyncio.Event()
    line.setblocking(False)
    asyncio.get_running_loop().add_reader(line, gone.set)
    drain = Drain()
    async with open_house(settings) as house:
        part = (
            serving(house, host=settings.host, port=settings.port, drain=drain, sockets=sockets)
            if role == "web"
            else working(house, drain=drain, alone=True)
        )
        async with part:
            line.send(READY)
            await until_signal(gone)
            asyncio.get_running_loop().remove_reader(line)
            await drain()


def main() -> None:
    """Run what the arguments say."""
    role, line, *sockets = sys.argv[1:]
    with failing_in_words():
        settings = read_settings()
        run(work(settings, role, socket.socket(fileno=int(line)), [socket.socket(fileno=int(fd)) for fd in sockets]))


if __name__ == "__main__":
    main()
