"""Facts and events for the tests of the journal; the journal does not ask whether they make sense."""

from collections.abc import Sequence
from hashlib import sha256
from itertools import count

from rowlock.core.events import Event, Fact, RowAdded, RowUpdated, TableImported
from rowlock.service.ports import Entry, Journal, Transaction

FILE = b"name,price\nTea,2\nMilk,3\n"
IMPORT = TableImported(
    blob=sha256(FILE).digest(), data=FILE, delimiter=",", encoding="utf-8", columns=("name", "price"), rows=2
)
PRICE = RowUpdated(index=0, cells={"price": ("2", "5")}, until=99)
OIL = RowAdded(index=2, cells={"name": (None, "Oil"), "price": (None, "")}, after=1)


def events(*facts: Fact, after: int = 0, actor: str = "ada", key: str | None = None) -> list[Event]:
    """One second apart, from position `after` on."""
    return [
        Event(position=position, at=position * 1_000_000, actor=actor, fact=fact, session="s", key=key, batch=None)
        for fact, position in zip(facts, count(after + 1))
    ]


async def append(journal: Journal, *facts: Fact, actor: str = "ada") -> Sequence[Entry]:
    def job(transaction: Transaction) -> Sequence[Entry]:
        head = transaction.head()
        return transaction.append(events(*facts, after=head.position, actor=actor), head)

    return await journal.write(job)
