"""How wide text is and where it may break, before any font is loaded."""

from __future__ import annotations

import math
import re
import unicodedata

_WIDE = frozenset("WFA")
_NARROW = frozenset(" .,:;'!|()[]{}-ijlIrtf/")

# A break before these, or after those, is what Chinese setting forbids.
_NOT_FIRST = frozenset("，。、；：？！）》〉」』】〕”’…～%")
_NOT_LAST = frozenset("（《〈「『【〔“‘")
_PAUSES = frozenset("，、；：）》”和与及")

_UNBROKEN = re.compile(r"[!-~\u00a1-\u024f]{20}(?=[!-~\u00a1-\u024f])")
# Bidirectional controls could turn the words beside them around; the other controls print nothing,
# and what no XML may hold would break the metadata.
_CONTROLS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff"
    "\ufdd0-\ufdef\ufffe\uffff]"
)

# What XML cannot hold, and all that nobody can see.
_UNFIT = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ud800-\udfff"
    "\ufdd0-\ufdef\ufeff\ufffe\uffff]"
)

LONGEST_COMMENT = 500


def legal(text: str) -> str:
    """Return `text` without what XML cannot hold or nobody can see: pictures and Office files."""
    return _UNFIT.sub("", text)


def text_width(text: str, size: float) -> float:
    """Return the width of `text` set in the bundled sans at `size`, in the units of `size`."""
    return size * sum(_advance(character) for character in text)


def wrap(text: str, *, size: float, room: float, most: int) -> tuple[str, ...]:
    """Return `text` in lines no wider than `room`, about equally long, at most `most` of them.

    Lines end after punctuation or 和、与、及 where that costs no further line. What does not fit
    ends in “…”. Punctuation never begins a line.
    """
    width = text_width(text, size)
    count = min(max(1, math.ceil(width / room)), most)
    for number in range(count, most + 1):
        even = min(room, width / number + size)
        for target, at_pauses in ((even, True), (room, True), (even, False), (room, False)):
            lines = _filled(text, size, target, room, at_pauses)
            if len(lines) <= number:
                return tuple(lines)
    lines = _filled(text, size, room, room, at_pauses=False)
    last = lines[most - 1]
    while last and text_width(last + "…", size) > room:
        last = last[:-1]
    return (*lines[: most - 1], last + "…")


def breakable(text: str) -> str:
    """Return `text` safe to set: no control characters, no run that cannot be broken.

    An unbroken run of letters costs the layout engine the square of its length, so a zero-width
    space goes in after every 20 (security.md D11).
    """
    return _UNBROKEN.sub(lambda run: run.group() + "\u200b", _CONTROLS.sub("", text))


def comment(text: str, longest: int = LONGEST_COMMENT) -> str:
    """Return what a person wrote, `breakable` and cut to `longest` characters with “…”."""
    clean = " ".join(text.split())
    return breakable(clean if len(clean) <= longest else clean[: longest - 1] + "…")


def _advance(character: str) -> float:
    if unicodedata.combining(character) or unicodedata.category(character) in ("Cf", "Mn", "Me"):
        return 0.0
    if unicodedata.east_asian_width(character) in _WIDE:
        return 1.0
    if character.isdigit():
        return 0.556
    return 0.33 if character in _NARROW else 0.62


def _filled(text: str, size: float, target: float, room: float, at_pauses: bool) -> list[str]:
    """Return `text` broken greedily at `target`, punctuation kept with its neighbour."""
    lines, line = [], ""
    for character in text:
        fits = text_width(line + character, size) <= target
        clings = character in _NOT_FIRST and text_width(line + character, size) <= room
        if line and not fits and not clings:
            cut = (_pause(line) if at_pauses else 0) or _latest(line, character)
            lines.append(line[:cut])
            line = line[cut:]
        line += character
    return [*lines, line] if line else lines


def _latest(line: str, following: str) -> int:
    """Return the last place where `line`, which `following` follows, may end."""
    for cut in range(len(line), 0, -1):
        first = line[cut] if cut < len(line) else following
        if line[cut - 1] not in _NOT_LAST and first not in _NOT_FIRST:
            return cut
    return len(line)


def _pause(line: str) -> int:
    """Return where the last pause in the second half of `line` ends; 0 without one."""
    ends = [i for i, character in enumerate(line, 1) if character in _PAUSES]
    ends = [end for end in ends if line[end : end + 1] not in _NOT_FIRST]
    return next((end for end in reversed(ends) if end >= len(line) / 2), 0)
