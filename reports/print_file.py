"""Many documents in one PDF for the print shop: shared fonts, bookmarks, each from an odd page.

Every document brings its own cut of the same fonts, which makes up most of its size. The cuts keep
the glyph numbers of the bundled fonts, so that one cut with the glyphs of all fits every page.
Structure, attachments and links, which paper has no use for, are left behind.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import pikepdf
from fontTools import subset
from fontTools.ttLib import TTFont
from pikepdf import Array, Dictionary, Name, OutlineItem, Pdf

from reports.typefaces import FONTS

_SAYS = re.compile(rb"<([0-9a-fA-F]{4})> <([0-9a-fA-F]+)>")
_PER_BLOCK = 100
_UNPRINTED = ("/Annots", "/StructParents", "/Tabs")


class NothingToPrint(ValueError):
    """There is no document to put into the file."""


@dataclass
class _Face:
    """A font of the file: its object, and what all documents use of it, by glyph."""

    font: Any
    widths: dict[int, float] = field(default_factory=dict)
    said: dict[int, bytes] = field(default_factory=dict)


def combined(title: str, documents: Iterable[tuple[str, bytes]]) -> bytes:
    """Return one PDF of all `documents`; the same ones give the same bytes.

    Each starts on the front of a sheet printed on both sides, is numbered from 1 and has a
    bookmark.

    Args:
        title: of the file.
        documents: the words of the bookmark, and a PDF made by `reports.pdf`.

    Raises:
        NothingToPrint: there is none.
    """
    out = Pdf.new()
    faces: dict[str, _Face] = {}
    starts: list[tuple[str, int]] = []
    sources = []
    for name, content in documents:
        source = Pdf.open(io.BytesIO(content))
        sources.append(source)
        if len(out.pages) % 2:
            out.add_blank_page(page_size=_size_of(out.pages[-1]))
        first = len(out.pages)
        starts.append((name, first))
        out.pages.extend(source.pages)
        for page in list(out.pages)[first:]:
            _strip(page)
            _share(page.obj.get("/Resources"), faces)
    if not starts:
        raise NothingToPrint(title)
    for base, face in faces.items():
        _widen(out, base, face)
    _guide(out, title, starts)
    stream = io.BytesIO()
    out.remove_unreferenced_resources()
    out.save(
        stream,
        deterministic_id=True,
        object_stream_mode=pikepdf.ObjectStreamMode.generate,
        compress_streams=True,
    )
    return stream.getvalue()


def _size_of(page: Any) -> tuple[float, float]:
    left, bottom, right, top = (float(each) for each in page.mediabox)
    return right - left, top - bottom


def _strip(page: Any) -> None:
    for key in _UNPRINTED:
        if key in page.obj:
            del page.obj[key]


def _share(resources: Any, faces: dict[str, _Face]) -> None:
    """Let all that is drawn with `resources` take its fonts from the file's own."""
    if resources is None:
        return
    for name, font in dict(resources.get("/Font", Dictionary())).items():
        base = str(font.get("/BaseFont", ""))
        if _file_of(base) is None or "/DescendantFonts" not in font:
            continue
        face = faces.setdefault(base, _Face(font))
        # What was shared already has been read with the first page that has it.
        if face.font.objgen != font.objgen or not face.widths:
            face.widths |= _widths(font.DescendantFonts[0].get("/W", Array()))
            face.said |= _said(font.ToUnicode.read_bytes())
        resources.Font[name] = face.font
    for drawn in dict(resources.get("/XObject", Dictionary())).values():
        if drawn.get("/Subtype") == Name.Form and "/Resources" in drawn:
            _share(drawn.Resources, faces)


@cache
def _file_of(base: str) -> str | None:
    """Return the bundled file of a font such as "/CFEZWK+PY-Hei-Bold"; None for another."""
    plain = base.partition("+")[2].replace("-", "").lower()
    for file in sorted(FONTS.glob("*.ttf")):
        if file.stem.replace("-", "").lower() in (plain, f"{plain}regular"):
            return file.name
    return None


def _widths(array: Any) -> dict[int, float]:
    """Return the widths of glyphs from [first [w w …] …] or [first last w …]."""
    found: dict[int, float] = {}
    parts = list(array)
    while parts:
        first, second = int(parts.pop(0)), parts.pop(0)
        if isinstance(second, Array):
            found |= {first + place: float(width) for place, width in enumerate(second)}
        else:
            width = float(parts.pop(0))
            found |= dict.fromkeys(range(first, int(second) + 1), width)
    return found


def _said(cmap: bytes) -> dict[int, bytes]:
    body = cmap.partition(b"beginbfchar")[2]
    return {int(glyph, 16): letters for glyph, letters in _SAYS.findall(body)}


def _widen(out: Pdf, base: str, face: _Face) -> None:
    """Give a font the glyphs, widths and letters of every document that uses it."""
    below = face.font.DescendantFonts[0]
    file = _file_of(base)
    if file is None:
        return
    glyphs = sorted(face.widths)
    below.FontDescriptor.FontFile2 = out.make_stream(_cut(file, glyphs))
    widths: list[Any] = []
    for glyph in glyphs:
        widths += [glyph, Array([round(face.widths[glyph])])]
    below.W = Array(widths)
    face.font.ToUnicode = out.make_stream(_cmap(face.said))


def _cut(file: str, glyphs: list[int]) -> bytes:
    """Return a bundled font with these glyphs only, under the numbers they have."""
    options = subset.Options(
        retain_gids=True, hinting=False, notdef_outline=True, recalc_timestamp=False
    )
    options.drop_tables += ["GSUB", "GPOS", "GDEF", "BASE", "DSIG", "vhea", "vmtx", "post", "name"]
    stream = io.BytesIO()
    with TTFont(FONTS / file, lazy=True, recalcTimestamp=False) as font:
        cutter = subset.Subsetter(options)
        cutter.populate(gids=glyphs)
        cutter.subset(font)
        font.save(stream, reorderTables=False)
    return stream.getvalue()


def _cmap(said: dict[int, bytes]) -> bytes:
    lines = [
        b"/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n/CIDSystemInfo\n"
        b"<< /Registry (Adobe)\n/Ordering (UCS)\n/Supplement 0\n>> def\n"
        b"/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n"
        b"1 begincodespacerange\n<0000> <ffff>\nendcodespacerange"
    ]
    pairs = sorted(said.items())
    for start in range(0, len(pairs), _PER_BLOCK):
        block = pairs[start : start + _PER_BLOCK]
        lines.append(b"%d beginbfchar" % len(block))
        lines += [b"<%04x> <%s>" % pair for pair in block]
        lines.append(b"endbfchar")
    lines.append(b"endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend")
    return b"\n".join(lines)


def _guide(out: Pdf, title: str, starts: list[tuple[str, int]]) -> None:
    """Add the bookmarks, and page numbers that begin anew with every document."""
    with out.open_outline() as outline:
        outline.root.extend(OutlineItem(name, page) for name, page in starts)
    labels: list[Any] = []
    for _, page in starts:
        labels += [page, Dictionary(S=Name.D, St=1)]
    out.Root.PageLabels = Dictionary(Nums=Array(labels))
    out.Root.PageMode = Name.UseOutlines
    out.Root.Lang = pikepdf.String("zh-CN")
    out.docinfo["/Title"] = title
