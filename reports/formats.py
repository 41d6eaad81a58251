"""Every format of a document, made from the one value and with the same figures."""

from __future__ import annotations

from enum import StrEnum

from reports import parts, sheets, web_page, word
from reports.documents import report_html
from reports.parts import EvaluationReport
from reports.pdf_variants import Attached
from reports.pictures import Render, pictures_of


class Format(StrEnum):
    """A format of documents; the value is the ending of its files."""

    PDF = "pdf"
    WORD = "docx"
    EXCEL = "xlsx"
    WEB = "html"
    FIGURES = "json"


MEDIA_TYPES = {
    Format.PDF: "application/pdf",
    Format.WORD: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    Format.EXCEL: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Format.WEB: "text/html; charset=utf-8",
    Format.FIGURES: "application/json",
}


FIGURES_NAME = "figures.json"


def attachment_of(report: EvaluationReport) -> Attached:
    """Return the words and figures of `report` as the file that its PDF carries.

    The SHA-256 of this file is the digest whose head stands on every page.
    """
    day = report.as_of.replace(microsecond=0)
    return Attached(FIGURES_NAME, parts.content_of(report), "本文件的文字和数字", day)


def made(report: EvaluationReport, wanted: Format, render: Render, *, verify: str = "") -> bytes:
    """Return `report` as a file; the same report gives the same bytes.

    Args:
        report: the document.
        wanted: its format.
        render: HTML in, PDF out: `Renderer.render`. Called for PDF, and for the charts of Word.
        verify: the address where check codes are tried, such as https://HOST/v; may be empty.

    Raises:
        RenderFailed: the document broke a limit of `render`.
    """
    if wanted is Format.PDF:
        return render(report_html(report, verify=verify), attachments=(attachment_of(report),))
    if wanted is Format.WORD:
        return word.document(report, pictures_of(report, render), verify=verify)
    if wanted is Format.EXCEL:
        return sheets.workbook(report, verify=verify)
    if wanted is Format.WEB:
        return web_page.page(report, verify=verify).encode()
    return parts.content_of(report)
