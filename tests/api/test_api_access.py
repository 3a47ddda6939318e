"""Who may use the API."""

import httpx
import pytest

from voltaro.domain.audit import SYSTEM
from voltaro.services.access import Access
from voltaro.services.secrets import Keyring
from voltaro.store.installation import check_secret

PROTECTED = [
    ("GET", "/api/v1/stations"),
    ("GET", "/api/v1/stations/CP-1"),
    ("PUT", "/api/v1/stations/CP-1"),
    ("DELETE", "/api/v1/stations/CP-1"),
    ("GET", "/api/v1/tokens"),
    ("PUT", "/api/v1/tokens/A1"),
    ("DELETE", "/api/v1/tokens/A1"),
    ("GET", "/api/v1/transactions"),
    ("GET", "/api/v1/transactions/x/meter-values"),
    ("GET", "/api/v1/messages"),
    ("GET", "/api/v1/attempts"),
    ("GET", "/api/v1/openapi.json"),
    ("GET", "/api/v1/nothing"),
    ("POST", "/api/v1/stations/CP-1"),
]


@pytest.mark.parametrize(("method", "path"), PROTECTED)
async def test_nothing_below_api_is_told_without_a_key(api, method, path):
    for headers in (
        {},
        {"Authorization": "Bearer wrong"},
        {"Authorization": "Bearer"},
        {"Authorization": "Basic an-administrator-key-for-tests"},
        {"Authorization": b"Bearer \xff\xfe"},
    ):
        answer = await api.anonymous.request(method, path, headers=headers)

        assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")
        assert answer.headers["www-authenticate"].startswith("Bearer")
    assert len(api.directory) == 0


async def test_key_is_asked_for_before_parameters_are_judged(api):
    answer = await api.anonymous.get("/api/v1/stations?nonsense=1")

    assert answer.status_code == 401


async def test_word_bearer_in_any_case_will_do(api, tmp_path):
    key = (tmp_path / "admin.key").read_text().strip()

    answer = await api.anonymous.get(
        "/api/v1/stations", headers={"Authorization": f"bearer  {key}"}
    )

    assert answer.status_code == 200


@pytest.mark.parametrize("path", ["/status", "/sessions"])
@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-For": "127.0.0.1"},
        {"Forwarded": "for=127.0.0.1"},
        {"X-Real-IP": "127.0.0.1"},
        {"Host": "rebound.example.org"},
        {"Authorization": "Bearer wrong"},
    ],
)
async def test_short_views_need_a_key_unless_asked_from_this_machine(api, path, headers):
    refused = await api.anonymous.get(path, headers=headers)
    allowed = await api.http.get(
        path, headers={name: each for name, each in headers.items() if name != "Authorization"}
    )

    assert refused.status_code == 401
    assert allowed.status_code == 200
    assert (await api.anonymous.get(path)).status_code == 200


async def test_short_views_are_open_on_this_machine_by_its_names(api):
    port = api.anonymous.base_url.port
    for host in (f"localhost:{port}", f"127.0.0.1:{port}", f"[::1]:{port}", "workstation"):
        assert (await api.anonymous.get("/status", headers={"Host": host})).status_code == 200


async def test_local_key_is_made_once_and_only_for_its_owner(api, tmp_path):
    file = tmp_path / "admin.key"
    key = file.read_text().strip()

    assert file.stat().st_mode & 0o777 == 0o600
    assert len(key) > 40
    assert api.access.allows(key).name == "local administrator"
    again = await _access(api, tmp_path)
    assert again.allows(key)
    assert file.read_text().strip() == key


async def test_local_key_file_that_others_can_read_is_closed_to_them(api, tmp_path):
    file = tmp_path / "admin.key"
    file.chmod(0o644)

    await _access(api, tmp_path)

    assert file.stat().st_mode & 0o777 == 0o600


async def test_key_file_left_empty_by_a_crash_opens_nothing(api, tmp_path):
    (tmp_path / "admin.key").write_text("")

    access = await _access(api, tmp_path)

    assert access.allows("") is None
    assert access.allows((tmp_path / "admin.key").read_text().strip())


async def test_created_key_works_at_once_and_after_a_restart_until_revoked(api, tmp_path):
    _, key = await api.access.create("billing", by=SYSTEM)
    headers = {"Authorization": f"Bearer {key}"}

    async def status() -> int:
        answer: httpx.Response = await api.anonymous.get("/api/v1/stations", headers=headers)
        return answer.status_code

    assert await status() == 200
    assert (await _access(api, tmp_path)).allows(key).name == "billing"
    await api.access.revoke("billing", by=SYSTEM)
    assert await status() == 401
    assert (await _access(api, tmp_path)).allows(key) is None


async def test_other_secret_key_is_noticed(api):
    mine, other = Keyring("mine").fingerprint(), Keyring("other").fingerprint()

    assert await check_secret(api.database.engine, mine)
    assert await check_secret(api.database.engine, mine)
    assert not await check_secret(api.database.engine, other)


async def _access(api, data_dir) -> Access:
    access = Access(
        engine=api.database.engine,
        writer=api.database.writer,
        keyring=api.keyring,
        data_dir=data_dir,
        bootstrap_key=None,
    )
    await access.load()
    return access
