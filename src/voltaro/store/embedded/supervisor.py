"""Runs PostgreSQL as our child: started with us, restarted when it dies, gone when we are."""

import asyncio
import contextlib
import os
import signal
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Final

import asyncpg
import structlog

from voltaro.store.embedded import cluster as files
from voltaro.store.embedded import postmaster
from voltaro.store.embedded.account import (
    Account,
    account_for_new_cluster,
    account_of_cluster,
    environment,
)
from voltaro.store.embedded.binaries import Binaries, choose_binaries
from voltaro.store.embedded.trouble import DatabaseUnavailable, explain, explain_os_error

_START_TIMEOUT_S: Final = 60.0
_TICK_S: Final = 0.02
_FIRST_DELAY_S: Final = 0.1
_LAST_DELAY_S: Final = 5.0
_STABLE_S: Final = 10.0
#: Fast shutdown; if that takes too long an immediate one, which costs a recovery at the next start.
_SHUTDOWN = ((signal.SIGINT, 30.0), (signal.SIGQUIT, 10.0), (signal.SIGKILL, None))

_PYTHON: Final = (sys.executable, "-I", "-S")  # the two scripts need nothing but the interpreter
_LAUNCH: Final = str(Path(__file__).with_name("launch.py"))
_WATCHDOG: Final = str(Path(__file__).with_name("watchdog.py"))

_log = structlog.get_logger(__name__)


async def start(
    data_dir: Path, *, on_state: Callable[[bool], None] | None = None
) -> "EmbeddedPostgres":
    """PostgreSQL for a data directory, accepting connections; what is missing is created.

    To be called in the main thread, or one that lives as long as the database shall: on Linux
    the server ends with the thread that started it.

    Args:
        data_dir: Voltaro's data directory. The cluster is `postgres` in it; see
            `cluster.place_cluster` for when root keeps it elsewhere.
        on_state: Told False when the server died, True when it accepts connections again.
    """
    with contextlib.ExitStack() as locks:
        try:
            cluster, account = await asyncio.to_thread(_claim, data_dir, locks)
            binaries = await _programs(cluster, account)
            socket_folder = await asyncio.to_thread(files.socket_folder, cluster, account)
            server = EmbeddedPostgres(cluster, account, binaries, socket_folder, on_state)
            await server._begin()  # noqa: SLF001 - the class is this function's other half
        except OSError as error:
            raise explain_os_error("The database could not be started", error, data_dir) from error
        server._locks = locks.pop_all()  # noqa: SLF001
    return server


