"""The report on a party branch 党支部群众评议报告 (domain.md 6.1, 1)."""

from __future__ import annotations

from reports import annexes, display, passages, sentences, surroundings
from reports.figures import NeedFigures, Quadrant
from reports.material import Material
from reports.parts import Block, Paragraph, QuadrantFigure, Section
from reports.quadrant_chart import Axis, Point

WORK, FIVE = "work", "five"


def title(material: Material) -> tuple[str, ...]:
    """Return the title in its meaning-lines."""
    return (material.figures.target.name, "群众评议报告")


def sections(material: Material) -> tuple[Section, ...]:
    """Return the text of the report."""
    problems = [*where_to_start(material), *surroundings.others(material)]
    parts: tuple[tuple[str, list[Block]], ...] = (
        ("基本情况", [passages.how_it_was_done(material)]),
        ("总体结果", _overall(material)),
        ("分项结果", _items(material)),
        (surroundings.MEMBERS_TITLE, surroundings.members(material)),
        ("群众意见摘要", [*_wishes(material), *surroundings.opinions(material)]),
        ("承诺兑现情况", surroundings.promises(material)),
        ("存在问题", problems),
        ("上轮问题回看", surroundings.recalled(material)),
        ("整改措施", [passages.plan_table(material)]),
    )
    return tuple(Section(title, tuple(blocks)) for title, blocks in parts if blocks)


def annex(material: Material) -> tuple[Section, ...]:
    """Return the data table and the technical note."""
    items = annexes.item_table(material, list(material.figures.items.values()))
    groups = annexes.breakdown_table(material)
    tables = (("分项数据", items), ("参评人员的总体评价", groups))
    data = tuple(Section(title, tuple(blocks)) for title, blocks in tables if blocks)
    return (*data, annexes.technical_note(material))


def _overall(material: Material) -> list[Block]:
    result = passages.overall_result(material, _mass(material))
    return [*result, *surroundings.last_round(material)]


def _mass(material: Material) -> str:
    mass = material.figures.mass
    if mass is None:
        return ""
    return f"群众评议得分{display.index(mass.score)}。"


def _items(material: Material) -> list[Block]:
    items = material.scored(WORK, FIVE)
    if not items:
        return [Paragraph("各分项的有效评价不足，为保护填票人，不列结果。")]
    blocks: list[Block] = [Paragraph(sentences.best_and_last(material, items, is_scored=False))]
    return [*blocks, *passages.item_bars(material, items)]


def where_to_start(material: Material) -> list[Block]:
    """Return what to put right first, and the picture of needs against satisfaction."""
    figures = material.figures
    paired = [need for need in figures.needs if need.quadrant and need.performance is not None]
    blocks: list[Block] = passages.priorities(material)
    if figures.cross is not None and paired:
        points = tuple(_point(material, need) for need in paired)
        blocks += [
            QuadrantFigure(
                "群众的需要与满意程度",
                points,
                performance=Axis("满意程度（指数）", figures.cross.performance, places=0),
                importance=Axis("希望先做好的占比", 100 * figures.cross.importance, "%", 0),
                note="左上角需要而不满意，应当先改；虚线为平均。",
            ),
        ]
    outside = [need for need in figures.needs if not need.item_code and need.importance]
    if outside:
        named = "、".join(
            f"“{_need_name(material, need)}”{display.percent(need.importance or 0)}"
            + (f"（{need.chosen}/{figures.n}）" if need.chosen and figures.n else "")
            for need in sorted(outside, key=lambda need: -(need.importance or 0))
        )
        blocks.append(Paragraph(f"五项工作之外，希望支部先做好的还有{named}。"))
    return blocks


def _wishes(material: Material) -> list[Block]:
    distributions = material.figures.distributions
    problems = next((d for d in distributions.values() if d.dimension == "problem"), None)
    blocks = passages.share_bars(material, problems, "群众认为最需要改进的方面")
    if not blocks:
        blocks = [Paragraph("回答这一题的人数不足，为保护填票人，不列结果。")]
    wanted = distributions.get("A35")
    if wanted is not None and (words := sentences.most_chosen(material, wanted)):
        blocks.append(Paragraph(f"希望看到整改结果的方式：{words}。"))
    return blocks


def _point(material: Material, need: NeedFigures) -> Point:
    return Point(
        _need_name(material, need),
        need.performance or 0.0,
        100 * (need.importance or 0.0),
        need.quadrant or Quadrant.OVERKILL,
    )


def _need_name(material: Material, need: NeedFigures) -> str:
    needs = material.rules.form(material.questionnaire.code).needs
    return material.option(needs.item_code, need.code) if needs else need.code
