"""Pages of published results: for everybody, without script, without cookie, in two languages."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from flask import Blueprint, Response, render_template, request, url_for
from sqlalchemy.orm import Session

from reports.figures import Audience, Figures
from reports.formats import Format
from survey import clock
from survey.errors import NotFound
from survey.publication import public_results
from survey.publication.public_results import Edition
from survey.publication.refusals import NotPublished
from survey.rectification import following
from survey.results import exports
from survey.results import service as results
from survey.web.downloads import send, send_document
from survey.web.platform import platform
from survey.web.policies import policy
from survey.web.public import replies
from survey.web.public.results_view import Line, Teller, View
from survey.web.public.results_wording import words
from survey.web.public.wording import HTML_LANGUAGES
from survey.web.unit_of_work import reading

bp = Blueprint("public_results", __name__, url_prefix="/results")
FOR_NOW = "public, max-age=300"
MOMENT = timedelta(microseconds=1)
LEAVES = ("branch", "window")


@dataclass(frozen=True)
class Section:
    """One questionnaire on a page: what it says of the place, and tables of places below it."""

    view: View
    groups: tuple[tuple[str, tuple[Line, ...]], ...]


@bp.errorhandler(NotFound)
def _missing(_error: NotFound) -> Response:
    return page("missing.html", status=404)


@bp.get("")
@policy.public
def index() -> Response:
    """List every edition that may be read."""
    with reading() as session:
        found = [_heading(session, edition) for edition in public_results.listed(session)]
    return page("list.html", found=found)


@bp.get("/<name>")
@policy.public
def edition(name: str) -> Response:
    """Show an edition as a whole: the district, its units and sectors."""
    with reading() as session:
        found = public_results.find(session, name)
        if found.is_withdrawn:
            return _withdrawn(session, found)
        return _place(session, found, "district")


@bp.get("/<name>/<org_id>")
@policy.public
def organisation(name: str, org_id: str) -> Response:
    """Show a unit, a branch or a window."""
    with reading() as session:
        found = _open(session, name)
        return _place(session, found, "place", org_id)


@bp.get("/<name>/sectors/<sector>")
@policy.public
def sector(name: str, sector: str) -> Response:
    """Show a sector."""
    with reading() as session:
        return _place(session, _open(session, name), "sector", sector)


@bp.get("/<name>/board")
@policy.public
def board(name: str) -> Response:
    """Show what is being put right in all places."""
    with reading() as session:
        found = _open(session, name)
        items = public_results.board_of(session, found)
        return page("board.html", **_heading(session, found), items=items)


@bp.get("/<name>/<org_id>.pdf")
@policy.public
def pdf(name: str, org_id: str) -> Response:
    """Send the public report on one place, as it was frozen."""
    with reading() as session:
        found = _open(session, name)
        report = public_results.report_of(session, found, org_id)
        name = f"{found.round.code}-{org_id}-public.pdf"
    return _kept(send_document(report, Format.PDF, name, is_shown=True))


@bp.get("/<name>/figures.csv")
@policy.public
def figures(name: str) -> Response:
    """Send all public figures of an edition."""
    with reading() as session:
        found = _open(session, name)
        if found.release.id != _now(session, found):
            raise NotPublished
        made = exports.export_of(session, found.round, Audience.PUBLIC, "csv", bom=True)
    return _kept(send(made.data, "text/csv", f"{found.round.code}.csv"))


@bp.get("/<name>/release.json")
@policy.public
def release(name: str) -> Response:
    """Send what outsiders check an edition with."""
    with reading() as session:
        return _kept(_json(public_results.verification_of(session, _open(session, name))))


def _now(session: Session, found: Edition) -> int | None:
    current = results.release_now(session, found.round, Audience.PUBLIC)
    return current.id if current else None


def _open(session: Session, name: str) -> Edition:
    found = public_results.find(session, name)
    if found.is_withdrawn:
        raise NotPublished
    return found


def _place(session: Session, found: Edition, kind: str, key: str = "") -> Response:
    names = public_results.short_names(session)
    teller_of = _tellers(found, names)
    sections, name, org_id = [], "", ""
    answered = public_results.answered(session, found)
    for number, each in enumerate(answered):
        figures = _wanted(each.figures, kind, key)
        if figures is None:
            continue
        teller = teller_of(each)
        sections.append(
            Section(
                teller.view(figures, _peers(each.figures, figures), f"c{number}"),
                _groups(teller, each.figures, figures),
            )
        )
        name, org_id = name or teller.name(figures), org_id or figures.target.org_id
    if not sections:
        raise NotPublished
    is_leaf = kind == "place" and any(
        f.target.level in LEAVES and f.target.org_id == org_id
        for each in answered
        for f in each.figures
    )
    return page(
        "place.html",
        **_heading(session, found),
        name=name,
        org_id=org_id if is_leaf else "",
        kind=kind,
        sections=sections,
        items=following.public_items(session, org_id, now=clock.now())
        if is_leaf and not found.is_notice
        else [],
        promises=public_results.commitments_of(session, org_id) if is_leaf else [],
        has_pdf=is_leaf and public_results.has_report(session, found, org_id),
    )


def _tellers(found: Edition, names: dict[str, str]) -> Any:
    rules, language = results.rules_of(found.round), replies.language()
    return lambda each: Teller(each.questionnaire, rules, language, names)


def _wanted(released: Sequence[Figures], kind: str, key: str) -> Figures | None:
    for each in released:
        target = each.target
        if kind in ("district", "sector"):
            if target.level == kind and (kind == "district" or target.org_id == key):
                return each
        elif target.org_id == key and target.level in ("unit", *LEAVES) and not target.item:
            return each
    return None


def _peers(released: Sequence[Figures], figures: Figures) -> Figures | None:
    if figures.target.level not in LEAVES:
        return None
    for each in released:
        if each.target.level == "sector" and each.target.sector == figures.target.sector:
            return each
    return None


def _groups(
    teller: Teller, released: Sequence[Figures], figures: Figures
) -> tuple[tuple[str, tuple[Line, ...]], ...]:
    """Return the tables of places below one: never more than one level, in the register's order."""
    target, t = figures.target, teller.t

    def lines(level: Sequence[str], unit: str | None = None, sector: str = "") -> tuple[Line, ...]:
        return tuple(
            teller.line(each, _address(each))
            for each in released
            if each.target.level in level
            and (unit is None or each.target.unit_id == unit)
            and (not sector or each.target.sector == sector)
            and not each.target.item
        )

    if target.level == "unit":
        groups = [(t["children_unit"], lines(LEAVES, unit=target.org_id))]
    elif target.level == "sector":
        groups = [(t["children_sector"], lines(LEAVES, sector=target.org_id))]
    elif target.level == "district":
        direct = tuple(
            teller.line(each, _address(each))
            for each in released
            if each.target.level in LEAVES and each.target.unit_id in ("", target.org_id)
        )
        groups = [
            (t["children_units"], lines(("unit",))),
            (t["children_sectors"], lines(("sector",))),
            (t["children_direct"], direct),
        ]
    else:
        groups = []
    return tuple((title, rows) for title, rows in groups if rows)