class EmbeddedPostgres:
    """A PostgreSQL server under our supervision; `start` makes it."""

    def __init__(
        self,
        cluster: Path,
        account: Account,
        binaries: Binaries,
        socket_folder: Path,
        on_state: Callable[[bool], None] | None,
    ) -> None:
        self.dsn = files.dsn_of(socket_folder)
        self.binaries = binaries.path
        self.major = binaries.major
        self._cluster = cluster
        self._account = account
        self._socket_folder = socket_folder
        self._on_state = on_state or (lambda _: None)
        self._locks = contextlib.ExitStack()
        self._stopping = asyncio.Event()
        self._process: asyncio.subprocess.Process | None = None
        self._exit: asyncio.Task[int] | None = None
        self._errors: IO[bytes] | None = None
        self._launched = datetime.now(UTC)
        self._watchdog: asyncio.subprocess.Process | None = None
        self._leash: int | None = None  # our end of the pipe the watchdog reads
        self._supervision: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int:
        """Process id of the current postmaster."""
        assert self._process is not None
        return self._process.pid

    @property
    def place(self) -> Path:
        """Where the database's files are."""
        return self._cluster

    async def stop(self) -> None:
        """Shut down: connections are closed, everything is written, the next start is quick."""
        self._stopping.set()
        assert self._supervision is not None
        try:
            await asyncio.shield(self._supervision)
        finally:
            self._locks.close()

    async def _begin(self) -> None:
        try:
            await self._launch()
            async with asyncio.timeout(_START_TIMEOUT_S):
                await self._accepting()
                await _create_database(self._socket_folder)
        except asyncpg.PostgresError as error:
            await self._shut_down()
            what = "The database could not be created"
            raise explain(what, str(error), self._cluster) from error
        except TimeoutError:
            said = self._said()
            await self._shut_down()
            what = f"The database was not ready within {_START_TIMEOUT_S:.0f} s"
            raise explain(what, said, self._cluster) from None
        except BaseException:
            await self._shut_down()
            raise
        _log.info("postgres started", pid=self.pid, version=self.major, path=str(self._cluster))
        self._supervision = asyncio.create_task(self._supervise(), name="postgres supervision")

    async def _supervise(self) -> None:
        loop = asyncio.get_running_loop()
        delay = _FIRST_DELAY_S
        started = loop.time()
        try:
            while await self._died():
                self._on_state(False)
                if loop.time() - started > _STABLE_S:
                    delay = _FIRST_DELAY_S
                delay = await self._restart(delay)
                started = loop.time()
                if not self._stopping.is_set():
                    _log.info("postgres restarted", pid=self.pid)
                    self._on_state(True)
        except Exception:
            _log.exception("postgres supervision failed")
            raise
        finally:
            await self._shut_down()

    async def _died(self) -> bool:
        """Wait for the end of the server; False if it was us who ended it, or are about to."""
        assert self._exit is not None
        asked = asyncio.create_task(self._stopping.wait())
        await asyncio.wait({self._exit, asked}, return_when=asyncio.FIRST_COMPLETED)
        asked.cancel()
        if self._stopping.is_set():
            return False
        self._tell_watchdog(0)
        code = self._exit.result()
        reason = f"killed by signal {-code}" if code < 0 else self._said()[-2000:]
        _log.error("postgres died", pid=self.pid, reason=reason)
        return True

    async def _restart(self, delay: float) -> float:
        """Try until it runs or we are to stop; return the delay to begin with the next time."""
        reasons: set[str] = set()
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), delay)
            if self._stopping.is_set():
                return delay
            delay = min(delay * 2, _LAST_DELAY_S)
            try:
                await self._launch()
                await self._accepting()
            except DatabaseUnavailable as error:
                if str(error) not in reasons:
                    reasons.add(str(error))
                    _log.error("postgres does not start", reason=str(error))
            else:
                return delay

    async def _launch(self) -> None:
        try:
            await asyncio.to_thread(self._clear_the_way)
            await self._guard()
            if self._errors is not None:
                self._errors.close()
            self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - read when the server is dead
            self._launched = datetime.now(UTC)
            self._process = await _spawn(
                self._account, signal.SIGINT, self._errors, self.binaries / "postgres",
                "-D", self._cluster,
                "-c", "listen_addresses=",
                "-c", f"port={files.PORT}",
                "-c", f"unix_socket_directories={self._socket_folder}",
                "-c", "unix_socket_permissions=0700",
                "-c", f"cluster_name={files.title_of(self._cluster)}",
                "-c", "fsync=on",
                "-c", "synchronous_commit=on",
            )  # fmt: skip
        except OSError as error:
            what = "The database could not be started"
            raise explain_os_error(what, error, self._cluster) from error
        self._exit = asyncio.create_task(self._process.wait(), name="postgres exit")
        self._tell_watchdog(self._process.pid)

    def _clear_the_way(self) -> None:
        postmaster.stop_leftovers(self._cluster)
        files.make_private(self._socket_folder, self._account)  # may have been tidied away
        postmaster.remove_stale_locks(self._cluster, self._socket_folder, files.PORT)
        files.write_access_rules(self._cluster, self._account)

    async def _accepting(self) -> None:
        """Wait until the server accepts connections, or we are to stop."""
        assert self._exit is not None
        while not self._stopping.is_set():
            told = postmaster.read_pid_file(self._cluster)
            if told is not None and told.ready and told.pid == self.pid:
                return
            ended, _ = await asyncio.wait({self._exit}, timeout=_TICK_S)
            if ended:
                what = "The database could not be started"
                raise explain(what, self._said(), self._cluster)

    def _said(self) -> str:
        """What the server said since its launch: before it opened its log, and in it."""
        early = b""
        if self._errors is not None:
            self._errors.seek(0)
            early = self._errors.read(20_000)
        late = postmaster.log_since(self._cluster, self._launched)
        return f"{postmaster.without_times(early.decode(errors='replace'))}{late}"

    async def _shut_down(self) -> None:
        for number, patience in _SHUTDOWN:
            if self._process is None or self._exit is None or self._exit.done():
                break
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(number)
            await asyncio.wait({self._exit}, timeout=patience)
        if self._watchdog is not None:
            with contextlib.suppress(ProcessLookupError):
                self._watchdog.kill()
            await self._watchdog.wait()
        if self._leash is not None:
            os.close(self._leash)
            self._leash = None
        if self._errors is not None:
            self._errors.close()
            self._errors = None
        with contextlib.suppress(OSError):  # not empty after a SIGKILL
            self._socket_folder.rmdir()

    async def _guard(self) -> None:
        """Have a watchdog, which also ends PostgreSQL where PR_SET_PDEATHSIG does not exist."""
        if self._watchdog is not None and self._watchdog.returncode is None:
            return
        if self._leash is not None:
            os.close(self._leash)
        its_end, self._leash = os.pipe()  # neither is inherited but by being its stdin
        try:
            self._watchdog = await asyncio.create_subprocess_exec(
                *_PYTHON, _WATCHDOG, str(self._account.uid), str(self._account.gid),
                stdin=its_end,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,
                cwd="/",
                env=environment(),
                start_new_session=True,
            )  # fmt: skip
        finally:
            os.close(its_end)

    def _tell_watchdog(self, pid: int) -> None:
        assert self._leash is not None
        with contextlib.suppress(BrokenPipeError):
            os.write(self._leash, b"%d\n" % pid)


