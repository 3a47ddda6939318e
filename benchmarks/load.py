"""Stations at full speed: each sends its next message when the last one is answered."""

import asyncio
import json
import struct
import sys
import time
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import uvloop

_VALUES = (
    ("Energy.Active.Import.Register", "Wh"),
    ("Power.Active.Import", "W"),
    ("Current.Import", "A"),
    ("Voltage", "V"),
)


class Station(asyncio.Protocol):
    """Raw frames with a zero mask: the cheapest client that is still a WebSocket client."""

    def __init__(self, name, message, latencies):
        self.name = name
        self.message = message
        self.latencies = latencies
        self.answered = 0
        self.opened = asyncio.get_running_loop().create_future()
        self.running = False
        self.buffer = b""
        self.answer = None

    def connection_made(self, transport):
        self.transport = transport
        transport.write(
            f"GET /{self.name} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: ocpp1.6\r\n\r\n".encode()
        )

    def connection_lost(self, _exc):
        if self.answer is not None and not self.answer.done():
            self.answer.set_exception(ConnectionError(self.name))

    def data_received(self, data):
        self.buffer += data
        if not self.opened.done():
            head, end, self.buffer = self.buffer.partition(b"\r\n\r\n")
            if not end:
                self.buffer = head
                return
            if b" 101 " not in head:
                self.opened.set_exception(ConnectionError(head.decode()))
                return
            self.opened.set_result(None)
        while len(self.buffer) >= 2:
            length, offset = self.buffer[1] & 127, 2
            if length == 126:
                if len(self.buffer) < 4:
                    return
                length, offset = struct.unpack("!H", self.buffer[2:4])[0], 4
            if len(self.buffer) < offset + length:
                return
            payload = self.buffer[offset : offset + length]
            opcode = self.buffer[0] & 15
            self.buffer = self.buffer[offset + length :]
            if opcode == 1:
                self.on_answer(payload)

    def send(self, text):
        data = text.encode()
        size = (
            struct.pack("!BBH", 0x81, 0x80 | 126, len(data))
            if len(data) > 125
            else (struct.pack("!BB", 0x81, 0x80 | len(data)))
        )
        self.transport.write(size + b"\0\0\0\0" + data)

    async def ask(self, action, payload):
        self.answer = asyncio.get_running_loop().create_future()
        self.send(json.dumps([2, "0", action, payload]))
        return await self.answer

    def on_answer(self, payload):
        if self.answer is not None:
            answer, self.answer = self.answer, None
            answer.set_result(json.loads(payload))
            return
        if not payload.startswith(b"[3"):
            raise RuntimeError(payload)
        self.latencies.append(time.perf_counter() - self.sent_at)
        self.answered += 1
        if self.running:
            self.next()

    def next(self):
        self.sent_at = time.perf_counter()
        self.send(self.message(self))


def meter_values(station):
    n = station.answered
    at = (station.began + timedelta(milliseconds=100 * n)).isoformat(timespec="milliseconds")
    values = ",".join(
        f'{{"value":"{1000 + n}","measurand":"{measurand}","unit":"{unit}"}}'
        for measurand, unit in _VALUES
    )
    return (
        f'[2,"{n}","MeterValues",{{"connectorId":1,"transactionId":{station.transaction_id},'
        f'"meterValue":[{{"timestamp":"{at}","sampledValue":[{values}]}}]}}]'
    )


async def main(url, prefix, count, seconds):
    parts = urlsplit(url)
    loop = asyncio.get_running_loop()
    latencies = []
    began = time.perf_counter()
    stations = []
    for n in range(count):
        _, station = await loop.create_connection(
            lambda n=n: Station(f"{prefix}{n}", meter_values, latencies), parts.hostname, parts.port
        )
        stations.append(station)
    await asyncio.gather(*(station.opened for station in stations))
    connected_s = time.perf_counter() - began

    async def start(station):
        station.began = datetime.now(UTC)
        answer = await station.ask(
            "StartTransaction",
            {
                "connectorId": 1,
                "idTag": station.name[:20],
                "meterStart": 1000,
                "timestamp": station.began.isoformat(),
            },
        )
        station.transaction_id = answer[2]["transactionId"]

    await asyncio.gather(*map(start, stations))
    print(json.dumps({"connected_s": connected_s}), flush=True)
    sys.stdin.readline()
    for station in stations:
        station.running = True
        station.next()
    began = time.perf_counter()
    await asyncio.sleep(seconds)
    for station in stations:
        station.running = False
    elapsed = time.perf_counter() - began
    latencies.sort()
    print(
        json.dumps(
            {
                "messages": sum(station.answered for station in stations),
                "seconds": elapsed,
                "p50_ms": 1000 * latencies[len(latencies) // 2],
                "p99_ms": 1000 * latencies[len(latencies) * 99 // 100],
            }
        ),
        flush=True,
    )


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4])))
