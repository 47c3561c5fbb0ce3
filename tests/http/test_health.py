"""What machines that look after the server are told."""

import sqlite3
from pathlib import Path

import pytest
from filelock import FileLock
from prometheus_client.parser import text_string_to_metric_families
from tests.server import Server, User, eventually, made, refusal, serving

from rowlock.store import database


def figures(server: Server) -> dict[str, float]:
    """The metrics by name, with the value of their label if they have one."""
    found = {}
    for family in text_string_to_metric_families(server.guest.get("/metrics").text):
        for sample in family.samples:
            label = "".join(f"[{value}]" for name, value in sample.labels.items() if name != "le")
            found[sample.name + label] = sample.value
    return found


def test_a_healthy_server_says_where_it_stands(server: Server, ada: User) -> None:
    made(ada.update(ada.row(), {"Prefer": "wait=materialized"}, pnl="1"))
    health = eventually(lambda: (body := made(server.guest.get("/api/health")))["published_position"] > 1 and body)
    assert health["status"] == "ok"
    assert health["checks"] == {"journal": "ok", "file": "ok", "scheduler": "ok"}
    assert health["file_position"] == health["position"] == made(ada.get("/api/fetch_csv"))["position"]
    assert health["rows"] == made(ada.get("/api/fetch_csv"))["total"]


def test_the_metrics_have_what_happened(server: Server, ada: User, bob: User) -> None:
    before = figures(server)
    row = ada.row()
    ada.lease(row)
    ada.update(row, pnl="1")
    refusal(bob.update(row, pnl="2"), 423, "row_locked")
    after = figures(server)

    def more(name: str) -> float:
        return after[name] - before.get(name, 0)

    assert more("rowlock_events_total[row_added]") == more("rowlock_events_total[row_updated]") == 1
    assert more("rowlock_events_total[lease_granted]") == 1
    assert more("rowlock_refusals_total[row_locked]") == 1
    assert more("rowlock_commit_seconds_count") >= 4
    assert more("rowlock_batch_size_sum") == 4
    assert more("rowlock_journal_position") == 3
    assert after["rowlock_journal_position"] == made(ada.get("/api/fetch_csv"))["position"]


def test_the_metrics_have_where_things_stand(server: Server, ada: User) -> None:
    made(ada.update(ada.row(), {"Prefer": "wait=materialized"}, pnl="1"))
    eventually(lambda: figures(server)["rowlock_published_position"] == figures(server)["rowlock_journal_position"])
    now = figures(server)
    assert now["rowlock_file_position"] == now["rowlock_journal_position"]
    assert now["rowlock_queue_depth"] == now["rowlock_sockets"] == now["rowlock_sockets_dropped"] == 0
    assert now["rowlock_socket_queue_depth"] == 0
    assert now["rowlock_rows"] == made(ada.get("/api/fetch_csv"))["total"]
    assert now["rowlock_file_publishes"] >= 1


def test_the_metrics_have_the_numbers(tmp_path: Path) -> None:
    with serving(tmp_path, number_seconds=0.2) as server:
        eventually(lambda: figures(server)["rowlock_ticks"] >= 2)
        assert figures(server)["rowlock_seconds_since_tick"] < 2
        assert figures(server)["rowlock_ticks_missed"] == figures(server)["rowlock_job_failures"] == 0


def test_a_file_that_cannot_be_written_makes_the_server_unready_and_loses_nothing(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        table = server.settings.table_path
        olaf = server.user("olaf")
        with FileLock(f"{table}.lock"):  # as a program that was stopped while it held the lock
            row = olaf.row(user="while broken")
            problem = eventually(lambda: (r := server.guest.get("/api/health")).status_code == 503 and r)
            body = refusal(problem, 503, "not_ready")
            assert "file" in body["detail"]
            assert body["checks"]["journal"] == "ok"
            assert body["file_position"] < body["position"]
            assert olaf.cells(row) == ["while broken", "", "", "", "", "", ""]
        eventually(lambda: server.guest.get("/api/health").status_code == 200)
        assert b"while broken" in server.file()


def test_a_program_that_holds_the_database_makes_writes_wait_and_then_fail_for_now(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.2)
    with serving(tmp_path) as server:
        rolf = server.user("rolf")
        other = sqlite3.connect(server.settings.data_dir / "rowlock.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        response = rolf.update(0, pnl="1")
        assert refusal(response, 503, "storage_busy")["retry_after"] == 1
        assert rolf.get("/api/fetch_csv").status_code == 200
        other.execute("ROLLBACK")
        other.close()
        made(rolf.update(0, pnl="1"))
        assert figures(server)["rowlock_storage_failures_total"] >= 1
