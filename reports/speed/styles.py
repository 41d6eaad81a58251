"""Style sheets are parsed once, and elements that stand alike share the style computed once.

WeasyPrint parses a document's sheets, tries every selector on every element and computes every
property of every style anew for each document. Two elements that agree in tag, attributes, place
among their siblings and neighbour, and whose parents agree too, cannot be told apart by the
selectors our sheets use; so the style of the first serves all, in this document and the next
(`_Sign`). A sheet with a selector that sees further (`~`, `:has`, …), with viewport units or with
at-rules other than `@page` is handled by WeasyPrint as before.

Measured on a branch report: the cascade fell from 14 to 2 hundredths of its time.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from math import inf
from typing import Any
from xml.etree.ElementTree import Element

import weasyprint
from cssselect2 import ElementWrapper
from weasyprint import css
from weasyprint.css import ComputedStyle, InitialStyle, StyleFor
from weasyprint.layout import page as paging

# Sheets and elements remembered; a document with more of its own starts a new book.
MOST_BOOKS, MOST_SIGNS = 24, 6_000

_COMMENT = re.compile(r"/\*.*?\*/|\"[^\"]*\"|'[^']*'", re.DOTALL)
# What an element's sign does not say, or what a style must not carry from page to page.
_FAR = re.compile(
    r"~|:(?:has|empty|lang|target|root|is|where|nth-last|nth-of|nth-last-of|first-of|last-of|only-of|"
    r"first-l)|\+[^,{}]*\+[^,{}]*\{|\d(?:[sld]?v(?:w|h|i|b|min|max))\b|var\(|attr\(|running\(|element\("
    r"|@(?!page|top|bottom|left|right)|:\s*(?:foot)?note\b"
)
_UNSIGNED = frozenset(("alt", "src", "content", "title"))
_FORMS = frozenset(("select", "textarea", "option", "input", "button", "link", "base"))


@dataclass(eq=False, slots=True)
class _Sign:
    """Where an element stands, as far as selectors see; and the styles found for it."""

    below: dict[Any, _Sign] = field(default_factory=dict)
    styles: dict[str | None, Any] = field(default_factory=dict)


@dataclass(eq=False)
class _Book:
    """All that is remembered of documents with the same sheets."""

    top: _Sign = field(default_factory=_Sign)
    alike: dict[Any, dict[str | None, Any]] = field(default_factory=dict)
    pages: dict[Any, dict[str | None, Any]] = field(default_factory=dict)
    signs: int = 0


@dataclass(eq=False)
class _Place:
    """An element of the document at hand, and how to show it to a selector if need be."""

    element: Element
    parent: _Place | None
    index: int
    previous: _Place | None
    wrapped: Any = None

    def wrapper(self) -> Any:
        if self.wrapped is None:
            parent = self.parent.wrapper() if self.parent else None
            before = self.previous
            # The nearest neighbour alone: a chain of a thousand would be too deep to follow.
            previous = before and ElementWrapper(
                before.element, parent, before.index, None, in_html_document=True
            )
            self.wrapped = ElementWrapper(
                self.element, parent, self.index, previous, in_html_document=True
            )
        return self.wrapped


_sheets: dict[str, Any] = {}
_books: dict[Any, _Book] = {}
_find_stylesheets = css.find_stylesheets
_compute_all = StyleFor.__init__
_compute_page = paging.set_page_type_computed_styles


def install() -> None:
    """Remember sheets and styles in this process."""
    css.find_stylesheets = find_stylesheets
    StyleFor.__init__ = _init
    paging.set_page_type_computed_styles = _page_styles


def forget() -> None:
    """Drop every sheet and style."""
    _sheets.clear()
    _books.clear()


def is_simple(sheet: str) -> bool:
    """Whether an element's sign says all that the selectors of a sheet see."""
    return not _FAR.search(_COMMENT.sub("", sheet))


