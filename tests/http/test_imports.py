"""Files taken in over HTTP: what changes, what is kept, what is refused, and that the bytes go the whole way."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from tests.core.odd_files import ODD_FILES, OddFile
from tests.server import Server, User, eventually, made, refusal, serving

from rowlock.core import records

TABLE = b"id,name,n\n1,ann,007\n2,bob,1.10\n3,cy,NA\n"
LIMIT = 200_000
# A dozen files, each odd in a way of its own.
WHOLE_WAY = [
    "CRLF, none at the end",
    "mixed line ends",
    "bare CR in an unquoted cell splits it",
    "BOM before a quoted name",
    "blank line between rows",
    "lines of spaces before the header",
    "doubled quotes",
    "quoted LF in a CRLF file",
    "lone quotes in every row",
    "short rows",
    "every row one cell too many",
    "duplicate names",
    "names that mean something to JavaScript",
    "semicolon, all quoted, commas inside",
    "pipe",
    "cp1252 said",
    "UTF-16 LE said",
    "Shift JIS, whose second bytes look like pipes",
]
REFUSED = [odd for odd in ODD_FILES if odd.code]


@contextmanager
def _serving(folder: Path) -> Iterator[Server]:
    (folder / "data").mkdir()
    (folder / "data" / "backend_table.csv").write_bytes(TABLE)
    with serving(folder, import_limit=LIMIT, cooldown_seconds=0) as server:
        yield server


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with _serving(tmp_path) as server:
        yield server


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for many files, one after the other."""
    with _serving(tmp_path_factory.mktemp("files")) as server:
        yield server


@pytest.fixture(scope="module")
def eve(house: Server) -> User:
    return house.user("eve")


@pytest.fixture
def ada(server: Server) -> User:
    return server.user("ada")


def send(user: httpx2.Client, data: bytes, key: str | None = None, **options: str) -> httpx2.Response:
    headers = {"Idempotency-Key": key} if key else {}
    named = {name: "key" if name == "by" else name for name in options}
    params = {named[name]: value for name, value in options.items()}
    return user.post("/api/import_csv", params=params, files={"file": ("any.csv", data)}, headers=headers)


def file_of(user: User) -> bytes:
    return user.get("/api/fetch_csv", params={"format": "csv"}).content


def counts(answer: dict[str, Any]) -> tuple[int, int, int]:
    return answer["added"], answer["changed"], answer["deleted"]


def test_a_file_replaces_the_table_row_by_row(server: Server, ada: User) -> None:
    changed = b"id,name,n\n3,cy,NA\n2,bob,2.20\n4,dan,1\n"
    plan = made(send(ada, changed, dry_run="true"))
    assert [(row["verdict"], row.get("index"), row.get("line")) for row in plan["rows"]] == [
        ("deleted", 0, None),
        ("moved", 2, 2),
        ("changed", 1, 3),
        ("added", None, 4),
    ]
    assert plan["more"] == 0
    assert file_of(ada) == TABLE
    answer = made(send(ada, changed))
    assert counts(answer) == counts(plan) == (1, 1, 1)
    assert file_of(ada) == changed
    rows = made(ada.get("/api/fetch_csv"))["rows"]
    assert [row["index"] for row in rows] == [2, 1, 3]
    events = ada.events(after=1)
    assert {(event["reason"], event["batch"], event["actor"]) for event in events} == {("imported", 2, "ada")}
    eventually(lambda: server.file() == changed)


def test_an_upsert_changes_adds_and_skips(ada: User) -> None:
    file = b"n,id\n9,2\n007,1\nnew,4\n"
    plan = made(send(ada, file, mode="upsert", by="id", dry_run="true"))
    assert [(row["verdict"], row.get("index"), row["line"], row["cells"]) for row in plan["rows"]] == [
        ("changed", 1, 2, {"n": {"from": "1.10", "to": "9"}}),
        ("unchanged", 0, 3, {}),
        ("added", None, 4, {"id": {"from": None, "to": "4"}, "n": {"from": None, "to": "new"}}),
    ]
    assert (plan["unchanged"], plan["more"]) == (1, 0)
    assert counts(made(send(ada, file, mode="upsert", by="id"))) == counts(plan) == (1, 1, 0)
    assert file_of(ada) == b"id,name,n\n1,ann,007\n2,bob,9\n3,cy,NA\n4,,new\n"


def test_options_may_stand_in_the_form(ada: User) -> None:
    form = {"mode": "upsert", "key": "id", "add_columns": "true", "delimiter": "tab"}
    made(ada.post("/api/import_csv", data=form, files={"file": ("f.tsv", b"id\tz\n2\tx\n")}))
    assert file_of(ada) == b"id,name,n,z\n1,ann,007,\n2,bob,1.10,x\n3,cy,NA,\n"


def test_the_same_file_again_makes_nothing_happen(ada: User) -> None:
    for options in ({}, {"mode": "upsert", "by": "id"}):
        answer = made(send(ada, TABLE, **options))
        assert (counts(answer), answer["position"]) == ((0, 0, 0), 1)


def test_a_key_gives_the_first_answer_again_though_the_table_has_moved_on(ada: User) -> None:
    file = TABLE.replace(b"bob", b"rob")
    first = made(send(ada, file, key="once"))
    made(ada.update(1, name="bob"))
    assert made(send(ada, file, key="once")) == first
    assert b"bob" in file_of(ada)
    refusal(send(ada, TABLE, key="once"), 422, "idempotency_mismatch")


