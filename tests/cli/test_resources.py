import csv
import io
import json

STATIONS = [
    {
        "station_id": "CP-1",
        "online": True,
        "registration": "accepted",
        "vendor": "Ev\x1b[31mil\tCo",
    },
    {"station_id": "CP-2", "online": False, "registration": "pending", "vendor": None},
]
SESSION = {
    "id": "0197",
    "station_id": "CP-1",
    "evse_id": 1,
    "connector_id": 1,
    "token": "04A1",
    "started_at": "2026-01-02T03:04:05Z",
    "ended_at": None,
    "stop_reason": None,
    "energy_wh": 1234,
    "duration_s": 60,
}


def pages(*lists):
    """Answers with one list after the other, by cursor."""

    def answer(query, _body):
        number = int(query.get("cursor", 0))
        more = number + 1 < len(lists)
        return 200, {"items": lists[number], "next_cursor": str(number + 1) if more else None}

    return answer


def test_the_variables_of_a_station_are_a_list_too(api, voltaro):
    rows = [
        {"key": "OCPPCommCtrlr.HeartbeatInterval", "attribute": "actual", "value": "300"},
        {"key": "EVSE#1.AvailabilityState", "attribute": "actual", "value": None},
    ]
    api.answers["GET", "/api/v1/stations/CP-1/variables"] = pages(rows[:1], rows[1:])

    result = voltaro("stations", "variables", "CP-1", "--component", "EVSE")

    assert [line.split("\t")[:3] for line in result.out.splitlines()] == [
        ["OCPPCommCtrlr.HeartbeatInterval", "actual", "300"],
        ["EVSE#1.AvailabilityState", "actual", ""],
    ]
    assert api.asked[0][2] == {"component": "EVSE"}
    assert result.err == ""


def test_a_station_that_told_nothing_can_be_asked(api, voltaro):
    api.answers["GET", "/api/v1/stations/CP-1/variables"] = pages([])

    result = voltaro("stations", "variables", "CP-1")

    assert (result.code, result.out) == (0, "")
    assert "get_base_report" in result.err


def test_lists_are_tab_separated_without_a_terminal(api, voltaro):
    api.answers["GET", "/api/v1/stations"] = pages(STATIONS[:1], STATIONS[1:])

    result = voltaro("stations", "list")

    assert result.code == 0, result
    assert [line.split("\t")[:3] for line in result.out.splitlines()] == [
        ["CP-1", "yes", "accepted"],
        ["CP-2", "no", "pending"],
    ]
    assert "\x1b" not in result.out
    assert result.err == ""


def test_lists_are_tables_on_a_terminal(api, terminal):
    api.answers["GET", "/api/v1/stations"] = pages(STATIONS)

    plain = terminal("stations", "list", NO_COLOR="1")

    assert plain.code == 0, plain
    assert "station id" in plain.out
    assert "CP-1" in plain.out
    assert "\x1b[31m" not in plain.out
    assert "Ev [31mil Co" in plain.out


def test_json_jsonl_and_csv(api, voltaro):
    api.answers["GET", "/api/v1/stations"] = pages(STATIONS)

    assert json.loads(voltaro("stations", "list", "-o", "json").out) == STATIONS
    lines = voltaro("stations", "list", "-o", "jsonl").out.splitlines()
    assert [json.loads(line) for line in lines] == STATIONS
    table = list(csv.DictReader(io.StringIO(voltaro("stations", "list", "-o", "csv").out)))
    assert [row["station_id"] for row in table] == ["CP-1", "CP-2"]


def test_a_station_is_shown_added_and_removed(api, voltaro):
    api.answer("GET", "/api/v1/stations/CP 1/ä", 200, {"station_id": "CP 1/ä", "online": True})
    api.answer("PUT", "/api/v1/stations/CP-9", 201, {"station_id": "CP-9", "password": "gen3rated"})
    api.answer("DELETE", "/api/v1/stations/CP-9", 204)

    shown = voltaro("stations", "show", "CP 1/ä")
    added = voltaro(
        "stations", "add", "CP-9", "--registration", "pending", "--security-profile", "1",
        "--strict", "--site", "North",
    )  # fmt: skip
    removed = voltaro("stations", "remove", "CP-9", "--yes")

    assert "station_id\tCP 1/ä\nonline\tyes\n" in shown.out
    assert "gen3rated" in added.out
    assert "shown this once" in added.err
    assert api.asked[1][3] == {
        "registration": "pending", "security_profile": 1, "strict": True, "site": "North",
    }  # fmt: skip
    assert (removed.code, removed.out) == (0, "")


def test_a_password_may_come_from_stdin(api, voltaro):
    result = voltaro("stations", "add", "CP-9", "--password", "-", stdin="from a pipe\n")

    assert result.code == 0, result
    assert api.asked[0][3] == {"password": "from a pipe"}
    assert "shown this once" not in result.err


