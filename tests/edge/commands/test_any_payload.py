"""Through the raw door any payload that keeps to the schema arrives as it was given."""

import json
import random

import pytest

from tests.edge.conftest import V16, V21, V201
from tests.protocol.schema_payloads import schema_of, valid
from voltaro.protocol.schemas import SENDS, actions, station_actions
from voltaro.protocol.versions import OcppVersion

pytestmark = pytest.mark.asyncio(loop_scope="module")

VERSIONS = {V16: OcppVersion.V16, V201: OcppVersion.V201, V21: OcppVersion.V21}
CALLS = [
    (name, action)
    for name, version in VERSIONS.items()
    for action in sorted(actions(version) - SENDS)
    if action == "DataTransfer" or action not in station_actions(version)
]
#: Of 1.6 each action gets so many payloads, of the others one.
MANY = 8


@pytest.mark.parametrize(("name", "action"), CALLS)
async def test_it_arrives_unchanged_and_so_does_the_answer(operator, name, action):
    version = VERSIONS[name]
    rng = random.Random(f"{name} {action}")
    station = await operator.answering(version=name)
    answers = []

    def answer(_payload):
        answers.append(valid(rng, schema_of(version, action, "Response")))
        return answers[-1]

    station.on[action] = answer
    for _ in range(MANY if version is OcppVersion.V16 else 1):
        payload = valid(rng, schema_of(version, action, "Request"))

        told = await operator.raw(station.id, action, payload)

        _, arrived = await station.is_asked(action, len(answers))
        assert json.dumps(arrived, sort_keys=True) == json.dumps(payload, sort_keys=True)
        assert told.status_code == 200, (payload, answers[-1], told.text)
        assert told.json()["result"] == answers[-1]
