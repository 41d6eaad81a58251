"""Cutting a TrueType font down to the glyphs that a document uses.

HarfBuzz can do it for every kind of font, in two passes over all tables. Ours are plain: outlines
in `glyf`, no hints, no variations. What a PDF needs of them (ISO 32000-1, 9.9: glyf, head, hhea,
hmtx, loca, maxp) is copied by place; glyphs keep their numbers, so nothing else has to change.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from itertools import accumulate

# Flags of a part of a composite glyph (OpenType, glyf).
_WORDS, _SCALE, _MORE, _TWO_SCALES, _MATRIX = 1, 8, 32, 64, 128
_NEEDED = {"glyf", "head", "hhea", "hmtx", "loca", "maxp"}
_UNKNOWN = {"CFF ", "CFF2", "fvar", "EBDT", "CBDT", "SVG ", "sbix", "COLR", "fpgm", "prep", "cvt "}


@dataclass(frozen=True)
class Outlines:
    """A font as far as cutting needs it: its tables, and where every glyph lies in `glyf`."""

    tables: dict[str, bytes]
    places: tuple[int, ...]
    advances: int


def read(font: bytes) -> Outlines | None:
    """Return what a font is cut from; None if it is of a kind that only HarfBuzz can cut."""
    if font[:4] != b"\x00\x01\x00\x00":
        return None
    tables = {}
    for at in range(12, 12 + 16 * int.from_bytes(font[4:6], "big"), 16):
        tag, _, start, length = struct.unpack(">4sIII", font[at : at + 16])
        tables[tag.decode("latin-1")] = font[start : start + length]
    if not tables.keys() >= _NEEDED or tables.keys() & _UNKNOWN:
        return None
    count = int.from_bytes(tables["maxp"][4:6], "big")
    if tables["head"][50:52] == b"\x00\x00":
        places = tuple(2 * n for n in struct.unpack(f">{count + 1}H", tables["loca"]))
    else:
        places = struct.unpack(f">{count + 1}I", tables["loca"][: 4 * count + 4])
    return Outlines(tables, places, int.from_bytes(tables["hhea"][34:36], "big"))


def cut(font: Outlines, glyphs: set[int]) -> bytes:
    """Return a font that holds `glyphs`, under their old numbers, and what they are made of."""
    kept = _with_parts(font, {0} | {glyph for glyph in glyphs if glyph < len(font.places) - 1})
    count = max(kept) + 1
    # Places count in halves, as a short `loca` does.
    outlines, halves = [], [0] * count
    metrics = bytearray(4 * count)
    for glyph in sorted(kept):
        outline = _outline(font, glyph)
        outline += bytes(-len(outline) % 4)
        outlines.append(outline)
        halves[glyph] = len(outline) // 2
        metrics[4 * glyph : 4 * glyph + 4] = _metric(font, glyph)
    places = tuple(accumulate(halves, initial=0))
    head, hhea, maxp = (bytearray(font.tables[name]) for name in ("head", "hhea", "maxp"))
    head[8:12] = bytes(4)
    is_short = places[-1] < 2**16
    head[50:52] = b"\x00\x00" if is_short else b"\x00\x01"
    hhea[34:36] = maxp[4:6] = count.to_bytes(2, "big")
    if is_short:
        loca = struct.pack(f">{count + 1}H", *places)
    else:
        loca = struct.pack(f">{count + 1}I", *(2 * place for place in places))
    made = {
        "glyf": b"".join(outlines),
        "head": bytes(head),
        "hhea": bytes(hhea),
        "hmtx": bytes(metrics),
        "loca": loca,
        "maxp": bytes(maxp),
    }
    return _file(made)


def _outline(font: Outlines, glyph: int) -> bytes:
    return font.tables["glyf"][font.places[glyph] : font.places[glyph + 1]]


def _metric(font: Outlines, glyph: int) -> bytes:
    """Return advance and left bearing of a glyph; the last ones share the last advance."""
    hmtx = font.tables["hmtx"]
    if glyph < font.advances:
        return hmtx[4 * glyph : 4 * glyph + 4]
    at = 4 * font.advances + 2 * (glyph - font.advances)
    return hmtx[4 * font.advances - 4 : 4 * font.advances - 2] + hmtx[at : at + 2]


def _with_parts(font: Outlines, glyphs: set[int]) -> set[int]:
    """Return `glyphs` and all that they are composed of."""
    found, waiting = set(glyphs), list(glyphs)
    while waiting:
        for part in _parts(_outline(font, waiting.pop())):
            if part not in found:
                found.add(part)
                waiting.append(part)
    return found


def _parts(outline: bytes) -> list[int]:
    """Return the glyphs that a composite outline refers to."""
    if not outline or outline[0] < 128:
        return []
    parts, at, flags = [], 10, _MORE
    while flags & _MORE:
        flags, part = struct.unpack(">HH", outline[at : at + 4])
        parts.append(part)
        at += 8 if flags & _WORDS else 6
        at += 2 if flags & _SCALE else 4 if flags & _TWO_SCALES else 8 if flags & _MATRIX else 0
    return parts


def _file(tables: dict[str, bytes]) -> bytes:
    """Return tables as a font file, with its checksums."""
    count = len(tables)
    power = 1 << (count.bit_length() - 1)
    head = struct.pack(
        ">IHHHH", 0x10000, count, 16 * power, power.bit_length() - 1, 16 * (count - power)
    )
    start, entries, parts, head_at = 12 + 16 * count, [], [], 0
    for tag, table in sorted(tables.items()):
        if tag == "head":
            head_at = start + 8
        entries.append(struct.pack(">4sIII", tag.encode(), _sum(table), start, len(table)))
        padded = table + bytes(-len(table) % 4)
        parts.append(padded)
        start += len(padded)
    font = bytearray(b"".join((head, *entries, *parts)))
    font[head_at : head_at + 4] = ((0xB1B0AFBA - _sum(bytes(font))) % 2**32).to_bytes(4, "big")
    return bytes(font)


def _sum(table: bytes) -> int:
    padded = table + bytes(-len(table) % 4)
    words: tuple[int, ...] = struct.unpack(f">{len(padded) // 4}I", padded)
    return sum(words) % 2**32
