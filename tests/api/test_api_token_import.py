"""Several tokens at once, as JSON and as CSV."""

import csv
import io

import pytest

from tests.api.test_api_problems import problem

PATH = "/api/v1/tokens/import"
CSV = {"Content-Type": "text/csv"}


async def send(api, text, **query):
    content = text if isinstance(text, bytes) else text.encode()
    return await api.http.post(PATH, content=content, headers=CSV, params=query)


def counts(answer):
    assert answer.status_code == 200, answer.text
    body = answer.json()
    return body["created"], body["changed"], body["unchanged"]


async def values(api):
    return [item["value"] for item in await api.items("/api/v1/tokens")]


async def test_csv_creates_and_changes(api):
    await api.http.put("/api/v1/tokens/B1", json={"group": "fleet"})
    await api.http.put("/api/v1/tokens/C1", json={"status": "blocked"})

    answer = await send(
        api,
        "value,type,status,expires_at,group,master_pass,credit_minor,currency\r\n"
        "A1,ISO14443,accepted,2027-01-31T12:00:00Z,fleet,yes,500,EUR\r\n"
        "b1,,blocked,,,,,\r\n"
        "C1,,blocked,,,,,\r\n",
    )

    assert counts(answer) == (1, 1, 1)
    a1, b1, c1 = await api.items("/api/v1/tokens")
    assert (a1["value"], a1["credit_minor"], a1["master_pass"]) == ("A1", 500, True)
    assert (b1["value"], b1["status"], b1["group"]) == ("b1", "blocked", "fleet")
    assert c1["status"] == "blocked"


async def test_json_list_does_the_same(api):
    answer = await api.http.post(
        PATH, json=[{"value": "A1", "group": "g"}, {"value": "A2", "status": "expired"}]
    )

    assert counts(answer) == (2, 0, 0)
    assert [item["group"] for item in await api.items("/api/v1/tokens")] == ["g", None]
    again = await api.http.post(PATH, json=[{"value": "A1", "group": None}])
    assert counts(again) == (0, 1, 0)


BAD = (
    "value,status,expires_at,credit_minor,currency\n"
    "A1,accepted,,,\n"
    "A2,stolen,,,\n"
    "\n"
    "a1,accepted,,,\n"
    ",accepted,,,\n"
    "A3,,tomorrow,,\n"
    '"A\n4",,,,\n'
    "A5,,,12,\n"
    "A6,,,twelve,EUR\n"
    "A7,accepted,,,\n"
)


async def test_one_bad_row_keeps_all_out_and_every_error_has_its_line(api):
    answer = await send(api, BAD)

    body = problem(answer, 422, "invalid_rows")
    found = {(error["line"], error["pointer"]) for error in body["errors"]}
    assert found == {
        (3, "/1/status"),
        (5, "/2/value"),
        (6, "/3/value"),
        (7, "/4/expires_at"),
        (8, "/5/value"),
        (10, "/6/currency"),
        (11, "/7/credit_minor"),
    }
    assert "line 3" in body["detail"]
    assert await values(api) == []
    assert await api.items("/api/v1/audit") == []


async def test_partial_keeps_the_good_rows(api):
    answer = await send(api, BAD, partial=True)

    assert counts(answer) == (2, 0, 0)
    assert len(answer.json()["errors"]) == 7
    assert await values(api) == ["A1", "A7"]


@pytest.mark.parametrize("text", [BAD, "value\nA1\n"])
async def test_dry_run_only_tells(api, text):
    answer = await send(api, text, dry_run=True)

    assert answer.json()["dry_run"] is True
    assert answer.json()["created"] == (2 if text is BAD else 1)
    assert len(answer.json()["errors"]) == (7 if text is BAD else 0)
    assert await values(api) == []


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", 1),
        ("A1,ISO14443\n", 1),
        ("value,colour\nA1,red\n", 1),
        ("value,value\nA1,A1\n", 1),
        ("value,type\nA1,x\nA2,x,y\n", 3),
        (b"value\nA1\nA\xff2\n", 3),
        ('value\nA1\n"A2\n', 3),
        ('value\nA1\n"A2"x\n', 3),
    ],
)
async def test_file_that_cannot_be_read_says_where(api, text, line):
    body = problem(await send(api, text), 422, "invalid")

    assert body["errors"][0]["line"] == line


@pytest.mark.parametrize("content", [b"{}", b"[1", b'["A1"]', b"[" * 100_000, b'[{"value": 1}]'])
async def test_json_that_is_no_list_of_tokens_is_refused(api, content):
    json = {"Content-Type": "application/json"}
    answer = await api.http.post(PATH, content=content, headers=json)

    assert answer.status_code == 422
    assert answer.json()["code"] in {"invalid", "invalid_rows"}


async def test_other_kinds_of_content_are_refused(api):
    for headers in ({}, {"Content-Type": "application/xml"}):
        answer = await api.http.post(PATH, content=b"value\nA1\n", headers=headers)

        problem(answer, 415, "unsupported_media_type")


async def test_spreadsheets_semicolons_and_marks_are_understood(api):
    answer = await send(api, b"\xef\xbb\xbfValue;Group\r\nA1;fleet\r\n")

    assert counts(answer) == (1, 0, 0)


async def test_thousands_at_once(api):
    rows = "\n".join(f"T{number},g{number % 7}" for number in range(5000))

    assert counts(await send(api, "value,group\n" + rows)) == (5000, 0, 0)
    assert counts(await send(api, "value,group\n" + rows)) == (0, 0, 5000)
    too_many = "value\n" + "\n".join(f"U{number}" for number in range(10_001))
    problem(await send(api, too_many), 422, "invalid")


async def test_what_is_exported_can_be_imported(api):
    await send(api, 'value,group,credit_minor,currency\nA1,fleet,5,EUR\n"B,1",,,\n')
    exported = await api.http.get("/api/v1/tokens", headers={"Accept": "text/csv"})
    assert exported.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(exported.text)))
    assert [(row["value"], row["group"]) for row in rows] == [("A1", "fleet"), ("B,1", "")]

    answer = await send(api, exported.content)

    assert counts(answer) == (0, 0, 2)


async def test_export_has_all_tokens(api):
    rows = "\n".join(f"T{number:04}" for number in range(1203))
    await send(api, "value\n" + rows)

    exported = await api.http.get("/api/v1/tokens", headers={"Accept": "text/csv"})

    lines = exported.text.split("\r\n")
    assert (len(lines), lines[1].partition(",")[0]) == (1205, "T0000")
    asked = {"Accept": "text/csv"}
    paged = await api.http.get("/api/v1/tokens?limit=5", headers=asked)
    problem(paged, 400, "unknown_parameter")
    both = {"Accept": "application/json, text/csv;q=0.5"}
    assert (await api.http.get("/api/v1/tokens", headers=both)).json()["next_cursor"]


async def test_each_token_is_in_the_audit_log(api):
    await api.http.put("/api/v1/tokens/A1")
    await send(api, "value,status\nA1,blocked\nA2,\n")

    entries = await api.items("/api/v1/audit", target_kind="token")

    assert {(entry["action"], entry["target"]) for entry in entries} == {
        ("token.created", "a1"),
        ("token.changed", "a1"),
        ("token.created", "a2"),
    }
