"""When the console is built, and what is in its place when it cannot be."""

import gzip
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ROOT / "web" / "node_modules"
#: A port where nobody listens, in place of the place that packages come from.
NOWHERE = "http://127.0.0.1:9/"


class Checkout:
    """A checkout with a console of one line and the real build."""

    def __init__(self, root):
        self.root, self.web, self.built = root, root / "web", root / "src" / "voltaro" / "_ui"
        self.built.parent.mkdir(parents=True)
        (root / "tools").mkdir()
        shutil.copy(ROOT / "tools" / "build_console.py", root / "tools")
        (self.web / "public").mkdir(parents=True)
        (self.web / "public" / "icon.svg").write_text("<svg/>")
        for name in ("package.json", "package-lock.json", "vite.config.ts", ".npmrc"):
            shutil.copy(ROOT / "web" / name, self.web)
        (self.web / "index.html").write_text('<script type="module" src="/src/main.ts"></script>')
        self.says("one")

    def says(self, word):
        (self.web / "src").mkdir(exist_ok=True)
        (self.web / "src" / "main.ts").write_text(f'document.title = "{word}";\n')

    def ages(self):
        """As if everything had been written a minute ago."""
        for path in [self.web, *self.web.rglob("*"), *self.built.rglob("*")]:
            if not path.is_symlink():
                at = path.stat().st_mtime - 60
                os.utime(path, (at, at))

    def builds(self, *options):
        environment = {**os.environ, "npm_config_registry": NOWHERE}
        return subprocess.run(
            [sys.executable, self.root / "tools" / "build_console.py", *options],
            env={**environment, "npm_config_cache": str(self.root / "cache")},
            capture_output=True,
            text=True,
            check=False,
        )

    @property
    def script(self):
        (path,) = (self.built / "assets").glob("*.js")
        return path.read_text()


@pytest.fixture
def checkout(tmp_path):
    return Checkout(tmp_path)


@pytest.fixture
def ready(checkout):
    """A checkout that has its packages."""
    if not (PACKAGES / ".package-lock.json").exists():
        pytest.skip("the console's packages are not there: make console")
    (checkout.web / "node_modules").symlink_to(PACKAGES)
    old = (PACKAGES / ".package-lock.json").stat().st_mtime
    os.utime(checkout.web / "package-lock.json", (old, old))
    return checkout


def test_console_is_built_once_and_again_after_each_change_of_a_source(ready):
    assert ready.builds().stdout == "the console is built\n"
    assert "one" in ready.script
    assert ready.builds().stdout == ""

    ready.ages()
    assert ready.builds().stdout == ""
    ready.says("two")
    assert ready.builds().stdout == "the console is built\n"
    assert "two" in ready.script

    ready.ages()
    (ready.web / "public" / "icon.svg").unlink()
    assert ready.builds().stdout == "the console is built\n"
    assert not (ready.built / "icon.svg").exists()


def test_built_files_have_compressed_twins(ready):
    ready.builds()

    twins = list(ready.built.rglob("*.gz"))
    assert ready.built / "index.html.gz" in twins
    for twin in twins:
        assert gzip.decompress(twin.read_bytes()) == twin.with_suffix("").read_bytes()


def test_console_that_vite_alone_built_is_built_again(ready):
    ready.builds()
    for twin in ready.built.rglob("*.gz"):
        twin.unlink()

    assert ready.builds().stdout == "the console is built\n"


def test_broken_source_is_an_error_and_leaves_the_old_console(ready):
    ready.builds()
    ready.ages()
    ready.says('";;nonsense(')

    done = ready.builds("--if-possible")

    assert done.returncode == 1
    assert "The console was not built: vite.js build" in done.stderr
    assert "one" in ready.script
    assert sorted(path.name for path in ready.built.parent.iterdir()) == ["_ui"]


def test_without_a_network_the_rest_goes_on_and_the_reason_is_told(checkout):
    alone, rest = checkout.builds(), checkout.builds("--if-possible")

    assert (alone.returncode, rest.returncode) == (1, 0)
    assert "its packages could not be fetched" in alone.stderr
    assert "Everything else works without it. `make console` tries again." in rest.stderr
    assert not checkout.built.exists()
