"""A file patched part by part must hold what it would hold had it been written anew."""

import os
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rowlock.files.parts import holds, thinned, write_changes

PARTS = st.lists(st.sampled_from([b"", b"a", b"b", b"aa", b"ab\n", b"longer,part\n"]), max_size=80)


def patched(path: Path, held: Sequence[bytes], wanted: Sequence[bytes]) -> int:
    path.write_bytes(b"".join(held))
    descriptor = os.open(path, os.O_RDWR)
    try:
        return write_changes(descriptor, held, wanted)
    finally:
        os.close(descriptor)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("parts") / "file"


@given(held=PARTS, wanted=PARTS)
def test_whatever_a_file_held_it_holds_what_is_wanted_afterwards(
    file: Path, held: list[bytes], wanted: list[bytes]
) -> None:
    patched(file, held, wanted)

    assert file.read_bytes() == b"".join(wanted)


def test_only_the_part_that_changed_is_written_when_lengths_stay(file: Path) -> None:
    held = [b"%06d\n" % number for number in range(500)]

    assert patched(file, held, [*held[:250], b"change\n", *held[251:]]) == 7


def test_all_from_the_first_part_that_moved_is_written(file: Path) -> None:
    held = [b"%06d\n" % number for number in range(500)]

    assert patched(file, held, [*held[:498], b"longer than before\n", held[499]]) == 26


def test_nothing_is_written_when_the_same_bytes_are_cut_differently_at_the_same_offsets(file: Path) -> None:
    assert patched(file, [b"one", b"two", b""], [b"one", b"", bytes(bytearray(b"two"))]) == 0


@given(held=PARTS, wanted=PARTS)
def test_what_is_forgotten_of_a_file_is_written_again(file: Path, held: list[bytes], wanted: list[bytes]) -> None:
    file.write_bytes(b"".join(held))
    descriptor = os.open(file, os.O_RDWR)
    try:
        write_changes(descriptor, thinned(tuple(held), tuple(wanted)), wanted)
    finally:
        os.close(descriptor)

    assert file.read_bytes() == b"".join(wanted)


def test_a_file_holds_parts_only_to_the_last_byte(file: Path) -> None:
    file.write_bytes(b"one,two\n")
    with file.open("rb") as open_file:
        held = [
            holds(open_file.fileno(), parts)
            for parts in ([b"one,", b"two\n"], [b"one,two"], [b"one,", b"twp\n"], [b"one,two\n", b"!"])
        ]

    assert held == [True, False, False, False]
