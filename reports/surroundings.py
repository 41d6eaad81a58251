"""Passages on what stands beside an object's figures: last round, members, promises, others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from reports import display, sentences
from reports.alongside import Grades, Promise
from reports.charts import Bar, Level, Stack
from reports.comparison import score_of
from reports.figures import Audience
from reports.material import Material
from reports.parts import (
    BarFigure,
    Block,
    Column,
    EvaluationReport,
    Note,
    Paragraph,
    ShiftFigure,
    StackFigure,
    Table,
)
from reports.shift_chart import Shift
from reports.sources import LARGE_GAP, SOURCE_LABELS

MOST_SHIFTS = 8
MOST_LINES = 3
MEMBERS_TITLE = "党员民主评议情况"
GRADE_NAMES = {"4": "优秀", "3": "合格", "2": "基本合格", "1": "不合格"}
GRADE_TONES = (5, 4, 3, 1)


def last_round(material: Material) -> list[Block]:
    """Return this round beside the one before: the picture, or why there is none."""
    before = material.alongside.before
    if before is None:
        return []
    if before.refused:
        why = "；".join(before.refused)
        return [Paragraph(f"与{before.round_title}不作比较：{why}。")]
    now, old = material.figures, before.figures
    if old is None:
        return [Paragraph(f"{before.round_title}没有可供比较的结果，不作比较。")]
    shifts = _shifts(material)
    if not shifts:
        return [Paragraph(f"{before.round_title}的票数不足以比较，不作比较。")]
    words = []
    was, is_ = score_of(old), score_of(now)
    if was is not None and is_ is not None:
        name = _score_name(material)
        words.append(f"{name}由{before.round_title}的{display.index(was)}到{display.index(is_)}")
        if before.score is not None:
            low, high = before.score.interval.low, before.score.interval.high
            words.append(
                f"，变化{display.signed(is_ - was)}分"
                f"（95%区间{display.signed(low)}～{display.signed(high)}），"
                f"属{before.score.verdict.sentence}"
            )
        words.append("。")
    real = [s for s in shifts[1:] if s.verdict and s.verdict.arrow]
    if real:
        named = "、".join(f"“{s.label}”{s.verdict.arrow if s.verdict else ''}" for s in real)
        words.append(f"分项中有实质变化的是{named}。")
    note = "经多重比较校正仍显著的才记作实质变化，其余为基本持平。"
    figure = ShiftFigure("与上轮比较", tuple(shifts), note=note)
    return [Paragraph("".join(words)), figure] if words else [figure]


def _shifts(material: Material) -> list[Shift]:
    before = material.alongside.before
    old, now = (before.figures if before else None), material.figures
    if before is None or old is None:
        return []
    found = []
    was, is_ = score_of(old), score_of(now)
    if was is not None and is_ is not None:
        verdict = before.score.verdict if before.score else None
        found.append(Shift(_score_name(material), was, is_, verdict))
    changed = []
    for item in before.items:
        then, current = old.items.get(item.code), now.items.get(item.code)
        if then is None or current is None or then.index is None or current.index is None:
            continue
        verdict = item.index.verdict if item.index else None
        changed.append(Shift(material.short(item.code), then.index, current.index, verdict))
    changed.sort(key=lambda s: (not (s.verdict and s.verdict.arrow), -abs(s.now - s.before)))
    return found + changed[: MOST_SHIFTS - len(found)]


def _score_name(material: Material) -> str:
    return "群众评议得分" if material.figures.mass is not None else "总体评价指数"


def members(material: Material) -> list[Block]:
    """Return how the members of a branch were graded: counts per grade, never one member's."""
    grades = material.alongside.grades
    if grades is None:
        return []
    who = f"{grades.round_title}对{grades.members}名党员作了民主测评"
    stacks, said = [], []
    for name, counts in (("党员互评", grades.peer), ("群众评议", grades.mass)):
        if counts is not None:
            stacks.append(Stack(name, tuple(counts.values())))
            said.append(f"{name}{_grade_words(counts)}")
    if not stacks:
        return [Paragraph(f"{who}。票数或人数不足，为保护填票人和党员本人，不列结果。")]
    levels = tuple(
        Level(GRADE_NAMES[code], tone) for code, tone in zip(GRADE_NAMES, GRADE_TONES, strict=True)
    )
    note = "票数为各名党员所得之和，不含弃权；条内为百分比。"
    blocks: list[Block] = [
        Paragraph(f"{who}：{'；'.join(said)}。"),
        StackFigure("党员民主测评各等次票数", tuple(stacks), levels, note, "票数"),
    ]
    if len(stacks) == 1:
        blocks.append(Note("另一方的票数不足，为保护填票人，不列结果。"))
    return blocks


