"""What is shipped: the wheel, the unit, the compose file, the image."""

import os
import re
import subprocess
import sys
import venv
from pathlib import Path

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


@pytest.mark.packaging
@pytest.mark.timeout(600)
def test_the_wheel_installs_into_a_clean_environment_and_serves(asked_for, tmp_path, data_dir):
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path, cwd=ROOT)
    (wheel,) = tmp_path.glob("voltaro-*.whl")
    venv.create(tmp_path / "clean", with_pip=True)
    python = tmp_path / "clean" / "bin" / "python"
    pip = (python, "-m", "pip", "install", "--quiet", "-r", ROOT / "requirements.txt")
    run(*pip, cwd=tmp_path)
    run(python, "-m", "pip", "install", "--quiet", "--no-deps", wheel, cwd=tmp_path)
    environment = {k: v for k, v in os.environ.items() if not k.startswith("VOLTARO_")}

    voltaro = tmp_path / "clean" / "bin" / "voltaro"
    process = subprocess.Popen(
        [voltaro, "serve", f"--data-dir={data_dir}", "--ocpp-port=0", "--http-port=0"],
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        line = process.stdout.readline()
        process.terminate()
        _, said = process.communicate(timeout=60)
    finally:
        process.kill()
        process.wait()

    assert line.startswith("voltaro ready "), said
    assert process.returncode == 0, said
