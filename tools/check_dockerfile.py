"""Executes the steps of the Dockerfile on this machine, without a container engine.

Every absolute path that the image uses is put below a temporary folder, `python` and `pip` are those
of a clean virtual environment, and what needs a system of its own (users, ownership) is left out
and said so. At the end the image's command is run and its health check is asked. What this cannot
show: that the base image exists, and what differs between it and this machine.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import threading
import urllib.request
import venv
from pathlib import Path

ROOT = Path(__file__).parents[1]
#: Paths of the image that are moved below the temporary folder.
MOVED = ("/opt/voltaro", "/var/lib/voltaro", "/src")
#: Programs that change the system itself.
LEFT_OUT = ("useradd", "groupadd")
#: What .dockerignore keeps out of the folders that it lets through.
IGNORED = ("__pycache__", "*.egg-info", "node_modules", "_ui")
#: Known instructions; an unknown one is a reason to look at this tool again.
KNOWN = frozenset(
    [
        "FROM",
        "WORKDIR",
        "RUN",
        "COPY",
        "ENV",
        "USER",
        "VOLUME",
        "EXPOSE",
        "STOPSIGNAL",
        "HEALTHCHECK",
        "CMD",
    ]
)


class Build:
    """The image so far: its root folder, working directory, environment and last words."""

    def __init__(self, root: Path, tools: Path) -> None:
        self.root = root
        self.workdir = root
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("VOLTARO_", "VIRTUAL_"))}
        self.env = {**kept, "PATH": f"{tools}:/usr/sbin:/usr/bin:/sbin:/bin"}
        self.stages = 0
        self.command: list[str] = []
        self.health: list[str] = []
        self.user = "root"

    def moved(self, text: str) -> str:
        """Text with the image's paths where they are here."""
        for path in MOVED:
            text = re.sub(rf"(?<![\w/.]){re.escape(path)}(?![\w-])", f"{self.root}{path}", text)
        return text

    def step(self, instruction: str, rest: str) -> None:
        print(f"{instruction} {rest}", flush=True)
        if instruction not in KNOWN:
            sys.exit(f"{instruction} is not known to this tool")
        do = getattr(self, f"_{instruction.lower()}", None)
        if do is not None:
            do(rest)

    def _from(self, rest: str) -> None:
        self.stages += 1
        version = re.search(r"python:(\d+\.\d+)", rest)
        ours = f"{sys.version_info.major}.{sys.version_info.minor}"
        if version is None or version[1] != ours:
            print(f"  (this is Python {ours}, the image's differs)")

    def _workdir(self, rest: str) -> None:
        self.workdir = Path(self.moved(rest))
        self.workdir.mkdir(parents=True, exist_ok=True)

    def _run(self, rest: str) -> None:
        if rest.split(maxsplit=1)[0] in LEFT_OUT:
            print("  (left out: it changes the system)")
            return
        command = re.sub(r"-[og] voltaro ", "", self.moved(rest))
        if command != self.moved(rest):
            command = command.replace("-m 700", "-m 711")  # ours, if we are root
            print("  (owner left out)")
        subprocess.run(  # noqa: S603 - our own Dockerfile
            ["/bin/sh", "-ec", command], cwd=self.workdir, env=self.env, check=True
        )

    def _copy(self, rest: str) -> None:
        options = [each for each in rest.split() if each.startswith("--")]
        *sources, target = [each for each in rest.split() if not each.startswith("--")]
        if any(each.startswith("--from=") for each in options):
            assert [self.moved(each) for each in sources] == [self.moved(target)], rest
            return  # both stages share one root here
        into = self.workdir / target
        if target.endswith("/"):
            into.mkdir(parents=True, exist_ok=True)
        for source in sources:
            _assert_sent(source)
            if (ROOT / source).is_dir():
                ignored = shutil.ignore_patterns(*IGNORED)
                shutil.copytree(ROOT / source, into, ignore=ignored)
            else:
                shutil.copy2(ROOT / source, into if target.endswith("/") else into.parent)

    def _env(self, rest: str) -> None:
        for each in shlex.split(rest):
            name, _, value = each.partition("=")
            self.env[name] = self.moved(value).replace("$PATH", self.env["PATH"])

    def _user(self, rest: str) -> None:
        self.user = rest

    def _healthcheck(self, rest: str) -> None:
        self.health = json.loads(rest.partition("CMD ")[2])

    def _cmd(self, rest: str) -> None:
        self.command = json.loads(rest)

    def serve(self) -> None:
        """Run the image's command until it is ready, ask its health check, and stop it."""
        env = {**self.env, "VOLTARO_OCPP_PORT": "0", "VOLTARO_HTTP_PORT": "0"}
        process = subprocess.Popen(  # noqa: S603 - as above
            self.command, cwd=self.workdir, env=env, stdout=subprocess.PIPE, text=True
        )
        deadline = threading.Timer(120, process.kill)
        deadline.start()
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            print(f"  {line.strip()}")
            assert line.startswith("voltaro ready "), f"{line!r}"
            http = line.split()[3]
            health = [each.replace("http://127.0.0.1:8080", http) for each in self.health]
            assert health != self.health, "the health check asks another address"
            subprocess.run(health, env=env, check=True)  # noqa: S603 - as above
            with urllib.request.urlopen(f"{http}/ui/") as page:  # noqa: S310 - our own server
                assert b"/ui/assets/" in page.read(), "the image has no console"
            process.terminate()
            assert process.wait(60) == 0
        finally:
            deadline.cancel()
            if process.poll() is None:
                process.kill()
                process.wait()


def _assert_sent(source: str) -> None:
    """.dockerignore lets it through."""
    allowed = (ROOT / ".dockerignore").read_text().split()
    assert f"!{source}" in allowed, f".dockerignore keeps {source} from the build"


def instructions(text: str) -> list[tuple[str, str]]:
    joined = text.replace("\\\n", " ")
    lines = [line.strip() for line in joined.splitlines()]
    split = [line.partition(" ") for line in lines if line and not line.startswith("#")]
    return [(word.upper(), rest.strip()) for word, _, rest in split]


def main() -> None:
    """Execute all steps; ends with 1 at the first that fails."""
    with tempfile.TemporaryDirectory(prefix="voltaro-image-", dir="/var/tmp") as folder:
        # The user whom PostgreSQL runs as must be able to walk down to its data.
        Path(folder).chmod(0o755)
        venv.create(f"{folder}/base", with_pip=True)
        build = Build(Path(folder, "root"), Path(folder, "base", "bin"))
        build.root.mkdir()
        for instruction, rest in instructions((ROOT / "Dockerfile").read_text()):
            build.step(instruction, rest)
        assert build.user not in {"root", "0"}, "the image runs as root"
        assert build.stages == 2
        size = sum(f.stat().st_size for f in build.root.joinpath("opt").rglob("*") if f.is_file())
        print(f"  {size // 1024**2} MiB on top of the base image")
        build.serve()
    print("every step of the Dockerfile works on this machine")


if __name__ == "__main__":
    main()
