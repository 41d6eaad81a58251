"""What is hashed of an opened box: every answer, text and picture, by target and all together."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from survey.collection.hashes import Hashes, merkle_root, ordered, packed_root
from survey.collection.models import (
    Box,
    CollectionPoint,
    Picture,
    Receipt,
    Response,
    Verbatim,
)

ROWS = 5_000
"""Rows taken from the database at a time."""
PICTURES = 8

_QUOTED = json.encoder.encode_basestring


@dataclass(frozen=True)
class PointRows:
    """What there is of one point in a box.

    Attributes:
        point_id: the point.
        ids, answers, flags: of its responses, each in the same order.
        texts: id, item code and text.
        pictures: the leaf of each, since the pictures themselves are large.
    """

    point_id: int
    ids: Sequence[bytes]
    answers: Sequence[str]
    flags: Sequence[str]
    texts: Sequence[tuple[bytes, str, str]] = ()
    pictures: Sequence[bytes] = ()


@dataclass(frozen=True)
class PointLeaves:
    """What is hashed of one point in a box.

    Attributes:
        answers: how many there are.
        leaves: of answers, texts and pictures, one after the other.
        blind: see `blind_of`.
    """

    answers: int
    leaves: bytes
    blind: str

    def target(self, code: str) -> bytes:
        """Return the `target_leaf` of the point whose code this is."""
        return target_leaf(code, self.answers, self.leaves, self.blind)


def leaves_in(rows: PointRows, *, with_point: bool = False) -> bytes:
    """Return the leaves of everything there is of a point, one after the other, in no order.

    They hold their point themselves where the box has no root of its targets to tie them to it.
    """
    sha256, quoted = hashlib.sha256, _QUOTED
    place = f"{rows.point_id}," if with_point else ""
    start = f'["response",{place}"'
    leaves = [
        sha256(f'{start}{id_.hex()}",{quoted(answers)},{quoted(flags)}]'.encode()).digest()
        for id_, answers, flags in zip(rows.ids, rows.answers, rows.flags, strict=True)
    ]
    point = (rows.point_id,) if with_point else ()
    leaves += [_leaf("text", *point, id_.hex(), *rest) for id_, *rest in rows.texts]
    return b"".join([*leaves, *rows.pictures])


def picture_leaf(id_: bytes, item_code: str, data: bytes, *point: int) -> bytes:
    """Return the leaf of a picture; `point` as in `leaves_in`."""
    return _leaf("picture", *point, id_.hex(), item_code, hashlib.sha256(data).hexdigest())


def blind_of(ids: Iterable[bytes]) -> str:
    """Return what nobody outside can guess of a target: a hash of the random ids of its answers.

    The leaves of all small targets are published together. Without this in a target's hash, its
    number would be found by trying every few of them: there are not many ways to choose three.
    """
    return hashlib.sha256(b"".join([b"blind", *sorted(ids)])).hexdigest()


def target_leaf(code: str, answers: int, leaves: bytes | bytearray, blind: str = "") -> bytes:
    """Return the hash that ties a target to the answers and texts that were given there.

    Boxes opened before there was a `blind` have none in it.
    """
    root = packed_root(ordered(leaves))
    return _leaf("target", code, answers, root, *([blind] if blind else []))


def content_root(leaves: Iterable[bytes | bytearray]) -> str:
    """Return the Merkle root over the leaves of a box, point by point given, in their order."""
    return packed_root(content_tree(leaves))


def content_tree(leaves: Iterable[bytes | bytearray]) -> Hashes:
    """Return what `content_root` is the root over."""
    return ordered(b"".join(leaves))


def targets_root(targets: Iterable[bytes]) -> str:
    """Return the Merkle root over what `target_leaf` makes of every target in a box."""
    return merkle_root(sorted(targets))


def targets_of(session: Session, box_id: int, leaves: Mapping[int, PointLeaves]) -> list[bytes]:
    """Return the `target_leaf` of every target that has something in a box."""
    query = select(CollectionPoint.id, CollectionPoint.code)
    codes = dict(
        session.execute(
            query.join(Box, Box.round_id == CollectionPoint.round_id).where(Box.id == box_id)
        ).all()
    )
    return [mine.target(codes.get(point_id, "")) for point_id, mine in leaves.items()]


def leaves_of(session: Session, box_id: int, *, with_point: bool = False) -> dict[int, PointLeaves]:
    """Return the leaves of everything that is stored of a box, by point."""
    return {
        rows.point_id: PointLeaves(
            len(rows.ids), leaves_in(rows, with_point=with_point), blind_of(rows.ids)
        )
        for rows in stored_rows(session, box_id, with_point=with_point)
    }


def stored_rows(session: Session, box_id: int, *, with_point: bool = False) -> Iterator[PointRows]:
    """Yield what is stored of a box, point after point; `with_point` as in `leaves_in`."""
    texts = select(Verbatim.id, Verbatim.item_code, Verbatim.text).where(Verbatim.box_id == box_id)
    responses = (
        select(Response.id, Response.answers, Response.flags)
        .where(Response.box_id == box_id)
        .order_by(Response.id)
    )
    with_texts, with_pictures = _points_with(session, box_id)
    for point_id in sorted({*response_counts(session, box_id), *with_texts, *with_pictures}):
        query = responses.where(Response.point_id == point_id)
        columns = tuple(zip(*_plain(session, query), strict=True))
        ids, answers, flags = columns or ((), (), ())
        mine = texts.where(Verbatim.point_id == point_id)
        yield PointRows(
            point_id,
            ids,
            answers,
            flags,
            texts=list(_plain(session, mine)) if point_id in with_texts else (),
            pictures=_picture_leaves(session, box_id, point_id, with_point)
            if point_id in with_pictures
            else (),
        )


def response_counts(session: Session, box_id: int) -> dict[int, int]:
    """Return the number of responses of a box by point."""
    query = select(Response.point_id, func.count()).where(Response.box_id == box_id)
    return dict(session.execute(query.group_by(Response.point_id)).all())


def receipts_root(session: Session, box_id: int) -> str:
    """Return the Merkle root over the sorted receipt hashes of a box."""
    return packed_root(receipts_tree(session, box_id))


def receipts_tree(session: Session, box_id: int) -> Hashes:
    """Return what `receipts_root` is the root over."""
    return ordered(stored_hashes(session, select(Receipt.hash).where(Receipt.box_id == box_id)))


def stored_hashes(session: Session, query: Select[str]) -> bytes:
    """Return the hashes in hex that `query` finds, one after the other as bytes."""
    found = bytearray()
    rows = session.connection().execute(query.execution_options(yield_per=ROWS))
    for part in rows.partitions():
        found += bytes.fromhex("".join([hash_ for (hash_,) in part]))
    return bytes(found)


def _points_with(session: Session, box_id: int) -> tuple[frozenset[int], frozenset[int]]:
    """Return the points that have texts, and those that have pictures."""
    with_texts = select(Verbatim.point_id).where(Verbatim.box_id == box_id).distinct()
    with_pictures = select(Picture.point_id).where(Picture.box_id == box_id).distinct()
    return frozenset(session.scalars(with_texts)), frozenset(session.scalars(with_pictures))


def _picture_leaves(session: Session, box_id: int, point_id: int, with_point: bool) -> list[bytes]:
    query = select(Picture.id, Picture.item_code, Picture.data).where(
        Picture.box_id == box_id, Picture.point_id == point_id
    )
    place = (point_id,) if with_point else ()
    # Few at a time: all pictures of a point need not fit into memory together.
    rows = session.connection().execute(query.execution_options(yield_per=PICTURES))
    return [picture_leaf(id_, code, data, *place) for id_, code, data in rows]


def _plain(session: Session, query: Select[bytes, str, str]) -> Iterator[tuple[bytes, str, str]]:
    """Yield rows as the driver has them; plain columns need nothing of the mapper."""
    with session.connection().execute(query.execution_options(yield_per=ROWS)) as rows:
        for part in rows.partitions():
            yield from map(tuple, part)


def _leaf(*content: str | int) -> bytes:
    """Return the SHA-256 of `content` as compact JSON."""
    parts = [_QUOTED(part) if isinstance(part, str) else str(part) for part in content]
    return hashlib.sha256(f"[{','.join(parts)}]".encode()).digest()
