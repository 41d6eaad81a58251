"""Fonts that one document used are known to the next, and are cut in one pass.

WeasyPrint reads a font file of some megabytes into memory, hashes its description and measures it
for every face of every document; here that is done once for a face and size. What a document uses
of it stays the document's own, so its bytes do not depend on what was made before it.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

from weasyprint.pdf.fonts import Font
from weasyprint.pdf.stream import Stream
from weasyprint.text.fonts import get_pango_font_key

from reports.speed import cutting


@dataclass(eq=False)
class Face:
    """A face as one line of text uses it: which glyphs, standing for what, how wide."""

    key: int
    model: Any
    font: Any

    @property
    def is_odd(self) -> bool:
        """Whether glyphs are missing or are pictures, which one document only can settle."""
        font = self.font
        return bool(font.missing or font.svg or font.png or font.colr or font.bitmap)

    def enter(self, fonts: dict[int, Any]) -> None:
        """Tell the fonts of a document that the line is part of it."""
        font = fonts.get(self.key)
        if font is None:
            font = fonts[self.key] = own(self.model)
        said, widths = font.to_unicode, font.widths
        for glyph, letters in self.font.to_unicode.items():
            said.setdefault(glyph, letters)
        widths.update(self.font.widths)


_models: dict[tuple[int, float], Any] = {}
_files: dict[str, bytes] = {}
_outlines: dict[int, Any] = {}

_by_harfbuzz = Font.subset


def install() -> None:
    """Let streams take their fonts from what is known."""
    Stream.add_font = _add_font
    Font.subset = _subset


def forget() -> None:
    """Drop every known face."""
    _models.clear()
    _files.clear()
    _outlines.clear()


def face_of(pango_font: Any) -> tuple[Face, float]:
    """Return the face of a font, with nothing entered, and its size in CSS pixels."""
    key, model, size = _model(pango_font)
    return Face(key, model, own(model)), size


def own(model: Any) -> Any:
    """Return a font of the same face that has not been used yet."""
    font = copy.copy(model)
    font.widths, font.to_unicode, font.missing = {}, {}, {}
    return font


def _model(pango_font: Any) -> tuple[int, Any, float]:
    key, description, size = get_pango_font_key(pango_font)
    # By size too: ascent and descent are rounded from it, and the first size of a document counts.
    model = _models.get((key, size))
    if model is None:
        model = _models[key, size] = Font(pango_font, description, size)
        # Some megabytes, which the sizes of one face have in common.
        whole = _files.setdefault(model.hash, model.file_content)
        if whole == model.file_content:
            model.file_content = whole
    return key, model, size


def _add_font(stream: Any, pango_font: Any) -> tuple[Any, float]:
    key, model, size = _model(pango_font)
    if key not in stream._fonts:
        stream._fonts[key] = own(model)
    return stream._fonts[key], size


def _subset(font: Any, to_unicode: dict[int, str], hinting: bool) -> None:
    """Cut a font down to the glyphs used; one that is not as plain as ours, by HarfBuzz."""
    if not to_unicode:
        return
    whole = font.file_content
    held = _outlines.get(id(whole))
    if held is None or held[0] is not whole:
        held = _outlines[id(whole)] = whole, cutting.read(whole)
    if held[1] is None or font.missing:
        _by_harfbuzz(font, to_unicode, hinting)
    else:
        font.file_content = cutting.cut(held[1], set(to_unicode))
