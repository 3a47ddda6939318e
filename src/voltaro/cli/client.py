"""The REST API as the CLI uses it: addresses, keys, pages, and errors as exit codes."""

import ipaddress
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self
from urllib.parse import quote, urlsplit

import httpx

from voltaro import __version__
from voltaro.cli.failure import CliError, ExitCode
from voltaro.config import default_data_dir

_TODO = {
    ExitCode.AUTH: "Set VOLTARO_API_KEY, or run this on the server as the user that runs it.",
    ExitCode.NOT_FOUND: "Check the spelling; the list command shows what there is.",
    ExitCode.CONFLICT: "Look at it again: somebody or something else changed it.",
    ExitCode.USAGE: "Check what you gave; --help tells what is possible.",
    ExitCode.STATION_REJECTED: "The station decides; look at its answer above.",
    ExitCode.STATION_TIMEOUT: "Try again; the station may be busy or its network slow.",
    ExitCode.STATION_OFFLINE: "Wait until the station is connected.",
    ExitCode.UNREACHABLE: "Start it with `voltaro serve`, or set VOLTARO_URL or --url.",
}


class Client:
    """A synchronous client; every failure is a CliError."""

    def __init__(self, url: str, key: str | None, *, timeout_s: float = 40.0) -> None:
        self.url = url
        self._http = httpx.Client(**http_options(url, key, timeout_s))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._http.close()

    def get(self, path: str, params: Mapping[str, Any] | None = None) -> Any:
        return self._send("GET", path, params=params)

    def put(self, path: str, body: Mapping[str, Any]) -> Any:
        return self._send("PUT", path, json=body)

    def post(
        self, path: str, body: Mapping[str, Any], headers: Mapping[str, str] | None = None
    ) -> Any:
        return self._send("POST", path, json=body, headers=headers)

    def post_json(self, path: str, content: bytes) -> Any:
        """Send JSON to the letter."""
        headers = {"Content-Type": "application/json"}
        return self._send("POST", path, content=content, headers=headers)

    def upload(self, path: str, content: BinaryIO, params: Mapping[str, Any]) -> Any:
        """Send a file as it is."""
        headers = {"Content-Type": "application/octet-stream"}
        return self._send("POST", path, params=params, content=content, headers=headers)

    def download(self, path: str, out: BinaryIO) -> int:
        """Write what is there to `out`; how many bytes that were."""
        count = 0
        try:
            with self._http.stream("GET", path) as response:
                if not response.is_success:
                    response.read()
                    raise _failure(response)
                for chunk in response.iter_bytes():
                    count += out.write(chunk)
        except httpx.HTTPError as error:
            raise unreachable(self.url, error) from error
        return count

    def delete(self, path: str) -> None:
        self._send("DELETE", path)

    def items(
        self, path: str, params: Mapping[str, Any] | None = None, *, limit: int | None = None
    ) -> Iterator[dict[str, Any]]:
        """Every item of a list, page after page, or the first `limit`."""
        given = {name: value for name, value in (params or {}).items() if value is not None}
        count = 0
        while True:
            page = self.get(path, given)
            for item in page["items"]:
                if limit is not None and count >= limit:
                    return
                count += 1
                yield item
            if not page.get("next_cursor"):
                return
            given["cursor"] = page["next_cursor"]

    def _send(self, method: str, path: str, **content: Any) -> Any:
        try:
            response = self._http.request(method, path, **content)
        except httpx.HTTPError as error:
            raise unreachable(self.url, error) from error
        return body_of(response)


