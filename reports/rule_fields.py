"""What an office may set in a rule set: every value with its name, its bounds and its unit.

One table for the file, the form of the console, differences in words and the checks: a value that
is not here is part of a questionnaire's own rules and is changed in a file only.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Group(StrEnum):
    """Parts of a rule set, as the form shows them."""

    POINTS = "points"
    WEIGHTS = "weights"
    THRESHOLDS = "thresholds"
    STARS = "stars"
    DISCLOSURE = "disclosure"


GROUP_LABELS = {
    Group.POINTS: "赋分",
    Group.WEIGHTS: "权重和扣分",
    Group.THRESHOLDS: "门槛",
    Group.STARS: "星级、否决线和比例",
    Group.DISCLOSURE: "公布和保护",
}


class Kind(StrEnum):
    """How a value is written: SHARE is stored as 0–1 and printed as a percentage."""

    COUNT = "count"
    SHARE = "share"
    NUMBER = "number"
    YES_NO = "yes_no"
    CHOICE = "choice"


@dataclass(frozen=True)
class Field:
    """One value of a rule set.

    Attributes:
        key: path to it in the rule set.
        label: what it is called.
        least, most: bounds, in the unit of storage; `least` of a disclosure rule is its floor.
        unit: what stands behind the number.
        choices: code → name, of a choice.
        optional: whether it may be left empty, which means: no such rule.
        why: what it does, where the label does not say.
    """

    key: str
    group: Group
    label: str
    kind: Kind
    least: float = 0
    most: float = 1
    unit: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    optional: bool = False
    why: str = ""


K_PUBLIC_FLOOR = 10
K_INTERNAL_FLOOR = 5
UNANIMITY_FLOOR = 30
"""Floors of domain.md 3.12: a rule set may ask for more, never for less."""

BREAKDOWNS = {"identity": "身份", "age": "年龄"}
"""Option lists that results may be broken down by: the fixed ones of domain.md 3.12, no others."""

COMPONENTS = {
    "branch": {
        "mass": "群众评议",
        "peer": "党员互评",
        "leader": "领导点评",
        "spot": "实地检查",
        "commit": "承诺兑现",
    },
    "window": {
        "survey": "群众测评",
        "hcp": "好差评",
        "spot": "实地检查",
        "commit": "承诺兑现",
        "leader": "领导点评",
    },
}
"""Level → what its composite may be made of; the residents' component comes first."""

LEVEL_LABELS = {"branch": "党支部", "window": "窗口"}
MASS_LABELS = {"work": "支部工作", "five": "五个好", "overall": "总体评价"}
SCALE_LABELS = {
    "sat5": ("五级量表", ("非常满意", "满意", "基本满意", "不满意", "非常不满意")),
    "sat4": ("四级量表", ("满意", "比较满意", "基本满意", "不满意")),
    "grade4": ("党员测评", ("优秀", "合格", "基本合格", "不合格")),
}
SCALE_CODES = {"sat5": "54321", "sat4": "4321", "grade4": "4321"}
CALIBRE_NAMES = (("top2", "满意率（满意以上）"), ("top3", "基本满意以上率"))
PRESET_NAMES = (
    ("pass60", "按问卷：基本满意60分，最低一级0分"),
    ("linear", "等距：100、75、50、25、0"),
    ("even", "匀降：100、80、60、40、20"),
    ("own", "自己定"),
)
STARS = (2, 3, 4, 5)
STAR_NAMES = {2: "两星", 3: "三星", 4: "四星", 5: "五星"}


def _points() -> tuple[Field, ...]:
    group = Group.POINTS
    return (
        Field(
            "points_preset",
            group,
            "五级量表怎么赋分",
            Kind.CHOICE,
            choices=PRESET_NAMES,
            why="换了赋分，和以前的轮次就不能比较。",
        ),
        *(
            Field(
                f"points.{scale}.{code}",
                group,
                f"{name}：{level}",
                Kind.NUMBER,
                0,
                100,
                "分",
                optional=True,
            )
            for scale, (name, levels) in SCALE_LABELS.items()
            for code, level in zip(SCALE_CODES[scale], levels, strict=True)
        ),
        Field(
            "suspects_excluded",
            group,
            "可疑票不计入结果",
            Kind.YES_NO,
            why="答得过快，并且连续八题以上相同的票。",
        ),
    )


def _weights() -> tuple[Field, ...]:
    group = Group.WEIGHTS
    found = [
        Field(
            f"forms.A_branch_mass.mass.{code}",
            group,
            f"群众评议得分：{label}",
            Kind.SHARE,
            0,
            1,
            "%",
        )
        for code, label in MASS_LABELS.items()
    ]
    for level, components in COMPONENTS.items():
        name, at = LEVEL_LABELS[level], f"composites.{level}"
        found += [
            Field(
                f"{at}.weights.{code}",
                group,
                f"{name}综合得分：{label}",
                Kind.SHARE,
                0,
                1,
                "%",
                optional=True,
            )
            for code, label in components.items()
        ]
        found += [
            Field(f"{at}.missing_allowed", group, f"{name}：最多可缺几项", Kind.COUNT, 0, 4, "项"),
            Field(
                f"{at}.overdue_points", group, f"{name}：整改逾期每件扣", Kind.NUMBER, 0, 20, "分"
            ),
            Field(
                f"{at}.overdue_most", group, f"{name}：整改逾期最多扣", Kind.NUMBER, 0, 100, "分"
            ),
            Field(
                f"{at}.false_points", group, f"{name}：虚假整改每件扣", Kind.NUMBER, 0, 100, "分"
            ),
            Field(f"{at}.late_points", group, f"{name}：迟公布每次扣", Kind.NUMBER, 0, 20, "分"),
        ]
    return tuple(found)


