"""The design that a CSMS in Python is usually begun with, in its strongest honest form.

A server of the package `websockets`, a `ChargePoint` of the package `ocpp` for each socket, and a session of
SQLAlchemy's ORM with one commit for each message, over asyncpg. Run as

    server.py <database url>

and it prints `ready <port>`. What makes it as quick as the design allows: uvloop, no compression, no
logging of messages, payloads validated in the loop instead of in a thread per message, as many
connections to PostgreSQL as are of use (16), and nothing written for a Heartbeat. It has no journal, no
receipts (a repeated message counts twice), no rules about tokens, and no check of credentials.
"""

import asyncio
import contextlib
import logging
import sys
from datetime import UTC, datetime
from decimal import Decimal

import ocpp.messages
import uvloop
from ocpp.routing import on
from ocpp.v16 import ChargePoint as ChargePoint16
from ocpp.v16 import call_result as answer16
from ocpp.v201 import ChargePoint as ChargePoint201
from ocpp.v201 import call_result as answer201
from sqlalchemy import select
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from tables import Base, Connector, MeterValue, Station, Transaction
from websockets.asyncio.server import serve
from websockets.exceptions import ConnectionClosed

POOL = 16
#: Longer than any queue here: nobody is told an error because many are waiting.
POOL_TIMEOUT_S = 300
BACKLOG = 4096
ENERGY = "Energy.Active.Import.Register"

# Handing each payload to a thread, which is the package's default, costs more than it saves.
ocpp.messages.ASYNC_VALIDATION = False
logging.getLogger("ocpp").setLevel(logging.ERROR)
logging.getLogger("websockets").setLevel(logging.ERROR)


def now():
    return datetime.now(UTC).isoformat()


def moment(text):
    return datetime.fromisoformat(text) if text else datetime.now(UTC)


class Stored:
    """What both versions store."""

    def __init__(self, station_id, websocket, sessions):
        super().__init__(station_id, websocket)
        self.sessions = sessions
        #: Row ids of transactions by the station's own id, so that no message asks for them.
        self.rows = {}

    async def booted(self, vendor, model):
        async with self.sessions() as session:
            await session.merge(
                Station(id=self.id, vendor=vendor, model=model, booted_at=datetime.now(UTC))
            )
            await session.commit()

    async def status(self, evse_id, connector_id, status, timestamp):
        async with self.sessions() as session:
            key = (self.id, evse_id, connector_id)
            connector = await session.get(Connector, key)
            if connector is None:
                connector = Connector(
                    station_id=self.id, evse_id=evse_id, connector_id=connector_id
                )
                session.add(connector)
            connector.status, connector.status_at = status, moment(timestamp)
            await session.commit()

    async def started(self, token, timestamp, *, register=None, ref=None):
        transaction = Transaction(
            station_id=self.id,
            station_ref=ref,
            token=token,
            started_at=moment(timestamp),
            register_start=register,
        )
        async with self.sessions() as session:
            session.add(transaction)
            await session.commit()
        self.rows[ref] = transaction.id
        return transaction.id

    async def row_of(self, session, ref):
        if ref not in self.rows:
            query = select(Transaction.id).where(
                Transaction.station_id == self.id, Transaction.station_ref == ref
            )
            self.rows[ref] = await session.scalar(query)
        return self.rows[ref]

    async def ended(self, transaction_id, timestamp, register):
        async with self.sessions() as session:
            transaction = await session.get(Transaction, transaction_id)
            if transaction is not None:
                transaction.ended_at = moment(timestamp)
                transaction.register_last = register
            await session.commit()

    def readings(self, transaction_id, meter_value):
        """One row for each sample; keys are those of `ocpp`, in snake case."""
        return [
            MeterValue(
                station_id=self.id,
                transaction_id=transaction_id,
                sampled_at=moment(each["timestamp"]),
                measurand=sample.get("measurand", ENERGY),
                value=Decimal(str(sample["value"])),
                unit=sample.get("unit") or sample.get("unit_of_measure", {}).get("unit"),
                phase=sample.get("phase"),
                context=sample.get("context"),
            )
            for each in meter_value
            for sample in each["sampled_value"]
        ]

    async def metered(self, transaction_id, meter_value):
        async with self.sessions() as session:
            session.add_all(self.readings(transaction_id, meter_value))
            await session.commit()


