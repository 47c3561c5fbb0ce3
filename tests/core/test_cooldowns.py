"""Cooldowns: in whatever order they come, those that are over are forgotten, and no others."""

from collections.abc import Callable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from rowlock.core.cooldowns import Cooldowns
from rowlock.core.leases import Cooling

ROWS = st.integers(0, 5)
STEPS = st.lists(
    st.tuples(st.just("put"), ROWS, st.integers(1, 20))
    | st.tuples(st.sampled_from(["drop", "clear", "copy"]), ROWS, st.just(0))
    | st.tuples(st.just("forget"), st.just(0), st.integers(0, 20))
)


@given(steps=STEPS)
def test_cooldowns_are_what_a_dictionary_of_them_would_be(steps: list[tuple[str, int, int]]) -> None:
    cooldowns = Cooldowns()
    expected: dict[int, Cooling] = {}
    for step, row, time in steps:
        match step:
            case "put":
                cooldowns.put_all({row: (time, "ada")})
                expected[row] = time, "ada"
            case "drop":
                cooldowns.drop(row)
                expected.pop(row, None)
            case "clear":
                cooldowns.clear()
                expected.clear()
            case "copy":
                cooldowns = cooldowns.copy()
            case _:
                over = [row for row, (until, _) in expected.items() if until <= time]
                assert sorted(cooldowns.forget(time)) == sorted(over)
                for row in over:
                    del expected[row]
        assert dict(cooldowns) == expected


class Heard(dict[int, int]):
    """Ends of which each that is read, or looked through, is told before it is handed on."""

    def __init__(self, ends: dict[int, int], tell: Callable[[], object]) -> None:
        super().__init__(ends)
        self.tell = tell

    def get(self, index: int, default: Any = None) -> Any:
        """One of them."""
        found = super().get(index, default)
        self.tell()
        return found

    def items(self) -> Any:
        """All of them, one after the other."""
        for item in super().items():
            self.tell()
            yield item


def test_forgetting_some_takes_no_look_at_the_others() -> None:
    cooldowns = Cooldowns()
    cooldowns.put_all({row: (row, "ada") for row in range(1_000)})
    cooldowns.put_all({0: (1_000, "ada")})
    looks: list[None] = []
    cooldowns.ends = Heard(cooldowns.ends, lambda: looks.append(None))
    assert cooldowns.forget(3) == [1, 2, 3]
    assert len(looks) == 4


def test_a_cooldown_that_is_forgotten_while_another_thread_reads_it_is_none() -> None:
    cooldowns = Cooldowns()
    cooldowns.put_all({7: (3, "ada")})
    cooldowns.ends = Heard(cooldowns.ends, cooldowns.actors.clear)
    assert cooldowns.found(7) is None
