"""What an audience may see: the only door through which figures leave for pages and files.

Rules: domain.md 3.12 and 3.13; reasons and limits: docs/methods.md, section 10.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from forms.definition import Questionnaire, Subject
from reports.figures import Audience, Figures, Target
from reports.pauses import without_collector
from reports.ranking import ranks_of
from reports.rollup import Member, roll_up
from reports.rules import RuleSet
from reports.scoring import measure, readings
from reports.suppression import Leaf, Suppression, Total, TotalKey, suppress
from reports.tally import TargetTally
from reports.totals import Part, released_total
from reports.veiling import blank, threshold, veil

Inputs = Sequence[tuple[Target, TargetTally]]


@dataclass(frozen=True)
class Places:
    """What roll-ups are called; a unit without a name goes by its code."""

    district_id: str = "district"
    district_name: str = "全区"
    unit_names: Mapping[str, str] = field(default_factory=dict)


NO_PLACES = Places()
NO_FORMS: Mapping[str, Questionnaire] = {}
ROLLED_UP = frozenset({Subject.BRANCH, Subject.WINDOW, Subject.MEMBERS})
MEMBER = "member"
"""The dimension of the rows of form B, one for each member of a branch."""


def release(
    questionnaire: Questionnaire,
    inputs: Inputs,
    rules: RuleSet,
    audience: Audience,
    places: Places = NO_PLACES,
    forms: Mapping[str, Questionnaire] = NO_FORMS,
) -> tuple[Figures, ...]:
    """Return everything of one questionnaire in one round that `audience` may see.

    Args:
        questionnaire: what the objects were evaluated with.
        inputs: every object of the round with its counts, objects without answers included.
        rules: frozen with the round.
        audience: whose threshold and rules apply.
        places: what units and the district are called.
        forms: the form of each object by `Target.key`, of a pattern with rows of its own; not
            needed for other questionnaires.

    Returns:
        The objects in the order given, then the units, sectors and the district that have
        answers. An organisation under the district itself belongs to no unit.
    """
    made = releases(questionnaire, inputs, rules, [audience], places, forms)
    return next(released for _, released in made)


def releases(
    questionnaire: Questionnaire,
    inputs: Inputs,
    rules: RuleSet,
    audiences: Sequence[Audience],
    places: Places = NO_PLACES,
    forms: Mapping[str, Questionnaire] = NO_FORMS,
) -> Iterator[tuple[Audience, tuple[Figures, ...]]]:
    """Yield `release` for several audiences, measuring once.

    One after the other, so that whoever writes each down holds only one.
    """
    # What is made here lives until it is released: walking through it for garbage finds none.
    with without_collector(0):
        objects, members = _measured(questionnaire, inputs, rules, forms)
        ranks = ranks_of(questionnaire, objects, rules) if _adds_up(questionnaire) else {}
        ranked = [replace(each, rank=ranks.get(each.target.org_id)) for each in objects]
        leaves = [_leaf(member, places) for member in members.values()]
        totals = _totals(leaves) if _adds_up(questionnaire) else {}
        whole = {
            total: roll_up(
                questionnaire.common,
                rules,
                _place(total, places),
                [members[leaf.key] for leaf in parts],
            )
            for total, parts in totals.items()
        }
        office = _hidden(leaves, rules, Audience.INTERNAL, adds_up=bool(totals))
    for audience in map(Audience, audiences):
        with without_collector(0):
            hidden = office
            if audience is Audience.PUBLIC:
                hidden = _hidden(leaves, rules, audience, adds_up=bool(totals), also=office)
            released = _released(ranked, leaves, totals, whole, rules, audience, hidden)
        yield audience, released


def _hidden(
    leaves: Sequence[Leaf],
    rules: RuleSet,
    audience: Audience,
    *,
    adds_up: bool,
    also: Suppression | None = None,
) -> Suppression:
    k = threshold(rules, audience)
    if not adds_up:
        return Suppression(frozenset(leaf.key for leaf in leaves if leaf.n < k), frozenset())
    return suppress(leaves, k, is_public=audience is Audience.PUBLIC, also=also)


def _released(
    objects: Sequence[Figures],
    leaves: Sequence[Leaf],
    totals: Mapping[TotalKey, Sequence[Leaf]],
    whole: Mapping[TotalKey, Figures],
    rules: RuleSet,
    audience: Audience,
    hidden: Suppression,
) -> tuple[Figures, ...]:
    shown = {leaf.key for leaf in leaves} - hidden.leaves
    released = [
        veil(each, rules, audience) if each.target.key in shown else blank(each, audience)
        for each in objects
    ]
    weights = {leaf.key: leaf.weight for leaf in leaves}
    parts = {
        measured.target.key: Part(
            measured, each if measured.target.key in shown else None, weights[measured.target.key]
        )
        for measured, each in zip(objects, released, strict=True)
        if measured.target.key in weights
    }
    released += [
        blank(whole[total], audience)
        if total in hidden.totals
        else released_total(whole[total], [parts[leaf.key] for leaf in inside], rules, audience)
        for total, inside in totals.items()
    ]
    return tuple(released)


def figures_of(
    questionnaire: Questionnaire,
    tally: TargetTally,
    rules: RuleSet,
    target: Target,
    *,
    audience: Audience,
) -> Figures:
    """Return what `audience` may see of one object taken alone, without a rank.

    Never for several objects whose totals are shown too: that is what `release` is for.
    """
    audience = Audience(audience)
    figures = measure(questionnaire, tally, rules, target)
    if tally.official.n < threshold(rules, audience):
        return blank(figures, audience)
    return veil(figures, rules, audience)


def _measured(
    questionnaire: Questionnaire,
    inputs: Inputs,
    rules: RuleSet,
    forms: Mapping[str, Questionnaire],
) -> tuple[list[Figures], dict[str, Member]]:
    """Return the figures of every object, and those with answers as members of roll-ups."""
    objects: list[Figures] = []
    members: dict[str, Member] = {}
    for target, tally in inputs:
        form = _counted(forms.get(target.key, questionnaire.common))
        known = readings(form, tally.official, rules)
        figures = measure(form, tally, rules, target, known)
        objects.append(figures)
        if tally.official.n:
            members[target.key] = Member(figures, known, tally)
    return objects, members


def _adds_up(questionnaire: Questionnaire) -> bool:
    """Whether units, sectors and the district have a figure of their own.

    Consultations, commitments and rechecks are about one object each, which may be a unit itself.
    """
    return questionnaire.subject in ROLLED_UP


def _counted(questionnaire: Questionnaire) -> Questionnaire:
    """Return a form without its rows of members, whom no release ever shows (contract.md 3)."""
    if questionnaire.subject is not Subject.MEMBERS:
        return questionnaire
    sections = tuple(
        replace(section, items=tuple(i for i in section.items if i.dimension != MEMBER))
        for section in questionnaire.sections
    )
    return replace(questionnaire, sections=sections)


def _leaf(member: Member, places: Places) -> Leaf:
    target = member.figures.target
    unit = "" if target.unit_id == places.district_id else target.unit_id
    return Leaf(target.key, unit, target.sector, member.tally.official.n, member.weight)


def _totals(leaves: Sequence[Leaf]) -> dict[TotalKey, list[Leaf]]:
    """Return what each roll-up is made of: units first, then sectors, then the district."""
    totals: dict[TotalKey, list[Leaf]] = {}
    for kind in Total:
        for leaf in leaves:
            for total in leaf.totals:
                if total[0] is kind:
                    totals.setdefault(total, []).append(leaf)
    return totals


def _place(total: TotalKey, places: Places) -> Target:
    kind, key = total
    if kind is Total.DISTRICT:
        return Target(places.district_id, places.district_name, kind.value)
    if kind is Total.SECTOR:
        return Target(key, key, kind.value, sector=key)
    return Target(key, places.unit_names.get(key, key), kind.value, unit_id=key)
