"""Arrays over a socket, in NumPy's own file format: nothing that arrives is ever executed."""

from __future__ import annotations

import hmac
import secrets
import socket
import socketserver
import threading
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, BinaryIO

import numpy as np

from ..checks.arrays import Array

_TOKEN = 32  # bytes
_PATIENCE = 20.0  # seconds to reach the sender; one is tried after the other


class Sender:
    """Sends arrays to every process that knows the token, until it is closed.

    Parameters
    ----------
    arrays : sequence of numpy.ndarray
    local : bool
        Listen to processes of this machine alone.

    Attributes
    ----------
    hosts : tuple of str
        Names and addresses of this machine.
    port : int
    token : bytes
    times : int
        How many processes have fetched the arrays.
    """

    def __init__(self, arrays: Sequence[Array], local: bool) -> None:
        self.arrays = arrays
        self.token, self.times = secrets.token_bytes(_TOKEN), 0
        sender = self

        class Handler(socketserver.StreamRequestHandler):
            timeout = _PATIENCE

            def handle(self) -> None:
                # A worker that ends while it receives is its own news.
                with suppress(OSError):
                    if not hmac.compare_digest(self.rfile.read(_TOKEN), sender.token):
                        return
                    sender.times += 1
                    for array in arrays:
                        np.lib.format.write_array(self.wfile, array, allow_pickle=False)

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True
            request_queue_size = 128

        self._server = Server(("127.0.0.1" if local else "", 0), Handler)
        self.port = int(self._server.server_address[1])
        self.hosts = ("127.0.0.1",) if local else _own_names()
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """End; nothing is sent any more."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def receive(hosts: Sequence[str], port: int, token: bytes, count: int) -> list[Array]:
    """Return the arrays of a :class:`Sender`, which may be reached under any of `hosts`."""
    own = socket.gethostname()
    tried = []
    # On the sender's own machine its outward address may be closed.
    for host in ("127.0.0.1", *hosts) if own in hosts else hosts:
        try:
            link = socket.create_connection((host, port), timeout=_PATIENCE)
        except OSError as error:
            tried.append(f"{host}: {error}")
            continue
        with link, link.makefile("rb") as file:
            link.sendall(token)
            stream: Any = _Stream(file)
            return [np.lib.format.read_array(stream, allow_pickle=False) for _ in range(count)]
    raise ConnectionError(
        f"the worker on {own} cannot fetch the data from port {port} of the process that has them "
        f"({'; '.join(tried)}). Give X and y as memmaps of files that every worker sees"
    )


class _Stream:
    """A file to be read in order; NumPy asks those that it knows for their position."""

    def __init__(self, file: BinaryIO) -> None:
        self.read = file.read


def _own_names() -> tuple[str, ...]:
    name = socket.gethostname()
    names = [name]
    with suppress(OSError):
        names += [str(item[4][0]) for item in socket.getaddrinfo(name, None, socket.AF_INET)]
    return tuple(dict.fromkeys(n for n in names if not n.startswith("127.")))
