"""Finds a running embedded database from another process, for `voltaro db`."""

from pathlib import Path

from voltaro.store.embedded.account import ourselves
from voltaro.store.embedded.binaries import choose_binaries
from voltaro.store.embedded.cluster import dsn_of, existing_cluster, major_of
from voltaro.store.embedded.postmaster import is_ours, read_pid_file
from voltaro.store.embedded.trouble import DatabaseUnavailable, explain_os_error


def find_client(data_dir: Path) -> tuple[Path, str]:
    """Path of psql (pg_dump is beside it) and the address of a data directory's running database.

    Raises:
        DatabaseUnavailable: It does not run, or belongs to somebody else.
    """
    try:
        cluster = existing_cluster(data_dir)
        told = read_pid_file(cluster) if cluster is not None else None
        if cluster is None or told is None or not is_ours(told.pid, cluster):
            raise DatabaseUnavailable(
                f"The database of {data_dir} is not running. Start it with: "
                f"voltaro serve --data-dir {data_dir}"
            )
        if not told.ready:
            raise DatabaseUnavailable(
                f"The database of {data_dir} is starting or stopping. Try again in a moment."
            )
        binaries = choose_binaries(ourselves(), major_of(cluster), cluster)
    except OSError as error:
        raise explain_os_error("The database could not be found", error, data_dir) from error
    return binaries.path / "psql", dsn_of(Path(told.socket_folder))
