"""What all reports share: medians, ratios within a round and their spread, growth, and the lines of a table."""

import math
import statistics
from collections.abc import Mapping, Sequence

LABEL, CELL = 42, 12


def line(label: str, *cells: str) -> str:
    """A line of a table."""
    return f"{label:>{LABEL}}" + "".join(f"{cell:>{CELL}}" for cell in cells)


def ms(seconds: Sequence[float], digits: int = 2) -> str:
    """The median of some times, in milliseconds."""
    return f"{1000 * statistics.median(seconds):,.{digits}f}"


def quantile(values: Sequence[float], share: float) -> float:
    """The value that `share` of the values stay under."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> tuple[str, str]:
    """Ours to theirs, round by round: the median of the ratios, and the least and greatest of them."""
    ratios = [one / base for one, base in zip(ours, theirs, strict=True)]
    return f"{statistics.median(ratios):.2f}x", f"{min(ratios):.2f}-{max(ratios):.2f}"


def exponent(costs: Mapping[int, Sequence[float]]) -> float:
    """How the median cost grows with the size: 0 not at all, 1 in proportion (slope of logarithms, least squares)."""
    sizes = [math.log(size) for size in costs]
    medians = [math.log(statistics.median(values)) for values in costs.values()]
    return statistics.linear_regression(sizes, medians).slope


def growth(costs: Mapping[int, Sequence[float]]) -> str:
    """The exponent in words, for the last line of a table."""
    sizes = ", ".join(f"{size:,}" for size in costs)
    return f"grows with size to the power of {exponent(costs):.2f} ({sizes})"
