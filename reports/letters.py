"""Letters and sheets about one rectification item (domain.md 4.5, 4.7, 6.1 (8))."""

from __future__ import annotations

from reports import display
from reports.form_parts import (
    DATED,
    SEALED,
    SIGNED,
    CutLine,
    FormCell,
    FormGrid,
    FormRow,
    label,
    ticks,
)
from reports.letter_facts import LetterFacts
from reports.lettering import comment
from reports.official import Official
from reports.parts import Block, EvaluationReport, Note, Paragraph, Section
from reports.sentences import day

LONGEST = 120
"""Characters of a text that a form of one page has room for; the whole text is in the ledger."""

LONGEST_SAID, SHORT = 32, 40
OPEN_DAY = "　　　　年　　月　　日"
_QUARTERS = (15.0, 35.0, 15.0, 35.0)
_SLIP = (15.0, 25.0, 15.0, 45.0)


CHECKS = (
    "问题已按描述解决",
    "整改措施已经落实",
    "没有反弹　　　　",
    "长效机制已经建立",
)


def order(facts: LetterFacts) -> EvaluationReport:
    """Return the rectification notice 整改通知单 with the slip to be sent back."""
    last = "，并由群众再评价后销号；群众不满意的，不销号。" if facts.needs_recheck else "后销号。"
    demands = (
        "1. 收到通知后2个工作日内受理；认为不属本单位办理的，3个工作日内提出申诉。\n"
        "2. 受理后5个工作日内填写整改措施、责任人和完成时限。\n"
        f"3. {day(facts.due_on)}前完成整改，上传整改前后同一位置的照片或者材料，申请销号。\n"
        f"4. 经单位审核、验收{last}"
    )
    rows = (
        *_who(facts),
        _pair("挂号日期", day(facts.registered_on), "整改时限", _limit(facts)),
        _wide("存在问题", _cut(facts.problem), 25),
        _wide("整改要求", demands, 30),
        _wide("整改措施", _cut(facts.measures), 25),
        FormRow(
            (
                label("下发单位"),
                FormCell(facts.organiser, foot=DATED),
                label("签　　收"),
                FormCell("", foot=DATED),
            ),
            18,
        ),
    )
    slip = (
        _pair("问题编号", facts.number, "责任单位", comment(facts.owner, SHORT)),
        _wide("收到情况", ticks("已受理", "不属本单位办理，已申诉"), 11),
        FormRow((label("签　　收"), FormCell("", 3, foot=SIGNED)), 13),
    )
    return _form(
        facts,
        "order",
        "整改通知单",
        (
            FormGrid("", _QUARTERS, rows),
            CutLine("沿此线裁开，签收后交回"),
            FormGrid("回　　执", _SLIP, slip),
        ),
    )


def reminder(facts: LetterFacts) -> EvaluationReport:
    """Return the yellow card 提醒函; before the deadline it says how much time is left."""
    left = facts.workdays_left
    if left is not None and left < 0:
        stands = f"截至{day(facts.as_of.date())}已逾期{-left}个工作日，现予黄牌提醒。"
        then = (
            "请于收到本函后2个工作日内书面说明原因和完成时间，抓紧整改；确有困难的，按规定申请延期。"
            "逾期满5个工作日仍未完成的，下发督办单（红牌），并扣1分。"
        )
    else:
        time = "今天到期" if left == 0 else f"距到期还有{left}个工作日" if left else "请按期办理"
        stands = f"现{time}，特此提醒。" if left is not None else "请按期办理，特此提醒。"
        then = "请抓紧整改，按期上传整改前后的照片或者材料，申请销号；确有困难的，按规定申请延期。"
    text = (
        f"你单位承办的整改事项（编号{facts.number}，来源：{facts.source}），"
        f"应于{day(facts.due_on)}前完成整改。{stands}"
    )
    return _letter(facts, "yellow", "整改提醒函", (text, f"存在问题：{_said(facts)}", then))


def supervision(facts: LetterFacts) -> EvaluationReport:
    """Return the red card 督办单, which goes to the unit's secretary and costs a point."""
    rows = (
        _pair("挂号日期", day(facts.registered_on), "督办日期", day(facts.as_of.date())),
        *_who(facts),
        _pair("整改时限", _limit(facts), "逾期情况", _late(facts)),
        _wide("督办事项", _cut(facts.problem), 32),
        _wide("督办原因", _why(facts), 18),
        _wide(
            "督办要求",
            "1. 主要负责人亲自督促，3个工作日内书面报告原因、措施和完成时间。\n"
            "2. 整改完成后上传佐证材料，申请销号。\n"
            "3. 逾期满10个工作日仍未完成的，提请约谈。",
            26,
        ),
        _room("承办单位\n意　　见", 32),
        _room("督办单位\n意　　见", 26),
        _room("督办结果", 26),
    )
    return _form(facts, "red", "整改督办单", (FormGrid("", _QUARTERS, rows),), "红牌")


