"""Paragraphs, tables and pictures as WordprocessingML, in the styles of the Word template."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup, escape

from reports.form_parts import FormGrid
from reports.lettering import legal
from reports.parts import Column

TWIPS_PER_MM = 1440 / 25.4
EMU_PER_MM = 36000
PORTRAIT_MM, LANDSCAPE_MM = 156.0, 225.0
FORM_ROW_TWIPS = 600


def run(text: str, *, bold: bool = False, underlined: bool = False) -> Markup:
    """Return text as runs; line ends stay line ends."""
    marks = ("<w:b/>" if bold else "") + ('<w:u w:val="single"/>' if underlined else "")
    properties = Markup(f"<w:rPr>{marks}</w:rPr>" if marks else "")  # noqa: S704 - our own
    lines = legal(text.replace("\t", " ")).split("\n")
    pieces = Markup("<w:br/>").join(
        Markup('<w:t xml:space="preserve">{}</w:t>').format(line) for line in lines
    )
    return Markup("<w:r>{}{}</w:r>").format(properties, pieces)


def paragraph(style: str, *runs: Markup | str, align: str = "", extra: str = "") -> Markup:
    """Return a paragraph in the style `style` (its id); strings become plain runs."""
    jc = f'<w:jc w:val="{align}"/>' if align else ""
    head = Markup(  # noqa: S704 - our own names
        f'<w:pPr><w:pStyle w:val="{style}"/>{extra}{jc}</w:pPr>'
    )
    inside = Markup("").join(each if isinstance(each, Markup) else run(each) for each in runs)
    return Markup("<w:p>{}{}</w:p>").format(head, inside)


def table(
    style: str,
    columns: Sequence[Column],
    rows: Sequence[Sequence[str]],
    *,
    text: str,
    head: str,
    width_mm: float,
    is_form: bool = False,
) -> Markup:
    """Return a table whose head stands on every page and whose rows are never split.

    `text` and `head` are the ids of the paragraph styles of its cells.
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
                words.append(paragraph(text, cell.foot, align="right"))
            frame = Markup(  # noqa: S704 - numbers
                f'<w:tcPr><w:tcW w:w="{own}" w:type="dxa"/><w:gridSpan w:val="{cell.span}"/>'
                '<w:vAlign w:val="center"/></w:tcPr>'
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


def _frame(style: str, widths: Sequence[int]) -> Markup:
    columns = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    return Markup(  # noqa: S704 - numbers and our own names
        f'<w:tblPr><w:tblStyle w:val="{style}"/><w:tblW w:w="{sum(widths)}" w:type="dxa"/>'
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
    style: str,
    *,
    is_head: bool = False,
    is_form: bool = False,
) -> Markup:
    parts = []
    for cell, column, width in zip(cells, columns, widths, strict=True):
        edge = '<w:tcBorders><w:bottom w:val="single" w:sz="6"/></w:tcBorders>' if is_head else ""
        centred = '<w:vAlign w:val="center"/>' if is_form or is_head else ""
        align = "center" if is_form and is_head else column.align
        parts.append(
            Markup("<w:tc>{}{}</w:tc>").format(
                Markup(  # noqa: S704 - numbers and our own names
                    f'<w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{edge}{centred}</w:tcPr>'
                ),
                paragraph(style, cell, align=align),
            )
        )
    height = f'<w:trHeight w:val="{FORM_ROW_TWIPS}" w:hRule="atLeast"/>' if is_form else ""
    repeated = "<w:tblHeader/>" if is_head else ""
    head = Markup(f"<w:trPr><w:cantSplit/>{height}{repeated}</w:trPr>")  # noqa: S704 - our own
    return Markup("<w:tr>{}{}</w:tr>").format(head, Markup("").join(parts))
