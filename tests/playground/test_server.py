"""Who may come in, what is refused, and that nothing breaks or stays behind."""

from __future__ import annotations

import gc
import http.client
import json
import os
import random
import string
import time
import urllib.error
import urllib.request
from contextlib import ExitStack, suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from fusedmlp.playground import limits
from fusedmlp.playground.protocol import MESSAGES
from fusedmlp.playground.server import page_files

from .conftest import ours, until

client = pytest.importorskip("websockets.sync.client", reason="websockets is not installed")
from websockets.exceptions import WebSocketException  # noqa: E402


def origin_of(running):
    parts = urlsplit(running.url)
    return f"{parts.scheme}://{parts.netloc}"


def connected(running, origin="", **headers):
    url = running.url.replace("http", "ws", 1) + "socket"
    return client.connect(url, origin=origin or origin_of(running), max_size=None, **headers)


def welcomed(socket):
    return json.loads(socket.recv(timeout=20))["session"]


def status(url, data=None, **headers):
    request = urllib.request.Request(url, data=data, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


def test_the_page_is_whole_and_small(served):
    files = page_files()
    assert sum(map(len, files.values())) < 150_000
    for name, content in files.items():
        assert status(served.url + name)[1] == content
    code, page = status(served.url)
    assert code == 200 and b"http" not in page, "nothing comes from elsewhere"


def test_only_who_knows_the_secret_gets_anything(served):
    base, token = origin_of(served), urlsplit(served.url).path.strip("/")
    for path in ("/", "/x/", f"/{token[:-1]}/", f"/{token}x/", f"/{token}/none", f"/{token}/../x",
                 f"/{token}/download/model", f"/{token}/download/model?session=x"):  # fmt: skip
        assert status(base + path)[0] == 404, path
    wrong = base.replace("http", "ws") + "/wrong/socket"
    with pytest.raises(WebSocketException), client.connect(wrong, origin=base):
        pass


@pytest.mark.parametrize("origin", ["http://evil.example", "null", None])
def test_other_pages_are_refused(served, origin):
    url = served.url.replace("http", "ws", 1) + "socket"
    with pytest.raises(WebSocketException), client.connect(url, origin=origin):
        pass
    with connected(served) as socket:
        address = f"{served.url}table?session={welcomed(socket)}"
        headers = {} if origin is None else {"Origin": origin}
        assert status(address, b"a,b\n", **headers)[0] == 404


def test_another_name_for_this_machine_is_refused(served):
    parts = urlsplit(served.url)
    line = http.client.HTTPConnection(parts.hostname, parts.port)
    line.request("GET", parts.path, headers={"Host": f"evil.example:{parts.port}"})
    assert line.getresponse().status == 404
    line.close()


def test_a_table_is_read_and_a_bad_one_explained(served):
    rows = [f"{i},{i * 3 % 7},{'ab'[i % 2]}" for i in range(30)]
    table = "\n".join(["p,q,kind", *rows]).encode()
    with connected(served) as socket:
        session = welcomed(socket)
        address = f"{served.url}table?session={session}&name="
        origin = {"Origin": origin_of(served)}
        code, answer = status(address + "t.csv", table, **origin)
        state = json.loads(answer)
        assert code == 200 and state["classes"] == ["a", "b"] and state["inputs"] == ["p", "q"]
        code, answer = status(address + "t.csv&target=p", table, **origin)
        assert json.loads(answer)["table"]["target"] == "p"
        for name, content in (("t.csv", b""), ("t.csv", b"\0\1\2"), ("t.exe", table),
                              ("t.csv", b"a\n1\n")):  # fmt: skip
            code, answer = status(address + name, content, **origin)
            assert code == 400 and json.loads(answer)["error"], content
        with suppress(urllib.error.URLError):  # it may be refused in the middle
            assert status(address + "t.csv", b"1," * limits.UPLOAD, **origin)[0] == 413
        for what in ("model", "start", "data"):
            code, content = status(f"{served.url}download/{what}?session={session}")
            assert code == 200 and len(content) > 100
        socket.send('{"type": "step_epoch"}')
        until(lambda: "playing" in str(socket.recv(timeout=20)))


def random_message(rng):
    def value(depth=0):
        kind = rng.randrange(9 if depth < 3 else 6)
        if kind < 6:
            text = "".join(rng.choices(string.printable, k=rng.randrange(12)))
            return [None, True, rng.randrange(-5, 50), rng.random() * 10, text, 1e300][kind]
        if kind == 6:
            return [value(depth + 1) for _ in range(rng.randrange(4))]
        names = ["hidden", "dataset", "speed", "optimizer", "samples", "x"]
        return {rng.choice(names): value(depth + 1) for _ in range(rng.randrange(3))}

    kind = rng.random()
    if kind < 0.1:
        return "".join(rng.choices(string.printable, k=rng.randrange(60)))
    if kind < 0.13:
        return rng.randbytes(rng.randrange(60))
    message = {"type": rng.choice([*MESSAGES, "other"])}
    names = ["changes", "entries", "point", "name", "layer", "row", "column", "value"]
    for name in rng.sample(names, rng.randrange(5)):
        message[name] = value()
    return json.dumps(message)


def fuzz(served, count):
    """Send random messages, reading what comes; return how many were answered with an error."""
    rng = random.Random(1)
    errors = 0
    with connected(served) as socket:
        welcomed(socket)
        for k in range(count):
            socket.send(random_message(rng))
            if k % 50 == 49:  # an answer to the last one shows that the tab lives
                name = rng.choice(["relu", "tanh", "gelu"])
                socket.send(json.dumps({"type": "explore", "name": name}))
                while f'"activation","name":"{name}"' not in (answer := str(socket.recv(60))):
                    errors += '"type":"error"' in answer
    until(lambda: served.sessions == 0 and len(ours()) == 1)
    return errors


def test_random_messages_do_no_harm(served):
    assert fuzz(served, 500) > 200


@pytest.mark.slow
def test_ten_thousand_random_messages_do_no_harm(served):
    begin = time.monotonic()
    errors = fuzz(served, 10_000)
    print(f"{errors} errors told in {time.monotonic() - begin:.0f} s")
    assert errors > 4000


def test_a_message_too_long_ends_its_tab_alone(served):
    with connected(served) as other, connected(served) as socket:
        welcomed(other)
        socket.send("x" * (limits.MESSAGE + 1))
        with pytest.raises(WebSocketException):
            while True:
                socket.recv(timeout=20)
        other.send('{"type": "explore", "name": "relu"}')
        until(lambda: '"type":"activation"' in str(other.recv(timeout=20)))


def test_closing_the_tab_ends_its_training(served):
    with connected(served) as socket:
        welcomed(socket)
        socket.send('{"type": "configure", "changes": {"speed": 0}}')
        socket.send('{"type": "play"}')
        until(lambda: '"playing":true' in str(socket.recv(timeout=20)))
        assert len(ours()) == 2
    until(lambda: served.sessions == 0 and len(ours()) == 1)


def fifty_tabs(served):
    """Open and close 50 tabs, ten at a time, each of which trains and is shown a frame."""
    for _ in range(5):
        with ExitStack() as tabs:
            opened = [tabs.enter_context(connected(served)) for _ in range(10)]
            for socket in opened:
                socket.send('{"type": "play"}')
            for socket in opened:
                until(lambda socket=socket: isinstance(socket.recv(timeout=20), bytes))
    until(lambda: served.sessions == 0 and len(ours()) == 1)


def test_fifty_tabs_come_and_go(served):
    fifty_tabs(served)


def in_use():
    """Return the memory of this process in MB, and the number of its open files."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGESIZE") / 1e6, len(list(Path("/proc/self/fd").iterdir()))


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="counts in /proc")
def test_many_tabs_leave_nothing_behind(served, record_property):
    fifty_tabs(served)  # what is loaded once
    gc.collect()
    memory, files = in_use()
    for _ in range(5):
        fifty_tabs(served)
    gc.collect()
    more, files_after = in_use()
    record_property("MB after 50 tabs", round(memory))
    record_property("MB after 300 tabs", round(more))
    print(f"{memory:.0f} MB after 50 tabs, {more:.0f} MB after 300; {files} files, {files_after}")
    # A tab's net, data, frames and curves take more than 0.2 MB.
    assert more - memory < 25
    assert files_after <= files + 1


def test_more_tabs_than_served_are_told(served):
    with ExitStack() as tabs:
        for _ in range(limits.SESSIONS):
            welcomed(tabs.enter_context(connected(served)))
        with connected(served) as late:
            assert "more are not served" in late.recv(timeout=20)
    until(lambda: served.sessions == 0)