def interview(facts: LetterFacts) -> EvaluationReport:
    """Return the notice of an interview 约谈通知; time and place are left to be written in."""
    text = (
        f"你单位承办的整改事项（编号{facts.number}），应于{day(facts.due_on)}前完成整改，"
        f"{_why(facts)}经研究，决定对你单位主要负责人进行约谈。现将有关事项通知如下。"
    )
    lines = (
        f"约谈时间：{OPEN_DAY}　　时",
        "约谈地点和约谈人：",
        f"被约谈人：{facts.owner}主要负责人",
        f"约谈内容：{_said(facts)}",
        "请被约谈人准时参加，并带书面说明：没有按期完成的原因、已经采取的措施、完成的时间。",
    )
    return _letter(facts, "interview", "约谈通知", (text, *lines))


def closure(facts: LetterFacts) -> EvaluationReport:
    """Return the closure form 销号审批表 with the acceptance sheet and the residents' verdict."""
    judged = facts.judgement
    told = judged.ticks if judged else (None,) * len(CHECKS)
    marks = [f"{words}：{_ticked(value)}" for words, value in zip(CHECKS, told, strict=True)]
    checks = f"{marks[0]}　　{marks[1]}\n{marks[2]}　　{marks[3]}"
    score = f"{judged.score}分" if judged else "＿＿＿＿分"
    passed = _ticked(judged.passes if judged else None, "通过", "不通过")
    judgement = f"评分{score}（满分100分，70分以上通过）　　{passed}\n{facts.acceptance}"
    rows = (
        *_who(facts),
        _pair("整改时限", _limit(facts), "佐证材料", facts.evidence or "无"),
        _wide("存在问题", _cut(facts.problem), 20),
        _wide("整改措施\n完成情况", _cut(facts.measures), 24),
        FormRow((label("责任单位\n申　　请"), FormCell("", 3, foot=SIGNED)), 17),
        FormRow((label("单　　位\n审核意见"), FormCell("", 3, foot=SEALED)), 17),
        FormRow((label("验　　收"), FormCell(checks, 3)), 17),
        FormRow(
            (
                label("验收结论"),
                FormCell(
                    judgement.strip(),
                    3,
                    foot="验收人签字：　　　　　　　　　　　　　　　　年　　月　　日",
                ),
            ),
            22,
        ),
        _wide("群　　众\n再 评 价", _again(facts), 14),
        FormRow(
            (
                label("区　　办\n审批意见"),
                FormCell(ticks("同意销号", "不同意，复号重新整改"), 3, foot=SEALED),
            ),
            22,
        ),
    )
    note = "整改的人不得验收，验收人不得来自同一党支部。不同意销号的，请写明理由。"
    return _form(
        facts, "closure", "整改事项销号审批表", (FormGrid("", _QUARTERS, rows), Note(note))
    )


def extension(facts: LetterFacts) -> EvaluationReport:
    """Return the request for an extension 延期申请表: once by the unit, once by the district."""
    rows = (
        *_who(facts),
        _pair("整改时限", _limit(facts), "已延期", f"{facts.extensions}次"),
        _wide("存在问题", _cut(facts.problem), 26),
        _wide("已采取\n措　　施", _cut(facts.measures), 26),
        _room("延期理由", 38),
        FormRow(
            (label("申请延期"), FormCell("＿＿＿＿个工作日，延至" + OPEN_DAY, 3, foot=SIGNED)), 17
        ),
        _approval("单位意见\n（首次）"),
        _approval("区办意见\n（再次）"),
    )
    note = "每次不超过10个工作日：第一次由单位批准，第二次由区办批准，没有第三次。"
    return _form(facts, "extension", "整改延期申请表", (FormGrid("", _QUARTERS, rows), Note(note)))


def appeal(facts: LetterFacts) -> EvaluationReport:
    """Return the appeal sheet 申诉复核表: against a problem that is none, or somebody else's."""
    rows = (
        *_who(facts),
        _pair("挂号日期", day(facts.registered_on), "整改时限", _limit(facts)),
        _wide("存在问题", _cut(facts.problem), 34),
        _wide("申诉类别", ticks("不属本单位办理", "事实不符", "重复登记", "恶意评价"), 12),
        _room("申诉理由\n和 依 据", 50),
        FormRow((label("单位意见"), FormCell("", 3, foot=SEALED)), 24),
        FormRow(
            (
                label("区办复核\n意　　见"),
                FormCell(ticks("申诉成立，予以撤销", "申诉不成立，继续办理"), 3, foot=SEALED),
            ),
            36,
        ),
    )
    note = "申诉在收到整改通知后3个工作日内提出，区办3个工作日内复核；复核期间暂停计时。"
    return _form(facts, "appeal", "整改事项申诉复核表", (FormGrid("", _QUARTERS, rows), Note(note)))


