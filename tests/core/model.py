"""The table as a child would keep it: a list of rows, a dict of cells, and who holds what until when."""

from dataclasses import dataclass

from rowlock.core.commands import AddRow, Caller, DeleteRow, MoveRow, RowOp, Rules, UpdateRow


@dataclass
class Held:
    """Somebody holds a row."""

    caller: Caller
    token: int
    since: int
    until: int

    def same_window(self, caller: Caller) -> bool:
        return self.caller == caller

    def owned(self, caller: Caller, token: int | None) -> bool:
        """By the token, whichever window names it; without one by the window."""
        if token is None:
            return self.same_window(caller)
        return token == self.token and caller.actor == self.caller.actor


class Model:
    """Plain values beside the sheet; times are those of the lease clock."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.order: list[int] = []
        self.cells: dict[int, list[str]] = {}
        self.columns: list[str] = []
        self.next_index = 0
        self.held: dict[int, Held] = {}
        self.cooling: dict[int, tuple[str, int]] = {}

    def load(self, rows: list[list[str]], columns: list[str]) -> None:
        self.order = list(range(len(rows)))
        self.cells = {index: list(row) for index, row in enumerate(rows)}
        self.columns = columns
        self.next_index = len(rows)

    # Who may

    def live(self, index: int, now: int) -> Held | None:
        held = self.held.get(index)
        return held if held and now < held.until else None

    def is_cooling(self, index: int, caller: Caller, now: int) -> bool:
        actor, until = self.cooling.get(index, (caller.actor, now))
        return actor != caller.actor and now < until

    def may_write(self, op: UpdateRow | DeleteRow | MoveRow, caller: Caller, now: int) -> bool:
        """Whether the rules of leases let the caller write; a write may still be refused for another reason."""
        held = self.live(op.index, now)
        if held is None:
            return op.token is None and not self.is_cooling(op.index, caller, now)
        return held.owned(caller, op.token)

    def may_take(self, index: int, caller: Caller, now: int, *, takeover: bool) -> bool:
        if index not in self.cells:
            return False
        held = self.live(index, now)
        if held and held.same_window(caller):
            return True
        if held and not (takeover and held.caller.actor == caller.actor):
            return False
        if not held and self.is_cooling(index, caller, now):
            return False
        others = [row for row in self.held if row != index and (other := self.live(row, now)) and _same(other, caller)]
        return len(others) < self.rules.lease_limit

    # What changes

    def take(self, index: int, caller: Caller, now: int, token: int) -> None:
        held = self.live(index, now)
        if held and held.same_window(caller):
            self.prolong(held, now)
        else:
            self.held[index] = Held(caller, token, now, now + self.rules.term)

    def prolong(self, held: Held, now: int) -> None:
        until = min(now + self.rules.term, held.since + self.rules.longest)
        if until - held.until >= self.rules.term // 10:
            held.until = until

    def end(self, caller: Caller, now: int) -> None:
        self.held = {
            index: held for index, held in self.held.items() if not (self.live(index, now) and _same(held, caller))
        }

    def add(self, command: AddRow) -> None:
        index, self.next_index = self.next_index, self.next_index + 1
        self.cells[index] = [command.cells.get(column, "") for column in self.columns]
        if command.after is not None:
            self.order.insert(self.order.index(command.after) + 1, index)
        elif command.before is not None:
            self.order.insert(self.order.index(command.before), index)
        else:
            self.order.append(index)

    def apply(self, op: RowOp, caller: Caller, now: int) -> None:
        match op:
            case AddRow():
                self.add(op)
            case UpdateRow():
                self.update(op, caller, now)
            case DeleteRow():
                self.order.remove(op.index)
                for kept in (self.cells, self.held, self.cooling):
                    kept.pop(op.index, None)
            case MoveRow() if op.after != op.index:
                self.order.remove(op.index)
                self.order.insert(0 if op.after is None else self.order.index(op.after) + 1, op.index)

    def update(self, op: UpdateRow, caller: Caller, now: int) -> None:
        before = list(self.cells[op.index])
        for column, text in op.cells.items():
            self.cells[op.index][self.columns.index(column)] = text
        if self.cells[op.index] != before:
            self.cooling[op.index] = (caller.actor, now + self.rules.cooldown)

    def insert_column(self, at: int, name: str) -> None:
        self.columns.insert(at, name)
        for row in self.cells.values():
            row.insert(at, "")

    def move_column(self, was: int, place: int) -> None:
        for row in (self.columns, *self.cells.values()):
            row.insert(place, row.pop(was))

    def delete_column(self, at: int) -> None:
        for row in (self.columns, *self.cells.values()):
            del row[at]


def _same(held: Held, caller: Caller) -> bool:
    return (held.caller.actor, held.caller.session) == (caller.actor, caller.session)
