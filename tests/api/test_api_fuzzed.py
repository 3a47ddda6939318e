"""Requests that nobody thought of, made from the description: none finds a defect of ours."""

import asyncio
import os

import schemathesis
from hypothesis import HealthCheck, Phase, given, settings

from tests.api.conftest import KEY
from voltaro.api.app import openapi_document

#: Of each operation; FUZZ_EXAMPLES asks for a longer look.
_EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "12"))
#: Its answer does not end.
_ENDLESS = {"stream_events"}


async def test_no_request_made_from_the_description_finds_a_server_error(api):
    await api.station("CP-1", security_profile=0)
    await api.http.put("/api/v1/tokens/A1")
    await api.starts("CP-1", token="A1", at=api.now, meter_wh=0)
    base_url = str(api.http.base_url).rstrip("/")

    tried = await asyncio.to_thread(_fuzz, base_url)

    assert tried > _EXAMPLES * 10


def _fuzz(base_url: str) -> int:
    document = openapi_document()
    schema = schemathesis.openapi.from_dict(document)
    tried = 0
    for result in schema.get_all_operations():
        operation = result.ok()
        if operation.definition.raw["operationId"] in _ENDLESS:
            continue

        @settings(
            max_examples=_EXAMPLES,
            database=None,
            deadline=None,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy())
        def attempt(case):
            nonlocal tried
            tried += 1
            answer = case.call(base_url=base_url, headers={"Authorization": f"Bearer {KEY}"})
            what = f"{case.method} {case.formatted_path}: {answer.status_code} {answer.text}"
            assert answer.status_code < 500, what

        attempt()
    return tried
