"""Paper ballots of a round: one document for each collection point, from the residents' form."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy.orm import Session

from forms.variants import Facts
from reports.formats import Format
from reports.paper_form import PaperBallot, paper_form_html, paper_form_page, symbol_text
from reports.paper_word import ballot_document
from reports.qr import qr_svg
from survey.accounts.policy import Action, Actor
from survey.campaigns.models import Round
from survey.collection.keying_batches import mark_of
from survey.collection.points import PointView, list_points, questionnaire_of

SYMBOL_MM = 17.0
PRINT = Action.PRINT_POSTERS


def paper_points(
    session: Session,
    actor: Actor,
    round_: Round,
    *,
    org_id: str | None = None,
    questionnaire: str | None = None,
) -> list[PointView]:
    """Return the points that `actor` may print ballots for; forms that are signed have none."""
    found = list_points(session, actor, round_, action=PRINT, org_id=org_id)
    return [
        point
        for point in found
        if questionnaire in (None, point.questionnaire_code)
        and not questionnaire_of(session, point).is_named
    ]


def paper_ballot(session: Session, point: PointView, *, is_large: bool) -> PaperBallot:
    """Return the paper ballot of one point; every page carries the mark of its version."""
    questionnaire = questionnaire_of(session, point)
    facts = Facts.of(point.facts)
    mark = mark_of(point)
    return PaperBallot(
        questionnaire=questionnaire,
        org_name=facts.name,
        organiser=facts.organiser,
        round_title=point.round_title,
        version=questionnaire.version,
        mark=mark,
        symbol=qr_svg(symbol_text(mark), size_mm=SYMBOL_MM, label="版本码"),
        is_large=is_large,
    )


def made(ballot: PaperBallot, wanted: Format) -> bytes:
    """Return a ballot as Word or as a web page; a PDF takes the renderer."""
    if wanted is Format.WORD:
        return ballot_document(ballot)
    return paper_form_page(ballot).encode()


def ballots(
    session: Session, points: list[PointView], round_code: str, *, is_large: bool
) -> Iterator[tuple[str, str]]:
    """Yield the file name and the HTML of each point's ballot."""
    for point in points:
        yield (
            file_name(round_code, point, is_large=is_large),
            paper_form_html(paper_ballot(session, point, is_large=is_large)),
        )


def files(
    session: Session,
    points: list[PointView],
    round_code: str,
    wanted: Format,
    *,
    is_large: bool,
) -> Iterator[tuple[str, bytes]]:
    """Yield each point's ballot as a file that takes no renderer, with its name."""
    for point in points:
        yield (
            file_name(round_code, point, is_large=is_large, wanted=wanted),
            made(paper_ballot(session, point, is_large=is_large), wanted),
        )


def file_name(
    round_code: str, point: PointView, *, is_large: bool, wanted: Format = Format.PDF
) -> str:
    """Return what the ballot of a point is called as a file."""
    size = "-large" if is_large else ""
    code = f"{round_code}-{point.questionnaire_code}-{point.org_id}-{point.code}"
    return f"{code}{size}.{wanted.value}"
