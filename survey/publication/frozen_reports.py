"""Every report of a round that was let out, frozen as data; later builds render that."""

from __future__ import annotations

from collections.abc import Callable
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from reports.figures import Audience
from survey.accounts.policy import OPERATOR
from survey.campaigns import service as campaigns
from survey.campaigns.models import Round
from survey.db import Sessions, reading
from survey.org import queries as organisations
from survey.publication import codes, documents, summary_documents
from survey.publication.codes import Printed
from survey.publication.document_kind import Asked, Kind
from survey.publication.marks import report_key
from survey.publication.reports import compile_of, reportables
from survey.results import frozen
from survey.results.frozen import REPORT, Part, part_of
from survey.results.models import Release, ReleasePart

CHUNK = 50
"""Reports compiled before they are kept: what an interruption costs, and how often one commits."""

Made = tuple[Part, Printed]
Wanted = tuple[Kind, str, Audience]
Progress = Callable[[int, int], None]


def freeze_reports(
    sessions: Sessions,
    round_code: str,
    *,
    zone: ZoneInfo,
    progress: Progress = lambda done, total: None,
) -> int:
    """Freeze the reports of a round's public release; return how many there are.

    Interrupted, it is simply called again: what is frozen stays as it is.

    Args:
        sessions: makes the transactions.
        round_code: of a round on notice or published; of any other nothing is done.
        zone: that dates in reports are in.
        progress: told how many of how many are done.
    """
    with reading(sessions) as session:
        wanted = _wanted(session, round_code, zone)
    for start in range(0, len(wanted), CHUNK):
        with reading(sessions) as session:
            made = _compiled(session, round_code, wanted[start : start + CHUNK], zone)
        with sessions.begin() as session:
            _keep(session, round_code, *made)
        progress(min(start + CHUNK, len(wanted)), len(wanted))
    return len(wanted)


def _wanted(session: Session, round_code: str, zone: ZoneInfo) -> list[Wanted]:
    """Return reports on objects first, then the summaries, for either audience."""
    round_ = campaigns.get_round(session, OPERATOR, round_code)
    release = frozen.latest(session, round_, Audience.PUBLIC)
    if release is None:
        return []
    found = [(Kind(each.kind), each.org_id) for each in reportables(session, OPERATOR, round_)]
    asked = _asked(session, round_, release, Audience.INTERNAL, zone)
    found += [
        (each.kind, listed.org_id)
        for each in summary_documents.KINDS
        for listed in each.listed(asked)
    ]
    return [(kind, org_id, audience) for kind, org_id in found for audience in Audience]


def _asked(
    session: Session, round_: Round, release: Release, audience: Audience, zone: ZoneInfo
) -> Asked:
    """Return the wish for a document as of the day on which the release was made."""
    return Asked(session, OPERATOR, round_, audience, zone, release.released_at)


def _compiled(
    session: Session, round_code: str, wanted: list[Wanted], zone: ZoneInfo
) -> tuple[int, list[Made]]:
    """Return the release and those of its reports that are not frozen yet; nothing is written."""
    round_ = campaigns.get_round(session, OPERATOR, round_code)
    release = frozen.latest(session, round_, Audience.PUBLIC)
    if release is None:
        return 0, []
    known, made = _known(session, release), []
    for kind, org_id, audience in wanted:
        is_single = kind in (Kind.BRANCH, Kind.WINDOW)
        key = report_key(org_id, audience, "" if is_single else kind)
        if key in known:
            continue
        if is_single:
            organisation = organisations.get(session, org_id)
            report = compile_of(session, round_, organisation, zone=zone, audience=audience)
        else:
            asked = _asked(session, round_, release, audience, zone)
            report = documents.compiled(asked, kind, org_id)
        printed = Printed(kind, org_id, audience, report, release.id)
        made.append((part_of(REPORT, "", key, report), printed))
    return release.id, made


def _keep(session: Session, round_code: str, release_id: int, made: list[Made]) -> None:
    """Store what was compiled of a release, unless it was withdrawn or followed meanwhile."""
    round_ = campaigns.get_round(session, OPERATOR, round_code)
    release = frozen.latest(session, round_, Audience.PUBLIC)
    if release is None or release.id != release_id:
        return
    known = _known(session, release)
    places = select(func.max(ReleasePart.place)).where(ReleasePart.release_id == release.id)
    new = [(part, printed) for part, printed in made if part.key not in known]
    frozen.store(session, release, [part for part, _ in new], (session.scalar(places) or 0) + 1)
    codes.remember(session, round_, [printed for _, printed in new])


def _known(session: Session, release: Release) -> set[str]:
    query = select(ReleasePart.key).where(
        ReleasePart.release_id == release.id, ReleasePart.kind == REPORT
    )
    return set(session.scalars(query))