def _thresholds() -> tuple[Field, ...]:
    group = Group.THRESHOLDS
    return (
        Field("rankable_base", group, "参加排名至少", Kind.COUNT, 10, 1000, "票"),
        Field("rankable_return", group, "参加排名的回收率至少", Kind.SHARE, 0, 1, "%"),
        Field("item_base", group, "一道题计入维度至少", Kind.COUNT, 10, 1000, "票"),
        Field("importance_base", group, "用重要程度加权、划四象限至少", Kind.COUNT, 10, 1000, "票"),
        Field("census_population", group, "名册不超过多少人就全员参评", Kind.COUNT, 0, 1000, "人"),
        Field("correction_return", group, "回收率到多少才作有限总体修正", Kind.SHARE, 0.5, 1, "%"),
        Field("exact_population", group, "名册不超过多少人用精确区间", Kind.COUNT, 0, 1000, "人"),
        Field("low_top3", group, "基本满意以上率低于多少要整改", Kind.SHARE, 0, 1, "%"),
        Field("low_index", group, "指数低于多少要整改", Kind.NUMBER, 0, 100, "分"),
        Field("low_base", group, "判断要不要整改至少", Kind.COUNT, 10, 1000, "票"),
        Field("rectify_workdays", group, "整改时限", Kind.COUNT, 1, 250, "个工作日"),
        Field("target_score", group, "目标得分（0为不设）", Kind.NUMBER, 0, 100, "分"),
        Field("notice_workdays", group, "公示时间（0为不公示）", Kind.COUNT, 0, 60, "个工作日"),
        Field("rank_draws", group, "名次区间模拟次数", Kind.COUNT, 1000, 100_000, "次"),
        Field("rank_seed", group, "名次区间随机种子", Kind.COUNT, 0, 2**31 - 1),
    )


def _stars() -> tuple[Field, ...]:
    group = Group.STARS
    return (
        *(
            Field(
                f"stars.thresholds.{star}",
                group,
                f"{STAR_NAMES[star]}至少",
                Kind.NUMBER,
                0,
                100,
                "分",
                optional=star > STARS[0],
            )
            for star in STARS
        ),
        Field(
            "stars.gate_calibre", group, "否决线看哪种满意率", Kind.CHOICE, choices=CALIBRE_NAMES
        ),
        Field("stars.gate_high", group, "满意率第一道线", Kind.SHARE, 0, 1, "%"),
        Field("stars.gate_high_most", group, "低于第一道线最多", Kind.COUNT, 1, 5, "星"),
        Field(
            "stars.gate_low",
            group,
            "满意率第二道线",
            Kind.SHARE,
            0,
            1,
            "%",
            why="低于它的进入后进名单。",
        ),
        Field("stars.gate_low_most", group, "低于第二道线最多", Kind.COUNT, 1, 5, "星"),
        Field("stars.first_most", group, "首次评定最多", Kind.COUNT, 1, 5, "星"),
        *(
            Field(
                f"stars.quotas.{star}",
                group,
                f"{STAR_NAMES[star]}最多占",
                Kind.SHARE,
                0,
                1,
                "%",
                optional=True,
                why="占同系统参加排名的单位；不填就不限。",
            )
            for star in reversed(STARS)
        ),
    )


def _disclosure() -> tuple[Field, ...]:
    group = Group.DISCLOSURE
    return (
        Field(
            "k_public",
            group,
            "对外公布至少",
            Kind.COUNT,
            K_PUBLIC_FLOOR,
            1000,
            "票",
            why="是保护填票人的底线，只能提高，不能低于10票。",
        ),
        Field(
            "k_internal",
            group,
            "内部查看至少",
            Kind.COUNT,
            K_INTERNAL_FLOOR,
            1000,
            "票",
            why="是保护填票人的底线，只能提高，不能低于5票。",
        ),
        Field(
            "unanimity_base",
            group,
            "少于多少票又全选一样的不列",
            Kind.COUNT,
            UNANIMITY_FLOOR,
            1000,
            "票",
        ),
        *(
            Field(f"breakdown_scales.{code}", group, f"按{label}分列结果", Kind.YES_NO)
            for code, label in BREAKDOWNS.items()
        ),
    )


FIELDS: tuple[Field, ...] = (
    *_points(),
    *_weights(),
    *_thresholds(),
    *_stars(),
    *_disclosure(),
)
BY_KEY = {field.key: field for field in FIELDS}
