"""Form pages as bytes: compressed once, with the part that differs from page to page spliced in.

A gzip stream is a chain of deflate blocks. The page's head and tail are stored as finished
blocks; the idempotency key and its receipt go between them as one uncompressed block, so that
serving a page neither renders nor compresses anything.
"""

from __future__ import annotations

import re
import struct
import zlib
from dataclasses import dataclass

SLOT = "\0"
"""Stands in a rendered page where the part that differs goes; no text can contain it."""

GZIP_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03"  # no time, best compression, Unix
RAW_DEFLATE = -15
MAX_STORED_BYTES = 0xFFFF
SEAMS = re.compile("(?=</style>|<script>)")
"""Where style, text and script meet: a block's codes suit one of them better than a mixture."""


@dataclass(frozen=True)
class PageParts:
    """A page on disk: `head` is unfinished raw deflate ending on a byte, `tail` ends the stream.

    `csp` is the Content-Security-Policy that allows the page's own style and script, by hash.
    """

    head: bytes
    tail: bytes
    csp: str


@dataclass(frozen=True)
class ServedPage:
    """A page in memory, with what the gzip trailer needs to know about its parts."""

    head: bytes
    tail: bytes
    csp: str
    head_crc: int
    head_size: int
    plain_tail: bytes


def compress(html: str, csp: str) -> PageParts:
    """Return `html`, which holds `SLOT` exactly once, as compressed parts.

    Raises:
        ValueError: there is no slot, or more than one.
    """
    head, *rest = html.split(SLOT)
    if len(rest) != 1:
        raise ValueError(f"the page has {len(rest)} slots, not one")
    return PageParts(_deflate(head, zlib.Z_FULL_FLUSH), _deflate(rest[0], zlib.Z_FINISH), csp)


def load(parts: PageParts) -> ServedPage:
    """Return `parts` ready to be served."""
    plain_head = _inflate(parts.head)
    return ServedPage(
        head=parts.head,
        tail=parts.tail,
        csp=parts.csp,
        head_crc=zlib.crc32(plain_head),
        head_size=len(plain_head),
        plain_tail=_inflate(parts.tail),
    )


def gzipped(page: ServedPage, middle: bytes) -> bytes:
    """Return the page with `middle` in its slot as a gzip stream.

    Raises:
        ValueError: `middle` does not fit into one block.
    """
    size = len(middle)
    if size > MAX_STORED_BYTES:
        raise ValueError("the part to splice in is too long")
    stored = struct.pack("<BHH", 0, size, size ^ 0xFFFF)
    crc = zlib.crc32(page.plain_tail, zlib.crc32(middle, page.head_crc))
    length = page.head_size + size + len(page.plain_tail)
    trailer = struct.pack("<LL", crc, length & 0xFFFFFFFF)
    return b"".join((GZIP_HEADER, page.head, stored, middle, page.tail, trailer))


def plain(page: ServedPage, middle: bytes) -> bytes:
    """Return the page with `middle` in its slot, uncompressed, for clients that ask for that."""
    return b"".join((_inflate(page.head), middle, page.plain_tail))


def _deflate(text: str, flush: int) -> bytes:
    compressor = zlib.compressobj(9, zlib.DEFLATED, RAW_DEFLATE, memLevel=9)
    *parts, last = SEAMS.split(text)
    blocks = [compressor.compress(p.encode()) + compressor.flush(zlib.Z_BLOCK) for p in parts]
    return b"".join((*blocks, compressor.compress(last.encode()), compressor.flush(flush)))


def _inflate(data: bytes) -> bytes:
    return zlib.decompressobj(RAW_DEFLATE).decompress(data)