def test_nothing_is_removed_without_being_asked(api, voltaro):
    result = voltaro("stations", "remove", "CP-9", stdin="")

    assert result.code == 2
    assert "Say --yes." in result.err
    assert api.asked == []


def test_tokens(api, voltaro):
    token = {"token": "04A1", "type": "ISO14443", "status": "accepted", "expires_at": None}
    api.answers["GET", "/api/v1/tokens"] = pages([token])
    api.answer("GET", "/api/v1/tokens/04A1", 200, token)
    api.answer("PUT", "/api/v1/tokens/04A1", 201, token)
    api.answer("DELETE", "/api/v1/tokens/04A1", 204, None)

    listed = voltaro("tokens", "list")
    shown = voltaro("tokens", "show", "04A1", "-o", "json")
    added = voltaro(
        "tokens", "add", "04A1", "--type", "ISO14443", "--status", "blocked",
        "--expires-at", "2027-01-31T12:00:00Z", "--group", "G",
    )  # fmt: skip
    wrong = voltaro("tokens", "add", "04A1", "--expires-at", "tomorrow")
    removed = voltaro("tokens", "remove", "04A1", "-y")

    assert listed.out == "04A1\tISO14443\taccepted\t\t\n"
    assert json.loads(shown.out) == token
    assert added.code == 0, added
    assert api.asked[2][3] == {
        "type": "ISO14443",
        "status": "blocked",
        "expires_at": "2027-01-31T12:00:00Z",
        "group": "G",
    }
    assert wrong.code == 2
    assert "--expires-at" in wrong.err
    assert removed.code == 0


def test_sessions_are_filtered_and_limited(api, voltaro):
    api.answers["GET", "/api/v1/transactions"] = pages([SESSION] * 3, [SESSION] * 3)

    result = voltaro(
        "sessions", "list", "--station", "CP-1", "--token", "04A1", "--open", "--limit", "4"
    )

    assert len(result.out.splitlines()) == 4
    assert "--limit shows more" in result.err
    assert api.asked[0][2] == {
        "station_id": "CP-1", "token": "04A1", "open": "true", "limit": "4",
    }  # fmt: skip
    assert api.asked[1][2]["cursor"] == "1"


def test_a_session_and_its_readings(api, voltaro):
    reading = {"at": "2026-01-02T03:04:05Z", "measurand": "Power.Active.Import", "value": "7000"}
    api.answer("GET", "/api/v1/transactions/0197", 200, SESSION)
    api.answer("GET", "/api/v1/transactions/0197/meter-values", 200, {"items": [reading]})

    assert "energy_wh\t1234" in voltaro("sessions", "show", "0197").out
    assert "Power.Active.Import\t7000" in voltaro("sessions", "show", "0197", "--readings").out


def test_an_export_has_every_session(api, voltaro, tmp_path):
    api.answers["GET", "/api/v1/transactions"] = pages([SESSION] * 2, [SESSION])
    file = tmp_path / "sessions.jsonl"

    to_stdout = voltaro("sessions", "export")
    to_file = voltaro("sessions", "export", "--format", "jsonl", "--file", str(file))

    rows = list(csv.DictReader(io.StringIO(to_stdout.out)))
    assert [row["energy_wh"] for row in rows] == ["1234"] * 3
    assert to_file.out == ""
    assert "3 sessions exported" in to_file.err
    assert [json.loads(line) for line in file.read_text().splitlines()] == [SESSION] * 3


def test_a_failed_export_leaves_the_file_alone(api, voltaro, tmp_path):
    file = tmp_path / "sessions.csv"
    file.write_text("precious")
    api.answer("GET", "/api/v1/transactions", 500, b"boom")

    result = voltaro("sessions", "export", "--file", str(file))

    assert result.code == 1
    assert file.read_text() == "precious"


def test_certificates_of_a_station_are_listed(api, voltaro):
    row = {"id": "019a", "state": "delivered", "subject": "CN=CP-1", "not_after": "2027-01-02"}
    api.answers["GET", "/api/v1/stations/CP-1/certificates"] = pages([row])

    result = voltaro("stations", "certificates", "CP-1")

    assert result.code == 0, result
    assert result.out.split("\t")[:3] == ["019a", "delivered", "CN=CP-1"]


def test_the_root_is_written_to_a_file_or_shown(api, voltaro, tmp_path):
    root = {"subject": "CN=root", "sha256": "ab", "certificate": "-----BEGIN…\n"}
    api.answer("GET", "/api/v1/certificate-authority", 200, {"items": [root]})

    shown = voltaro("ca", "show")
    exported = voltaro("ca", "export")
    kept = voltaro("ca", "export", str(tmp_path / "root.pem"))

    assert shown.out.startswith("CN=root\t")
    assert exported.out == "-----BEGIN…\n"
    assert (kept.code, kept.out) == (0, "")
    assert (tmp_path / "root.pem").read_text() == "-----BEGIN…\n"
