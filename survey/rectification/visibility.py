"""Which items everybody may see: the one place that says so (domain.md 3.12, 4).

Every public page, feed, poster, ledger, notice and report asks here. An item is public when all of
this holds; what is not public answers exactly as what does not exist.

1. Nobody has kept it back, and it was not voided.
2. The round that brought it up is published: before that, and once a publication was taken back,
   it would tell of results that are not out. The same goes for a closed item that a round which is
   not out yet has found again. Whoever reads a public document of a round reads its results there,
   so for that document the round is out, from its notice on.
3. What it was opened for can be read in that round's public results. An item about the score of a
   place whose figures disclosure control withholds would say that the place has answers, and bad
   ones.

Whether somebody suspects work for show changes nothing here: an item that vanished then would tell
the office that residents had said so, and how few.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from reports.figures import Audience, Figures
from reports.findings import index_of
from survey.accounts.policy import SYSTEM
from survey.campaigns.models import Round, RoundState
from survey.campaigns.public_words import ABOUT_FIGURES, COMMENT
from survey.db import once
from survey.rectification.models import RectificationItem, Transition
from survey.rectification.states import Act, State
from survey.results import frozen
from survey.results import service as results

PUBLISHED = (RoundState.PUBLISHED, RoundState.ARCHIVED)
ABOUT_OBJECTS = (COMMENT,)
"""Sources whose items rest on the object's answers as a whole, not on one figure of it."""

_Item = RectificationItem
_ANY = ""


def is_public(session: Session, *, beside: Round | None = None) -> ColumnElement[bool]:
    """Return the condition that an item is public; it needs no join.

    `beside` is the round whose public document is being made: to its readers that one is out.
    """
    secret = select(Round.id).where(~_is_out(Round, beside))
    reopened = once(
        session,
        ("secretly_reopened", beside and beside.id),
        lambda: _secretly_reopened(session, beside),
    )
    return and_(
        _Item.is_public,
        _Item.state != State.VOID.value,
        # Asked the other way about, SQLite would look every item up by its round.
        or_(_Item.round_id.is_(None), _Item.round_id.not_in(secret)),
        _Item.id.not_in(reopened),
        *(~condition for condition in _all_withheld(session, beside)),
    )


def _secretly_reopened(session: Session, beside: Round | None) -> Sequence[int]:
    """Return the items that a round which is not out has found again; they are few.

    Asked in one with the rest, PostgreSQL would read the history of all items each time.
    """
    codes = session.scalars(select(Round.code).where(~_is_out(Round, beside))).all()
    if not codes:
        return ()
    again = session.scalars(select(_Item.id).where(_Item.reopen_count > 0)).all()
    notes = [Transition.note.startswith(f"{code}：", autoescape=True) for code in codes]
    query = select(Transition.item_id).where(
        Transition.item_id.in_(again),
        Transition.act == Act.REOPEN.value,
        Transition.actor == SYSTEM.name,
        or_(*notes),
    )
    return session.scalars(query.distinct()).all()


def _is_out(round_: type[Round], beside: Round | None) -> ColumnElement[bool]:
    published = round_.state.in_(PUBLISHED)
    return published if beside is None else or_(published, round_.id == beside.id)


def _all_withheld(session: Session, beside: Round | None) -> Sequence[ColumnElement[bool]]:
    key = ("withheld", beside and beside.id)
    return once(session, key, lambda: tuple(_withheld(session, beside)))


def _withheld(session: Session, beside: Round | None) -> Iterator[ColumnElement[bool]]:
    """Yield, for each round that is out, the condition of items that its public figures hide."""
    about = (*ABOUT_FIGURES, *ABOUT_OBJECTS)
    out = session.scalars(select(Round.id).where(_is_out(Round, beside))).all()
    # By round alone, which an index answers: items that are kept back anyway do no harm here.
    query = (
        select(_Item.round_id, _Item.source, _Item.org_id, _Item.source_ref)
        .where(_Item.round_id.in_(out), _Item.source.in_(about))
        .distinct()
    )
    asked: dict[int | None, set[tuple[str, str]]] = {}
    if not out:
        return
    for round_id, source, org_id, ref in session.execute(query):
        about_all = source in ABOUT_OBJECTS
        asked.setdefault(round_id, set()).add((org_id, _ANY if about_all else ref))
    for round_id, pairs in asked.items():
        round_ = session.get_one(Round, round_id)
        figures = _public_figures(session, round_, beside)
        hidden: dict[str, list[str]] = {}
        for org_id, ref in sorted(pairs):
            if not _is_told(figures.get(org_id, ()), ref):
                hidden.setdefault(ref, []).append(org_id)
        for ref, org_ids in hidden.items():
            told = (
                _Item.source.in_(ABOUT_OBJECTS)
                if ref == _ANY
                else and_(_Item.source.in_(ABOUT_FIGURES), _Item.source_ref == ref)
            )
            yield and_(told, _Item.round_id == round_.id, _Item.org_id.in_(org_ids))


def _public_figures(
    session: Session, round_: Round, beside: Round | None = None
) -> dict[str, list[Figures]]:
    """Return what everybody may read of a round, by object; totals are left out.

    A draft of its public documents is read beside the figures as they would be let out now.
    """
    found: dict[str, list[Figures]] = {}
    if round_ is not beside and frozen.latest(session, round_, Audience.PUBLIC) is None:
        return found
    for used in round_.questionnaires:
        for figures in results.release_of(session, round_, used.code, Audience.PUBLIC):
            if figures.roll_up is None:
                found.setdefault(figures.target.org_id, []).append(figures)
    return found


def _is_told(figures: Sequence[Figures], ref: str) -> bool:
    if ref == _ANY:
        return bool(figures) and all(each.is_shown for each in figures)
    return any(index_of(each, ref) is not None for each in figures)


def is_seen(session: Session, number: str) -> bool:
    """Whether everybody may see the item `number`."""
    query = select(_Item.id).where(is_public(session), _Item.number == number)
    return session.scalar(query) is not None
