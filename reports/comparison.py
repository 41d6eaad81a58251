"""This round beside an earlier one: what may be compared, what changed, and the gap table.

Rules: domain.md 3.10; docs/methods.md, section 21.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import quantiles

from forms.definition import Item, Questionnaire
from reports.estimates import Spread
from reports.figures import Figures, ItemFigures, Rate
from reports.rules import RuleSet
from reports.trend import Change, adjusted, index_change, rate_change, score_change

MIN_MIX_SHIFT = 0.2
"""How far the share of paper (or of tickets) may move before two rounds are another thing."""


OTHER_FORM = "the two rounds used different questionnaires"
BY_POSTER_OR_SLIP = "one used open posters, the other slips"
CHANGED = "questions were changed: "


@dataclass(frozen=True)
class Setting:
    """How a round was held, as far as comparisons ask.

    Attributes:
        questionnaire: as it was used.
        rules: frozen with the round.
        mode: "open" or "ticket".
        paper_share: paper ballots of all, 0–1.
    """

    round_code: str
    questionnaire: Questionnaire
    rules: RuleSet
    mode: str
    paper_share: float


@dataclass(frozen=True)
class Obstacle:
    """Why two rounds must not be compared, in both languages."""

    zh: str
    en: str


@dataclass(frozen=True)
class ItemChange:
    """The change of one item; None for what the rounds cannot both show."""

    code: str
    top2: Change | None
    top3: Change | None
    index: Change | None


@dataclass(frozen=True)
class ObjectChange:
    """The change of one object: its items, and its score (mass or overall index)."""

    org_id: str
    score: Change | None
    items: tuple[ItemChange, ...]


@dataclass(frozen=True)
class Gap:
    """An object's score beside others; None where there is nothing to set it beside.

    Attributes:
        own: score, 0–100.
        before: own score in the round before.
        peers: mean of the rankable objects of its sector and level.
        best_quarter: score from which the best quarter of them begins.
        target: as the office set it.
    """

    org_id: str
    own: float
    before: float | None
    peers: float | None
    best_quarter: float | None
    target: float | None


def obstacles(before: Setting, now: Setting) -> tuple[Obstacle, ...]:
    """Return why two rounds must not be compared, in words; empty when they may be."""
    changed = changed_items(before.questionnaire, now.questionnaire)
    is_shifted = abs(before.paper_share - now.paper_share) > MIN_MIX_SHIFT
    form = now.questionnaire.code
    found = (
        before.questionnaire.code != form and Obstacle("两轮用的不是同一种问卷", OTHER_FORM),
        changed and Obstacle(f"题目有改动：{'、'.join(changed)}", CHANGED + ", ".join(changed)),
        *_obstacles_of_rules(before.rules, now.rules, form),
        before.mode != now.mode
        and Obstacle("两轮的收集方式不同（张贴码与一票一码）", BY_POSTER_OR_SLIP),
        before.mode == now.mode
        and is_shifted
        and Obstacle("两轮的纸质票比例相差太大", "the shares of paper ballots differ too much"),
    )
    return tuple(each for each in found if isinstance(each, Obstacle))


def _obstacles_of_rules(old: RuleSet, new: RuleSet, form: str) -> tuple[Obstacle | bool, ...]:
    return (
        (old.points_preset, old.points) != (new.points_preset, new.points)
        and Obstacle("两轮的计分方案不同", "answers were given different points"),
        old.stars.gate_calibre != new.stars.gate_calibre
        and Obstacle("两轮的满意率口径不同", "“satisfied” was counted differently"),
        old.form(form).mass != new.form(form).mass
        and Obstacle("两轮的得分权重不同", "scores were weighted differently"),
        old.suspects_excluded != new.suspects_excluded
        and Obstacle("两轮对可疑票的处理不同", "suspect ballots were treated differently"),
    )


def changed_items(before: Questionnaire, now: Questionnaire) -> tuple[str, ...]:
    """Return the codes of scored items that are new, gone, or not as they were."""
    old = {item.code: item for item in before.items if item.is_scored}
    new = {item.code: item for item in now.items if item.is_scored}
    return tuple(
        code
        for code in (*old, *(code for code in new if code not in old))
        if code not in old or code not in new or not _is_same(old[code], new[code])
    )


def changes(
    before: Mapping[str, Figures], now: Sequence[Figures], rules: RuleSet
) -> dict[str, ObjectChange]:
    """Return what changed per object, everything judged together.

    Only objects that both rounds can show take part, and of those only what carries an error.
    One family for all scores, and one for all items, as each is read as one table.

    Args:
        before: figures of the round before by organisation, same audience as `now`.
        now: of this round.
        rules: of this round; says from how many ballots on a change is tested.
    """
    pairs = [
        (before[f.target.org_id], f)
        for f in now
        if f.target.org_id in before and f.is_shown and before[f.target.org_id].is_shown
    ]
    found = {
        new.target.org_id: ObjectChange(
            new.target.org_id,
            _score_change(old, new),
            tuple(
                _item_change(old.items[c], i, rules) for c, i in new.items.items() if c in old.items
            ),
        )
        for old, new in pairs
    }
    return _judged_together(found)


def total_changes(before: Mapping[str, Figures], now: Mapping[str, Figures]) -> dict[str, Change]:
    """Return what changed of totals by their key, judged together.

    A total has no spread of its own, only an error, so that a z-test is all it allows.
    """
    found = {}
    for key, new in now.items():
        old = before.get(key)
        if old is None or not (old.is_shown and new.is_shown):
            continue
        was, is_ = _with_error(old), _with_error(new)
        if was is not None and is_ is not None:
            found[key] = score_change(was, is_)
    judged = adjusted(list(found.values()))
    return dict(zip(found, judged, strict=True))


def gaps(
    now: Sequence[Figures],
    before: Mapping[str, Figures],
    targets: Mapping[str, float],
) -> dict[str, Gap]:
    """Return each rankable object beside itself, its peers, the best quarter and its target."""
    groups: dict[tuple[str, str], list[float]] = {}
    for each in now:
        score = score_of(each)
        if each.is_rankable and score is not None:
            groups.setdefault((each.target.sector, each.target.level), []).append(score)
    found = {}
    for each in now:
        score = score_of(each)
        if not each.is_rankable or score is None:
            continue
        peers = groups[(each.target.sector, each.target.level)]
        earlier = before.get(each.target.org_id)
        found[each.target.org_id] = Gap(
            each.target.org_id,
            score,
            score_of(earlier) if earlier else None,
            sum(peers) / len(peers) if len(peers) > 1 else None,
            quantiles(peers, n=4, method="inclusive")[2] if len(peers) >= 4 else None,
            targets.get(each.target.org_id),
        )
    return found


def score_of(figures: Figures) -> float | None:
    """Return what an object is compared by: the mass score, else the overall index."""
    if figures.mass is not None:
        return figures.mass.score
    return figures.overall.index if figures.overall is not None else None


def _with_error(figures: Figures) -> tuple[float, float] | None:
    if figures.mass is not None:
        return None if figures.mass.se is None else (figures.mass.score, figures.mass.se)
    overall = figures.overall
    if overall is None or overall.index is None or overall.se is None:
        return None
    return overall.index, overall.se


def _is_same(old: Item, new: Item) -> bool:
    def asked(item: Item) -> tuple[object, ...]:
        options = tuple((option.code, option.label) for option in item.options)
        return (item.label, item.scale, options)

    return asked(old) == asked(new)


def _score_change(old: Figures, new: Figures) -> Change | None:
    if old.mass and new.mass and old.mass.se is not None and new.mass.se is not None:
        return score_change((old.mass.score, old.mass.se), (new.mass.score, new.mass.se))
    if old.mass or new.mass or old.overall is None or new.overall is None:
        return None
    return _index_change(old.overall, new.overall)


def _item_change(old: ItemFigures, new: ItemFigures, rules: RuleSet) -> ItemChange:
    if min(old.n or 0, new.n or 0) < rules.rankable_base:
        return ItemChange(new.code, None, None, None)
    return ItemChange(
        new.code,
        _rate_change(old.top2, new.top2),
        _rate_change(old.top3, new.top3),
        _index_change(old, new),
    )


def _rate_change(old: Rate | None, new: Rate | None) -> Change | None:
    if old is None or new is None or not old.base or not new.base:
        return None
    return rate_change((old.chosen or 0, old.base), (new.chosen or 0, new.base))


def _index_change(old: ItemFigures, new: ItemFigures) -> Change | None:
    if old.index is None or new.index is None or old.sd is None or new.sd is None:
        return None
    return index_change(
        Spread(old.n or 0, old.index, old.sd), Spread(new.n or 0, new.index, new.sd)
    )


def _judged_together(found: Mapping[str, ObjectChange]) -> dict[str, ObjectChange]:
    scores = iter(adjusted([c.score for c in found.values() if c.score]))
    families = {
        name: iter(
            adjusted(
                [
                    change
                    for each in found.values()
                    for item in each.items
                    if (change := getattr(item, name)) is not None
                ]
            )
        )
        for name in ("top2", "top3", "index")
    }

    def judged(item: ItemChange) -> ItemChange:
        return ItemChange(
            item.code,
            next(families["top2"]) if item.top2 else None,
            next(families["top3"]) if item.top3 else None,
            next(families["index"]) if item.index else None,
        )

    return {
        org_id: ObjectChange(
            org_id,
            next(scores) if each.score else None,
            tuple(judged(item) for item in each.items),
        )
        for org_id, each in found.items()
    }
