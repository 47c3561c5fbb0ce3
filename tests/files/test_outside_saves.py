"""Whatever somebody else saves over the table is still there afterwards, and we are told where."""

import sys
import threading
from collections.abc import Callable
from functools import partial
from itertools import count
from pathlib import Path

import pytest

from rowlock.files import exchange
from rowlock.files.table_file import Published, TableFile, TableFileError

FIRST = (b"id,name\n", b"1,Ada\n", b"2,Bob\n")
SECOND = (b"id,name\n", b"1,Eva\n", b"2,Bob\n")
THIRD = (b"id,name\n", b"1,Eva\n", b"2,Robert\n")


Open = Callable[[], TableFile]
Save = Callable[[bytes], None]
linux = pytest.mark.skipif(sys.platform != "linux", reason="renameat2 and leases are Linux's own")


def swap_in(path: Path, content: bytes) -> bytes:
    """Save and say what that displaced, so that a test can account for every save."""
    other = path.with_name("editor.tmp")
    other.write_bytes(content)
    exchange.exchange(other, path)
    displaced = other.read_bytes()
    other.unlink()
    return displaced


def displaced_by(published: Published) -> Path:
    assert published.displaced is not None
    return published.displaced


def test_a_save_by_rename_is_reported_and_its_bytes_are_still_there(
    table: TableFile, save_by_rename: Callable[[bytes], None]
) -> None:
    table.publish(FIRST)
    save_by_rename(b"outside")

    published = table.publish(SECOND)

    assert published.foreign
    assert displaced_by(published).read_bytes() == b"outside"
    assert table.read() == b"".join(SECOND)
    assert not table.publish(THIRD).foreign
    assert displaced_by(published).read_bytes() == b"outside"


def test_a_save_in_place_of_the_same_length_is_reported(table: TableFile, path: Path) -> None:
    table.publish(FIRST)
    with path.open("r+b") as file:
        file.seek(10)
        file.write(b"Zoe")

    published = table.publish(SECOND)

    assert published.foreign
    assert displaced_by(published).read_bytes() == b"id,name\n1,Zoe\n2,Bob\n"


def test_a_file_found_at_the_start_is_foreign_until_it_was_compared(open_table: Open, path: Path) -> None:
    path.write_bytes(b"".join(FIRST))
    published = open_table().publish(SECOND)
    assert published.foreign
    assert displaced_by(published).read_bytes() == b"".join(FIRST)

    compared = open_table()
    assert compared.matches(SECOND)
    assert not compared.publish(THIRD).foreign


def test_a_touch_is_no_edit(table: TableFile, path: Path) -> None:
    table.publish(FIRST)
    path.touch()

    assert table.identity() != table.published
    assert not table.publish(SECOND).foreign


def test_somebody_who_saved_what_we_are_about_to_write_lost_nothing(
    table: TableFile, save_by_rename: Callable[[bytes], None]
) -> None:
    table.publish(FIRST)
    save_by_rename(b"".join(SECOND))

    assert not table.publish(SECOND).foreign


def test_a_save_that_was_taken_in_is_not_foreign_unless_it_changes_again(
    table: TableFile, path: Path, save_by_rename: Callable[[bytes], None]
) -> None:
    table.publish(FIRST)
    save_by_rename(b"taken in")
    identity = table.identity()
    assert identity is not None
    table.accept(identity)
    assert not table.publish(SECOND).foreign

    save_by_rename(b"taken in")
    identity = table.identity()
    assert identity is not None
    table.accept(identity)
    path.write_bytes(b"saved again")
    assert table.publish(THIRD).foreign


def test_a_deleted_file_is_written_again(table: TableFile, path: Path) -> None:
    table.publish(FIRST)
    table.publish(SECOND)
    path.unlink()

    published = table.publish(SECOND)

    assert published.displaced is None
    assert table.read() == b"".join(SECOND)


