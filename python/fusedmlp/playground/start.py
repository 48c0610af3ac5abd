"""``fm.playground``: starts the server in a thread, and gives back what stops it."""

from __future__ import annotations

import atexit
import contextlib
import socket
import threading
import time
import weakref
from typing import TYPE_CHECKING, Any

from numpy.typing import ArrayLike

from ..checks.numbers import flag, integer
from ..core.waiting import LOOK
from ..sequential import Sequential
from .limits import MESSAGE

if TYPE_CHECKING:
    from .orders import Beginning
    from .server import Site

_PACKAGES = ("starlette", "uvicorn", "websockets")
_running: weakref.WeakSet[Playground] = weakref.WeakSet()


class Playground:
    """A running playground.

    Attributes
    ----------
    url : str
        Where the page is; it holds a secret.
    """

    def __init__(self, site: Site, listener: socket.socket, host: str) -> None:
        import uvicorn

        port = listener.getsockname()[1]
        shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]", "::1": "[::1]"}.get(host, host)
        self.url: str = f"http://{shown}:{port}/{site.token}/"
        self._site = site
        config = uvicorn.Config(
            site.app, log_level="critical", ws_max_size=MESSAGE, ws_per_message_deflate=False,
            timeout_graceful_shutdown=2, lifespan="off", access_log=False,
        )  # fmt: skip
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run, args=([listener],), name="playground-server", daemon=True
        )
        self._thread.start()
        while not self._server.started and self._thread.is_alive():
            time.sleep(0.005)
        _running.add(self)

    @property
    def sessions(self) -> int:
        """Number of open tabs."""
        return len(self._site.sessions)

    def wait(self) -> None:
        """Return when the server has ended; Ctrl-C ends the waiting."""
        while self._thread.is_alive():
            time.sleep(LOOK)

    def stop(self) -> None:
        """End all training and the server; a second call does nothing."""
        self._server.should_exit = True
        self._thread.join()
        _running.discard(self)

    def __enter__(self) -> Playground:
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    def __repr__(self) -> str:
        state = "running" if self._thread.is_alive() else "stopped"
        return f"<Playground {state}: {self.url}>"

    def _repr_html_(self) -> str:
        return f'<a href="{self.url}" target="_blank" rel="noreferrer">the playground</a>'


def playground(
    model: Sequential | None = None,
    X: ArrayLike | None = None,
    y: ArrayLike | None = None,
    *,
    port: int = 0,
    host: str = "127.0.0.1",
    open_browser: bool = True,
) -> Playground:
    """Open a page in the browser where nets are built, trained and looked at; returns at once.

    Parameters
    ----------
    model : fm.Sequential, optional
        A built model to begin with. Every tab trains a copy: the model itself stays as it is.
    X, y : array_like, optional
        Data to learn, at most 20000 rows and 200 columns: texts and few whole numbers are classes,
        other numbers values.
    port : int, default 0
        0 takes a free one.
    host : str, default "127.0.0.1"
        The address to listen on. Any but the default lets others reach the page who know its
        address with the secret in it.
    open_browser : bool, default True

    Returns
    -------
    Playground
        With ``.url``, ``.wait()`` and ``.stop()``.

    Raises
    ------
    ImportError
        Without the extra: ``pip install fusedmlp[playground]``.
    ValueError, TypeError
        If the arguments do not belong together.
    OSError
        If the port is taken.
    """
    port = integer(port, "playground", "port", high=65535)
    if not isinstance(host, str) or not host:
        raise TypeError(f"playground: host must be a name or address, got {host!r}")
    open_browser = flag(open_browser, "playground", "open_browser")
    beginning = _beginning(model, X, y)
    _check_packages()
    return serve(beginning, host, port, open_browser)


def start_on_file(
    path: str | None, target: str | None, host: str, port: int, open_browser: bool
) -> Playground:
    """Start with a CSV file, or without: what the command does."""
    _check_packages()
    from .orders import Beginning
    from .settings import Settings
    from .sheet import read_sheet

    beginning = Beginning()
    if path is not None:
        sheet = read_sheet(path, target)
        settings = Settings().changed({"dataset": "table", "target": sheet.target_name})
        beginning = Beginning(settings, sheet)
    elif target is not None:
        raise ValueError("--target: names a column of DATA.csv, which is not given")
    return serve(beginning, host, port, open_browser)


def serve(beginning: Beginning, host: str, port: int, open_browser: bool) -> Playground:
    """Listen, and show the page."""
    from .server import Site

    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family, backlog=64)
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise OSError(f"playground: cannot listen on {host}, port {port}: {reason}") from error
    running = Playground(Site(host, beginning), listener, host)
    if open_browser:
        import webbrowser  # here, so that the package starts without

        webbrowser.open(running.url)
    return running


def _check_packages() -> None:
    try:
        import starlette  # noqa: F401
        import uvicorn  # noqa: F401
        import websockets  # noqa: F401
    except ImportError as error:
        raise ImportError(
            f"playground: needs {', '.join(_PACKAGES)}: pip install fusedmlp[playground]"
        ) from error


def _beginning(model: Any, X: ArrayLike | None, y: ArrayLike | None) -> Beginning:
    from .orders import Beginning
    from .problem import problem_of
    from .settings import Settings
    from .sheet import sheet_of
    from .trainer import Trainer

    if (X is None) != (y is None):
        raise ValueError("playground: X and y must be given together")
    sheet = None if X is None or y is None else sheet_of(X, y)
    settings = Settings(dataset="circle" if sheet is None else "table")
    if model is not None:
        if not isinstance(model, Sequential):
            raise TypeError(f"playground: model must be a Sequential, got {type(model).__name__}")
        if model.in_features is None:
            raise ValueError("playground: model must be built: pass in_features=... or fit it")
        changes: dict[str, Any] = {"network": "given"}
        if sheet is None and model.out_features == 3:
            changes["dataset"] = "spiral3"
        settings = settings.changed(changes)
        try:
            Trainer(settings, problem_of(settings, sheet), model)
        except ValueError as error:
            hint = " (X and y)" if sheet is not None else "; give X and y"
            raise ValueError(f"playground: {error}{hint}") from error
    return Beginning(settings, sheet, model)


def _stop_all() -> None:
    for running in list(_running):
        with contextlib.suppress(Exception):
            running.stop()


# Threads that train must end before the interpreter does.
atexit.register(_stop_all)
