"""Paragraphs, tables and pictures as WordprocessingML, in the styles of the Word template."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup, escape

from reports.form_parts import FormGrid
from reports.lettering import legal, text_width
from reports.parts import Column

TWIPS_PER_MM = 1440 / 25.4
EMU_PER_MM = 36000
PORTRAIT_MM, LANDSCAPE_MM, FORM_MM = 156.0, 225.0, 162.0
FORM_ROW_TWIPS = 600


CERTIFICATE_MM, IMPRINT_POINTS = 216.0, 14


def run(
    text: str,
    *,
    bold: bool = False,
    underlined: bool = False,
    is_small: bool = False,
    points: float = 0,
) -> Markup:
    """Return text as runs; line ends stay line ends.

    `points` is its size where it is its own; what `is_small` has the style 小字 of the template.
    """
    marks = '<w:rStyle w:val="小字"/>' if is_small else ""
    marks += "<w:b/>" if bold else ""
    if points:
        marks += f'<w:sz w:val="{round(points * 2)}"/><w:szCs w:val="{round(points * 2)}"/>'
    marks += '<w:u w:val="single"/>' if underlined else ""
    properties = Markup(f"<w:rPr>{marks}</w:rPr>" if marks else "")  # noqa: S704 - our own
    lines = legal(text.replace("\t", " ")).split("\n")
    pieces = Markup("<w:br/>").join(
        Markup('<w:t xml:space="preserve">{}</w:t>').format(line) for line in lines
    )
    return Markup("<w:r>{}{}</w:r>").format(properties, pieces)


def paragraph(
    style: str,
    *runs: Markup | str,
    align: str = "",
    stays: bool = False,
    above: float | None = None,
    below: float | None = None,
    extra: str = "",
) -> Markup:
    """Return a paragraph in the style `style` (its id); strings become plain runs.

    `above` and `below` are room in points where it is its own; `extra` is an indent or a break.
    """
    room = "".join(
        f' w:{side}="{round(points * 20)}"'
        for side, points in (("before", above), ("after", below))
        if points is not None
    )
    first, last = (extra, "") if "Break" in extra else ("", extra)
    head = Markup(  # noqa: S704 - our own names
        f'<w:pPr><w:pStyle w:val="{style}"/>{"<w:keepNext/>" if stays else ""}{first}'
        + (f"<w:spacing{room}/>" if room else "")
        + last
        + (f'<w:jc w:val="{align}"/>' if align else "")
        + "</w:pPr>"
    )
    inside = Markup("").join(each if isinstance(each, Markup) else run(each) for each in runs)
    return Markup("<w:p>{}{}</w:p>").format(head, inside)


def indented(characters: float, points: float) -> str:
    """Return the indent of a whole paragraph by characters of `points`."""
    chars, twips = round(characters * 100), round(characters * points * 20)
    return (
        f'<w:ind w:leftChars="{chars}" w:left="{twips}" w:firstLineChars="0" w:firstLine="0"'
        ' w:hangingChars="0" w:hanging="0"/>'
    )


def locked(inside: Markup, name: str) -> Markup:
    """Return blocks in a control that Word lets nobody edit or delete; `name` says why."""
    return Markup(
        '<w:sdt><w:sdtPr><w:alias w:val="{}"/><w:id w:val="1"/>'
        '<w:lock w:val="sdtContentLocked"/></w:sdtPr><w:sdtContent>{}</w:sdtContent></w:sdt>'
    ).format(name, inside)


def framed(piece: str) -> bool:
    """Whether markup is a table."""
    return piece.startswith("<w:tbl>")


def table(
    style: str,
    columns: Sequence[Column],
    rows: Sequence[Sequence[str]],
    *,
    text: str | Sequence[str],
    head: str,
    width_mm: float,
    is_form: bool = False,
) -> Markup:
    """Return a table whose head stands on every page and whose rows are never split.

    `text` and `head` are the ids of the paragraph styles of its cells, or of each column's.
    """
    widths = _widths(columns, width_mm)
    lines = [_row([column.head for column in columns], columns, widths, head, is_head=True)]
    if not any(column.head for column in columns):
        lines = []
    for row in rows:
        lines.append(_row(row, columns, widths, text, is_form=is_form))
    return Markup("<w:tbl>{}{}</w:tbl>").format(_frame(style, widths), Markup("").join(lines))


def grid(form: FormGrid, style: str, *, text: str, head: str, width_mm: float) -> Markup:
    """Return a ruled form: labels centred, room to write, who signs at the foot of a cell."""
    widths = _widths([Column("", width) for width in form.widths], width_mm)
    rows = []
    for row in form.rows:
        cells, place = [], 0
        for cell in row.cells:
            own = sum(widths[place : place + cell.span])
            place += cell.span
            align = "center" if cell.is_label else cell.align
            words = [paragraph(head if cell.is_label else text, cell.text, align=align)]
            if cell.foot:
                words.append(paragraph(text, cell.foot, align="right", above=10))
            lies = "bottom" if cell.foot else "center"
            frame = Markup(  # noqa: S704 - numbers
                f'<w:tcPr><w:tcW w:w="{own}" w:type="dxa"/><w:gridSpan w:val="{cell.span}"/>'
                f'<w:vAlign w:val="{lies}"/></w:tcPr>'
            )
            cells.append(Markup("<w:tc>{}{}</w:tc>").format(frame, Markup("").join(words)))
        high = round(row.height * TWIPS_PER_MM)
        repeated = "<w:tblHeader/>" if row.is_head else ""
        height = f'<w:trHeight w:val="{high}" w:hRule="atLeast"/>'
        head_of_row = Markup(  # noqa: S704 - numbers
            f"<w:trPr><w:cantSplit/>{height}{repeated}</w:trPr>"
        )
        rows.append(Markup("<w:tr>{}{}</w:tr>").format(head_of_row, Markup("").join(cells)))
    return Markup("<w:tbl>{}{}</w:tbl>").format(_frame(style, widths), Markup("").join(rows))


def imprint(style: str, copies: str, printer: str, day: str, *, width_mm: float) -> Markup:
    """Return the imprint as a table that lies at the foot of the page of what follows it."""
    # As wide as the type, some programs would not let it lie anywhere but where it stands.
    whole = round(width_mm * TWIPS_PER_MM) - 20
    wide = whole - round((text_width(day, IMPRINT_POINTS) + 2.5 * IMPRINT_POINTS) * 20)
    rows = []
    if copies:
        hanging = '<w:ind w:leftChars="400" w:left="1120" w:right="280" w:hangingChars="300"'
        words = paragraph(style, copies, extra=f'{hanging} w:hanging="840"/>')
        rows.append(_line((words, whole, 2)))
    last = paragraph(style, day, align="right", extra='<w:ind w:left="0" w:right="280"/>')
    rows.append(_line((paragraph(style, printer), wide, 1), (last, whole - wide, 1)))
    return Markup("<w:tbl>{}{}</w:tbl>").format(
        _frame("TableImprint", (wide, whole - wide), is_at_foot=True), Markup("").join(rows)
    )


def beside(left: Markup, right: Sequence[Markup], *, left_mm: float, width_mm: float) -> Markup:
    """Return a picture, or whatever is `left`, with paragraphs beside it; no lines around them."""
    first, whole = round(left_mm * TWIPS_PER_MM), round(width_mm * TWIPS_PER_MM)
    row = _line((left, first, 1), (Markup("").join(right), whole - first, 1), lies="center")
    return Markup("<w:tbl>{}{}</w:tbl>").format(_frame("TableBare", (first, whole - first)), row)


def certificate(lines: Sequence[tuple[str, str]]) -> Markup:
    """Return a certificate: lines with the ids of their styles, framed, on a page of its own."""
    whole = round(PORTRAIT_MM * TWIPS_PER_MM)
    words = Markup("").join(
        paragraph(style, text, extra="" if place else "<w:pageBreakBefore/>", above=above)
        for place, (style, text) in enumerate(lines)
        for above in ((68,) if place == 0 else (None,))
    )
    high = round(CERTIFICATE_MM * TWIPS_PER_MM)
    return Markup("<w:tbl>{}{}</w:tbl>").format(
        _frame("TableCertificate", (whole,)),
        _line((words, whole, 1), height=f'<w:trHeight w:val="{high}" w:hRule="atLeast"/>'),
    )


def _line(*cells: tuple[Markup, int, int], height: str = "", lies: str = "top") -> Markup:
    """Return a row of cells, each with its words, its width in twips and its span."""
    made = [
        Markup('<w:tc><w:tcPr><w:tcW w:w="{}" w:type="dxa"/><w:gridSpan w:val="{}"/>'
               '<w:vAlign w:val="{}"/></w:tcPr>{}</w:tc>').format(width, span, lies, words)
        for words, width, span in cells
    ]  # fmt: skip
    head = Markup(f"<w:trPr><w:cantSplit/>{height}</w:trPr>")  # noqa: S704 - our own
    return Markup("<w:tr>{}{}</w:tr>").format(head, Markup("").join(made))


def _frame(style: str, widths: Sequence[int], *, is_at_foot: bool = False) -> Markup:
    columns = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    foot = (
        '<w:tblpPr w:horzAnchor="margin" w:vertAnchor="margin" w:tblpXSpec="left"'
        ' w:tblpYSpec="bottom"/>'
    )
    return Markup(  # noqa: S704 - numbers and our own names
        f'<w:tblPr><w:tblStyle w:val="{style}"/>{foot if is_at_foot else ""}'
        f'<w:tblW w:w="{sum(widths)}" w:type="dxa"/>'
        f'<w:tblLayout w:type="fixed"/></w:tblPr><w:tblGrid>{columns}</w:tblGrid>'
    )


def picture(relation: str, number: int, width_mm: float, height_mm: float, said: str) -> Markup:
    """Return a run with a picture of the package; `said` stands for it where it is not seen."""
    wide, high = round(width_mm * EMU_PER_MM), round(height_mm * EMU_PER_MM)
    alternative = escape(legal(said))
    return Markup(  # noqa: S704 - numbers, and a text that is escaped
        '<w:r><w:drawing><wp:inline distT="0" distB="0" distL="0" distR="0">'
        f'<wp:extent cx="{wide}" cy="{high}"/>'
        f'<wp:docPr id="{number}" name="图片{number}" descr="{alternative}"/>'
        '<a:graphic xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"><a:graphicData '
        'uri="http://schemas.openxmlformats.org/drawingml/2006/picture">'
        '<pic:pic xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture">'
        f'<pic:nvPicPr><pic:cNvPr id="{number}" name="图片{number}" descr="{alternative}"/>'
        "<pic:cNvPicPr/></pic:nvPicPr>"
        f'<pic:blipFill><a:blip r:embed="{relation}"/><a:stretch><a:fillRect/></a:stretch>'
        f'</pic:blipFill><pic:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="{wide}" cy="{high}"/>'
        '</a:xfrm><a:prstGeom prst="rect"><a:avLst/></a:prstGeom></pic:spPr></pic:pic>'
        "</a:graphicData></a:graphic></wp:inline></w:drawing></w:r>"
    )


def _widths(columns: Sequence[Column], width_mm: float) -> list[int]:
    """Return the widths of columns in twips; shares that do not make a whole are scaled."""
    total = sum(column.width for column in columns) or 1.0
    return [round(width_mm * TWIPS_PER_MM * column.width / total) for column in columns]


def _row(
    cells: Sequence[str],
    columns: Sequence[Column],
    widths: Sequence[int],
    style: str | Sequence[str],
    *,
    is_head: bool = False,
    is_form: bool = False,
) -> Markup:
    parts = []
    styles = [style] * len(columns) if isinstance(style, str) else style
    for cell, column, width, own in zip(cells, columns, widths, styles, strict=True):
        edge = '<w:tcBorders><w:bottom w:val="single" w:sz="6"/></w:tcBorders>' if is_head else ""
        centred = '<w:vAlign w:val="center"/>' if is_form or is_head else ""
        align = "center" if is_form and is_head else column.align
        parts.append(
            Markup("<w:tc>{}{}</w:tc>").format(
                Markup(  # noqa: S704 - numbers and our own names
                    f'<w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{edge}{centred}</w:tcPr>'
                ),
                paragraph(own, cell, align=align),
            )
        )
    height = f'<w:trHeight w:val="{FORM_ROW_TWIPS}" w:hRule="atLeast"/>' if is_form else ""
    repeated = "<w:tblHeader/>" if is_head else ""
    head = Markup(f"<w:trPr><w:cantSplit/>{height}{repeated}</w:trPr>")  # noqa: S704 - our own
    return Markup("<w:tr>{}{}</w:tr>").format(head, Markup("").join(parts))
