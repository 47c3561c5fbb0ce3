"""What a reader asks of the table: which rows, in which order; and what that means for one row.

A number is plain ASCII: digits with at most one point, perhaps a sign, perhaps an exponent, perhaps spaces around it.
Whatever else a cell holds (`1,5`, `nan`, `0x10`, `1_000`) is a text. `service.scan` does the same for many rows.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar, get_args

Operator = Literal["eq", "ne", "contains", "lt", "le", "gt", "ge", "empty"]
OPERATORS: tuple[str, ...] = get_args(Operator)
# What a cell sorts by: numbers (0) by size, then texts (1) by character, then the empty cells (2).
Rank = tuple[int, float, str]
EMPTY: Rank = (2, 0.0, "")

_Comparable = TypeVar("_Comparable", str, float)
_NUMBER = re.compile(r" *[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)? *")


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Rows whose cell in `column` compares so with `value`.

    eq, ne and contains compare texts (`1.0` is not `1`); lt, le, gt and ge numbers if `value` is one, else texts.
    """

    column: str
    operator: Operator
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """Which rows, in which order: `sort` a column, descending if `descending`; `text` to be found in any cell."""

    sort: str | None = None
    descending: bool = False
    text: str = ""
    filters: tuple[Filter, ...] = ()

    @property
    def plain(self) -> bool:
        """Whether it asks for all rows in file order."""
        return self.sort is None and not self.text and not self.filters

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns it names."""
        return tuple(each.column for each in self.filters) + ((self.sort,) if self.sort is not None else ())


def number_of(text: str) -> float | None:
    """The number that a text is, if it is one."""
    return float(text) if _NUMBER.fullmatch(text) else None


def rank_of(text: str) -> Rank:
    """What a cell with this text sorts by."""
    if not text:
        return EMPTY
    number = number_of(text)
    return (1, 0.0, text) if number is None else (0, number, "")


def precedes(one: Rank, other: Rank, *, descending: bool) -> bool:
    """Whether `one` sorts before `other`, and not beside it. Empty cells come last either way."""
    if EMPTY in (one, other):
        return one < other
    return one > other if descending else one < other


def occurs(wanted: str) -> Callable[[str], bool]:
    """A function that tells whether `wanted` occurs in a text, whatever the case.

    A text of ASCII only is looked for among ASCII letters, so it can be found in the bytes of the file.
    """
    if wanted.isascii():
        plain = wanted.encode().lower()
        return lambda text: plain in text.encode().lower()
    folded = wanted.casefold()
    return lambda text: folded in text.casefold()


def satisfies(each: Filter) -> Callable[[str], bool]:
    """A function that tells whether a cell's text satisfies the filter."""
    value = each.value
    match each.operator:
        case "eq":
            return lambda text: text == value
        case "ne":
            return lambda text: text != value
        case "contains":
            return occurs(value)
        case "empty":
            return lambda text: (not text) == (value != "false")
        case "lt" | "le" | "gt" | "ge" as operator:
            bound = number_of(value)
            if bound is None:
                return lambda text: _holds(operator, text, value)
            return lambda text: (number := number_of(text)) is not None and _holds(operator, number, bound)


def picks(query: Query, columns: Sequence[str]) -> Callable[[Sequence[str]], bool]:
    """A function that tells whether the query asks for a row with these cells, one for each of `columns`."""
    tests = [(columns.index(each.column), satisfies(each)) for each in query.filters]
    found = occurs(query.text) if query.text else None

    def picked(cells: Sequence[str]) -> bool:
        return all(test(cells[at]) for at, test in tests) and (found is None or any(map(found, cells)))

    return picked


def _holds(operator: Literal["lt", "le", "gt", "ge"], one: _Comparable, other: _Comparable) -> bool:
    match operator:
        case "lt":
            return one < other
        case "le":
            return one <= other
        case "gt":
            return one > other
        case "ge":
            return one >= other
