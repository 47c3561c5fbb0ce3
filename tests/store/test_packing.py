"""Large values in the database: packed, and found again, also those that earlier versions stored."""

import zlib

import pytest

from rowlock.store.packing import Unreadable, all_packed, all_unpacked, packed, unpacked


@pytest.mark.parametrize("data", [b"", b"name,price\nTea,2\n", bytes(range(256)) * 5000])
def test_what_was_packed_is_found_again(data: bytes) -> None:
    assert unpacked(packed(data)) == data


def test_what_an_earlier_version_stored_is_read() -> None:
    assert unpacked(zlib.compress(b"name,price\nTea,2\n", 1)) == b"name,price\nTea,2\n"


@pytest.mark.parametrize("older", [[], [zlib.compress(b"once", 1)]], ids=["all new", "one of an earlier version"])
def test_many_are_found_again_in_their_order(older: list[bytes]) -> None:
    data = [b"", b"name,price\n", bytes(range(256)) * 5000]
    assert all_unpacked([*map(packed, data), *older]) == [*data, *(b"once" for _ in older)]


def test_many_are_packed_in_their_order() -> None:
    data = [b"name,price\n", b"", bytes(range(256)) * 5000]
    assert all_unpacked(all_packed(data)) == data
    assert list(map(unpacked, all_packed(data))) == data


def test_a_table_takes_less_room() -> None:
    data = b"".join(b"user%07d,Northwind Futures,%d.50\n" % (row, row % 9973) for row in range(10_000))
    assert len(packed(data)) < len(data) / 3


@pytest.mark.parametrize("damage", [b"", b"nothing of the kind", packed(b"abc" * 100)[:-2], b"\x28\xb5\x2f\xfd\xff"])
def test_what_was_not_packed_is_refused(damage: bytes) -> None:
    with pytest.raises(Unreadable):
        unpacked(damage)
    with pytest.raises(Unreadable):
        all_unpacked([packed(b"Tea"), damage])
