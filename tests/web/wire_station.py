"""A station of OCPP 1.6 that says exactly what a test wants it to say."""

import base64
import itertools
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol


class WireStation:
    """Its connection. Calls from the server are not answered."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._ids = itertools.count(1)

    async def call(self, action: str, **payload: Any) -> Any:
        """Send a CALL; the payload of its CALLRESULT."""
        message_id = str(next(self._ids))
        await self._socket.send(json.dumps([2, message_id, action, payload]))
        while True:
            frame = json.loads(await self._socket.recv())
            if frame[1] == message_id:
                assert frame[0] == 3, frame
                return frame[2]

    async def boots(self) -> None:
        await self.call("BootNotification", chargePointVendor="ACME", chargePointModel="Wall 22")
        await self.status("Available")

    async def status(self, word: str, **more: Any) -> None:
        fields = {"connectorId": 1, "errorCode": "NoError", "status": word, **more}
        await self.call("StatusNotification", **fields, timestamp=now())

    async def starts(self, token: str, meter_wh: int) -> int:
        answer = await self.call(
            "StartTransaction", connectorId=1, idTag=token, meterStart=meter_wh, timestamp=now()
        )
        transaction: int = answer["transactionId"]
        return transaction

    async def measures(self, transaction: int, *, energy_wh: int, power_w: int) -> None:
        sampled = [
            {"value": str(energy_wh), "measurand": "Energy.Active.Import.Register", "unit": "Wh"},
            {"value": str(power_w), "measurand": "Power.Active.Import", "unit": "W"},
        ]
        values = [{"timestamp": now(), "sampledValue": sampled}]
        await self.call("MeterValues", connectorId=1, transactionId=transaction, meterValue=values)

    async def stops(self, transaction: int, meter_wh: int) -> None:
        await self.call(
            "StopTransaction",
            transactionId=transaction,
            meterStop=meter_wh,
            timestamp=now(),
            reason="EVDisconnected",
        )


@asynccontextmanager
async def connected(
    url: str, station_id: str, password: str | None = None
) -> AsyncIterator[WireStation]:
    """A station's connection until the end of the block; raises what the handshake is refused with."""
    headers = {}
    if password is not None:
        token = base64.b64encode(f"{station_id}:{password}".encode()).decode()
        headers["Authorization"] = f"Basic {token}"
    async with connect(
        f"{url}/{station_id}",
        subprotocols=[Subprotocol("ocpp1.6")],
        additional_headers=headers,
        proxy=None,
    ) as socket:
        yield WireStation(socket)


def now() -> str:
    return datetime.now(UTC).isoformat().replace("+00:00", "Z")