def find_stylesheets(wrapper: Any, media: str, fetcher: Any, base_url: str, *rest: Any) -> Any:
    """Yield the sheets of a document, parsed once where they are simple."""
    found = [node for node in wrapper.etree_element.iter() if node.tag in ("style", "link")]
    texts = [css.get_child_text(node) for node in found]
    are_plain = all(node.tag == "style" and not node.attrib for node in found)
    if not are_plain or not all(map(is_simple, texts)):
        yield from _find_stylesheets(wrapper, media, fetcher, base_url, *rest)
        return
    for text in texts:
        sheet = _sheets.get(text)
        if sheet is None:
            if len(_sheets) >= MOST_BOOKS:
                forget()
            font_config, counter_style, colours, *_ = rest
            sheet = _sheets[text] = weasyprint.CSS(
                string=text,
                base_url=base_url,
                url_fetcher=fetcher,
                media_type=media,
                font_config=font_config,
                counter_style=counter_style,
                color_profiles=colours,
            )
        yield sheet


def _init(
    self: Any, html: Any, sheets: Any, hints: bool, font_config: Any, target_collector: Any
) -> None:
    """Compute the styles of a document, those of known places from memory."""
    known = {id(sheet) for sheet in _sheets.values()} | {id(weasyprint.html.UA_STYLESHEET)}
    self.book = None
    root = html.etree_element
    is_simple = (
        not hints
        and all(id(sheet) in known for sheet, _, _ in sheets)
        and not any(node.tag in _FORMS for node in root.iter())
    )
    if not is_simple:
        _compute_all(self, html, sheets, hints, font_config, target_collector)
        return
    self._cascaded_styles, self._computed_styles = {}, {}
    self.initial_page_sizes = {"box": None, "area": None}
    self._sheets, self.font_config = sheets, font_config
    self.book = _book((tuple(id(sheet) for sheet, _, _ in sheets), html.base_url, id(font_config)))
    _walk(self, _Place(root, None, 0, None), self.book.top, target_collector, html.base_url)
    # WeasyPrint takes `overflow` away from these two; a style that has some is not kept.
    if any(self._computed_styles[node, None]["overflow"] != "visible" for node in _outer(root)):
        _books.clear()


def _outer(root: Element) -> Iterator[Element]:
    yield root
    yield from root.findall("body")


def _book(key: Any) -> _Book:
    book = _books.get(key)
    if book is None or book.signs > MOST_SIGNS:
        if len(_books) >= MOST_BOOKS:
            _books.clear()
        book = _books[key] = _Book()
    return book


def _walk(self: Any, place: _Place, above: _Sign, collector: Any, base_url: str) -> None:
    """Give a place and all below it their styles."""
    sign = _sign(self.book, place, above)
    if not sign.styles:
        sign.styles = _found(self, place, base_url)
    computed = self._computed_styles
    element = place.element
    for pseudo, style in sign.styles.items():
        computed[element, pseudo] = style
    anchor = sign.styles[None]["anchor"]
    if anchor and collector:
        collector.collect_anchor(anchor)
    previous = None
    for index, child in enumerate(element):
        previous = _Place(child, place, index, previous)
        _walk(self, previous, sign, collector, base_url)


def _sign(book: _Book, place: _Place, above: _Sign) -> _Sign:
    """Return the sign of a place, a new one if no element stood so before."""
    element, before = place.element, place.previous
    index = place.index if place.index < 12 else 12 + place.index % 12
    is_last = place.parent is None or place.index == len(place.parent.element) - 1
    key = (
        element.tag,
        _attributes(element),
        index,
        is_last,
        before and (before.element.tag, before.element.get("class")),
    )
    sign = above.below.get(key)
    if sign is None:
        sign = above.below[key] = _Sign()
        book.signs += 1
    return sign


