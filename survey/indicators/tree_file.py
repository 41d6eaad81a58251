"""The file of an indicator tree: its columns, how they are read, and a template to fill in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from reports.indicators import Direction, Indicator, Scoring, faults
from survey.errors import Fault, ImportRefused
from survey.indicators.models import Owner
from survey.indicators.periods import Cycle
from survey.org import columns as read
from survey.org.columns import Column, Draft, Unreadable, read_rows
from survey.tables import check_header, read_table

BIG = 1_000_000_000
MOST_NODES = 200
ATTRIBUTES = (
    "code",
    "seq",
    "parent",
    "name",
    "weight",
    "scoring",
    "direction",
    "target",
    "floor",
    "steps",
    "points_each",
    "limit_value",
    "unit",
    "source",
    "owner",
    "cycle",
    "needs_evidence",
)
"""The attributes of a node that a file says."""

SCORINGS: Mapping[str, str] = {
    "linear": Scoring.LINEAR.value,
    "step": Scoring.STEP.value,
    "deduction": Scoring.DEDUCTION.value,
    "veto": Scoring.VETO.value,
    "线性": Scoring.LINEAR.value,
    "分档": Scoring.STEP.value,
    "扣分": Scoring.DEDUCTION.value,
    "一票否决": Scoring.VETO.value,
}
DIRECTIONS: Mapping[str, str] = {
    "higher": Direction.HIGHER.value,
    "lower": Direction.LOWER.value,
    "越高越好": Direction.HIGHER.value,
    "越低越好": Direction.LOWER.value,
}
OWNERS: Mapping[str, str] = {
    "self": Owner.SELF.value,
    "unit": Owner.UNIT.value,
    "district": Owner.DISTRICT.value,
    "本单位": Owner.SELF.value,
    "上级单位": Owner.UNIT.value,
    "区办": Owner.DISTRICT.value,
}
CYCLES: Mapping[str, str] = {
    "month": Cycle.MONTH.value,
    "quarter": Cycle.QUARTER.value,
    "year": Cycle.YEAR.value,
    "月": Cycle.MONTH.value,
    "季": Cycle.QUARTER.value,
    "年": Cycle.YEAR.value,
}
_NEEDED: Mapping[str, tuple[str, ...]] = {
    Scoring.LINEAR.value: ("target", "floor"),
    Scoring.STEP.value: ("steps",),
    Scoring.DEDUCTION.value: ("points_each",),
    Scoring.VETO.value: ("limit",),
}


def _steps(text: str) -> list[list[float]]:
    """Read the steps of a rule, best first: 3:100; 2:80; 1:60."""
    number, points = read.decimal(-BIG, BIG), read.decimal(0, 100)
    found = []
    for part in text.replace("；", ";").replace("：", ":").strip("; ").split(";"):
        edge, colon, given = part.partition(":")
        if not colon:
            raise Unreadable("请写成3:100; 2:80; 1:60（数值:得分）", "write 3:100; 2:80; 1:60")
        found.append([number(edge.strip()), points(given.strip())])
    return found


COLUMNS: tuple[Column, ...] = (
    Column("code", "code", read.identifier, is_expected=True, is_filled=True),
    Column("name", "name", read.name(80), is_expected=True, is_filled=True),
    Column("parent", "parent", read.identifier, is_expected=True, empty=""),
    Column("weight", "weight", read.decimal(0, 1000), is_expected=True, empty=1.0),
    Column("scoring", "scoring", read.one_of(SCORINGS), is_expected=True, empty=""),
    Column("direction", "direction", read.one_of(DIRECTIONS), empty=Direction.HIGHER.value),
    Column("target", "target", read.decimal(-BIG, BIG)),
    Column("floor", "floor", read.decimal(-BIG, BIG)),
    Column("steps", "steps", _steps),
    Column("points_each", "points_each", read.decimal(0, 100)),
    Column("limit", "limit_value", read.decimal(-BIG, BIG)),
    Column("unit", "unit", read.line(20), empty=""),
    Column("source", "source", read.line(120), empty=""),
    Column("owner", "owner", read.one_of(OWNERS), empty=Owner.SELF.value),
    Column("period", "cycle", read.one_of(CYCLES), is_expected=True, empty=Cycle.QUARTER.value),
    Column("evidence", "needs_evidence", read.flag, empty=False),
)


def read_tree(data: bytes, file_name: str) -> list[Mapping[str, Any]]:
    """Return the nodes of a tree file, in its order, by the names of `ATTRIBUTES`.

    Raises:
        ImportRefused: names every place to mend.
    """
    table = read_table(data, file_name)
    expected = [column.header for column in COLUMNS if column.is_expected]
    optional = [column.header for column in COLUMNS if not column.is_expected]
    if found := check_header(table, required=expected, optional=optional):
        raise ImportRefused(found)
    drafts, found = read_rows(table, COLUMNS)
    found += [fault for draft in drafts for fault in _rule_faults(draft)]
    found += _tree_faults(drafts)
    if not found:
        found += _scoring_faults(drafts)
    if len(drafts) > MOST_NODES:
        zh = f"指标最多{MOST_NODES}行，请合并"
        found.append(Fault(0, "", "", zh, f"at most {MOST_NODES} rows"))
    if not found and not any(draft.values["scoring"] for draft in drafts):
        found.append(Fault(0, "scoring", "", "至少要有一项计分的指标", "nothing is measured"))
    if found:
        raise ImportRefused(sorted(found, key=lambda fault: fault.row))
    return [_filled(draft) | {"seq": seq} for seq, draft in enumerate(drafts)]


def _filled(draft: Draft) -> dict[str, Any]:
    """Return every attribute of a node; what its rule does not need is zero."""
    blank: dict[str, Any] = {"direction": "higher", "unit": "", "source": "", "owner": "self"}
    blank |= {"needs_evidence": False, "target": 0.0, "floor": 0.0, "steps": []}
    blank |= {"points_each": 0.0, "limit_value": 0.0}
    return blank | {name: value for name, value in draft.values.items() if value is not None}


def _rule_faults(draft: Draft) -> list[Fault]:
    """Return a fault for every number that the way of scoring needs and the row lacks."""
    scoring = draft.values.get("scoring", "")
    attributes = {column.header: column.attribute for column in COLUMNS}
    return [
        draft.fault(header, "这种计分办法要填这一格，请填上", f"{scoring} needs this; fill it in")
        for header in _NEEDED.get(scoring, ())
        if draft.values.get(attributes[header]) is None and not draft.row.cells.get(header)
    ]


def _tree_faults(drafts: Sequence[Draft]) -> list[Fault]:
    """Return what is wrong between the rows, each fault at the row it is about."""
    known = [draft for draft in drafts if {"code", "name", "parent"} <= set(draft.values)]
    found: list[Fault] = []
    rows: dict[str, int] = {}
    parents = {draft.values["parent"] for draft in known}
    for draft in known:
        code, parent = draft.values["code"], draft.values["parent"]
        first = rows.setdefault(code, draft.row.number)
        if first != draft.row.number:
            zh = f"和第{first}行重复，请换一个编号"
            found.append(draft.fault("code", zh, f"repeats row {first}"))
        if parent and parent not in {each.values["code"] for each in known}:
            zh = "没有这个上级指标，请核对编号"
            found.append(draft.fault("parent", zh, "no such indicator above"))
        if code in parents and draft.values.get("scoring"):
            zh = "下面还有指标，请清空计分办法"
            found.append(draft.fault("scoring", zh, "has indicators below; leave this empty"))
        if code not in parents and draft.values.get("scoring") == "":
            zh = "没有计分办法，请填linear、step、deduction或veto"
            found.append(draft.fault("scoring", zh, "say how it is scored"))
    return found


def _scoring_faults(drafts: Sequence[Draft]) -> list[Fault]:
    """Return what `reports.indicators` finds in rows that are whole, one row at a time."""
    found: list[Fault] = []
    tree = [_indicator(draft) for draft in drafts]
    for draft, indicator in zip(drafts, tree, strict=True):
        for said in faults([_alone(indicator)]) if indicator.scoring else ():
            header = {"step": "steps", "deduction": "points_each"}.get(indicator.scoring or "")
            found.append(draft.fault(header or "target", f"{said}，请改", "cannot be scored so"))
    if not found:
        found += [
            Fault(0, "parent", "", f"{said}，请改", "goes round in a circle")
            for said in faults(tree)
        ]
    return found


def _alone(indicator: Indicator) -> Indicator:
    return Indicator(**{**indicator.__dict__, "parent": ""})


def _indicator(draft: Draft) -> Indicator:
    values = _filled(draft)
    scoring = values["scoring"]
    return Indicator(
        code=values["code"],
        name=values["name"],
        parent=values["parent"],
        weight=values["weight"],
        scoring=Scoring(scoring) if scoring else None,
        direction=Direction(values["direction"]),
        target=values["target"],
        floor=values["floor"],
        steps=tuple((edge, points) for edge, points in values["steps"]),
        points_each=values["points_each"],
        limit=values["limit_value"],
    )
