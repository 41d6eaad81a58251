"""Envelopes: what goes in comes out, only with the right key, and length tells nothing."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nacl.public import PrivateKey

from survey.collection import sealing
from survey.collection.sealing import Sheet, SheetTooLong, Unreadable

KEY = PrivateKey.generate()
PUBLIC, PRIVATE = bytes(KEY.public_key), bytes(KEY)
OPEN = sealing.sheet_opener(PRIVATE)

texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=300)
sheets = st.builds(
    Sheet,
    point_id=st.integers(1, 2**31 - 1),
    answers=st.text(st.characters(codec="ascii", categories=("L", "N", "P")), max_size=60),
    receipt=st.text("0123456789abcdef", min_size=64, max_size=64),
    texts=st.lists(st.tuples(st.sampled_from(["A33", "A34"]), texts), max_size=2).map(tuple),
    contact=st.none() | st.binary(max_size=120),
    flags=st.sets(st.sampled_from(["dup", "fast", "straight", "suspect"])).map(sorted).map(tuple),
    is_void=st.booleans(),
)


@given(sheets)
def test_a_sheet_comes_out_as_it_went_in(sheet: Sheet) -> None:
    opened = OPEN(sealing.seal_sheet(PUBLIC, sheet))

    normal = tuple((code, unicodedata.normalize("NFC", text)) for code, text in sheet.texts)
    assert (opened.texts, opened.contact, opened.flags) == (normal, sheet.contact, sheet.flags)
    assert (opened.point_id, opened.answers, opened.receipt, opened.is_void) == (
        sheet.point_id,
        sheet.answers,
        sheet.receipt,
        sheet.is_void,
    )


@given(sheets)
def test_an_envelope_has_one_of_three_sizes(sheet: Sheet) -> None:
    assert len(sealing.seal_sheet(PUBLIC, sheet)) - 48 in sealing.SIZES


def test_the_best_and_the_worst_answer_have_the_same_length() -> None:
    best = sealing.seal_sheet(PUBLIC, Sheet(1, "0" * 40, "a" * 64))
    worst = sealing.seal_sheet(PUBLIC, Sheet(1, "4" * 40, "b" * 64, (("A33", "差" * 200),)))
    assert len(best) == len(worst)


@pytest.mark.parametrize(("length", "size"), [(0, 1024), (1020, 1024), (1021, 4096), (4093, 16384)])
def test_padding_takes_the_smallest_size_that_holds_it(length: int, size: int) -> None:
    padded = sealing.pad(b"x" * length)
    assert len(padded) == size
    assert sealing.unpad(padded) == b"x" * length


def test_a_sheet_that_fits_no_envelope_is_refused() -> None:
    with pytest.raises(SheetTooLong):
        sealing.pad(b"x" * 16_381)


def test_another_key_opens_nothing() -> None:
    sealed = sealing.seal_sheet(PUBLIC, Sheet(1, "1", "a" * 64))
    with pytest.raises(Unreadable):
        sealing.sheet_opener(bytes(PrivateKey.generate()))(sealed)


@given(st.integers(0, 1071), st.integers(1, 255))
def test_a_changed_byte_is_noticed(place: int, change: int) -> None:
    sealed = bytearray(sealing.seal_sheet(PUBLIC, Sheet(1, "1", "a" * 64)))
    sealed[place] ^= change
    with pytest.raises(Unreadable):
        OPEN(bytes(sealed))


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"[]", b"null", b"\xff", b'{"p": "1", "a": 1}', b"1", b'"x"']
)
def test_an_envelope_with_something_else_in_it_is_unreadable(content: bytes) -> None:
    sealed = sealing.SEALER.seal(PUBLIC, sealing.pad(content))
    with pytest.raises(Unreadable):
        OPEN(sealed)


@pytest.mark.parametrize("padded", [b"", b"x" * 1024, b"x" * 1000, b"\xff" * 4096])
def test_wrong_padding_is_unreadable(padded: bytes) -> None:
    with pytest.raises(Unreadable):
        OPEN(sealing.SEALER.seal(PUBLIC, padded))


def test_a_telephone_number_opens_with_the_contact_key_only() -> None:
    sealed = sealing.seal_contact(PUBLIC, "13800138000")

    assert sealing.open_contact(PRIVATE, sealed) == "13800138000"
    assert len(sealed) == len(sealing.seal_contact(PUBLIC, "0513-8652000"))
    with pytest.raises(Unreadable):
        sealing.open_contact(bytes(PrivateKey.generate()), sealed)
