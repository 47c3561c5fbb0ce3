"""Windows of rows, and adding, changing and deleting them."""

import pytest
from tests.server import Server, User, made, refusal

COLUMNS = ["user", "broker", "API key", "API secret", "pnl", "margin", "max_risk"]
# What spreadsheets, data frames and databases like to change.
TEXTS = ["007", "1.10", "NA", "null", " x ", "1e5", "-0", "TRUE", 'say "hi"', "a,b", "two\r\nlines", "=1+1", "🙂", "é"]


def test_a_window_shows_rows_in_file_order_with_index_version_and_texts(server: Server, ada: User) -> None:
    window = made(ada.get("/api/fetch_csv", params={"limit": 2, "offset": 1}))
    assert window["columns"] == COLUMNS
    assert [row["index"] for row in window["rows"]] == [1, 2]
    assert window["rows"][0]["cells"][:2] == ["bruno", "Halyard Markets"]
    assert {row["version"] for row in window["rows"]} == {1}
    assert window["total"] >= 12
    assert window["position"] >= 1


def test_a_window_beyond_the_end_is_empty(ada: User) -> None:
    assert made(ada.get("/api/fetch_csv", params={"offset": 2**53 - 1}))["rows"] == []
    assert made(ada.get("/api/fetch_csv", params={"limit": 0}))["rows"] == []


@pytest.mark.parametrize("limit", [10**9, 10**40])
def test_a_limit_is_capped(ada: User, limit: int) -> None:
    window = made(ada.get("/api/fetch_csv", params={"limit": limit}))
    assert len(window["rows"]) == window["total"]


@pytest.mark.parametrize("text", TEXTS)
def test_texts_stay_as_they_are(ada: User, text: str) -> None:
    row = ada.row(user=text)
    assert made(ada.update(row, broker=text))["cells"]["broker"] == text
    assert (ada.cells(row) or [])[:3] == [text, text, ""]


def test_a_new_row_goes_to_the_end_under_the_next_index(ada: User) -> None:
    first = made(ada.post("/api/add_csv", json={"user": "nora"}), 201)
    second = made(ada.post("/api/add_csv", json={}), 201)
    assert second["index"] == first["index"] + 1
    assert first["cells"] == dict.fromkeys(COLUMNS, "") | {"user": "nora"}
    assert first["version"] == first["position"]
    assert [row["index"] for row in made(ada.get("/api/fetch_csv"))["rows"]][-2:] == [first["index"], second["index"]]


def test_a_new_row_is_placed_after_or_before_another(ada: User) -> None:
    middle = ada.row(user="middle")
    below = made(ada.post("/api/add_csv", params={"after": middle}, json={}), 201)["index"]
    above = made(ada.post("/api/add_csv", params={"before": middle}, json={}), 201)["index"]
    indexes = [row["index"] for row in made(ada.get("/api/fetch_csv"))["rows"]]
    at = indexes.index(middle)
    assert indexes[at - 1 : at + 2] == [above, middle, below]


def test_a_new_row_beside_no_row_is_refused(server: Server, ada: User) -> None:
    gone = ada.row()
    ada.delete(f"/api/delete_csv/{gone}")
    with server.untouched(ada):
        for side in ("after", "before"):
            refusal(ada.post("/api/add_csv", params={side: 9_999}, json={}), 404, "row_not_found")
            refusal(ada.post("/api/add_csv", params={side: gone}, json={}), 404, "row_deleted")
        refusal(ada.post("/api/add_csv", params={"after": 1, "before": 1}, json={}), 422, "invalid_request")


def test_an_update_changes_the_cells_it_names_and_the_version(ada: User) -> None:
    row = ada.row(user="otto", pnl="1")
    response = ada.update(row, pnl="2")
    answer = made(response)
    assert answer["cells"] == dict.fromkeys(COLUMNS, "") | {"user": "otto", "pnl": "2"}
    assert answer["version"] == answer["position"]
    assert response.headers["etag"] == f'"{answer["version"]}"'
    assert ada.cells(row) == ["otto", "", "", "", "2", "", ""]


def test_an_update_that_changes_nothing_is_no_event(server: Server, ada: User) -> None:
    row = ada.row(user="paul")
    with server.untouched(ada):
        assert made(ada.update(row, user="paul"))["cells"]["user"] == "paul"
        assert made(ada.update(row))["index"] == row


def test_a_deleted_row_shifts_no_index_and_never_comes_back(ada: User) -> None:
    first, second = ada.row(user="first"), ada.row(user="second")
    answer = made(ada.delete(f"/api/delete_csv/{first}"))
    assert answer["index"] == first
    assert answer["position"] > 1
    assert ada.cells(first) is None
    assert (ada.cells(second) or [])[0] == "second"
    assert ada.row() == second + 1


def test_what_is_not_there_cannot_be_written(server: Server, ada: User) -> None:
    gone = ada.row()
    ada.delete(f"/api/delete_csv/{gone}")
    with server.untouched(ada):
        for index, code in ((9_999, "row_not_found"), (gone, "row_deleted")):
            assert refusal(ada.update(index, pnl="1"), 404, code)["index"] == index
            refusal(ada.delete(f"/api/delete_csv/{index}"), 404, code)
            refusal(ada.post(f"/api/rows/{index}/lease"), 404, code)


def test_an_unknown_column_is_refused_with_the_known_ones(server: Server, ada: User) -> None:
    row = ada.row()
    with server.untouched(ada):
        for response in (ada.update(row, colour="red"), ada.post("/api/add_csv", json={"colour": "red"})):
            problem = refusal(response, 422, "unknown_column")
            assert (problem["column"], problem["columns"]) == ("colour", COLUMNS)


def test_a_cell_that_no_file_can_hold_is_refused(server: Server, ada: User) -> None:
    row = ada.row()
    with server.untouched(ada):
        assert refusal(ada.update(row, pnl="a\0b"), 422, "control_character")["column"] == "pnl"
        assert refusal(ada.update(row, pnl="x" * 65_537), 422, "cell_too_large")["column"] == "pnl"
        refusal(ada.post("/api/add_csv", json={"pnl": "a\0b"}), 422, "control_character")
    assert made(ada.update(row, pnl="x" * 65_536))["cells"]["pnl"] == "x" * 65_536
