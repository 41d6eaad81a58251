"""Where the imprint 版记 of an official document goes: on the last page, which is an even one.

A style sheet cannot know on which page the text ends, so a document with an imprint is laid out
once to see it. Where the text ends on an odd page the imprint gets the page behind it; where it
did not fit below the text of an even page, a blank page stands between, and neither page has a
number (GB/T 9704-2012, 7.4 and 7.5).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

CARRIER = 'class="carrier"'
_APART, _UNNUMBERED = 'class="carrier apart"', 'class="carrier apart unnumbered"'


def settle(html: str, lay_out: Callable[[str], Any]) -> str:
    """Return `html` with its imprint, if it has one, on an even page.

    `lay_out` returns WeasyPrint's document of an HTML.
    """
    if CARRIER not in html:
        return html
    document = lay_out(html)
    found = _page_of(document, "imprint")
    if found is None or found % 2 == 0:
        return html
    is_after_blank = _page_of(document, "text-end") != found
    return html.replace(CARRIER, _UNNUMBERED if is_after_blank else _APART, 1)


def _page_of(document: Any, anchor: str) -> int | None:
    """Return the number of the page, from 1, that `anchor` stands on."""
    return next((n for n, page in enumerate(document.pages, 1) if anchor in page.anchors), None)