def _address(figures: Figures) -> str:
    target = figures.target
    return f"sectors/{target.org_id}" if target.level == "sector" else target.org_id


def _heading(session: Session, found: Edition) -> dict[str, Any]:
    round_, made = found.round, found.publication
    zone = platform().config.zone
    published = made.published_at.astimezone(zone).date() if made.published_at else None
    total, done = public_results.objections_of(session, found)
    return {
        "edition": found,
        "round": round_,
        "made": made,
        "first": round_.opens_at.astimezone(zone).date(),
        "last": (round_.closes_at.astimezone(zone) - MOMENT).date(),
        "published": published,
        "organiser": public_results.organiser(session),
        "k": results.rules_of(round_).k_public,
        "objections": total,
        "objections_done": done,
    }


def _withdrawn(session: Session, found: Edition) -> Response:
    zone = platform().config.zone
    at = found.publication.withdrawn_at
    return page(
        "withdrawn.html",
        status=410,
        **_heading(session, found),
        withdrawn_on=at.astimezone(zone).date() if at else None,
    )


def page(template: str, *, status: int = 200, **values: Any) -> Response:
    """Return a page of published results in the language of the request, to be kept for a while."""
    language = replies.language()
    html = render_template(
        f"results/{template}",
        t=words(language),
        lang=language,
        html_language=HTML_LANGUAGES[language],
        other="zh" if language == "en" else "en",
        to=_link,
        here=_here,
        on=lambda day: _on(day, language),
        **values,
    )
    response = Response(html, status=status)
    response.headers["Content-Language"] = HTML_LANGUAGES[language]
    return _kept(response) if status == 200 else response


def _on(day: date | datetime, language: str) -> str:
    """Return a day as people write it, with its year."""
    if language == "en":
        return f"{day.day} {day:%B %Y}"
    return f"{day.year}年{day.month}月{day.day}日"


def _link(endpoint: str, **values: Any) -> str:
    """Return the address of a page in the language of this one."""
    if replies.language() == "en":
        values["lang"] = "en"
    return url_for(f"public_results.{endpoint}", **values)


def _here(language: str) -> str:
    """Return the address of this page in `language`."""
    values = dict(request.view_args or {})
    if language == "en":
        values["lang"] = "en"
    endpoint = request.endpoint or "public_results.index"
    return url_for(endpoint, **values)


def _json(data: object) -> Response:
    return Response(json.dumps(data, ensure_ascii=False), mimetype="application/json")


def _kept(response: Response) -> Response:
    response.headers["Cache-Control"] = FOR_NOW
    return response