@linux
@pytest.mark.parametrize("in_place", [False, True], ids=["by-rename", "in-place"])
def test_a_save_that_falls_before_any_step_of_a_publish_is_kept(
    path: Path,
    save_by_rename: Callable[[bytes], None],
    before_step: Callable[[int, Callable[[], object]], None],
    in_place: bool,
) -> None:
    table = TableFile(path)
    table.publish(FIRST)
    places = []
    for number in count():
        save = b"save %d" % number
        before_step(number, partial(path.write_bytes if in_place else save_by_rename, save))
        published = table.publish((save, b" and ours"))
        sys.setprofile(None)

        if published.foreign and displaced_by(published).read_bytes() == save:
            places.append("displaced")
        elif path.read_bytes() == save:
            places.append("published")
            path.unlink()
        else:
            break

    assert not path.with_name("editor.tmp").exists()
    assert path.read_bytes() == save + b" and ours"
    assert len(places) > 20
    assert set(places) == {"displaced", "published"}


@linux
def test_no_save_vanishes_however_it_falls_against_our_publishing(path: Path) -> None:
    table = TableFile(path)
    table.publish((b"0",))
    saves = [b"save %d" % number for number in range(400)]
    displaced_by_saver: set[bytes] = set()
    saver = threading.Thread(target=lambda: displaced_by_saver.update(swap_in(path, save) for save in saves))
    saver.start()
    displaced_by_us: set[bytes] = set()
    for number in count(1):
        was_saving = saver.is_alive()
        published = table.publish((b"%d" % number,))
        assert published.late == ()
        if published.foreign:
            displaced_by_us.add(displaced_by(published).read_bytes())
        if not was_saving:
            break

    assert displaced_by_us
    assert set(saves) == displaced_by_us | displaced_by_saver & set(saves)


@linux
def test_an_edit_through_a_descriptor_that_stayed_open_is_never_overwritten(open_table: Open, path: Path) -> None:
    table = open_table()
    table.publish(FIRST)
    with path.open("r+b") as editor:
        assert not table.publish(SECOND).foreign  # The editor has written nothing yet.
        editor.seek(10)
        editor.write(b"Zoe")
        editor.flush()
        waiting = table.publish(THIRD)
        assert (waiting.reused, waiting.late) == (False, ())  # It may go on writing.
        editor.write(b"!\n")

    (late,) = table.late_saves()

    assert late.read_bytes() == b"id,name\n1,Zoe!\n,Bob\n"
    assert table.read() == b"".join(THIRD)
    table.publish(FIRST)
    table.publish(SECOND)
    assert late.exists()
    assert table.late_saves() == ()


@linux
def test_an_edit_made_and_closed_after_the_displacement_is_late_too(table: TableFile) -> None:
    table.publish(FIRST)
    spare = displaced_by(table.publish(SECOND))
    spare.write_bytes(b"edited")

    published = table.publish(THIRD)

    assert [late.read_bytes() for late in published.late] == [b"edited"]
    assert not published.reused


@linux
def test_a_writer_that_wrote_nothing_leaves_nothing(
    table: TableFile, path: Path, scratch: Callable[[], list[str]]
) -> None:
    table.publish(FIRST)
    with path.open("r+b"):
        table.publish(SECOND)
        table.publish(THIRD)
        assert len(scratch()) == 2

    table.close()

    assert scratch() == []


@linux
def test_a_folder_that_takes_the_name_during_a_publish_keeps_what_is_in_it(
    path: Path, before_step: Callable[[int, Callable[[], object]], None]
) -> None:
    def take_the_name() -> None:
        path.unlink()
        path.mkdir()
        path.joinpath("mine").write_text("precious")

    places: list[str] = []
    while not places or places[-1] != "published":
        path = path.with_name(f"table{len(places)}.csv")
        table = TableFile(path)
        table.publish(FIRST)
        before_step(len(places), take_the_name)
        try:
            published = table.publish(SECOND)
            places.append("displaced" if published.foreign else "published")
            keeper = displaced_by(published) if published.foreign else path
        except TableFileError:
            places.append("refused")
            keeper = path
        sys.setprofile(None)

        assert keeper.joinpath("mine").read_text() == "precious"

    assert set(places) == {"refused", "displaced", "published"}
