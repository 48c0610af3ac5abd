"""``fusedmlp playground``: its options, its mistakes in one line, and how it ends."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request

import pytest

import fusedmlp as fm

pytest.importorskip("uvicorn", reason="the extra playground is not installed")
pytest.importorskip("starlette", reason="the extra playground is not installed")
pytest.importorskip("websockets", reason="the extra playground is not installed")
TABLE = "a,b,kind\n" + "\n".join(f"{k},{k * 7 % 5},{'xy'[k % 2]}" for k in range(20))


@pytest.fixture
def opened(monkeypatch):
    """The addresses that a browser was told to open."""
    addresses = []
    monkeypatch.setattr("webbrowser.open", addresses.append)
    return addresses


@pytest.fixture
def command(tmp_path):
    """The command as a process; it is ended by Ctrl-C if the test did not."""
    running = []

    def begin(*argv):
        process = subprocess.Popen(
            [sys.executable, "-m", "fusedmlp", "playground", "--no-browser", *argv],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path,
            # A shell lets what it runs in the background ignore Ctrl-C, and its children too.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )  # fmt: skip
        running.append(process)
        address = re.search(r"http://\S+", process.stdout.readline())[0]
        assert process.stdout.readline() == "Ctrl-C stops it\n"
        return process, address

    yield begin
    for process in running:
        process.kill()
        process.communicate()


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def ended(process):
    """Press Ctrl-C and return what the process said."""
    process.send_signal(signal.SIGINT)
    return process.communicate(timeout=30)


def test_it_serves_until_ctrl_c(command):
    process, url = command("--port", "0")
    assert urllib.request.urlopen(url, timeout=20).status == 200
    out, err = ended(process)
    assert (process.returncode, err) == (0, "")
    assert out == "\nthe playground has stopped\n"


def test_ctrl_c_with_a_tab_that_trains(command):
    client = pytest.importorskip("websockets.sync.client")
    process, url = command()
    origin = url.rsplit("/", 2)[0]
    with client.connect(url.replace("http", "ws", 1) + "socket", origin=origin) as tab:
        tab.send('{"type": "configure", "changes": {"speed": 0}}')
        tab.send('{"type": "play"}')
        while '"playing":true' not in str(tab.recv(timeout=20)):
            pass
        begin = time.monotonic()
        _, err = ended(process)
    assert (process.returncode, err) == (0, "")
    assert time.monotonic() - begin < 10


def test_a_table_port_and_host(command, tmp_path):
    (tmp_path / "t.csv").write_text(TABLE)
    port = free_port()
    process, url = command("t.csv", "--target", "b", "--port", str(port), "--host", "localhost")
    assert url.startswith(f"http://localhost:{port}/")
    client = pytest.importorskip("websockets.sync.client")
    origin = url.rsplit("/", 2)[0]
    with client.connect(url.replace("http", "ws", 1) + "socket", origin=origin) as tab:
        tab.recv(timeout=20)
        state = tab.recv(timeout=20)
    assert '"source":"t.csv"' in state and '"target":"b"' in state
    assert ended(process)[1] == ""


TAKEN_BY_ANOTHER_THREAD = """
import signal, sys, threading, time
from fusedmlp.cli import main

def press():
    while "playground-server" not in [t.name for t in threading.enumerate()]:
        time.sleep(0.01)
    time.sleep(1)
    signal.raise_signal(signal.SIGINT)  # the handler of C runs here and wakes no other thread

signal.signal(signal.SIGINT, signal.default_int_handler)
threading.Thread(target=press, daemon=True).start()
sys.exit(main(["playground", "--no-browser"]))
"""


def test_ctrl_c_that_another_thread_takes():
    """What a system may do; one just before the wait is lost in the same way."""
    done = subprocess.run([sys.executable, "-c", TAKEN_BY_ANOTHER_THREAD], capture_output=True,
                          text=True, timeout=60)  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("\nthe playground has stopped\n")


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["none.csv"], "none.csv: No such file or directory"),
        (["picture.png"], "picture.png: must be a CSV file, its name ending in .csv"),
        (["bytes.csv"], "bytes.csv"),
        (["short.csv"], "short.csv: must have 4 to 20000 rows, got 1"),
        (["t.csv", "--target", "z"], "t.csv has no column 'z'"),
        (["--target", "z"], "--target: names a column of DATA.csv, which is not given"),
        (["--port", "x"], "argument --port: must be a whole number from 0 to 65535, got 'x'"),
        (["--port", "99999"], "argument --port: must be a whole number from 0 to 65535"),
        (["--host", "no such host."], "cannot listen on no such host., port 0"),
        (["--colour"], "unrecognized arguments: --colour"),
    ],
)
def test_mistakes_are_one_line(fails, tmp_path, argv, message):
    (tmp_path / "t.csv").write_text(TABLE)
    (tmp_path / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    (tmp_path / "bytes.csv").write_bytes(bytes(range(256)) * 9)
    (tmp_path / "short.csv").write_text("a,b\n1,2\n")
    assert message in fails("playground", "--no-browser", *argv)


def test_a_port_that_is_taken(fails):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        line = fails("playground", "--no-browser", "--port", port)
    assert f"cannot listen on 127.0.0.1, port {port}: Address already in use" in line


@pytest.mark.parametrize("package", ["starlette", "uvicorn", "websockets"])
def test_without_the_extra_there_is_a_hint(fails, monkeypatch, package):
    monkeypatch.setitem(sys.modules, package, None)
    line = fails("playground")
    assert line.endswith(
        "playground: needs starlette, uvicorn, websockets: pip install fusedmlp[playground]"
    )
    with pytest.raises(ImportError, match=r"pip install fusedmlp\[playground\]"):
        fm.playground()


def test_help_names_every_option(run):
    told = run("playground", "--help")
    for option in ("DATA.csv", "--target", "--port", "--host", "--no-browser"):
        assert option in told


def test_from_python_it_returns_at_once_and_stops(opened):
    begin = time.monotonic()
    running = fm.playground(fm.MLP([2, 4, 1], seed=0))
    assert time.monotonic() - begin < 5
    assert opened == [running.url]
    assert urllib.request.urlopen(running.url, timeout=20).status == 200
    assert repr(running).startswith("<Playground running: http://127.0.0.1:")
    assert f'href="{running.url}"' in running._repr_html_()
    running.stop()
    running.stop()
    running.wait()  # there is nothing left to wait for
    assert repr(running).startswith("<Playground stopped: ")
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(running.url, timeout=20)
    assert not [t for t in threading.enumerate() if t.name.startswith("playground")]


def test_without_a_browser_nothing_is_opened(opened):
    with fm.playground(open_browser=False):
        assert opened == []


def test_a_script_that_forgets_to_stop_it_ends(tmp_path):
    (tmp_path / "script.py").write_text(
        "import fusedmlp as fm\nrunning = fm.playground(open_browser=False)\nprint(running.url)\n"
    )
    done = subprocess.run([sys.executable, "script.py"], cwd=tmp_path, capture_output=True,
                          text=True, timeout=60, check=True)  # fmt: skip
    assert done.stdout.startswith("http://") and done.stderr == ""
