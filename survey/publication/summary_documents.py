"""Unit roll-ups, the district's summary, league tables and the annex as kinds of document."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from reports.annex_report import Round as RoundAnnex
from reports.annex_report import compile_annex
from reports.district_report import compile_district
from reports.figures import Audience, Figures, Rank, Target
from reports.league_report import League, Ranked, compile_league, groups_of
from reports.overview import Surveyed
from reports.parts import EvaluationReport
from reports.trend import Verdict
from reports.unit_report import compile_unit
from survey.accounts.policy import Action
from survey.campaigns.models import CollectionMode
from survey.errors import NotFound
from survey.instruments import service as instruments
from survey.org import queries as organisations
from survey.org.models import Level, Organisation
from survey.publication import companions, overviews, reports
from survey.publication.companions import View
from survey.publication.document_kind import Asked, DocumentKind, Kind, Listed
from survey.publication.marks import mark_of, report_key
from survey.publication.overviews import WAYS, Reader
from survey.ratings.models import Rating, RatingLine
from survey.rectification.workdays import local_date
from survey.results import frozen
from survey.results import service as results

BY_COMPOSITE, BY_RESIDENTS = "综合得分", "群众评议得分"
Compile = Callable[[Reader, Organisation], EvaluationReport]


def reader_of(asked: Asked) -> Reader:
    """Return who reads, for loaders of summaries."""
    view = View(asked.session, asked.round, asked.audience)
    return Reader(view, asked.zone, local_date(asked.now))


def district_of(asked: Asked) -> list[Listed]:
    """Return the one document about the whole district, for those who read reports of it."""
    if not _reported(asked):
        return []
    found = organisations.visible(
        asked.session, asked.actor, Action.SEE_REPORTS, level=Level.DISTRICT.value
    )
    return [Listed(org.id, org.name) for org in found]


def _units(asked: Asked) -> list[Listed]:
    known = {target.unit_id for target in _reported(asked)}
    found = organisations.visible(
        asked.session, asked.actor, Action.SEE_REPORTS, level=Level.UNIT.value
    )
    return [Listed(org.id, org.name, org.id) for org in found if org.id in known]


def _reported(asked: Asked) -> list[Target]:
    """Return the objects that the round evaluated."""
    return [
        target
        for used in asked.round.questionnaires
        if instruments.load(asked.session, used.digest).subject in reports.REPORTED
        for target in results.objects_of(asked.session, asked.round, used.code)
        if target.level in reports.OBJECTS
    ]


def _made(
    kind: Kind, listed: Callable[[Asked], list[Listed]], make: Compile
) -> Callable[[Asked, str], EvaluationReport]:
    """Return what compiles a document; of a round that was let out it is the frozen one."""

    def compiled(asked: Asked, org_id: str) -> EvaluationReport:
        if org_id not in {each.org_id for each in listed(asked)}:
            raise NotFound("没有这份文件", "There is no such document")
        release = frozen.latest(asked.session, asked.round, Audience.PUBLIC)
        if release is not None:
            key = report_key(org_id, asked.audience, kind)
            kept = frozen.read_part(asked.session, release, frozen.REPORT, key, EvaluationReport)
            if kept is not None:
                return replace(kept, mark=mark_of(asked.round, asked.audience))
        return make(reader_of(asked), organisations.get(asked.session, org_id))

    return compiled


def _unit(reader: Reader, org: Organisation) -> EvaluationReport:
    return compile_unit(overviews.overview_of(reader, org))


def _district(reader: Reader, _org: Organisation) -> EvaluationReport:
    return compile_district(overviews.overview_of(reader))


def _league(reader: Reader, _org: Organisation) -> EvaluationReport:
    surveyed = overviews.surveyed_of(reader)
    rating = companions.settled_rating(reader.session, reader.round)
    if rating is None:
        groups, scored_by, basis = groups_of(surveyed), BY_RESIDENTS, reader.round.title
    else:
        groups, scored_by, basis = _rated(reader, surveyed, rating), BY_COMPOSITE, rating.title
    occasion = overviews.occasion_of(reader)
    return compile_league(League(reader.audience, occasion, groups, scored_by, basis))


def _rated(
    reader: Reader, surveyed: tuple[Surveyed, ...], rating: Rating
) -> tuple[tuple[str, str, tuple[Ranked, ...]], ...]:
    """Return the league by the composites of a settled rating; in public its bands alone."""
    lines = {line.org_id: line for line in rating.lines}
    groups: dict[tuple[str, str], list[Ranked]] = {}
    for one in surveyed:
        for figures in one.objects:
            line = lines.get(figures.target.org_id)
            key = (figures.target.sector or "未分系统", one.noun)
            groups.setdefault(key, []).append(_ranked(reader, figures, line))
    return tuple((sector, noun, tuple(found)) for (sector, noun), found in groups.items())


def _ranked(reader: Reader, figures: Figures, line: RatingLine | None) -> Ranked:
    if line is None or line.place is None or not figures.is_shown:
        return Ranked(figures, None)
    place = Rank(**line.place)
    if reader.view.is_public:
        return Ranked(figures, Rank(place.band))
    parts = {part["component"]: part["score"] for part in line.composite["parts"]}
    verdict = Verdict(line.change) if line.change else None
    return Ranked(figures, place, line.final, line.se, parts, verdict)


def _annex(reader: Reader, _org: Organisation) -> EvaluationReport:
    forms, modes = {}, {}
    for used in reader.round.questionnaires:
        form = results.used_questionnaire(reader.session, reader.round, used.code)
        forms[used.code] = (form.title.to("zh"), form.version, used.digest)
        modes[used.code] = WAYS[CollectionMode(used.mode)]
    day = reader.round.opens_at.astimezone(reader.zone)
    roster = (
        f"支部的应评人数取自组织名册，{day.year}年{day.month}月{day.day}日开放评议时固定；"
        "窗口没有名册，按年办件量加权。"
    )
    return compile_annex(
        RoundAnnex(
            reader.audience,
            overviews.occasion_of(reader),
            results.rules_of(reader.round),
            overviews.surveyed_of(reader),
            forms,
            modes,
            roster,
        )
    )


def _kind(
    kind: Kind,
    label: str,
    listed: Callable[[Asked], list[Listed]],
    make: Compile,
    *,
    is_table: bool = False,
) -> DocumentKind:
    return DocumentKind(kind, label, listed, _made(kind, listed, make), is_table=is_table)


KINDS = (
    _kind(Kind.UNIT, "单位汇总报告", _units, _unit),
    _kind(Kind.DISTRICT, "全区总结报告", district_of, _district),
    _kind(Kind.LEAGUE, "排名通报", district_of, _league, is_table=True),
    _kind(Kind.ANNEX, "统计说明", district_of, _annex),
)
