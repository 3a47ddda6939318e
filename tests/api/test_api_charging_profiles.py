"""Charging profiles: templates, what a station holds, and what that allows."""

import asyncio
import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import asyncpg
import pytest

from tests.api.test_api_problems import problem
from voltaro.domain.charging_mirror import (
    ClearCriteria,
    MirrorChanged,
    ProfileInstalled,
    ProfilesCleared,
    TransactionProfilesEnded,
    clear,
    install,
    transaction_ended,
)
from voltaro.domain.ids import Scope
from voltaro.domain.smart_charging import (
    ChargingProfile,
    ChargingSchedule,
    ProfileKind,
    Purpose,
    RateUnit,
    SchedulePeriod,
)

P = "/api/v1/charging-profiles"
T0 = datetime(2026, 11, 2, tzinfo=UTC)

DAILY = {
    "purpose": "tx_default",
    "kind": "recurring",
    "recurrency": "daily",
    "schedules": [
        {
            "rate_unit": "W",
            "start_at": "2026-11-01T01:00:00+01:00",
            "duration_s": 86400,
            "periods": [{"start_s": 0, "limit": 11000}, {"start_s": 28800, "limit": 6000.5}],
        }
    ],
}


# -- templates


async def test_a_template_is_kept_as_it_was_sent_with_times_in_utc(api):
    created = await api.http.put(f"{P}/night", json=DAILY)

    assert created.status_code == 201
    assert created.headers["location"] == f"{P}/night"
    assert created.headers["etag"] == '"1"'
    body = created.json()
    assert body == (await api.http.get(f"{P}/night")).json()
    del body["created_at"], body["updated_at"]
    assert body == {
        "name": "night",
        "purpose": "tx_default",
        "stack_level": 0,
        "kind": "recurring",
        "recurrency": "daily",
        "valid_from": None,
        "valid_to": None,
        "schedules": [
            {
                "rate_unit": "W",
                "start_at": "2026-11-01T00:00:00.000Z",
                "duration_s": 86400,
                "min_charging_rate": None,
                "periods": [
                    {"start_s": 0, "limit": 11000, "number_phases": None, "phase_to_use": None},
                    {
                        "start_s": 28800,
                        "limit": 6000.5,
                        "number_phases": None,
                        "phase_to_use": None,
                    },
                ],
            }
        ],
    }


async def test_a_limit_keeps_its_decimal_exactly(api):
    schedule = {"rate_unit": "A", "periods": [{"start_s": 0, "limit": 8.1}]}
    body = {"purpose": "tx", "kind": "absolute", "schedules": [schedule]}

    answer = await api.http.put(f"{P}/exact", json=body)

    assert '"limit":8.1,' in answer.text
    async with api.database.engine.connect() as connection:
        stored = await connection.exec_driver_sql(
            "SELECT profile #>> '{schedules,0,periods,0,limit}' FROM charging_profile_templates"
        )
        assert stored.scalar_one() == "8.1"


async def test_a_second_put_replaces_the_whole_template(api):
    await api.http.put(f"{P}/night", json=DAILY | {"stack_level": 3})

    replaced = await api.http.put(f"{P}/night", json=DAILY)

    assert replaced.status_code == 200
    assert replaced.json()["stack_level"] == 0
    assert replaced.headers["etag"] == '"2"'


async def test_a_change_that_was_not_meant_for_this_revision_is_refused(api):
    await api.http.put(f"{P}/night", json=DAILY)
    await api.http.put(f"{P}/night", json=DAILY)

    stale = {"If-Match": '"1"'}
    problem(await api.http.put(f"{P}/night", json=DAILY, headers=stale), 412, "revision_changed")
    problem(await api.http.delete(f"{P}/night", headers=stale), 412, "revision_changed")
    current = await api.http.delete(f"{P}/night", headers={"If-Match": '"2"'})
    assert current.status_code == 204
    problem(await api.http.get(f"{P}/night"), 404, "not_found")
    problem(await api.http.delete(f"{P}/night"), 404, "not_found")


async def test_of_several_who_replace_one_revision_one_wins(api):
    await api.http.put(f"{P}/night", json=DAILY)
    first = {"If-Match": '"1"'}

    answers = await asyncio.gather(
        *(
            api.http.put(f"{P}/night", json=DAILY | {"stack_level": n}, headers=first)
            for n in range(5)
        )
    )

    assert sorted(answer.status_code for answer in answers) == [200, 412, 412, 412, 412]


