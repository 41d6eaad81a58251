"""The feed of public items: Atom (RFC 4287), with ids that stay and no names of persons."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element, SubElement, tostring

from survey.rectification.following import PublicItem
from survey.rectification.workdays import CHINA
from survey.web.public.items_view import when
from survey.web.public.items_wording import source_words, words

ATOM = "http://www.w3.org/2005/Atom"
SINCE = "2026"
"""The year in the ids: tag URIs name a day on which the host was ours (RFC 4151)."""


def feed_of(
    items: Sequence[PublicItem],
    *,
    base: str,
    address: str,
    board: str,
    organiser: str,
    language: str,
) -> bytes:
    """Return a feed of `items`, the newest change first.

    `base` is the address of the platform; `address` and `board` are paths, of the feed itself and
    of the page it belongs to. Times are days: when a step was taken is nobody's business to the
    minute.
    """
    t, host = words(language), urlsplit(base).hostname or "localhost"
    feed = Element("feed", {"xmlns": ATOM, "xml:lang": "en" if language == "en" else "zh-CN"})
    _text(feed, "id", f"tag:{host},{SINCE}:{address}")
    _text(feed, "title", t["board"])
    _text(feed, "updated", _moment(max((item.updated_on for item in items), default=None)))
    _text(SubElement(feed, "author"), "name", organiser or t["product"])
    SubElement(
        feed, "link", {"rel": "self", "type": "application/atom+xml", "href": base + address}
    )
    SubElement(feed, "link", {"rel": "alternate", "type": "text/html", "href": base + board})
    for item in items:
        feed.append(_entry(item, f"{base}/items/{item.number}", host, language))
    whole: bytes = tostring(feed, encoding="utf-8", xml_declaration=True)
    return whole


def _entry(item: PublicItem, address: str, host: str, language: str) -> Element:
    t = words(language)
    entry = Element("entry")
    # The state belongs to the id's entry, not to the id: readers show a change as an update.
    _text(entry, "id", f"tag:{host},{SINCE}:/items/{item.number}")
    _text(entry, "title", f"{item.org_name}：{t[f'item_{item.state.value}']}")
    _text(entry, "updated", _moment(item.updated_on))
    suffix = "?lang=en" if language == "en" else ""
    link = {"rel": "alternate", "type": "text/html", "href": address + suffix}
    SubElement(entry, "link", link)
    SubElement(
        entry, "category", {"term": item.state.value, "label": t[f"item_{item.state.value}"]}
    )
    parts = (item.number, source_words(item.source, language), item.problem, when(item, language))
    _text(entry, "summary", "\n".join(filter(None, parts)))
    return entry


def _text(parent: Element, name: str, text: str) -> None:
    SubElement(parent, name).text = "".join(sign for sign in text if sign >= " " or sign == "\n")


def _moment(day: date | None) -> str:
    """Return the beginning of a day; the first day of feeds where nothing has happened yet."""
    at = datetime.combine(day, time(), CHINA) if day else datetime(int(SINCE), 1, 1, tzinfo=UTC)
    return at.isoformat()
