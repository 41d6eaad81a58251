"""Spliced pages are valid gzip streams of the right text, whatever goes into the slot."""

import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey.web.public import page_bytes
from survey.web.public.page_bytes import SLOT

TEXTS = st.text(st.characters(exclude_characters=SLOT, exclude_categories=["Cs"]), max_size=300)


@given(TEXTS, TEXTS, st.binary(max_size=200))
def test_a_spliced_page_unpacks_to_its_parts(head, tail, middle):
    page = page_bytes.load(page_bytes.compress(head + SLOT + tail, "csp"))
    expected = head.encode() + middle + tail.encode()

    assert gzip.decompress(page_bytes.gzipped(page, middle)) == expected
    assert page_bytes.plain(page, middle) == expected


@given(st.integers(0, 3_000))
def test_length_and_checksum_are_those_of_the_whole(size):
    page = page_bytes.load(page_bytes.compress("头" * size + SLOT + "尾" * size, ""))
    stream = page_bytes.gzipped(page, b"k" * 40)
    plain = gzip.decompress(stream)

    assert stream[-8:-4] == zlib.crc32(plain).to_bytes(4, "little")
    assert stream[-4:] == len(plain).to_bytes(4, "little")


@pytest.mark.parametrize("text", ["no slot", f"two{SLOT}slots{SLOT}"])
def test_a_page_has_one_slot(text):
    with pytest.raises(ValueError, match="slot"):
        page_bytes.compress(text, "")


def test_what_is_spliced_in_fits_into_one_block():
    page = page_bytes.load(page_bytes.compress(f"a{SLOT}b", ""))

    assert gzip.decompress(page_bytes.gzipped(page, b"x" * 0xFFFF)) == b"a" + b"x" * 0xFFFF + b"b"
    with pytest.raises(ValueError, match="long"):
        page_bytes.gzipped(page, b"x" * 0x10000)