def http_options(url: str, key: str | None, timeout_s: float) -> dict[str, Any]:
    """Arguments of an httpx client for this server; refuses what is no HTTP address."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise CliError(
            ExitCode.USAGE, f"{url!r} is no HTTP address", "Example: --url http://127.0.0.1:8080"
        )
    headers = {"User-Agent": f"voltaro/{__version__}", "Accept": "application/json"}
    if key:
        headers["Authorization"] = f"Bearer {key}"
    return {
        "base_url": url.rstrip("/"),
        "headers": headers,
        "timeout": timeout_s,
        # A proxy of the environment is for elsewhere, never for this machine.
        "trust_env": not is_loopback(url),
    }


def station_path(station_id: str) -> str:
    return f"/api/v1/stations/{quote(station_id, safe='')}"


def token_path(value: str) -> str:
    return f"/api/v1/tokens/{quote(value, safe='')}"


def transaction_path(transaction_id: str) -> str:
    return f"/api/v1/transactions/{quote(transaction_id, safe='')}"


def command_path(command_id: str) -> str:
    return f"/api/v1/commands/{quote(command_id, safe='')}"


def file_path(file_id: str) -> str:
    return f"/api/v1/files/{quote(file_id, safe='')}"


def is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def find_key(url: str, data_dir: Path | None = None) -> str | None:
    """The key to show: VOLTARO_API_KEY, else the local administrator key for a local server.

    The local key never leaves for another machine.
    """
    if key := os.environ.get("VOLTARO_API_KEY", "").strip():
        return key
    if not is_loopback(url):
        return None
    file = (default_data_dir() if data_dir is None else data_dir) / "admin.key"
    try:
        return file.read_text().strip() or None
    except FileNotFoundError:
        return None
    except OSError as error:
        raise CliError(
            ExitCode.AUTH,
            f"the administrator key {file} cannot be read: {error.strerror}",
            _TODO[ExitCode.AUTH],
        ) from error


def body_of(response: httpx.Response) -> Any:
    """The JSON of a good answer, None for an empty one; a CliError for any other."""
    if not response.is_success:
        raise _failure(response)
    if not response.content:
        return None
    try:
        return response.json()
    except ValueError:
        raise CliError(
            ExitCode.UNEXPECTED,
            f"{response.request.url} did not answer with JSON",
            "Is this Voltaro's HTTP port? Check VOLTARO_URL or --url.",
        ) from None


def unreachable(url: str, error: httpx.HTTPError) -> CliError:
    return CliError(
        ExitCode.UNREACHABLE,
        f"the server at {url} cannot be reached: {str(error) or type(error).__name__}",
        _TODO[ExitCode.UNREACHABLE],
    )


def _failure(response: httpx.Response) -> CliError:
    try:
        problem = response.json()
    except ValueError:
        problem = None
    problem = problem if isinstance(problem, dict) else {}
    title = problem.get("title") or f"HTTP {response.status_code} {response.reason_phrase}"
    detail = problem.get("detail")
    what = f"{title}: {detail}" if detail else str(title)
    if isinstance(said := problem.get("call_error"), dict) and said.get("description"):
        what += f" ({said['description']})"
    for each in problem.get("errors") or ():
        if isinstance(each, dict):
            what += f"; {each.get('pointer', '')}: {each.get('detail', '')}"
    code = _code(response.status_code, str(problem.get("code", "")))
    todo = _TODO.get(code, "The server's log tells more.")
    if response.status_code == httpx.codes.SERVICE_UNAVAILABLE:
        todo = "The server is up but not ready; try again in a moment."
    return CliError(code, what, todo)


def _code(status: int, problem: str) -> ExitCode:
    match status:
        case 401 | 403:
            return ExitCode.AUTH
        case 404:
            return ExitCode.NOT_FOUND
        case 409 if "offline" in problem:
            return ExitCode.STATION_OFFLINE
        case 409 | 412 | 428:
            return ExitCode.CONFLICT
        case 400 | 405 | 413 | 422:
            return ExitCode.USAGE
        case 502:
            return ExitCode.STATION_REJECTED
        case 504:
            return ExitCode.STATION_TIMEOUT
        case 503:
            return ExitCode.UNREACHABLE
        case _:
            return ExitCode.UNEXPECTED
