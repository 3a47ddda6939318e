"""What the stations of a benchmark say: ready frames, version by version. Knows nothing of the server."""

import base64
import struct
import time

#: The last byte of a text frame's first two says: masked. A mask of zeros leaves the text as it is.
_SHORT = struct.Struct("!BBI")
_LONG = struct.Struct("!BBHI")
#: First reading of every meter, in Wh.
_BEGIN_WH = 1_000_000

SUBPROTOCOLS = {"1.6": "ocpp1.6", "2.0.1": "ocpp2.0.1", "2.1": "ocpp2.1"}


def text_frame(text):
    """One masked text frame of less than 64 KiB."""
    length = len(text)
    if length < 126:
        return _SHORT.pack(0x81, 0x80 | length, 0) + text
    return _LONG.pack(0x81, 0xFE, length, 0) + text


def pong_frame(payload):
    return _SHORT.pack(0x8A, 0x80 | len(payload), 0) + payload


def upgrade(name, version, password):
    """The HTTP request that opens the WebSocket."""
    said = ""
    if password is not None:
        pair = base64.b64encode(f"{name}:{password}".encode()).decode()
        said = f"Authorization: Basic {pair}\r\n"
    return (
        f"GET /{name} HTTP/1.1\r\nHost: bench\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n{said}"
        f"Sec-WebSocket-Protocol: {SUBPROTOCOLS[version]}\r\n\r\n"
    ).encode()


class _Clock:
    """UTC in ISO 8601 with milliseconds; the part down to the second is made once a second."""

    second = -1
    text = b""

    def now(self):
        now = time.time()
        second = int(now)
        if second != self.second:
            self.second = second
            self.text = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second)).encode()
        return b"%b.%03dZ" % (self.text, int(1000 * (now - second)))


_now = _Clock().now


# Each function below takes a station (its `n` counts its messages, `ref` is its transaction) and
# returns the text of its next message.


def _boot_16(station):
    return (
        b'[2,"%d","BootNotification",{"chargePointVendor":"Bench","chargePointModel":"One",'
        b'"chargePointSerialNumber":"%b","firmwareVersion":"1.0"}]'
    ) % (station.n, station.name)


def _boot_201(station):
    return (
        b'[2,"%d","BootNotification",{"reason":"PowerUp","chargingStation":{"vendorName":"Bench",'
        b'"model":"One","serialNumber":"%b","firmwareVersion":"1.0"}}]'
    ) % (station.n, station.name)


def _start_16(station):
    return (
        b'[2,"%d","StartTransaction",{"connectorId":1,"idTag":"%b","meterStart":%d,'
        b'"timestamp":"%b"}]'
    ) % (station.n, station.name, _BEGIN_WH, _now())


def _start_201(station):
    station.ref = b"%b-%d" % (station.name, time.time_ns())
    return (
        b'[2,"%d","TransactionEvent",{"eventType":"Started","timestamp":"%b",'
        b'"triggerReason":"CablePluggedIn","seqNo":%d,"transactionInfo":{"transactionId":"%b",'
        b'"chargingState":"Charging"},"evse":{"id":1,"connectorId":1},"idToken":{"idToken":"%b",'
        b'"type":"ISO14443"}}]'
    ) % (station.n, _now(), station.n, station.ref, station.name)


def _heartbeat(station):
    return b'[2,"%d","Heartbeat",{}]' % station.n


def _status_16(station):
    return (
        b'[2,"%d","StatusNotification",{"connectorId":1,"errorCode":"NoError","status":"%b",'
        b'"timestamp":"%b"}]'
    ) % (station.n, b"SuspendedEV" if station.n & 1 else b"Charging", _now())


def _status_201(station):
    return (
        b'[2,"%d","StatusNotification",{"timestamp":"%b","connectorStatus":"%b","evseId":1,'
        b'"connectorId":1}]'
    ) % (station.n, _now(), b"Occupied" if station.n & 1 else b"Available")


def _meter_values_16(station):
    n = station.n
    return (
        b'[2,"%d","MeterValues",{"connectorId":1,"transactionId":%d,"meterValue":[{'
        b'"timestamp":"%b","sampledValue":['
        b'{"value":"%d","context":"Sample.Periodic","measurand":"Energy.Active.Import.Register",'
        b'"unit":"Wh"},'
        b'{"value":"%d.5","context":"Sample.Periodic","measurand":"Power.Active.Import","unit":"W"},'
        b'{"value":"16.%d","context":"Sample.Periodic","measurand":"Current.Import","unit":"A",'
        b'"phase":"L1"}]}]}]'
    ) % (n, station.ref, _now(), _BEGIN_WH + n, 11000 + n % 100, n % 10)


_SAMPLES_201 = (
    b'"meterValue":[{"timestamp":"%b","sampledValue":['
    b'{"value":%d,"context":"Sample.Periodic","measurand":"Energy.Active.Import.Register",'
    b'"unitOfMeasure":{"unit":"Wh"}},'
    b'{"value":%d.5,"context":"Sample.Periodic","measurand":"Power.Active.Import",'
    b'"unitOfMeasure":{"unit":"W"}},'
    b'{"value":16.%d,"context":"Sample.Periodic","measurand":"Current.Import","phase":"L1",'
    b'"unitOfMeasure":{"unit":"A"}}]}]'
)
_METER_VALUES_201 = b'[2,"%d","MeterValues",{"evseId":1,' + _SAMPLES_201 + b"}]"
_UPDATED_201 = (
    b'[2,"%d","TransactionEvent",{"eventType":"Updated","timestamp":"%b",'
    b'"triggerReason":"MeterValuePeriodic","seqNo":%d,"transactionInfo":{"transactionId":"%b",'
    b'"chargingState":"Charging"},"evse":{"id":1,"connectorId":1},' + _SAMPLES_201 + b"}]"
)


def _meter_values_201(station):
    n = station.n
    return _METER_VALUES_201 % (n, _now(), _BEGIN_WH + n, 11000 + n % 100, n % 10)


def _updated_201(station):
    n, at = station.n, _now()
    return _UPDATED_201 % (
        n, at, n, station.ref, at, _BEGIN_WH + n, 11000 + n % 100, n % 10,
    )  # fmt: skip


_MESSAGES_16 = {
    "Heartbeat": _heartbeat,
    "StatusNotification": _status_16,
    "MeterValues": _meter_values_16,
}
_MESSAGES_201 = {
    "Heartbeat": _heartbeat,
    "StatusNotification": _status_201,
    "MeterValues": _meter_values_201,
    "TransactionEvent": _updated_201,
}
# What is said here is the same in 2.1 as in 2.0.1.
BOOT = {"1.6": _boot_16, "2.0.1": _boot_201, "2.1": _boot_201}
START = {"1.6": _start_16, "2.0.1": _start_201, "2.1": _start_201}
#: Three samples in each MeterValues and TransactionEvent.
MESSAGES = {"1.6": _MESSAGES_16, "2.0.1": _MESSAGES_201, "2.1": _MESSAGES_201}
