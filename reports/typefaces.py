"""Which fonts documents are set in, and which characters none of them has.

The bundled fonts are enough for every document. An office that has the faces of GB/T 9704 itself
(方正小标宋简体, 仿宋_GB2312, 楷体_GB2312, 黑体) puts the files into `PINGYI_HOME/fonts`: they come
first then, and ours stand in where they lack a character. `fonts/fonts.conf` holds the order.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from pathlib import Path

FONTS = Path(__file__).resolve().parent / "fonts"
FONT_FILES = (
    "PYSong-Regular.ttf",
    "PYSong-Bold.ttf",
    "PYHei-Regular.ttf",
    "PYHei-Bold.ttf",
    "PYKai-Regular.ttf",
    "PYMono-Regular.ttf",
)
FAMILIES = ("PY Song", "PY Hei", "PY Kai", "PY Mono")
PLACE = "XDG_DATA_HOME"
"""The variable that fontconfig finds an office's folder `fonts` by."""

_UNSEEN = ("Cc", "Cf", "Mn", "Me", "Zl", "Zp", "Zs")


def office_place(home: Path | None) -> str:
    """Return what `PLACE` is for the fonts in `home`/fonts; without them, where nothing is."""
    return str(home) if home is not None else str(FONTS / "none")


def missing_characters(text: str) -> str:
    """Return the characters of `text` that no bundled font has, each once, in their order.

    They would be printed as boxes. Controls, blanks and marks, which print nothing of their own,
    are never among them.
    """
    held = _held()
    lacking = dict.fromkeys(letter for letter in text if ord(letter) not in held)
    return "".join(each for each in lacking if unicodedata.category(each) not in _UNSEEN)


@cache
def _held() -> frozenset[int]:
    """Return every character that some bundled font of text has."""
    from fontTools.ttLib import TTFont

    found: set[int] = set()
    for name in FONT_FILES:
        with TTFont(FONTS / name, lazy=True) as font:
            found.update(font.getBestCmap())
    return frozenset(found)
