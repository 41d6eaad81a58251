"""How exported figures were made, as lines beside them, and the digest that names them.

The same figures have the same digest in every format.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from forms.definition import Questionnaire
from forms.digest import digest, digest_of
from reports.contract import to_contract
from reports.figures import Audience, Figures
from reports.rule_words import lines_of
from reports.rules import RuleSet, to_data
from reports.veiling import threshold

Lines = tuple[tuple[str, str], ...]

AUDIENCES = {Audience.INTERNAL: "内部", Audience.PUBLIC: "公开"}


def figures_digest(objects: Sequence[dict[str, Any]]) -> str:
    """Return the SHA-256 of exported figures, given as the objects of the JSON export."""
    return digest_of(list(objects))


def method_lines(
    round_code: str,
    round_title: str,
    figures: Sequence[Figures],
    questionnaires: Sequence[Questionnaire],
    rules: RuleSet,
    audience: Audience,
    *,
    rules_name: str = "",
    rules_digest: str = "",
) -> Lines:
    """Return what the method sheet says, as (what, how), every rule in force included.

    Args:
        round_code: of the round.
        round_title: for people.
        figures: as exported.
        questionnaires: that made them.
        rules: of the round.
        audience: whose figures they are.
        rules_name: code and version of the rule set; empty where it has none.
        rules_digest: as the round stores it; that of `rules` without one.
    """
    objects = [to_contract(each, round_code) for each in figures]
    lines = [
        ("轮次", f"{round_code}　{round_title}"),
        (
            "口径",
            f"{AUDIENCES[audience]}，少于{threshold(rules, audience)}张票的结果不列，"
            "能用相减推出的一并不列",
        ),
        ("对象数", str(len(figures))),
        ("数据摘要", figures_digest(objects)),
        ("规则", rules_name or "—"),
        ("规则摘要", rules_digest or digest_of(to_data(rules))),
        ("计分方案", rules.points_preset),
        (
            "满意率",
            "满意以上、基本满意以上两种口径并列；以有实质评价的票为分母，不了解和未作答不计入",
        ),
        ("指数", "各等次赋分的平均数，0—100"),
        ("区间", "95%；威尔逊区间、有限总体修正、超几何精确区间按对象选用，全员参评不列区间"),
        (
            "可疑票",
            "答得过快且连续八题以上相同的票" + ("不计入" if rules.suspects_excluded else "计入"),
        ),
        ("汇总", "按应评人数（窗口按年办件量）加权的分层平均"),
        ("名次", f"同系统同层次之内；区间由{rules.rank_draws}次模拟得出，种子{rules.rank_seed}"),
        ("空格", "没有数值，或者不得列出"),
    ]
    lines += [
        (
            f"问卷 {each.code}",
            f"{each.title.to('zh')}，版本{each.version or '—'}，摘要{digest(each)}",
        )
        for each in questionnaires
    ]
    lines += [(f"规则　{line.label}", line.value) for line in lines_of(rules)]
    return tuple(lines)


def as_text(lines: Lines) -> str:
    """Return the lines as plain text, one a line."""
    return "".join(f"{what}：{how}\n" for what, how in lines)