def _claim(data_dir: Path, locks: contextlib.ExitStack) -> tuple[Path, Account]:
    """Make sure that the data directory is ours; return where its cluster is, and whose."""
    data_dir = files.make_data_dir(data_dir)
    locks.enter_context(files.lock(data_dir, data_dir))
    cluster = files.existing_cluster(data_dir)
    if cluster is None:
        account = account_for_new_cluster()
        cluster = files.place_cluster(data_dir, account)
    else:
        account = account_of_cluster(cluster)
    if cluster.parent != data_dir:
        # Two data directories, one a copy of the other with its link, may mean the same cluster.
        locks.enter_context(files.lock(cluster.parent, data_dir))
    return cluster, account


async def _programs(cluster: Path, account: Account) -> Binaries:
    """Programs that fit the cluster, which is created with them if it does not exist."""
    wanted = await asyncio.to_thread(files.major_of, cluster)
    binaries = await asyncio.to_thread(choose_binaries, account, wanted, cluster)
    if wanted is not None:
        return binaries
    with files.new_cluster(cluster, account) as folder, tempfile.TemporaryFile() as output:
        process = await _spawn(
            account, signal.SIGKILL, output, binaries.path / "initdb",
            "-D", folder,
            "-U", files.ROLE,
            "--auth=peer",
            "--encoding=UTF8",
            "--locale=C",
            "--data-checksums",
            "--no-instructions",
        )  # fmt: skip
        try:
            code = await process.wait()
        except asyncio.CancelledError:
            process.kill()
            await process.wait()
            raise
        if code != 0:
            output.seek(0)
            said = output.read().decode(errors="replace")
            raise explain("The database could not be created", said, cluster.parent)
    _log.info("database created", path=str(cluster), version=binaries.major)
    return binaries


async def _spawn(
    account: Account, death_signal: signal.Signals, output: IO[bytes], *program: str | Path
) -> asyncio.subprocess.Process:
    """Start a program as the account, in a session of its own: Ctrl-C is for us to handle.

    SIGINT as the signal at our death makes PostgreSQL write everything and leave, so that the next
    start need not recover; a half-made cluster is worth no more than SIGKILL.
    """
    return await asyncio.create_subprocess_exec(
        *_PYTHON, _LAUNCH, str(account.uid), str(account.gid), str(os.getpid()),
        str(int(death_signal)), *map(str, program),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        cwd="/",
        env=environment(),
        start_new_session=True,
    )  # fmt: skip


async def _create_database(socket_folder: Path) -> None:
    """Create our database unless it exists, also when an earlier first start died before it."""
    try:
        connection = await asyncpg.connect(files.dsn_of(socket_folder))
    except asyncpg.InvalidCatalogNameError:
        connection = await asyncpg.connect(files.dsn_of(socket_folder, "postgres"))
        try:
            await connection.execute(f'CREATE DATABASE "{files.DATABASE}"')
        finally:
            await connection.close()
    else:
        await connection.close()
