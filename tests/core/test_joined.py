"""Records in one piece of memory: however they are read and changed, they are what a list of them would be."""

from array import array
from itertools import accumulate

from hypothesis import given
from hypothesis import strategies as st

from rowlock.core.joined import Joined

RECORDS = st.lists(st.binary(max_size=5), min_size=1, max_size=40)
SLOTS = st.integers(0, 1 << 10)
STEPS = st.lists(
    st.tuples(st.sampled_from(["read", "put", "put all", "starts", "settle"]), SLOTS, st.binary(max_size=5))
)


def joined_of(records: list[bytes]) -> Joined:
    return Joined(b"".join(records), array("I", map(len, records)))


@given(records=RECORDS, steps=STEPS)
def test_records_are_what_a_list_of_them_would_be(records: list[bytes], steps: list[tuple[str, int, bytes]]) -> None:
    joined = joined_of(records)
    for step, number, record in steps:
        slot = number % len(records)
        match step:
            case "read":
                assert joined.record(slot) == records[slot]
            case "put":
                joined.late[slot] = record
                records[slot] = record
            case "put all":
                slots = [(each % len(records), record) for each in range(slot, slot + number % 30)]
                joined.change_all(slots, lambda was, added: was[:1] + added)
                for each, added in slots:
                    records[each] = records[each][:1] + added
            case "starts":
                assert joined.starts[slot] == joined.start(slot)
            case _:
                joined = joined.settled()
                assert list(joined.starts) == list(accumulate(map(len, records), initial=0))
    assert [joined.record(slot) for slot in range(len(records))] == records
    settled = joined.settled()
    assert (settled.data, list(settled.lengths), settled.late) == (b"".join(records), list(map(len, records)), {})