def _grade_words(counts: Mapping[str, int]) -> str:
    """Return ballots and grades in numbers: the picture beside them has the shares."""
    named = "、".join(f"“{GRADE_NAMES[code]}”{count:,}" for code, count in counts.items() if count)
    return f"{sum(counts.values()):,}票" + (f"，{named}" if named else "")


def with_member_table(report: EvaluationReport, grades: Grades) -> EvaluationReport:
    """Return the report of a branch with the table of its members; for who may see it alone."""
    sections = tuple(
        replace(section, blocks=(*section.blocks, _member_table(grades)))
        if section.title.endswith(MEMBERS_TITLE)
        else section
        for section in report.sections
    )
    return replace(report, sections=sections)


def _member_table(grades: Grades) -> Table:
    columns = (
        Column("序号", 10, "center"),
        Column("姓名", 26),
        Column("党员互评", 16, "right"),
        Column("群众评议", 16, "right"),
        Column("综合", 16, "right"),
        Column("提示", 16, "center"),
    )
    rows = tuple(
        (
            str(number),
            line.name,
            _score(line.peer),
            _score(line.mass),
            _score(line.combined),
            "组织核实" if line.needs_review else "",
        )
        for number, line in enumerate(grades.lines, 1)
    )
    note = (
        f"仅供本支部和上级党委掌握，不得张贴、转发；评为“优秀”的一般不超过{grades.limit}人。"
        "票数是重要依据而不是唯一依据，等次由支部委员会研究提出、上级党委审定。"
    )
    return Table("附表　党员测评结果", columns, rows, note=note)


def _score(value: float | None) -> str:
    return "—" if value is None else display.index(value)


def opinions(material: Material) -> list[Block]:
    """Return the confirmed topics of open comments, most frequent first."""
    topics = material.alongside.topics
    if topics is None:
        return [Paragraph("填写文字意见的票不足，为保护填票人，不列意见摘要。")]
    if not topics:
        return []
    k = material.threshold
    rows = tuple(
        (
            topic.label,
            topic.summary,
            f"{topic.count}条" if topic.count is not None else f"不足{k}条",
            topic.item_number or "—",
        )
        for topic in topics
    )
    columns = (
        Column("主题", 18),
        Column("意见概括", 48),
        Column("条数", 14, "right"),
        Column("整改编号", 20, "center"),
    )
    return [Table("群众意见摘要", columns, rows, note="由工作人员归并概括，不引用原话。")]


_PROMISE_WIDTHS = (40, 13, 15, 17, 15)


def promises(material: Material) -> list[Block]:
    """Return how public commitments were kept: the ledger's word and the residents'."""
    kept = material.alongside.promises
    if not kept:
        return []
    done, late = sum(p.is_kept for p in kept), sum(p.is_late for p in kept)
    words = f"公开承诺{len(kept)}项，已兑现{done}项（{done}/{len(kept)}）"
    words += f"，逾期未兑现{late}项（{late}/{len(kept)}）。" if late else "。"
    if material.alongside.promise_score is not None:
        words += f"承诺兑现得分{display.index(material.alongside.promise_score)}（百分制）。"
    rows = tuple(map(_promise_row, kept))
    # What nobody was asked, or too few, is no column of dashes.
    known = [place for place in range(5) if any(row[place] != "—" for row in rows)]
    columns = (
        Column("公开承诺", 40 + sum(_PROMISE_WIDTHS[n] for n in range(1, 5) if n not in known)),
        Column("时限", _PROMISE_WIDTHS[1], "center"),
        Column("兑现情况", _PROMISE_WIDTHS[2], "center"),
        Column("群众知晓率", _PROMISE_WIDTHS[3], "right"),
        Column("兑现得分", _PROMISE_WIDTHS[4], "right"),
    )
    shown = tuple(tuple(row[place] for place in known) for row in rows)
    return [
        Paragraph(words),
        Table("", tuple(columns[place] for place in known), shown),
    ]


def _promise_row(promise: Promise) -> tuple[str, ...]:
    awareness = "—"
    if promise.aware is not None and promise.asked:
        share = display.percent(promise.aware / promise.asked)
        awareness = f"{share} {display.fraction(promise.aware, promise.asked)}"
    score = _score(promise.delivery)
    if promise.is_assessed:
        score += "（组织认定）"
    day = promise.due_on
    due = f"{day.month}月{day.day}日"
    return (promise.content, due, promise.status, awareness, score)


def others(material: Material) -> list[Block]:
    """Return what leaders and inspectors said, side by side with the residents."""
    beside = material.alongside
    is_public = material.figures.audience is Audience.PUBLIC
    blocks: list[Block] = []
    if beside.inspected is not None:
        found = beside.inspected
        words = f"{sentences.day(found.on)}实地检查得分{display.index(found.score)}（百分制）"
        if found.problems:
            words += f"，发现问题{len(found.problems)}处：{'；'.join(found.problems)}"
        blocks.append(Paragraph(f"{words}。"))
    if beside.reviewed is not None and not is_public:
        review = beside.reviewed
        words = f"领导点评平均{display.index(review.score)}分（{review.n}人点评）。"
        if review.strengths:
            words += f"肯定的成绩：{'；'.join(review.strengths)}。"
        if review.problems:
            words += f"指出的问题：{'；'.join(review.problems)}。"
        blocks.append(Paragraph(words))
    if is_public:
        return blocks
    return blocks + _source_bars(material)


