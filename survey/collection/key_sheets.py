"""Printed recovery sheets: one A4 page for each custodian of a round's key."""

from __future__ import annotations

from collections.abc import Sequence

from reports.documents import render
from survey.collection.custodians import Sheet


def key_sheets_html(sheets: Sequence[Sheet]) -> str:
    """Return a document with one page for each of `sheets`; it is printed and kept nowhere."""
    return render(
        "key_sheet.html.j2",
        sheets=[
            {
                "title": sheet.round_title,
                "round": sheet.round_code,
                "key": sheet.key_name,
                "account": sheet.account,
                "number": "一二三"[sheet.number - 1],
                "words": sheet.words,
            }
            for sheet in sheets
        ],
    )
