"""Files that come in pieces over a bad line."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey.accounts.policy import Actor
from survey.errors import NotFound
from survey.rectification import uploads
from survey.rectification.refusals import EvidenceRefused
from survey.rectification.uploads import PieceMisplaced

ME, SOMEBODY = Actor("shuji", ()), Actor("lisi", ())
NAME = "a-name-of-my-own-1"


@given(data=st.data(), content=st.binary(min_size=1, max_size=400))
def test_lost_and_doubled_pieces_make_the_same_file(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, content: bytes
) -> None:
    folder = tmp_path_factory.mktemp("parts")
    while (there := uploads.sent(folder, ME, NAME).offset) < len(content):
        start = data.draw(st.sampled_from([0, there, there, there]))
        piece = content[start : start + data.draw(st.integers(1, 90))]
        if start == there:
            uploads.add_piece(folder, ME, NAME, start, piece)
            continue
        with pytest.raises(PieceMisplaced) as misplaced:
            uploads.add_piece(folder, ME, NAME, start, piece)
        assert misplaced.value.offset == there
    assert uploads.whole(folder, ME, NAME) == content
    assert not uploads.is_settled(folder, ME, NAME)
    uploads.settle(folder, ME, NAME)
    assert uploads.is_settled(folder, ME, NAME)
    assert uploads.sent(folder, ME, NAME).offset == 0


def test_nobody_reaches_another_persons_pieces(tmp_path: Path) -> None:
    uploads.add_piece(tmp_path, ME, NAME, 0, b"mine")
    assert uploads.sent(tmp_path, SOMEBODY, NAME).offset == 0
    with pytest.raises(NotFound):
        uploads.whole(tmp_path, SOMEBODY, NAME)


@pytest.mark.parametrize("name", ["", "short", "../../../../etc/passwd", "a" * 65, "名" * 20])
def test_names_lead_nowhere_else(tmp_path: Path, name: str) -> None:
    with pytest.raises(NotFound):
        uploads.add_piece(tmp_path, ME, name, 0, b"x")
    assert list(tmp_path.iterdir()) == []


def test_size_and_number_have_limits(tmp_path: Path) -> None:
    with pytest.raises(EvidenceRefused):
        uploads.add_piece(tmp_path, ME, NAME, 0, b"x" * (uploads.MAX_PIECE + 1))
    with pytest.raises(EvidenceRefused):
        uploads.add_piece(tmp_path, ME, NAME, uploads.MAX_BYTES, b"x")
    for number in range(uploads.MOST_AT_ONCE):
        uploads.add_piece(tmp_path, ME, f"{NAME}-{number}", 0, b"x")
    with pytest.raises(EvidenceRefused):
        uploads.add_piece(tmp_path, ME, f"{NAME}-one-more", 0, b"x")
    uploads.add_piece(tmp_path, SOMEBODY, NAME, 0, b"x")


def test_what_nobody_finishes_is_forgotten(tmp_path: Path) -> None:
    uploads.add_piece(tmp_path, ME, NAME, 0, b"old")
    uploads.add_piece(tmp_path, SOMEBODY, NAME, 0, b"new")
    now = datetime.now(UTC)
    (old,) = [file for file in tmp_path.iterdir() if file.read_bytes() == b"old"]
    before = (now - timedelta(days=3)).timestamp()
    os.utime(old, (before, before))

    assert uploads.forget_old(tmp_path, now=now) == 1

    assert uploads.sent(tmp_path, SOMEBODY, NAME).offset == 3
