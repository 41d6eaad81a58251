"""The few SVG shapes that the charts are drawn with; every text is escaped here."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup, escape

from reports.lettering import legal

INK, INK_2, LINE = "#1f2729", "#4b5558", "#dcd7cb"
FONT = (
    "PY Hei,PingFang SC,HarmonyOS Sans SC,MiSans,Microsoft YaHei,Noto Sans CJK SC,Noto Sans SC,"
    "PY Song,sans-serif"
)


def picture(key: str, title: str, described: str, width: float, height: float, body: str) -> Markup:
    """Return a whole SVG around `body`, which this module's functions made.

    `key` makes the ids unique in a document; `described` says every value in words, for those
    who cannot see the picture.
    """
    return Markup(  # noqa: S704 - `body` holds only what this module escaped
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {number(width)} {number(height)}" '
        f'width="{number(width)}" height="{number(height)}" role="img" '
        f'aria-labelledby="{key}t {key}d" font-family="{FONT}">'
        f'<title id="{key}t">{escape(legal(title))}</title>'
        f'<desc id="{key}d">{escape(legal(described))}</desc>'
        f"{body}</svg>"
    )


def text(
    x: float,
    y: float,
    words: str,
    size: float,
    fill: str,
    anchor: str = "",
    *,
    bold: bool = False,
    halo: bool = False,
) -> str:
    """Return one line of text with its baseline at `y`; a halo lets it stand on lines."""
    shown_words = escape(legal(words))
    extra = f' text-anchor="{anchor}"' if anchor else ""
    extra += ' font-weight="700"' if bold else ""
    start = f'<text x="{number(x)}" y="{number(y)}" font-size="{number(size)}"'
    shown = f'{start} fill="{fill}"{extra}>{shown_words}</text>'
    if not halo:
        return shown
    # A white copy drawn first; `paint-order` is not known everywhere.
    return (
        f'{start} fill="#fff" stroke="#fff" stroke-width="5" stroke-linejoin="round" '
        f'aria-hidden="true"{extra}>{shown_words}</text>{shown}'
    )


def lines(words: Sequence[str], x: float, middle: float, size: float, anchor: str = "") -> str:
    """Return several lines of text, centred vertically on `middle`."""
    pitch = size + 4
    first = middle - (len(words) - 1) * pitch / 2 + 0.35 * size
    return "".join(
        text(x, first + pitch * index, line, size, INK, anchor) for index, line in enumerate(words)
    )


def rect(
    x: float, y: float, width: float, height: float, fill: str, stroke: str | None = None
) -> str:
    """Return a rectangle, 1.5 px of `stroke` around it if given."""
    edge = f' stroke="{stroke}" stroke-width="1.5"' if stroke else ""
    return (
        f'<rect x="{number(x)}" y="{number(y)}" width="{number(width)}" '
        f'height="{number(height)}" fill="{fill}"{edge}/>'
    )


def line(
    x1: float, y1: float, x2: float, y2: float, stroke: str, width: float, dash: str = ""
) -> str:
    """Return a straight line."""
    extra = f' stroke-dasharray="{dash}"' if dash else ""
    return (
        f'<line x1="{number(x1)}" y1="{number(y1)}" x2="{number(x2)}" y2="{number(y2)}" '
        f'stroke="{stroke}" stroke-width="{number(width)}"{extra}/>'
    )


def path(steps: str, stroke: str, width: float, dash: str = "") -> str:
    """Return an open path; several lines in one element are cheaper to draw."""
    extra = f' stroke-dasharray="{dash}"' if dash else ""
    return (
        f'<path d="{steps}" fill="none" stroke="{stroke}" stroke-width="{number(width)}"{extra}/>'
    )


def number(value: float) -> str:
    """Return `value` with at most two decimals and no trailing zeros."""
    short = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if short == "-0" else short