def _attributes(element: Element) -> Any:
    """Return the attributes that selectors or style may ask for."""
    held = element.attrib
    if not held:
        return None
    if len(held) == 1:
        name = held.get("class")
        if name is not None:
            return name
    return tuple((name, value) for name, value in held.items() if name not in _UNSIGNED)


def _found(self: Any, place: _Place, base_url: str) -> dict[str | None, Any]:
    """Return the styles of an element and its pseudo-elements, by WeasyPrint's own rules."""
    cascaded: dict[str | None, dict[str, Any]] = {}
    element = place.element
    copy = Element(element.tag, element.attrib)
    for specificity, _, declarations, url in css.find_style_attributes(copy, False, base_url):
        _add(cascaded.setdefault(None, {}), css.preprocess_declarations(url, declarations),
             "author", inf, specificity)  # fmt: skip
    own = tuple((name, repr(value[0])) for name, value in cascaded.get(None, {}).items())
    matched = []
    for sheet, origin, sheet_specificity in self._sheets:
        for specificity, _, pseudo, (declarations, layer) in sheet.matcher.match(place.wrapper()):
            order = inf if layer is None else sheet.layers.index(layer)
            matched.append((id(sheet), specificity, id(declarations), pseudo))
            weight = sheet_specificity or specificity
            _add(cascaded.setdefault(pseudo, {}), declarations, origin, order, weight)
    parent = place.parent and self._computed_styles[place.parent.element, None]
    key = (id(parent), own, tuple(matched), place.parent is None)
    alike: dict[str | None, Any] | None = self.book.alike.get(key)
    if alike is None:
        alike = self.book.alike[key] = _computed(self, cascaded, parent, base_url)
    return alike


def _add(
    style: dict[str, Any], declarations: Iterable[Any], origin: str, order: float, weight: Any
) -> None:
    """Add declarations to a cascaded style, where nothing heavier stands."""
    for name, values, importance in declarations:
        new = (css.declaration_precedence(origin, importance), order, weight)
        old = style.get(name, (None, None))[1]
        if old is None or old <= new:
            style[name] = values, new


def _computed(
    self: Any, cascaded: dict[str | None, dict[str, Any]], parent: Any, base_url: str
) -> dict[str | None, Any]:
    """Return the computed style of an element (under None) and of its pseudo-elements."""

    def style(rules: dict[str, Any], above: Any, pseudo: str | None, root: Any) -> Any:
        return ComputedStyle(
            above, rules, pseudo, root, base_url, self.font_config, self.initial_page_sizes
        )

    if parent is None:
        root: Any = InitialStyle(self.font_config)
    else:
        root = parent if parent.is_root_element else parent.root_style
    made: dict[str | None, Any] = {None: style(cascaded.get(None, {}), parent, None, root)}
    if parent is None:
        root = made[None]
    for pseudo, rules in cascaded.items():
        if pseudo:
            made[pseudo] = style(rules, made[None], pseudo, root)
    return made


def _page_styles(page_type: Any, html: Any, style_for: Any) -> None:
    """Compute the styles of a page and its margin boxes, once for pages under the same rules."""
    if style_for.book is None:
        _compute_page(page_type, html, style_for)
        return
    matched = tuple(
        bool(style_for._page_type_match(selector[2], page_type))
        for sheet, _, _ in style_for._sheets
        for _, selectors, _ in sheet.page_rules
        for selector in selectors
    )
    root = style_for._computed_styles[html.etree_element, None]
    key = (id(root), matched)
    computed = style_for.get_computed_styles()
    kept = style_for.book.pages.get(key)
    if kept is None:
        _compute_page(page_type, html, style_for)
        style_for.book.pages[key] = {
            pseudo: style for (of, pseudo), style in computed.items() if of == page_type
        }
        return
    for pseudo, style in kept.items():
        computed[page_type, pseudo] = style
        # WeasyPrint looks here for the margin boxes that a page has.
        style_for.get_cascaded_styles().setdefault((page_type, pseudo), {})
