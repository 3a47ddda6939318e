"""The real console before a fleet that does not exist: the endpoints it reads, at a given rate.

Run as `made_up_fleet.py <stations> <updates per second>`; prints the address. A process of its own, so
that it takes no time from the browser's driver.
"""

import asyncio
import gzip
import itertools
import json
import random
import socket
import sys
from datetime import UTC, datetime, timedelta

import uvicorn
from fastapi import FastAPI, Response
from fastapi.responses import StreamingResponse

from voltaro.api.console import console_routes

#: As the server's own feed.
BATCHES_PER_S = 4
BOOT = "5b1f09aa"
#: Of so many updates one is a change of status, the others are readings of sessions.
STATUS_EVERY = 10
SPARE = ["available", "occupied", "unavailable", "faulted"]
random.seed(1)


def now(*, minutes_ago=0):
    at = datetime.now(UTC) - timedelta(minutes=minutes_ago)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def station(number):
    return {
        "station_id": f"CP-{number:05}",
        "site": f"Site {number % 40}",
        "vendor": "ACME",
        "model": f"Wall {number % 7}",
        "serial_number": f"SN{number:07}",
        "firmware_version": "1.4.2",
        "registration": "accepted",
        "online": True,
        "last_seen": now(),
        "connected_at": now(minutes_ago=90),
        "disconnected_at": None,
        "booted_at": now(minutes_ago=90),
        "protocol": "ocpp2.0.1",
        "clock_skew_s": 0,
        "strict": False,
        "security_profile": 1,
        "status": None,
        "status_reported": None,
        "status_at": None,
        "error_code": None,
        "connectors": [connector("occupied" if number % 2 else "available")],
    }


def connector(status):
    return {
        "evse_id": 1,
        "connector_id": 1,
        "status": status,
        "charging_state": "charging" if status == "occupied" else None,
        "reported": status.capitalize(),
        "error_code": "GroundFailure" if status == "faulted" else None,
        "status_at": now(),
    }


def session(number, energy_wh):
    return {
        "id": f"00000000-0000-7000-8000-{number:012}",
        "station_id": f"CP-{number:05}",
        "evse_id": 1,
        "connector_id": 1,
        "token": f"04A2B3C4D5{number % 100_000:05}",
        "started_at": now(minutes_ago=30),
        "ended_at": None,
        "duration_s": 1800,
        "energy_wh": energy_wh,
        "stop_reason": None,
        "open": True,
        "charging_state": "charging",
        "flags": [],
        "power_w": random.randrange(3_000, 22_000),
        "power_at": now(),
        "power_derived": False,
        "soc_percent": random.randrange(10, 95),
        "offered_w": 22_000,
    }


class Feed:
    """Stations with odd numbers charge; their readings and some statuses change all the time."""

    def __init__(self, stations, per_s):
        self.stations, self.per_batch = stations, per_s // BATCHES_PER_S
        self.energy_wh = itertools.count(5_000)
        self.sequence = 0

    def snapshot(self):
        return {
            "cursor": f"{BOOT}-{self.sequence}",
            "at": now(),
            "stations": [station(number) for number in range(self.stations)],
            "sessions": [session(n, next(self.energy_wh)) for n in range(1, self.stations, 2)],
        }

    async def events(self):
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            due += 1 / BATCHES_PER_S
            await asyncio.sleep(max(0, due - loop.time()))
            statuses = self.per_batch // STATUS_EVERY
            yield self.event("stations", [self.changed() for _ in range(statuses)])
            numbers = [
                random.randrange(1, self.stations, 2) for _ in range(statuses, self.per_batch)
            ]
            yield self.event("sessions", [session(n, next(self.energy_wh)) for n in numbers])

    def changed(self):
        number = random.randrange(0, self.stations, 2)
        changed = connector(random.choice(SPARE))
        return {"station_id": f"CP-{number:05}", "last_seen": now(), "connectors": [changed]}

    def event(self, kind, items):
        self.sequence += 1
        event_id = f"{BOOT}-{self.sequence}"
        data = {
            "specversion": "1.0",
            "id": event_id,
            "type": f"voltaro.{kind}.changed",
            "data": items,
        }
        text = json.dumps(data, separators=(",", ":"))
        return f"id: {event_id}\nevent: {kind}\ndata: {text}\n\n"


def made_up(feed):
    app = FastAPI(openapi_url=None)
    app.include_router(console_routes())

    @app.get("/api/v1/me")
    async def me():
        scopes = ["read", "write", "admin"]
        return {
            "name": "bench", "kind": "user", "role": "administrator", "scopes": scopes,
            "csrf_token": None, "secure": True, "version": "0",
        }  # fmt: skip

    @app.get("/api/v1/attention")
    async def attention():
        return {"at": now(), "items": []}

    @app.get("/api/v1/fleet")
    async def fleet():
        content = gzip.compress(json.dumps(feed.snapshot()).encode(), 1)
        headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
        return Response(content, headers=headers)

    @app.get("/api/v1/events")
    async def events():
        return StreamingResponse(feed.events(), media_type="text/event-stream")

    return app


def main():
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    print(f"http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
    app = made_up(Feed(int(sys.argv[1]), int(sys.argv[2])))
    config = uvicorn.Config(app, log_level="error", lifespan="off", ws="none")
    uvicorn.Server(config).run([listener])


if __name__ == "__main__":
    main()
