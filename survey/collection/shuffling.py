"""Answers of a box put in an order that says nothing, hashed and counted, point by point."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from reports import tally
from reports.rules import RuleSet
from survey.collection.contents import (
    SEPARATOR,
    Contents,
    Piece,
    Place,
    split,
    unpack_text,
)
from survey.collection.counting import ballot_of, count
from survey.collection.leaves import PointRows, blind_of, leaves_in, target_leaf
from survey.collection.models import random_ids
from survey.collection.processes import spread


@dataclass(frozen=True)
class ShuffledPoint:
    """The answers of one point as they are stored, packed.

    Attributes:
        point_id: the point.
        ids: random, in order, 16 bytes each.
        answers, flags: in the order of the ids, joined by `SEPARATOR`.
        leaves: of answers, texts and pictures.
        target: see `leaves.target_leaf`.
        tally: the counts, as JSON.
    """

    point_id: int
    ids: bytes
    answers: bytes
    flags: bytes
    leaves: bytes
    target: bytes
    tally: str

    def rows(self) -> Iterator[tuple[int, bytes, str, str]]:
        """Yield point, id, answers and flags of every response, in the order of the ids."""
        for place, (answers, flags) in enumerate(
            zip(split(self.answers), split(self.flags), strict=True)
        ):
            yield self.point_id, self.ids[16 * place : 16 * place + 16], answers, flags


@dataclass(frozen=True)
class _Unordered:
    point_id: int
    pieces: Sequence[Piece]
    texts: Sequence[bytes]
    pictures: Sequence[bytes]


def shuffled(
    contents: Contents, places: Mapping[int, Place], rule_set: RuleSet, *, workers: int = 0
) -> list[ShuffledPoint]:
    """Return the answers in `contents`, which are taken out of it, in the order of points and ids.

    Ids are drawn here, after the rows were read, so sorting by them shuffles: what is stored in
    this order tells nothing of arrival, nor which credential or text came with which answer.
    """
    pictures: dict[int, list[bytes]] = {}
    for picture in contents.pictures:
        pictures.setdefault(picture.point_id, []).append(picture.leaf)

    def points() -> Iterator[_Unordered]:
        for point_id in sorted(contents.pieces):
            yield _Unordered(
                point_id,
                contents.pieces.pop(point_id),
                contents.texts.get(point_id, ()),
                pictures.get(point_id, ()),
            )

    def shuffle(point: _Unordered) -> ShuffledPoint:
        return _shuffled(point, places[point.point_id], rule_set)

    found = list(spread(shuffle, points(), workers=workers))
    return sorted(found, key=lambda point: point.point_id)


def _shuffled(point: _Unordered, place: Place, rule_set: RuleSet) -> ShuffledPoint:
    answers = [each for piece in point.pieces for each in split(piece.answers)]
    flags = [each for piece in point.pieces for each in split(piece.flags)]
    drawn = sorted(zip(random_ids(len(answers)), answers, flags, strict=True))
    ids, in_order, their_flags = zip(*drawn, strict=True)
    rows = PointRows(
        point.point_id,
        ids,
        in_order,
        their_flags,
        [unpack_text(text) for text in point.texts],
        point.pictures,
    )
    leaves = leaves_in(rows)
    ballots = map(ballot_of, in_order, their_flags)
    return ShuffledPoint(
        point.point_id,
        b"".join(ids),
        SEPARATOR.join(in_order).encode(),
        SEPARATOR.join(their_flags).encode(),
        leaves,
        target_leaf(place.code, len(ids), leaves, blind_of(ids)),
        json.dumps(tally.to_data(count(place.questionnaire, rule_set, list(ballots)))),
    )