class Station16(Stored, ChargePoint16):
    @on("BootNotification")
    async def on_boot(self, charge_point_vendor, charge_point_model, **_):
        await self.booted(charge_point_vendor, charge_point_model)
        return answer16.BootNotification(current_time=now(), interval=300, status="Accepted")

    @on("Heartbeat")
    async def on_heartbeat(self):
        return answer16.Heartbeat(current_time=now())

    @on("StatusNotification")
    async def on_status(self, connector_id, status, timestamp=None, **_):
        await self.status(connector_id, 1, status, timestamp)
        return answer16.StatusNotification()

    @on("StartTransaction")
    async def on_start(self, id_tag, timestamp, meter_start, **_):
        row = await self.started(id_tag, timestamp, register=Decimal(meter_start))
        return answer16.StartTransaction(transaction_id=row, id_tag_info={"status": "Accepted"})

    @on("StopTransaction")
    async def on_stop(self, transaction_id, timestamp, meter_stop, **_):
        await self.ended(transaction_id, timestamp, Decimal(meter_stop))
        return answer16.StopTransaction()

    @on("MeterValues")
    async def on_meter_values(self, meter_value, transaction_id=None, **_):
        await self.metered(transaction_id, meter_value)
        return answer16.MeterValues()


class Station201(Stored, ChargePoint201):
    @on("BootNotification")
    async def on_boot(self, charging_station, **_):
        await self.booted(charging_station["vendor_name"], charging_station["model"])
        return answer201.BootNotification(current_time=now(), interval=300, status="Accepted")

    @on("Heartbeat")
    async def on_heartbeat(self):
        return answer201.Heartbeat(current_time=now())

    @on("StatusNotification")
    async def on_status(self, timestamp, connector_status, evse_id, connector_id, **_):
        await self.status(evse_id, connector_id, connector_status, timestamp)
        return answer201.StatusNotification()

    @on("MeterValues")
    async def on_meter_values(self, meter_value, **_):
        await self.metered(None, meter_value)
        return answer201.MeterValues()

    @on("TransactionEvent")
    async def on_transaction_event(
        self, event_type, timestamp, transaction_info, meter_value=(), id_token=None, **_
    ):
        ref = transaction_info["transaction_id"]
        if event_type == "Started":
            await self.started(id_token and id_token["id_token"], timestamp, ref=ref)
            if not meter_value:
                return self.event_answer(id_token)
        async with self.sessions() as session:
            row = await self.row_of(session, ref)
            session.add_all(self.readings(row, meter_value))
            if event_type == "Ended" and (found := await session.get(Transaction, row)):
                found.ended_at = moment(timestamp)
            await session.commit()
        return self.event_answer(id_token)

    def event_answer(self, id_token):
        info = {"status": "Accepted"} if id_token else None
        return answer201.TransactionEvent(id_token_info=info)


VERSIONS = {"ocpp1.6": Station16, "ocpp2.0.1": Station201}


async def main(url):
    engine = create_async_engine(
        url.replace("postgresql://", "postgresql+asyncpg://", 1),
        pool_size=POOL,
        max_overflow=0,
        pool_timeout=POOL_TIMEOUT_S,
    )
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    sessions = async_sessionmaker(engine, expire_on_commit=False)

    async def connected(websocket):
        station_id = websocket.request.path.rpartition("/")[2]
        station = VERSIONS[websocket.subprotocol](station_id, websocket, sessions)
        with contextlib.suppress(ConnectionClosed):
            await station.start()

    async with serve(
        connected, "127.0.0.1", 0, subprotocols=list(VERSIONS), compression=None,
        ping_interval=None, open_timeout=120, backlog=BACKLOG,
    ) as server:  # fmt: skip
        print("ready", server.sockets[0].getsockname()[1], flush=True)
        await asyncio.get_running_loop().create_future()


uvloop.run(main(sys.argv[1]))
