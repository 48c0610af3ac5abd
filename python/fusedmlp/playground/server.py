"""The page and its socket, on this machine alone unless asked otherwise.

Every address begins with a secret. Who does not know it, or comes from another page, gets nothing.
"""

from __future__ import annotations

import asyncio
import hmac
import secrets
import tempfile
from concurrent.futures import Future
from contextlib import suppress
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from . import describe, limits
from .orders import Beginning, Download, Upload
from .protocol import MessageError, Seen, parse, text_of
from .session import Session

_TYPES = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
}
_HEADERS = {
    "Content-Security-Policy": "default-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; frame-ancestors 'self'; base-uri 'none'; form-action 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
_DOWNLOADS = {
    "model": "playground.safetensors",
    "start": "playground_start.safetensors",
    "data": "playground_data.npz",
}


def page_files() -> dict[str, bytes]:
    """Return the files of the page by name."""
    folder = files(__package__) / "static"
    return {item.name: item.read_bytes() for item in folder.iterdir() if item.is_file()}


class Site:
    """What the server serves: the page, and a session for each tab.

    Parameters
    ----------
    host : the address it listens on
    beginning : what each session begins with
    """

    def __init__(self, host: str, beginning: Beginning) -> None:
        self.token = secrets.token_urlsafe(24)
        self.sessions: dict[str, Session] = {}
        self._beginning, self._files = beginning, page_files()
        self._local = host in ("127.0.0.1", "localhost", "::1")
        self.app = Starlette(
            routes=[
                Route("/{token}/table", self._table, methods=["POST"]),
                Route("/{token}/download/{what}", self._download, methods=["GET"]),
                Route("/{token}/{name:path}", self._file, methods=["GET"]),
                WebSocketRoute("/{token}/socket", self._socket),
            ]
        )

    def _knows(self, connection: HTTPConnection, origin_needed: bool) -> bool:
        """Whether a request has the secret, and comes from the page itself."""
        given = connection.path_params["token"].encode()
        if not hmac.compare_digest(given, self.token.encode()):
            return False
        host = connection.headers.get("host", "")
        # Another site's name that was pointed at this machine.
        if self._local and host.rpartition(":")[0] not in _LOOPBACK:
            return False
        origin = connection.headers.get("origin")
        if origin is None:
            return not origin_needed
        return urlsplit(origin).netloc == host

    async def _file(self, request: Request) -> Response:
        name = request.path_params["name"] or "index.html"
        if not self._knows(request, False) or name not in self._files:
            return Response("not found", 404)
        kind = _TYPES.get(Path(name).suffix, "text/plain")
        return Response(self._files[name], media_type=kind, headers=_HEADERS)

    def _session(self, request: Request, origin_needed: bool) -> Session | None:
        if not self._knows(request, origin_needed):
            return None
        return self.sessions.get(request.query_params.get("session", ""))

    async def _download(self, request: Request) -> Response:
        session, what = self._session(request, False), request.path_params["what"]
        if session is None or what not in _DOWNLOADS:
            return Response("not found", 404)
        try:
            content = await asyncio.wrap_future(session.submit(Download(what)))
        except ValueError:  # its tab was closed meanwhile
            return Response("not found", 404)
        disposition = f'attachment; filename="{_DOWNLOADS[what]}"'
        return Response(content, media_type="application/octet-stream",
                        headers={**_HEADERS, "Content-Disposition": disposition})  # fmt: skip

    async def _table(self, request: Request) -> Response:
        session = self._session(request, True)
        if session is None:
            return Response("not found", 404)
        name = Path(request.query_params.get("name", "table.csv")).name[:200]
        target = request.query_params.get("target", "")[:200]
        with tempfile.TemporaryDirectory(prefix="fusedmlp-") as folder:
            path = Path(folder) / "table.csv"
            size = 0
            with path.open("wb") as file:
                async for part in request.stream():
                    size += len(part)
                    if size > limits.UPLOAD:
                        text = f"{name}: a table may have {limits.UPLOAD} bytes, this has more"
                        return JSONResponse({"error": text}, 413)
                    file.write(part)
            try:
                order = Upload(path, name, target)
                state = await asyncio.wrap_future(session.submit(order))
            except (ValueError, TypeError, OSError) as error:
                text = str(error).replace(str(path), name)
                return JSONResponse({"error": text}, 400)
        return Response(text_of(state), media_type="application/json")  # type: ignore[arg-type]

    async def _socket(self, socket: WebSocket) -> None:
        if not self._knows(socket, True):
            await socket.close(1008)
            return
        await socket.accept()
        if len(self.sessions) >= limits.SESSIONS:
            text = f"{limits.SESSIONS} tabs are open, more are not served; close one and reload"
            await socket.send_text(text_of({"type": "error", "text": text}))
            await socket.close(1013)
            return
        line = _Line(socket)
        session = Session(line.put, self._beginning)
        name = secrets.token_urlsafe(12)
        self.sessions[name] = session
        sender = asyncio.create_task(line.run())
        try:
            line.put(text_of({"type": "welcome", "session": name, **describe.choices()}))
            line.put(text_of(session.first_state))
            session.submit(Seen())
            while True:
                message = await socket.receive()
                if message["type"] == "websocket.disconnect":
                    break
                content = message.get("text")
                await _answer(session, line, content if content is not None else b"")
        except (WebSocketDisconnect, RuntimeError):
            pass  # the tab has gone in the middle of an answer
        finally:
            sender.cancel()
            session.close()
            with suppress(asyncio.CancelledError):
                await asyncio.shield(asyncio.wrap_future(session.closed))
            del self.sessions[name]


async def _answer(session: Session, line: _Line, content: str | bytes) -> None:
    """Do what a message says and send the reply, before the next one is read."""
    try:
        order = parse(content)
        reply: Any = await asyncio.wrap_future(session.submit(order))
    except (MessageError, ValueError, TypeError, ArithmeticError, OSError, MemoryError) as error:
        reply = {"type": "error", "text": str(error) or type(error).__name__}
    if reply is not None:
        line.put(text_of(reply))
    await line.empty()


class _Line:
    """Texts and frames on their way to the page, in order, from any thread."""

    def __init__(self, socket: WebSocket) -> None:
        self._socket, self._loop = socket, asyncio.get_running_loop()
        self._queue: asyncio.Queue[str | bytes] = asyncio.Queue()
        self._gone: Future[None] = Future()

    def put(self, content: str | bytes) -> None:
        """Take something to be sent; what comes after the end is lost."""
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._queue.put_nowait, content)

    async def run(self) -> None:
        """Send until cancelled, or the page has gone."""
        try:
            while True:
                content = await self._queue.get()
                if isinstance(content, str):
                    await self._socket.send_text(content)
                else:
                    await self._socket.send_bytes(content)
                self._queue.task_done()
        except (WebSocketDisconnect, RuntimeError):
            pass
        finally:
            self._gone.set_result(None)

    async def empty(self) -> None:
        """Wait until all is sent."""
        joined = asyncio.ensure_future(self._queue.join())
        await asyncio.wait(
            [joined, asyncio.wrap_future(self._gone)], return_when=asyncio.FIRST_COMPLETED
        )
        joined.cancel()
