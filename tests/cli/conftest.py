"""A scripted REST server and an OCPP peer on real sockets, and the real command line."""

import contextlib
import io
import json
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from websockets.sync.server import serve as serve_websockets

KEY = "local-administrator-key"


class Api:
    """Answers what `answers` says by (method, path); keeps what was asked."""

    def __init__(self):
        self.asked = []  # (method, path, query, body)
        self.headers = []
        self.answers = {}
        self.key = KEY

    def answer(self, method, path, status, body=None):
        self.answers[method, path] = (status, body)

    def reply(self, method, path, query, body, headers):
        self.asked.append((method, path, query, body))
        self.headers.append(headers)
        if self.key and headers.get("Authorization") != f"Bearer {self.key}":
            return 401, {"title": "Unauthorized", "detail": "No such key.", "status": 401}
        found = self.answers.get((method, path))
        if callable(found):
            return found(query, body)
        if found is None and method == "PUT":
            return 201, {"station_id": path.rsplit("/", 1)[1], **(body or {})}
        return found or (404, {"title": "Not Found", "detail": f"There is no {path}."})


def _handler(api):
    class Handler(BaseHTTPRequestHandler):
        def _serve(self):
            parts = urlsplit(self.path)
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            status, reply = api.reply(
                self.command, unquote(parts.path), dict(parse_qsl(parts.query)), body, self.headers
            )
            text = reply if isinstance(reply, bytes) else json.dumps(reply).encode()
            text = b"" if reply is None else text
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_PUT = do_DELETE = _serve  # noqa: N815 - names of http.server
        protocol_version = "HTTP/1.1"

        def log_message(self, *_):
            pass

    return Handler


@pytest.fixture
def api(tmp_path, monkeypatch):
    for name in [each for each in os.environ if each.startswith("VOLTARO_")]:
        monkeypatch.delenv(name)
    one = Api()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(one))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    one.url = f"http://127.0.0.1:{server.server_port}"
    one.data_dir = tmp_path / "data"
    one.data_dir.mkdir()
    (one.data_dir / "admin.key").write_text(KEY + "\n")
    monkeypatch.setenv("VOLTARO_URL", one.url)
    monkeypatch.setenv("VOLTARO_DATA_DIR", str(one.data_dir))
    yield one
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def ocpp():
    """An OCPP peer that accepts everything; its ws:// URL."""

    def answers(link):
        with contextlib.suppress(Exception):
            for text in link:
                _, message_id, action, payload = json.loads(text)
                reply = {"currentTime": "2026-01-02T03:04:05.678Z"}
                if action == "BootNotification":
                    reply |= {"status": "Accepted", "interval": 300}
                elif action == "StartTransaction":
                    reply = {"transactionId": 1, "idTagInfo": {"status": "Accepted"}}
                elif "idTag" in payload:
                    reply = {"idTagInfo": {"status": "Accepted"}}
                elif "idToken" in payload:
                    reply = {"idTokenInfo": {"status": "Accepted"}}
                elif action != "Heartbeat":
                    reply = {}
                link.send(json.dumps([3, message_id, reply]))

    server = serve_websockets(
        answers,
        "127.0.0.1",
        0,
        subprotocols=["ocpp1.6", "ocpp2.0.1", "ocpp2.1"],
        ping_interval=None,
    )
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"ws://127.0.0.1:{server.socket.getsockname()[1]}"
    server.shutdown()
    thread.join()


class Result:
    """What a command left behind."""

    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    def __repr__(self):
        return f"exit {self.code}\n--- out\n{self.out}--- err\n{self.err}"


@pytest.fixture
def process():
    """Run a command line as a process of its own."""

    def run(*arguments, **env):
        done = subprocess.run(
            [sys.executable, "-W", "error", "-m", "voltaro.cli", *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            env={**os.environ, **env},
            timeout=60,
            check=False,
        )
        return Result(done.returncode, done.stdout, done.stderr)

    return run


class Tty(io.StringIO):
    def isatty(self):
        return True


def _here(monkeypatch, out, arguments, stdin, env):
    from voltaro.cli.program import run

    err = io.StringIO()
    with monkeypatch.context() as patch:
        for name, value in env.items():
            patch.setenv(name, value)
        patch.setattr("sys.stdin", io.StringIO(stdin))
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                run(list(arguments))
            except SystemExit as end:
                return Result(end.code or 0, out.getvalue(), err.getvalue())
    raise AssertionError("run() always ends with SystemExit")


@pytest.fixture
def voltaro(monkeypatch):
    """Run a command in this process, its output into a pipe."""

    def run(*arguments, stdin="", **env):
        return _here(monkeypatch, io.StringIO(), arguments, stdin, env)

    return run


@pytest.fixture
def terminal(monkeypatch):
    """Run a command in this process with stdout that says it is a terminal."""

    def run(*arguments, **env):
        shown = {"COLUMNS": "200", "TERM": "xterm", **env}
        return _here(monkeypatch, Tty(), arguments, "", shown)

    return run
