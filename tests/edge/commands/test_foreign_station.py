"""Every CALL of 1.6 to a station that shares nothing with us: the ChargePoint of the `ocpp` package.

It checks what it is asked, and what it answers, by the official schema.
"""

import asyncio
import contextlib

import pytest
from ocpp.exceptions import InternalError, NotSupportedError
from ocpp.routing import on
from ocpp.v16 import ChargePoint
from ocpp.v16 import call_result as answers
from websockets.asyncio.client import connect

from tests.edge.conftest import V16, at

pytestmark = pytest.mark.asyncio(loop_scope="module")

PEM = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
HASH = {
    "hashAlgorithm": "SHA256",
    "issuerNameHash": "ab",
    "issuerKeyHash": "cd",
    "serialNumber": "1f",
}
PROFILE = {
    "chargingProfileId": 1,
    "stackLevel": 0,
    "chargingProfilePurpose": "TxDefaultProfile",
    "chargingProfileKind": "Absolute",
    "chargingSchedule": {
        "chargingRateUnit": "A",
        "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 8.1}],
    },
}
FIRMWARE = {
    "location": "https://x/y",
    "retrieveDateTime": at(),
    "signingCertificate": PEM,
    "signature": "c2ln",
}
#: Action, payload, the word of a good answer, and of a bad one (None: it has none).
ASKED = [
    ("CancelReservation", {"reservationId": 7}, "Accepted", "Rejected"),
    ("CertificateSigned", {"certificateChain": PEM}, "Accepted", "Rejected"),
    ("ChangeAvailability", {"connectorId": 0, "type": "Inoperative"}, "Scheduled", "Rejected"),
    (
        "ChangeConfiguration",
        {"key": "HeartbeatInterval", "value": "60"},
        "RebootRequired",
        "NotSupported",
    ),
    ("ClearCache", {}, "Accepted", "Rejected"),
    ("ClearChargingProfile", {"id": 1}, "Accepted", "Unknown"),
    ("DataTransfer", {"vendorId": "v"}, "Accepted", "UnknownVendorId"),
    ("DeleteCertificate", {"certificateHashData": HASH}, "Accepted", "NotFound"),
    (
        "ExtendedTriggerMessage",
        {"requestedMessage": "LogStatusNotification"},
        "Accepted",
        "NotImplemented",
    ),
    ("GetCompositeSchedule", {"connectorId": 1, "duration": 60}, "Accepted", "Rejected"),
    ("GetConfiguration", {"key": ["HeartbeatInterval"]}, None, None),
    ("GetDiagnostics", {"location": "https://x/"}, None, None),
    (
        "GetInstalledCertificateIds",
        {"certificateType": "ManufacturerRootCertificate"},
        "NotFound",
        "NotFound",
    ),
    ("GetLocalListVersion", {}, None, None),
    (
        "GetLog",
        {"log": {"remoteLocation": "https://x/"}, "logType": "SecurityLog", "requestId": 1},
        "AcceptedCanceled",
        "Rejected",
    ),
    (
        "InstallCertificate",
        {"certificateType": "CentralSystemRootCertificate", "certificate": PEM},
        "Accepted",
        "Failed",
    ),
    ("RemoteStartTransaction", {"idTag": "A1", "connectorId": 1}, "Accepted", "Rejected"),
    ("RemoteStopTransaction", {"transactionId": 1}, "Accepted", "Rejected"),
    (
        "ReserveNow",
        {"connectorId": 1, "expiryDate": at(), "idTag": "A1", "reservationId": 7},
        "Accepted",
        "Occupied",
    ),
    ("Reset", {"type": "Hard"}, "Accepted", "Rejected"),
    ("SendLocalList", {"listVersion": 1, "updateType": "Full"}, "Accepted", "VersionMismatch"),
    (
        "SetChargingProfile",
        {"connectorId": 1, "csChargingProfiles": PROFILE},
        "Accepted",
        "Rejected",
    ),
    (
        "SignedUpdateFirmware",
        {"requestId": 1, "firmware": FIRMWARE},
        "Accepted",
        "InvalidCertificate",
    ),
    ("TriggerMessage", {"requestedMessage": "Heartbeat"}, "Accepted", "NotImplemented"),
    ("UnlockConnector", {"connectorId": 1}, "Unlocked", "UnlockFailed"),
    ("UpdateFirmware", {"location": "https://x/y", "retrieveDate": at()}, None, None),
]
#: What an answer has besides its word.
MORE = {
    "GetConfiguration": {
        "configuration_key": [{"key": "HeartbeatInterval", "readonly": False, "value": "300"}],
        "unknown_key": ["Nonsense"],
    },
    "GetDiagnostics": {"file_name": "diagnostics.zip"},
    "GetLocalListVersion": {"list_version": -1},
}


@contextlib.asynccontextmanager
async def foreign(operator, answer):
    """A station that answers everything by `answer(action)`."""

    def handler(action):
        def handle(self, **_asked):
            return answer(action)

        handle.__name__ = f"on_{action}"  # by which the package finds it again
        return on(action)(handle)

    kind = type("Foreign", (ChargePoint,), {f"on_{name}": handler(name) for name, *_ in ASKED})
    station_id = await operator.server.station()
    async with connect(
        f"{operator.server.ocpp_url}/{station_id}", subprotocols=[V16], proxy=None
    ) as socket:
        station = kind(station_id, socket)
        listening = asyncio.create_task(station.start())
        yield station
        await socket.close()
        await asyncio.gather(listening, return_exceptions=True)


@pytest.mark.parametrize(("action", "payload", "good", "bad"), ASKED, ids=[a[0] for a in ASKED])
async def test_it_takes_every_call_and_both_answers_reach_the_operator(
    operator, action, payload, good, bad
):
    word = [good]

    def answer(name):
        status = {} if word[0] is None else {"status": word[0]}
        return getattr(answers, name)(**status, **MORE.get(name, {}))

    async with foreign(operator, answer) as station:
        yes = await operator.raw(station.id, action, payload)
        word[0] = bad
        no = await operator.raw(station.id, action, payload)

    assert (yes.status_code, no.status_code) == (200, 200), (yes.text, no.text)
    assert (yes.json()["result"].get("status"), no.json()["result"].get("status")) == (good, bad)


@pytest.mark.parametrize(
    ("action", "payload"), [each[:2] for each in ASKED], ids=lambda a: str(a)[:24]
)
@pytest.mark.parametrize(
    ("error", "code"), [(NotSupportedError, "NotSupported"), (InternalError, "InternalError")]
)
async def test_its_callerrors_are_told_as_such(operator, action, payload, error, code):
    def answer(_name):
        raise error

    async with foreign(operator, answer) as station:
        told = await operator.raw(station.id, action, payload)

    assert told.status_code == 502
    assert told.json()["call_error"]["code"] == code