def test_a_row_that_somebody_holds_refuses_the_whole_import(server: Server, ada: User) -> None:
    server.user("bob").lease(1)
    with server.untouched(ada):
        for options in ({}, {"mode": "upsert", "by": "id"}):
            problem = refusal(
                send(ada, TABLE.replace(b"bob", b"rob").replace(b"ann", b"x"), **options), 423, "row_locked"
            )
            assert (problem["index"], problem["holder"]) == (1, "bob")
    made(send(ada, TABLE.replace(b"ann", b"x")))


def test_a_file_that_shares_nothing_is_taken_in_at_once_unless_a_row_is_held(server: Server, ada: User) -> None:
    bob = server.user("bob")
    bob.lease(1)
    large = b"a;b\r\n" + b"".join(b"%d;x\r\n" % row for row in range(12_000))
    with server.untouched(ada):
        assert refusal(send(ada, large), 423, "row_locked")["index"] == 1
    assert bob.delete("/api/rows/1/lease").status_code == 204
    plan = made(send(ada, large, dry_run="true"))
    assert (counts(plan), plan["more"], len(plan["rows"])) == ((12_000, 0, 3), 11_003, 1_000)
    answer = made(send(ada, large, key="large"))
    assert counts(answer) == (12_000, 0, 3)
    assert made(send(ada, large, key="large")) == answer
    assert [event["kind"] for event in ada.events(after=answer["position"] - 1)] == ["table_imported"]
    assert file_of(ada) == large
    assert made(ada.get("/api/fetch_csv", params={"limit": 1}))["rows"][0]["index"] == 3
    assert made(ada.get("/api/verify"))["ok"]


@pytest.mark.parametrize("odd", REFUSED, ids=[odd.name for odd in REFUSED])
def test_a_bad_file_is_refused_with_its_line(eve: User, odd: OddFile) -> None:
    assert odd.code is not None
    before = file_of(eve)
    for options in ({}, {"mode": "upsert", "by": "id"}, {"dry_run": "true"}):
        more = {"encoding": odd.encoding} if odd.encoding else {}
        assert refusal(send(eve, odd.data, **options, **more), 422, odd.code).get("line") == odd.line
    assert file_of(eve) == before


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"mode": "merge"}, "mode"),
        ({"mode": "upsert"}, "key"),
        ({"by": "id"}, "key"),
        ({"delimiter": "x"}, "delimiter"),
        ({"dry_run": "perhaps"}, "dry_run"),
        ({"dryrun": "true"}, "dryrun"),
    ],
)
def test_options_that_make_no_sense_are_refused(ada: User, options: dict[str, str], field: str) -> None:
    assert refusal(send(ada, TABLE, **options), 422, "invalid_request")["field"] == field


def test_a_body_without_a_file_is_refused(ada: User) -> None:
    refusal(ada.post("/api/import_csv", content=TABLE), 415, "unsupported_media_type")
    refusal(ada.post("/api/import_csv", data={"file": "text"}), 415, "unsupported_media_type")
    refusal(ada.post("/api/import_csv", files={"a": TABLE, "b": TABLE}), 400, "bad_request")


def test_more_than_the_limit_is_refused_however_it_is_sent(server: Server, ada: User) -> None:
    large = TABLE + b"9,x,y\n" * LIMIT
    with server.untouched(ada):
        refusal(send(ada, large), 413, "body_too_large")
        kind = {"Content-Type": "multipart/form-data; boundary=b"}
        head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n'
        parts = iter([head, large, b"\r\n--b--\r\n"])
        refusal(ada.post("/api/import_csv", content=parts, headers=kind), 413, "body_too_large")
    refusal(ada.post("/api/columns", json={"column": "x" * 3_000_000}), 413, "body_too_large")


def test_a_guest_sends_nothing(server: Server) -> None:
    refusal(send(server.guest, TABLE), 401, "unauthorized")


@pytest.mark.parametrize("name", WHOLE_WAY)
def test_bytes_go_the_whole_way_and_an_edit_changes_its_own_record_only(house: Server, eve: User, name: str) -> None:
    odd = next(each for each in ODD_FILES if each.name == name)
    options = {name: text for name, text in {"encoding": odd.encoding, "delimiter": odd.delimiter}.items() if text}
    made(send(eve, odd.data, **options))
    assert file_of(eve) == odd.data
    eventually(lambda: house.file() == odd.data)
    table = records.read_table(odd.data, encoding=odd.encoding, delimiter=odd.delimiter)
    rows = made(eve.get("/api/fetch_csv"))["rows"]
    assert [row["cells"] for row in rows] == odd.rows
    target, column = len(rows) // 2, odd.columns[0]
    made(eve.put(f"/api/update_csv/{rows[target]['index']}", json={column: "Z"}))
    after = records.read_table(file_of(eve), encoding=odd.encoding, delimiter=table.dialect.delimiter)
    assert (after.header, after.dialect) == (table.header, table.dialect)
    same = [one == other for one, other in zip(table.records(), after.records(), strict=True)]
    assert same == [number != target for number in range(len(rows))]