def _who(facts: LetterFacts) -> tuple[FormRow, ...]:
    owner = f"{facts.owner}（{facts.unit}）" if facts.unit else facts.owner
    return (
        _pair("责任单位", comment(owner, SHORT), "责 任 人", comment(facts.person, SHORT)),
        _pair("问题编号", facts.number, "问题来源", comment(facts.source, SHORT)),
    )


def _pair(first: str, one: str, second: str, other: str) -> FormRow:
    return FormRow((label(first), FormCell(one), label(second), FormCell(other)))


def _wide(name: str, text: str, height: float) -> FormRow:
    return FormRow((label(name), FormCell(text, 3)), height)


def _room(name: str, height: float) -> FormRow:
    return FormRow((label(name), FormCell("", 3, foot=SIGNED)), height)


def _approval(name: str) -> FormRow:
    return FormRow((label(name), FormCell(ticks("同意", "不同意"), 3, foot=SEALED)), 22)


def _ticked(value: bool | None, yes: str = "是", no: str = "否") -> str:
    if value is None:
        return f"□ {yes}　□ {no}"
    return f"■ {yes}　□ {no}" if value else f"□ {yes}　■ {no}"


def _cut(text: str) -> str:
    return comment(text, LONGEST)


def _said(facts: LetterFacts) -> str:
    return comment(facts.problem, LONGEST_SAID).rstrip("。；;. ") + "。"


def _limit(facts: LetterFacts) -> str:
    return f"{facts.limit_workdays}个工作日\n{day(facts.due_on)}前"


def _late(facts: LetterFacts) -> str:
    left = facts.workdays_left
    late = f"逾期{-left}个工作日" if left is not None and left < 0 else "未逾期"
    return f"{late}，复号{facts.reopenings}次" if facts.reopenings else late


def _why(facts: LetterFacts) -> str:
    left = facts.workdays_left
    told = []
    if left is not None and left < 0:
        told.append(f"截至{day(facts.as_of.date())}已逾期{-left}个工作日")
    if facts.reopenings:
        told.append(f"群众不满意，已复号{facts.reopenings}次")
    return f"{'，'.join(told) or f'目前{facts.state}，需要加强督促'}。"


def _again(facts: LetterFacts) -> str:
    if facts.again is None:
        return (
            "群众再评价：＿＿人参评，同意销号率＿＿＿，解决得分＿＿＿"
            if facts.needs_recheck
            else ("按规定不需要再评价")
        )
    share = facts.again.agreement
    rate = f"，同意销号率{display.percent(share)}" if share is not None else ""
    return f"{facts.again.n}人参评{rate}，解决得分{display.rounded(facts.again.solved, 1)}"


def _form(
    facts: LetterFacts, subject: str, title: str, blocks: tuple[Block, ...], mark: str = ""
) -> EvaluationReport:
    return _document(
        facts, subject, title, (Section("", blocks),), occasion=facts.organiser, mark=mark
    )


def _letter(
    facts: LetterFacts, subject: str, title: str, texts: tuple[str, ...]
) -> EvaluationReport:
    addressee = "、".join(filter(None, (facts.owner, facts.unit)))
    official = Official(
        agency=facts.organiser,
        addressee=addressee,
        signed=facts.organiser,
        day=day(facts.as_of.date()),
        is_letter=True,
    )
    section = Section("", tuple(Paragraph(text) for text in texts))
    return _document(facts, subject, title, (section,), official=official)


def _document(
    facts: LetterFacts,
    subject: str,
    title: str,
    sections: tuple[Section, ...],
    *,
    occasion: str = "",
    mark: str = "",
    official: Official | None = None,
) -> EvaluationReport:
    number = facts.letter_number if official else f"编号：{facts.letter_number or '　' * 8}"
    return EvaluationReport(
        subject=subject,
        mark=mark,
        title=(title,),
        occasion=occasion,
        facts=(),
        summary=(),
        sections=sections,
        signatures=(),
        annex=(),
        organiser=facts.organiser,
        as_of=facts.as_of,
        number=number,
        layout="official" if official else "form",
        official=official,
    )