def _source_bars(material: Material) -> list[Block]:
    lines = material.alongside.lines
    if not lines:
        return []
    found = [(line, each) for line in lines for each in line.contradictions]
    far = [(line, each) for line, each in found if each.is_large]
    edge = display.rounded(LARGE_GAP, 0)
    words = "几方面的评价没有明显不一致。"
    if far:
        said = "；".join(f"{line.label}，{each.sentence}" for line, each in far)
        words = f"{said}。相差超过{edge}分的，由上级核实原因。"
    elif found:
        words = f"有{len(found)}处不一致，相差都不超过{edge}分。"
    # The whole first, then what lies furthest apart: the picture is there to show the gaps.
    apart = {line.code: max((c.gap for c in line.contradictions), default=0.0) for line in lines}
    shown = [lines[0], *sorted(lines[1:], key=lambda line: -apart[line.code])][:MOST_LINES]
    bars = tuple(
        Bar(
            f"{line.label}：{SOURCE_LABELS[reading.source]}",
            reading.score,
            reading.interval.low if reading.interval else None,
            reading.interval.high if reading.interval else None,
            "" if reading.interval else f"{reading.n}人次",
            is_small=reading.interval is None,
        )
        for line in shown
        for reading in line.readings
    )
    note = "空心条为点评或检查，不设区间。"
    return [Paragraph(words), BarFigure("群众评议与领导点评、实地检查对照", bars, note=note)]


def service_ratings(material: Material) -> list[Block]:
    """Return what single ratings of services say (form D), 好差评."""
    figures = material.alongside.ratings
    if figures is None:
        return []
    overall = figures.overall
    if not figures.is_shown or overall is None or overall.top3 is None:
        return [Paragraph("“好差评”的评价不足，为保护评价人，不列结果。")]
    words = f"“好差评”共收到{overall.n:,}次评价" if overall.n is not None else "“好差评”"
    cases = material.alongside.cases
    if overall.n is not None and cases:
        share = min(1.0, overall.n / cases)
        words += f"，主动评价率{display.percent(share)}（{overall.n:,}/{cases:,}，按年办件量）"
    words += f"。好评率{sentences.rate_words(overall.top3)}"
    if overall.bad is not None:
        words += f"；差评率{sentences.rate_words(overall.bad)}"
    words += f"；指数{display.index(overall.index)}。" if overall.index is not None else "。"
    return [Paragraph(words)]


def recalled(material: Material) -> list[Block]:
    """Return problems closed since the last round, each with the score of what it was about."""
    closed = material.alongside.recalled
    if not closed:
        return []
    measured = [c for c in closed if c.then is not None and c.now is not None]
    better = [c for c in measured if c.verdict and c.verdict.arrow == "↑"]
    worse = [c for c in measured if c.verdict and c.verdict.arrow == "↓"]
    back = sum(c.closed_on is None for c in closed)
    words = f"上轮以来销号{len(closed)}项"
    words += f"（其中{back}项又有群众反映，已复号重新整改）" if back else ""
    if measured:
        words += f"，其中{len(measured)}项本轮仍有得分可比：实质上升{len(better)}项"
        words += f"，实质下降{len(worse)}项" if worse else ""
        rest = len(measured) - len(better) - len(worse)
        words += f"，基本持平{rest}项" if rest else ""
    shifts = tuple(
        Shift(c.subject or c.number, c.then or 0.0, c.now or 0.0, c.verdict) for c in measured
    )
    columns = (
        Column("编号", 18),
        Column("已销号的问题", 44),
        Column("上轮得分", 12, "right"),
        Column("本轮得分", 12, "right"),
        Column("变化", 14, "center"),
    )
    rows = tuple(
        (
            c.number,
            c.problem if c.closed_on else f"{c.problem}（已复号）",
            _score(c.then),
            _score(c.now),
            c.verdict.sentence if c.verdict else "—",
        )
        for c in closed
    )
    blocks: list[Block] = [Paragraph(f"{words}。")]
    if shifts:
        blocks.append(ShiftFigure("整改前后得分", shifts[:MOST_SHIFTS]))
    return [*blocks, Table("已销号问题回看", columns, rows)]


def texts(values: Sequence[str]) -> tuple[str, ...]:
    """Return what people wrote without blank ends and closing full stops, to stand in a list."""
    return tuple(value.strip().rstrip("。；;.") for value in values if value.strip())
