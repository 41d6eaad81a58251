"""How objects are distributed by their number of ballots, drawn as one bar for a questionnaire."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from survey.collection.participation import Band, Coverage, Spread
from survey.web.texts import text as _

WIDTH, GAP, LABEL_ROOM = 558.5, 2.0, 24.0
# Classes by band, so that colours follow the reader's theme; what is missing is framed in red.
TONES = ("sp0", "sp1", "sp2", "sp3")


@dataclass(frozen=True)
class Piece:
    """One band of a bar; lengths in pixels, `label` empty where it does not fit."""

    x: float
    width: float
    middle: float
    tone: str
    label: str


@dataclass(frozen=True)
class Bar:
    """One questionnaire: how many objects have ballots, of how many, and the bar."""

    name: str
    reached: int
    total: int
    gap: int
    spoken: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True)
class Spreads:
    """The bars of a round with their legend; `steps` says how counts are rounded."""

    lines: tuple[Bar, ...]
    key: tuple[tuple[str, str], ...]
    steps: str
    gap_name: str


def spreads_of(coverage: Coverage, titles: Mapping[str, str]) -> Spreads:
    """Return the bars of `coverage`; questionnaires without objects in sight are left out."""
    tells_zero = coverage.covered_from == 1
    shown = [spread for spread in coverage.spreads if spread.cell.total]
    names = [_band_name(band) for band in shown[0].bands] if shown else []
    return Spreads(
        lines=tuple(_bar(spread, titles[spread.questionnaire_code], names) for spread in shown),
        key=tuple(zip(names, TONES, strict=False)),
        steps=_("票数按档显示：0、1～4、5～9，之后以5为一档")
        if tells_zero
        else _("票数按档显示：0～4、5～9，之后以5为一档"),
        gap_name=_("无票") if tells_zero else _("不足5票"),
    )


def _band_name(band: Band) -> str:
    if band.high is None:
        return _("%(low)s票以上", low=band.low)
    if band.high == 0:
        return _("无票")
    return _("%(low)s～%(high)s票", low=band.low, high=band.high)


def _bar(spread: Spread, name: str, names: list[str]) -> Bar:
    filled = [(band, tone) for band, tone in zip(spread.bands, TONES, strict=True) if band.objects]
    room = WIDTH - GAP * max(0, len(filled) - 1)
    x, pieces = 0.75, []
    for band, tone in filled:
        width = max(2.0, room * band.objects / spread.cell.total)
        label = str(band.objects) if width >= LABEL_ROOM else ""
        pieces.append(Piece(round(x, 1), round(width, 1), round(x + width / 2, 1), tone, label))
        x += width + GAP
    told = (
        _("%(band)s%(count)s个", band=band_name, count=band.objects)
        for band_name, band in zip(names, spread.bands, strict=True)
    )
    return Bar(
        name=name,
        reached=spread.cell.covered,
        total=spread.cell.total,
        gap=spread.cell.missing,
        spoken=_("，").join(told),
        pieces=tuple(pieces),
    )
