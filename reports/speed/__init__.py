"""What makes WeasyPrint 70 fast enough for two thousand reports a night, the pictures the same.

WeasyPrint forgets everything between two documents: it parses the style sheets again, computes
the style of every cell, asks Pango for every word twice, interprets every chart as if a stranger
had drawn it. Thousands of reports differ in their figures only, so here what was found once is
kept. Every module says what it changes, why that is safe and what it saves; each leaves alone what
it does not know. `tests/reports/test_speed.py` compares documents with and without them.
"""

from __future__ import annotations

from reports.speed import boxes, cells, files, fonts, lines, rows, styles, tags


def install() -> None:
    """Make WeasyPrint fast in this process; to be called once, after its import."""
    lines.install()
    fonts.install()
    styles.install()
    files.install()
    boxes.install()
    tags.install()
    rows.install()


laid_out = rows.laid_out


def forget() -> None:
    """Drop what was kept between documents; the next one is slower and the same."""
    lines.forget()
    cells.forget()
    styles.forget()
    fonts.forget()
