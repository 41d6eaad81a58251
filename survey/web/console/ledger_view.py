"""How the ledger is looked at: filters, columns and order as they stand in an address."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import parse_qsl, urlencode

from flask_babel import lazy_gettext as lazy
from werkzeug.datastructures import MultiDict

from survey.rectification.filters import SORTS, Filter
from survey.rectification.states import LOOKS, Group, Source, State
from survey.web.texts import term
from survey.web.texts import text as _

USUAL = ("owner", "state", "limit", "source")
COLUMNS: Mapping[str, str] = {
    "owner": lazy("责任单位"),
    "person": lazy("责任人"),
    "state": lazy("状态"),
    "limit": lazy("整改时限"),
    "source": lazy("来源"),
    "measures": lazy("整改措施"),
    "evidence": lazy("佐证材料"),
    "acceptance": lazy("验收人、验收日期"),
    "recheck": lazy("群众再评价"),
    "closure": lazy("销号情况"),
    "remark": lazy("备注"),
}
"""Columns that may be chosen beside number and problem (domain.md 4.6)."""

ORDERS: Mapping[str, str] = {
    "due": lazy("最急的在前"),
    "newest": lazy("新挂号的在前"),
    "number": lazy("按编号"),
    "owner": lazy("按责任单位"),
    "source": lazy("按来源"),
    "state": lazy("按状态"),
}
GROUPS: Mapping[Group, str] = {
    Group.WAITING: lazy("等人动手"),
    Group.IN_WORK: lazy("办理中"),
    Group.CHECKING: lazy("核验中"),
    Group.SETTLED: lazy("已了结"),
}
KEYS = ("q", "state", "unit", "sector", "source", "due", "from", "to", "sort", "cols")
CHARS = 60


@dataclass(frozen=True)
class View:
    """One way to look at the ledger; `args` is what of the address belongs to it."""

    wanted: Filter
    columns: tuple[str, ...]
    args: tuple[tuple[str, str], ...]

    @property
    def query(self) -> str:
        """The same as the query of an address."""
        return urlencode(self.args)

    @property
    def is_narrowed(self) -> bool:
        """Whether anything is asked for beyond order and columns."""
        return any(key not in ("sort", "cols") for key, _value in self.args)

    @property
    def has_more(self) -> bool:
        """Whether something is set that stands under 更多条件."""
        return any(key not in ("q", "state", "unit", "due") for key, _value in self.args)

    def first(self, key: str) -> str:
        """Return the value of `key`, empty without one."""
        return next((value for name, value in self.args if name == key), "")


def view_of(args: MultiDict[str, str]) -> View:
    """Return the view that an address asks for; what makes no sense in it asks for nothing."""
    kept = tuple(_kept(args))
    one = dict(kept)
    columns = tuple(value for key, value in kept if key == "cols")
    wanted = Filter(
        state=State(one["state"]) if one.get("state") in set(State) else None,
        group=Group(one["state"]) if one.get("state") in set(Group) else None,
        unit=one.get("unit"),
        sector=one.get("sector"),
        source=Source(one["source"]) if "source" in one else None,
        overdue=True if one.get("due") == "late" else None,
        due_from=_day(one.get("from", "")),
        due_to=_day(one.get("to", "")),
        search=one.get("q"),
        sort=one.get("sort", "due"),
    )
    return View(wanted, columns or USUAL, kept)


def saved(query: str) -> View:
    """Return the view that was kept as `query`."""
    return view_of(MultiDict(parse_qsl(query)))


def _kept(args: MultiDict[str, str]) -> Iterator[tuple[str, str]]:
    """Yield what can be used of an address, so that nothing else is ever stored or sent on."""
    allowed: Mapping[str, Sequence[str]] = {
        "state": [*State, *Group],
        "source": list(Source),
        "due": ["late"],
        "sort": SORTS,
        "cols": list(COLUMNS),
    }
    for key in KEYS:
        values = args.getlist(key) if key == "cols" else args.getlist(key)[:1]
        for value in values:
            value = value.replace("\0", "").strip()[:CHARS]
            usable = value in allowed[key] if key in allowed else bool(value)
            if key in ("from", "to"):
                usable = _day(value) is not None
            if usable:
                yield key, str(value)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


@dataclass(frozen=True)
class Option:
    """An entry of a list to choose from, with how many items it would show."""

    value: str
    text: str
    count: int


def states_of(counts: Mapping[State, int]) -> list[tuple[Option, list[Option]]]:
    """Return the four groups with their states; states without items are left out."""
    found = []
    for group, name in GROUPS.items():
        states = [
            Option(state.value, term(look.label, "state"), counts[state])
            for state, look in LOOKS.items()
            if look.group is group and counts[state]
        ]
        if states:
            total = sum(option.count for option in states)
            found.append((Option(group.value, _("%(name)s，全部", name=name), total), states))
    return found