async def test_everything_that_is_wrong_is_told_at_once_with_its_place(api):
    schedule = {
        "rate_unit": "A",
        "periods": [
            {"start_s": 5, "limit": 8.15},
            {"start_s": 5, "limit": -1, "number_phases": 3, "phase_to_use": 1},
        ],
    }
    body = {"purpose": "station_max", "kind": "recurring", "stack_level": -1}

    answer = await api.http.put(f"{P}/wrong", json=body | {"schedules": [schedule]})

    problem(answer, 422, "invalid")
    assert {(each["pointer"], each["code"]) for each in answer.json()["errors"]} == {
        ("/stack_level", "stack_level"),
        ("/recurrency", "recurrency_missing"),
        ("/schedules/0/start_at", "start_missing"),
        ("/schedules/0/periods/0/start_s", "first_period"),
        ("/schedules/0/periods/0/limit", "limit_digits"),
        ("/schedules/0/periods/1/start_s", "period_order"),
        ("/schedules/0/periods/1/limit", "limit"),
        ("/schedules/0/periods/1/phase_to_use", "phase_to_use"),
    }
    problem(await api.http.get(f"{P}/wrong"), 404, "not_found")


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"purpose": "external"}, "/purpose"),
        ({"kind": "sometimes"}, "/kind"),
        ({"kind": "dynamic"}, "/schedules"),
        ({"stack_level": "1"}, "/stack_level"),
        ({"stack_level": 2**31}, "/stack_level"),
        ({"valid_from": "2026-11-03T00:00:00"}, "/valid_from"),
        ({"transaction_id": "7"}, "/transaction_id"),
        ({"schedules": [{"rate_unit": "kW", "periods": []}]}, "/schedules/0/rate_unit"),
        (
            {"schedules": [{"rate_unit": "W", "periods": [{"start_s": 0, "limit": 1e9}]}]},
            "/schedules/0/periods/0/limit",
        ),
        (
            {"schedules": [{"rate_unit": "W", "periods": [{"start_s": 0, "limit": "x"}]}]},
            "/schedules/0/periods/0/limit",
        ),
        ({"schedules": []}, "/schedules"),
    ],
)
async def test_what_is_no_profile_is_refused_at_its_place(api, change, pointer):
    answer = await api.http.put(f"{P}/wrong", json=DAILY | change)

    problem(answer, 422, "invalid")
    assert pointer in {each["pointer"] for each in answer.json()["errors"]}


@pytest.mark.parametrize("name", ["%20", "night%20", "x" * 101, "a%00b", "a%09b"])
async def test_what_is_no_name_is_refused(api, name):
    problem(await api.http.put(f"{P}/{name}", json=DAILY), 422, "invalid")


async def test_templates_are_listed_by_name_page_by_page(api):
    names = ["b", "a/1", "c", "é"]
    for name in names:
        assert (await api.http.put(f"{P}/{name.replace('/', '%2F')}", json=DAILY)).is_success

    found = await api.items(P, limit=2)

    assert sorted(each["name"] for each in found) == sorted(names)
    assert len(found) == len(names)


async def test_each_change_is_in_the_audit_log_with_what_it_was_before(api):
    await api.http.put(f"{P}/night", json=DAILY)
    await api.http.put(f"{P}/night", json=DAILY | {"stack_level": 1})
    await api.http.delete(f"{P}/night")

    entries = await api.items("/api/v1/audit", target_kind="charging_profile")

    said = [(each["action"], each["target"]) for each in entries]
    assert said == [
        (f"charging_profile.{verb}", "night") for verb in ("deleted", "changed", "created")
    ]
    changed = entries[1]
    assert (changed["before"]["stack_level"], changed["after"]["stack_level"]) == (0, 1)
    assert changed["before"]["schedules"][0]["periods"][1]["limit"] == "6000.5"


# -- the mirror


def profile(profile_id=1, limit="16", *, unit=RateUnit.A, start_at=T0, **changes):
    schedule = ChargingSchedule(
        id=1,
        rate_unit=unit,
        start_at=start_at,
        periods=(SchedulePeriod(start_s=0, limit=Decimal(limit)),),
    )
    fields = {
        "profile_id": profile_id,
        "stack_level": 0,
        "purpose": Purpose.TX_DEFAULT,
        "kind": ProfileKind.ABSOLUTE if start_at else ProfileKind.RELATIVE,
        "schedules": (schedule,),
    }
    return ChargingProfile(**fields | changes)


