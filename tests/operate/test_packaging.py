"""What is shipped: the wheel, the unit, the compose file, the image."""

import os
import re
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import httpx
import pytest

from tests.store.embedded_serving import folder_of, ourselves

ROOT = Path(__file__).parents[2]
START_S = 110


def run(*command, **options):
    done = subprocess.run(
        [str(each) for each in command], capture_output=True, text=True, check=False, **options
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_compose_file_follows_the_published_schema():
    check = Path(sys.executable).parent / "check-jsonschema"

    run(check, "--builtin-schema", "vendor.compose-spec", ROOT / "compose.yaml")


def test_the_compose_file_holds_no_secret():
    lines = (ROOT / "compose.yaml").read_text().splitlines()
    text = "\n".join(line for line in lines if not line.lstrip().startswith("#"))

    secrets = re.findall(r"(?i)(?:password|secret|key)\w*: (\S+)", text)
    assert secrets
    assert all(each.startswith("${") for each in secrets)
    assert "voltaro:${POSTGRES_PASSWORD:?" in text


def test_the_image_does_not_run_as_root_and_has_a_health_check():
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    words = [line.partition(" ")[0] for line in lines]

    assert "USER voltaro" in lines
    assert words.index("USER") < words.index("CMD")
    assert "HEALTHCHECK" in words


def test_everything_that_the_dockerfile_copies_is_let_through():
    allowed = (ROOT / ".dockerignore").read_text().splitlines()
    copied = re.findall(r"^COPY (?!--from)(.+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)

    for line in copied:
        *sources, _ = line.split()
        assert not [each for each in sources if f"!{each}" not in allowed]


def test_the_unit_stops_voltaro_first_and_its_database_after_it():
    unit = (ROOT / "packaging" / "voltaro.service").read_text()

    assert "\nKillMode=mixed\n" in unit
    assert "\nReadWritePaths=/var/lib/voltaro\n" in unit
    assert "\nNoNewPrivileges=yes\n" in unit


@pytest.fixture
def asked_for(request):
    if "packaging" not in (request.config.option.markexpr or ""):
        pytest.skip("slow: make packaging")


@pytest.fixture
def data_dir():
    """A place that the user whom PostgreSQL runs as can reach."""
    with folder_of(ourselves()) as folder:
        yield folder / "data"


@pytest.fixture
def without_node(tmp_path):
    """The environment of a machine that has no node, and no settings of ours."""
    (tmp_path / "programs").mkdir()
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("VOLTARO_", "PIP_"))}
    return {**kept, "PATH": str(tmp_path / "programs")}


@pytest.fixture
def packages(tmp_path, without_node):
    """The sdist and the wheel as they are released."""
    command = (sys.executable, "-m", "hatchling", "build", "-d", tmp_path / "dist")
    run(*command, cwd=ROOT, env=without_node)
    (wheel,) = (tmp_path / "dist").glob("voltaro-*.whl")
    (sdist,) = (tmp_path / "dist").glob("voltaro-*.tar.gz")
    return wheel, sdist


@pytest.mark.packaging
@pytest.mark.timeout(600)
def test_the_wheel_installs_into_a_clean_environment_and_serves_the_console(
    asked_for, packages, tmp_path, data_dir, without_node
):
    venv.create(tmp_path / "clean", with_pip=True)
    python = tmp_path / "clean" / "bin" / "python"
    pip = (python, "-m", "pip", "install", "--quiet")
    run(*pip, "-r", ROOT / "requirements.txt", cwd=tmp_path)
    run(*pip, "--no-deps", packages[0], cwd=tmp_path)

    voltaro = tmp_path / "clean" / "bin" / "voltaro"
    process = subprocess.Popen(
        [voltaro, "serve", f"--data-dir={data_dir}", "--ocpp-port=0", "--http-port=0"],
        cwd=tmp_path,
        env=without_node,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        line = process.stdout.readline()
        got = everything_of_the_console(line.split()[3]) if line else {}
        process.terminate()
        _, said = process.communicate(timeout=60)
    finally:
        process.kill()
        process.wait()

    assert line.startswith("voltaro ready "), said
    assert process.returncode == 0, said
    assert any(path.endswith(".js") for path in got)
    assert any(path.endswith(".css") for path in got)
    assert {path: answer for path, answer in got.items() if answer.status_code != 200} == {}


def everything_of_the_console(url):
    """The answers to everything that the console's page and its scripts refer to, by path."""
    got = {}
    with httpx.Client(base_url=url, trust_env=False) as http:
        waiting = ["/ui/"]
        while waiting:
            path = waiting.pop()
            got[path] = http.get(path)
            named = re.findall(r"/ui/[\w./-]+\.\w+|(?<=\W)assets/[\w.-]+\.\w+", got[path].text)
            named += [f"assets/{name}" for name in re.findall(r"\./([\w.-]+\.\w+)", got[path].text)]
            paths = {name if name.startswith("/") else f"/ui/{name}" for name in named}
            waiting += paths - got.keys() - set(waiting)
    return got


@pytest.mark.packaging
@pytest.mark.timeout(600)
def test_a_wheel_made_of_the_sdist_has_the_same_console_and_needs_no_node(
    asked_for, packages, tmp_path, without_node
):
    wheel, sdist = packages
    run(sys.executable, "-m", "tarfile", "-e", sdist, tmp_path)
    (source,) = [path for path in tmp_path.glob("voltaro-*") if path.is_dir()]
    needs = "from hatchling.build import *; print(get_requires_for_build_wheel())"

    assert run(sys.executable, "-c", needs, cwd=source, env=without_node).strip() == "[]"
    assert "nodejs" in run(sys.executable, "-c", needs, cwd=ROOT, env=without_node)
    command = (sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path / "again")
    run(*command, cwd=source, env=without_node)

    (again,) = (tmp_path / "again").glob("voltaro-*.whl")
    assert console_in(again) == console_in(wheel)
    assert "voltaro/_ui/index.html" in console_in(again)
    assert not (source / "web" / "node_modules").exists()


def console_in(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if name.startswith("voltaro/_ui/")]
        return {name: archive.read(name) for name in names}
