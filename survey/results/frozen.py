"""What was released of a round, read back from where it was frozen."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from reports.figures import Audience, Figures, Target
from reports.folding import folded
from reports.plain_data import canonical, from_plain, to_plain
from survey.campaigns.models import Round, RoundState
from survey.results.models import Release, ReleasePart
from survey.results.shelf import Shelf

FIGURES, OBJECT, REPORT = "figures", "object", "report"
PUBLIC_STATES = (RoundState.NOTICE, RoundState.PUBLISHED, RoundState.ARCHIVED)
"""While a round is in one of these, everybody may see its public release."""

DIGITS = 16
T = TypeVar("T")
_KEPT = Shelf(15_000)
"""Figures and objects by digest of the release and questionnaire: they never change. Folded, those
of a district of 2,300 take 20 MB: of two rounds for either audience there is room."""


@dataclass(frozen=True)
class Part:
    """A part of a release before it is stored."""

    kind: str
    questionnaire: str
    key: str
    text: str

    @property
    def digest(self) -> str:
        """SHA-256 of the JSON."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def part_of(kind: str, questionnaire: str, key: str, value: object) -> Part:
    """Return `value` as a part of a release."""
    return Part(kind, questionnaire, key, canonical(to_plain(value)))


def key_of(target: Target) -> str:
    """Return what tells an object or a total apart within one questionnaire."""
    return f"{target.level}/{target.key}"


def latest(session: Session, round_: Round, audience: Audience) -> Release | None:
    """Return the release that `audience` sees now; None before the first.

    Of a round that was withdrawn there is none for everybody, until it is published again.
    """
    if audience is Audience.PUBLIC and round_.state not in PUBLIC_STATES:
        return None
    return newest(session, round_, audience)


def newest(session: Session, round_: Round, audience: Audience) -> Release | None:
    """Return the last edition for `audience`, whether or not it was withdrawn since."""
    return next(iter(reversed(editions(session, round_, audience))), None)


def editions(session: Session, round_: Round, audience: Audience) -> list[Release]:
    """Return all editions for an audience, the first one first, withdrawn ones included."""
    query = (
        select(Release)
        .where(Release.round_id == round_.id, Release.kind == Audience(audience).value)
        .order_by(Release.edition)
    )
    return list(session.scalars(query))


def figures_of(session: Session, release: Release, questionnaire_code: str) -> tuple[Figures, ...]:
    """Return the figures of one questionnaire as they were released."""
    return _all(session, release, FIGURES, questionnaire_code, folded)


def objects_of(session: Session, release: Release, questionnaire_code: str) -> tuple[Target, ...]:
    """Return the objects of a questionnaire as they stood when an internal release was made."""
    return _all(session, release, OBJECT, questionnaire_code, _target)


def read_part(
    session: Session, release: Release, kind: str, key: str, as_: type[T], questionnaire: str = ""
) -> T | None:
    """Return one part of a release as a value; None where the release has none of this key."""
    stored = session.scalar(
        select(ReleasePart.content).where(
            ReleasePart.release_id == release.id,
            ReleasePart.kind == kind,
            ReleasePart.questionnaire == questionnaire,
            ReleasePart.key == key,
        )
    )
    return None if stored is None else from_plain(as_, json.loads(zlib.decompress(stored)))


def store(session: Session, release: Release, parts: Iterable[Part], first: int = 0) -> int:
    """Add parts to a release that is just being made; return how many there are then."""
    rows = [
        {
            "release_id": release.id,
            "kind": part.kind,
            "questionnaire": part.questionnaire,
            "key": part.key,
            "place": place,
            "digest": part.digest,
            "content": zlib.compress(part.text.encode(), 6),
        }
        for place, part in enumerate(parts, first)
    ]
    if rows:
        session.execute(ReleasePart.__table__.insert(), rows)  # type: ignore[attr-defined]
    return first + len(rows)


def damaged(session: Session, release: Release) -> list[str]:
    """Return the keys of parts that no longer are what was released; the figures' sum included."""
    query = (
        select(ReleasePart).where(ReleasePart.release_id == release.id).order_by(ReleasePart.place)
    )
    found, sums = [], []
    for part in session.scalars(query):
        digest = hashlib.sha256(zlib.decompress(part.content)).hexdigest()
        if digest != part.digest:
            found.append(f"{part.kind} {part.key}")
        if part.kind == FIGURES:
            sums.append(digest)
    if sum_of(sums) != release.content.get("figures"):
        found.append("figures")
    return found


def sum_of(digests: Sequence[str]) -> str:
    """Return one digest for many, in their order."""
    return hashlib.sha256("\n".join(digests).encode()).hexdigest()


def name_of(release: Release) -> str:
    """Return what an edition is called in print: 公开第1版 with the head of its digest."""
    kind = "公开" if release.kind == Audience.PUBLIC else "内部"
    return f"{kind}第{release.edition}版　{release.digest[:DIGITS]}"


def _target(content: bytes) -> Target:
    return from_plain(Target, json.loads(zlib.decompress(content)))


def _all(
    session: Session, release: Release, kind: str, questionnaire: str, read: Callable[[bytes], T]
) -> tuple[T, ...]:
    query = (
        select(ReleasePart.content)
        .where(
            ReleasePart.release_id == release.id,
            ReleasePart.kind == kind,
            ReleasePart.questionnaire == questionnaire,
        )
        .order_by(ReleasePart.place)
    )
    key = (release.digest, kind, questionnaire)
    return _KEPT.get(key, lambda: tuple(read(content) for content in session.scalars(query)))
