"""What became of a row, and the proof that journal, table and file agree."""

from hashlib import sha256

from tests.server import Server, User, made, refusal


def test_a_row_of_the_first_file_begins_with_its_import(server: Server) -> None:
    gina = server.user("gina")
    gina.update(5, pnl="1")
    gina.update(5, pnl="2")
    history = made(gina.get("/api/rows/5/history"))
    assert (history["index"], history["deleted"]) == (5, False)
    first, *changes = history["events"]
    assert (first["kind"], first["actor"], first["position"]) == ("table_imported", "system", 1)
    assert first["cells"]["pnl"]["to"] == changes[0]["cells"]["pnl"]["from"]
    assert [change["cells"]["pnl"]["to"] for change in changes] == ["1", "2"]
    assert {change["actor"] for change in changes} == {"gina"}
    assert all(change["at"].endswith("Z") for change in changes)


def test_a_deleted_row_has_a_history_too(ada: User) -> None:
    row = ada.row(user="short")
    ada.lease(row)
    ada.delete(f"/api/delete_csv/{row}")
    history = made(ada.get(f"/api/rows/{row}/history"))
    assert history["deleted"] is True
    assert [event["kind"] for event in history["events"]] == ["row_added", "row_deleted"]


def test_a_row_that_never_was_has_none(ada: User) -> None:
    refusal(ada.get("/api/rows/9999/history"), 404, "row_not_found")


def test_the_journal_the_table_and_the_file_agree(server: Server, ada: User) -> None:
    ada.update(ada.row(), pnl="1")
    found = made(ada.get("/api/verify"))
    assert (found["ok"], found["problems"]) == (True, [])
    assert found["position"] == found["events"]
    assert found["csv_sha256"] == sha256(server.file()).hexdigest()
    assert found["chain_head"] == ada.events(after=found["position"] - 1)[0]["hash"]


def test_verifying_goes_on_beside_edits(server: Server, ada: User) -> None:
    row = ada.row()
    for number in range(20):
        ada.update(row, pnl=str(number))
        if number % 5 == 0:
            assert made(ada.get("/api/verify"))["ok"]
