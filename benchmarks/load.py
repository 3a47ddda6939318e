"""The load of a benchmark, as a process that knows nothing of the server's code.

    load.py <host> <port> <version> <prefix> <stations> [password]

Stations are called <prefix>0, <prefix>1 and so on; where the prefix ends in `mute-` they do not answer
what they are asked. Each line of standard input is an order in JSON, and is answered with one:

    {"do": "connect"}   {"do": "boot"}   {"do": "start"}
    {"do": "reconnect"}   every station loses its socket and connects
    {"do": "storm"}       every station loses its socket, connects and boots
    {"do": "closed", "message": M, "warm": s, "seconds": s}
                          a station sends its next message when the last one is answered. Both times
                          are the least: warm is whoever was answered once, and measured are at least
                          twice as many messages as there are stations (or what comes in 20 s)
    {"do": "open", "message": M, "rate": n, "seconds": s}
                          n messages a second are due, whatever becomes of them

In between pings are answered. Latency counts from when a message was due: one that had to wait for
the answer to the one before it is not flattered. `load_us` is this process' own CPU time per message.
"""

import json
import os
import select
import sys
import time
from array import array

from fleet import Fleet, clock
from frames import BOOT, MESSAGES, START

_DRAIN_S = 10.0
#: A slow server is given so long for what a quick one does in the seconds asked for.
_LONGEST_S = 20.0


def main():
    host, port, version, prefix, count, *password = sys.argv[1:]
    fleet = Fleet((host, int(port)), version, prefix, int(count), password[0] if password else None)
    for order in _orders(fleet):
        do = order.pop("do")
        print(json.dumps(ORDERS[do](fleet, **order)), flush=True)


def _orders(fleet):
    """Orders as they come; the stations live on meanwhile."""
    rest = b""
    stdin = sys.stdin.fileno()
    while True:
        while not select.select([stdin], [], [], 0)[0]:
            fleet.turn(0.02)
        data = os.read(stdin, 65536)
        if not data:
            return
        *lines, rest = (rest + data).split(b"\n")
        yield from map(json.loads, lines)


def connect(fleet):
    fleet.each(fleet.open)
    return _times(fleet)


def boot(fleet):
    fleet.each(lambda station: _boot(fleet, station))
    return _times(fleet)


def start(fleet):
    def started(station, payload):
        if fleet.version == "1.6":  # there the server names the transaction
            station.ref = json.loads(payload)[2]["transactionId"]
        fleet.done(station)

    fleet.each(lambda station: fleet.say(station, START[fleet.version], started))
    return _times(fleet)


def reconnect(fleet):
    for station in fleet.stations:
        fleet.drop(station)
    return connect(fleet)


def storm(fleet):
    for station in fleet.stations:
        fleet.drop(station)
    fleet.opened = lambda station: _boot(fleet, station)
    fleet.each(fleet.open)
    fleet.opened = fleet.done
    return _times(fleet)


def _boot(fleet, station):
    def booted(station, payload):
        if json.loads(payload)[2]["status"] != "Accepted":
            raise RuntimeError(f"{station.name.decode()} was told {payload.decode()}")
        fleet.done(station)

    fleet.say(station, BOOT[fleet.version], booted)


def closed(fleet, message, warm, seconds):
    make = MESSAGES[fleet.version][message]
    latencies, running = array("d"), True

    def heard(station, _payload):
        now = clock()
        latencies.append(now - station.due)
        if running:
            station.due = now
            fleet.say(station, make, heard)
        else:
            station.heard = None

    count, fleet.lost = len(fleet.stations), 0
    for station in fleet.stations:
        station.due = clock()
        fleet.say(station, make, heard)
    # The first burst would be paid for before it is counted.
    _serve(fleet, warm, lambda: len(latencies) >= count)
    _tell("measuring")
    del latencies[:]
    cpu, began = time.process_time(), clock()
    _serve(fleet, seconds, lambda: len(latencies) >= 2 * count)
    measured = _measured(latencies, clock() - began, time.process_time() - cpu)
    running = False
    _drain(fleet)
    return measured | {"lost": fleet.lost}


def open_loop(fleet, message, rate, seconds):
    make = MESSAGES[fleet.version][message]
    latencies, stations = array("d"), fleet.stations

    def heard(station, _payload):
        latencies.append(clock() - station.due)
        station.heard = None
        if station.waiting:
            send(station, station.waiting.popleft())

    def send(station, due):
        station.due = due
        fleet.say(station, make, heard)

    fleet.lost = 0
    _tell("measuring")
    cpu, began, sent, total = time.process_time(), clock(), 0, int(rate * seconds)
    while sent < total:
        now = clock()
        while sent < total and (due := began + sent / rate) <= now:
            station = stations[sent % len(stations)]
            if station.heard is None:
                send(station, due)
            else:
                station.waiting.append(due)
            sent += 1
        fleet.turn(max(0.0, began + sent / rate - clock()))
    measured = _measured(latencies, clock() - began, time.process_time() - cpu)
    unsent = sum(len(each.waiting) for each in stations)
    for station in stations:
        station.waiting.clear()
    _drain(fleet)
    return measured | {"due": total, "sent": total - unsent, "lost": fleet.lost}


def _serve(fleet, seconds, enough):
    """For so long, and until it is enough."""
    began = clock()
    while (so_far := clock() - began) < seconds or not (enough() or so_far > _LONGEST_S):
        fleet.turn(0.02)


def _drain(fleet):
    """Until every message on its way is answered."""
    until = clock() + _DRAIN_S
    while clock() < until and any(station.heard is not None for station in fleet.stations):
        fleet.turn(0.01)


def _measured(latencies, seconds, cpu_s):
    ordered = sorted(latencies)
    count = len(ordered)
    return {
        "messages": count,
        "seconds": seconds,
        "load_us": 1e6 * cpu_s / max(count, 1),
        **{f"p{p}_ms": 1000 * _percentile(ordered, p) for p in (50, 95, 99)},
    }


def _times(fleet):
    took = sorted(fleet.took)
    return {
        "seconds": took[-1],
        "p50_s": _percentile(took, 50),
        "p99_s": _percentile(took, 99),
        "refused": fleet.refused,
        "lost": fleet.lost,
        "load_cpu_s": fleet.cpu_s,
    }


def _percentile(ordered, percent):
    return ordered[len(ordered) * percent // 100] if ordered else 0.0


def _tell(word):
    print(json.dumps(word), flush=True)


ORDERS = {
    "connect": connect,
    "boot": boot,
    "start": start,
    "reconnect": reconnect,
    "storm": storm,
    "closed": closed,
    "open": open_loop,
}

if __name__ == "__main__":
    main()