def installed(profile, where=1, *, source="key"):
    return ProfileInstalled(where=where, profile=profile, source=source, at=T0)


async def commit(api, *steps, station_id="CP-1"):
    """Make the steps durable in one batch, in this order."""
    await api.database.writer.commit(tuple(MirrorChanged(station_id, step) for step in steps))


async def held(api, station_id="CP-1"):
    answer = await api.http.get(f"/api/v1/stations/{station_id}/charging-profiles")
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


async def held_ids(api, station_id="CP-1"):
    return [each["profile_id"] for each in await held(api, station_id)]


async def test_what_a_station_took_is_shown(api):
    await api.station("CP-1")
    transaction = profile(7, "8.1", purpose=Purpose.TX, station_ref="42")

    await commit(api, installed(transaction, 2), installed(profile(3), Scope.STATION, source="x"))

    whole, evse = await held(api)
    assert (whole["evse_id"], whole["profile_id"], whole["source"]) == (None, 3, "x")
    assert evse == {
        "evse_id": 2,
        "profile_id": 7,
        "station_ref": "42",
        "purpose": "tx",
        "stack_level": 0,
        "kind": "absolute",
        "recurrency": None,
        "valid_from": None,
        "valid_to": None,
        "schedules": [
            {
                "rate_unit": "A",
                "start_at": "2026-11-02T00:00:00.000Z",
                "duration_s": None,
                "min_charging_rate": None,
                "periods": [
                    {"start_s": 0, "limit": 8.1, "number_phases": None, "phase_to_use": None}
                ],
            }
        ],
        "installed_at": "2026-11-02T00:00:00.000Z",
        "source": "key",
        "limit_source": "CSO",
    }


async def test_an_install_and_a_clear_of_one_batch_keep_their_order(api):
    await api.station("CP-1")
    everything = ProfilesCleared(ClearCriteria())

    await commit(api, installed(profile(1)), everything)
    assert await held_ids(api) == []

    await commit(api, everything, installed(profile(1)))
    assert await held_ids(api) == [1]

    await commit(api, installed(profile(2)), everything, installed(profile(3)))
    assert await held_ids(api) == [3]


async def test_stations_in_one_batch_do_not_touch_each_other(api):
    await api.station("CP-1")
    await api.station("CP-2")
    await commit(api, installed(profile(1)), station_id="CP-1")

    await api.database.writer.commit(
        (
            MirrorChanged("CP-2", installed(profile(1))),
            MirrorChanged("CP-2", ProfilesCleared(ClearCriteria(profile_id=9))),
            MirrorChanged("CP-3", installed(profile(1))),
        )
    )

    assert await held_ids(api, "CP-1") == [1]
    assert await held_ids(api, "CP-2") == [1]


async def test_a_deleted_station_holds_nothing(api):
    await api.station("CP-1")
    await commit(api, installed(profile(1)))

    await api.http.delete("/api/v1/stations/CP-1")

    problem(await api.http.get("/api/v1/stations/CP-1/charging-profiles"), 404, "not_found")
    await api.station("CP-1")
    assert await held_ids(api) == []


@pytest.mark.parametrize("seed", range(4))
async def test_the_table_and_the_rules_agree_on_any_sequence_of_batches(api, seed):
    await api.station("CP-1")
    dice = random.Random(seed)
    mirror = ()
    for _ in range(25):
        steps = [_any_step(dice) for _ in range(dice.randint(1, 6))]
        await commit(api, *steps)
        for step in steps:
            mirror = _after(mirror, step)
        expected = {
            (None if each.where is Scope.STATION else each.where, each.profile.profile_id)
            for each in mirror
        }

        shown = [(each["evse_id"], each["profile_id"]) for each in await held(api)]

        assert len(shown) == len(expected)
        assert set(shown) == expected


def _any_step(dice):
    where = dice.choice((1, 2, Scope.STATION))
    purpose = dice.choice((Purpose.TX_DEFAULT, Purpose.TX, Purpose.EXTERNAL))
    number, level = dice.randint(1, 6), dice.randint(0, 1)
    kind = dice.random()
    if kind < 0.7:
        ref = dice.choice(("7", "8", None)) if purpose is Purpose.TX else None
        changes = {"purpose": purpose, "stack_level": level, "station_ref": ref}
        return installed(profile(number, **changes), where)
    if kind < 0.8:
        return TransactionProfilesEnded("7")
    return ProfilesCleared(
        ClearCriteria(
            profile_id=dice.choice((None, None, number)),
            where=dice.choice((None, where)),
            purpose=dice.choice((None, purpose)),
            stack_level=dice.choice((None, level)),
        )
    )


def _after(mirror, step):
    match step:
        case ProfileInstalled():
            return install(mirror, step.profile, step.where)
        case ProfilesCleared():
            return clear(mirror, step.criteria)[0]
        case TransactionProfilesEnded():
            return transaction_ended(mirror, step.station_ref)


async def test_a_batch_of_many_steps_is_two_statements(api, database_url):
    """However many: one that removes, one that adds."""
    await api.station("CP-1")
    watcher = await asyncpg.connect(database_url)
    try:
        await watcher.execute("CREATE TABLE runs (what text)")
        await watcher.execute(
            "CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS "
            "'BEGIN INSERT INTO runs VALUES (TG_OP); RETURN NULL; END'"
        )
        await watcher.execute(
            "CREATE TRIGGER note AFTER INSERT OR UPDATE OR DELETE ON installed_profiles "
            "FOR EACH STATEMENT EXECUTE FUNCTION note()"
        )

        await commit(api, *(installed(profile(n, stack_level=n)) for n in range(100)))

        runs = await watcher.fetch("SELECT what FROM runs ORDER BY what")
        assert [each["what"] for each in runs] == ["DELETE", "INSERT"]
        assert len(await held_ids(api)) == 100
    finally:
        await watcher.close()


# -- what it allows


async def allowed(api, station_id="CP-1", **query):
    answer = await api.http.get(f"/api/v1/stations/{station_id}/composite-schedule", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_without_profiles_nothing_limits(api):
    await api.station("CP-1")

    body = await allowed(api, at="2026-11-03T00:00:00.500Z")

    assert body == {
        "evse_id": None,
        "start_at": "2026-11-03T00:00:00.000Z",
        "duration_s": 86400,
        "unit": "W",
        "voltage_v": 230,
        "periods": [{"start_s": 0, "limit": None, "number_phases": None}],
    }


async def test_the_transaction_under_way_decides_which_profiles_count(api):
    await api.station("CP-1")
    started = api.now.replace(microsecond=0) - timedelta(minutes=10)
    ref = await api.starts("CP-1", token=None, at=started, meter_wh=0, evse=1)
    relative = ChargingSchedule(
        id=1,
        rate_unit=RateUnit.A,
        periods=(
            SchedulePeriod(start_s=0, limit=Decimal(32)),
            SchedulePeriod(start_s=900, limit=Decimal(6)),
        ),
    )
    of_tx = profile(2, start_at=None, purpose=Purpose.TX, station_ref=ref, schedules=(relative,))
    await commit(
        api,
        installed(profile(1, "16", start_at=started), Scope.STATION),
        installed(of_tx, 1),
        installed(profile(3, "22000", unit=RateUnit.W, purpose=Purpose.STATION_MAX), Scope.STATION),
    )
    now = (started + timedelta(minutes=10)).isoformat()

    def parts(body):
        return [(each["start_s"], each["limit"]) for each in body["periods"]]

    at_one = {"evse_id": 1, "at": now}
    assert parts(await allowed(api, **at_one, unit="A")) == [(0, 31.8), (300, 6)]
    assert parts(await allowed(api, **at_one)) == [(0, 22000), (300, 4140)]
    assert parts(await allowed(api, evse_id=2, at=now, unit="A")) == [(0, 16)]
    assert parts(await allowed(api, at=now)) == [(0, 22000)]

    await api.stops("CP-1", ref, at=started + timedelta(minutes=10), meter_wh=100)

    assert parts(await allowed(api, **at_one, unit="A")) == [(0, 16)]


@pytest.mark.parametrize(
    "query",
    [
        {"evse_id": 0},
        {"duration_s": 0},
        {"duration_s": 604_801},
        {"unit": "kW"},
        {"at": "2026-11-03T00:00:00"},
    ],
)
async def test_a_question_that_cannot_be_answered_is_refused(api, query):
    await api.station("CP-1")

    answer = await api.http.get("/api/v1/stations/CP-1/composite-schedule", params=query)

    problem(answer, 422, "invalid")
    assert [each["parameter"] for each in answer.json()["errors"]] == list(query)


async def test_a_station_that_is_not_there_has_no_profiles(api):
    for place in ("charging-profiles", "composite-schedule"):
        problem(await api.http.get(f"/api/v1/stations/NONE/{place}"), 404, "not_found")
