"""HTML to PDF bytes, the same on every machine.

Only the bundled fonts are seen and only files below `reports/` are fetched, so a document can
neither change with the machine nor reach anything outside. Dates come from the document's
`dcterms.created` and `dcterms.modified`: the same HTML gives the same bytes. WeasyPrint is used
here and in `reports.typesetting`, nowhere else.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from reports import imprint, pauses
from reports.pdf_variants import Attached, Variant, engine_attachments, finish
from reports.typefaces import FAMILIES, FONT_FILES, FONTS, PLACE, office_place

ROOT = Path(__file__).resolve().parent
_SVG = re.compile(r"<svg .*?</svg>", re.DOTALL)
_SAID = re.compile(r'<desc[^>]*>([^<]*)</desc>|aria-label="([^"]*)"')


class PdfNotPossible(RuntimeError):
    """This machine cannot make documents; the message says what to install."""


class ForbiddenAddress(ValueError):
    """A document asked for something outside the bundle."""


def check_engine() -> None:
    """Make sure that documents come out right and fast on this machine.

    Raises:
        PdfNotPossible: Pango, its subsetter or a bundled font is missing, or is not found.
    """
    for name in FONT_FILES:
        if not (FONTS / name).is_file():
            raise PdfNotPossible(f"The font reports/fonts/{name} is missing; restore the checkout.")
    try:
        _engine()
        from weasyprint.text import ffi
    except (OSError, ImportError) as error:
        raise PdfNotPossible(
            "Pango is missing: apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
        ) from error
    if ffi.harfbuzz_subset is None:
        # Without it fonts are cut in Python, and a report takes 4 to 40 times as long.
        raise PdfNotPossible("HarfBuzz's subsetter is missing: apt-get install libharfbuzz-subset0")
    lines = "".join(f'<p style="font-family: {family}">A一' for family in FAMILIES)
    proof = render_pdf(lines, variant=Variant.PLAIN, packed=False)
    has_own = any(Path(os.environ[PLACE], "fonts").glob("*.*"))
    for family in FAMILIES:
        # A document set in another font, or in boxes, is worse than none.
        if family.replace(" ", "-").encode() not in proof and not has_own:
            raise PdfNotPossible(f"The font {family} is not found; is fontconfig in order?")


def render_pdf(
    html: str,
    *,
    variant: Variant = Variant.ISSUED,
    attachments: Sequence[Attached] = (),
    packed: bool = True,
) -> bytes:
    """Return `html` as a PDF.

    Args:
        html: a whole document; addresses in it are relative to `reports/`.
        variant: what the PDF promises to screen readers and archives.
        attachments: files to go inside, as the document's own data.
        packed: compresses the parts, as every document to be kept should be.
    """
    _engine()
    with pauses.without_collector(len(html)):
        return _made(html, variant, attachments, packed)


def _made(html: str, variant: Variant, attachments: Sequence[Attached], packed: bool) -> bytes:
    from reports import speed
    from reports.speed import trees

    page, pictures = _apart(html)
    drawn = _drawn(pictures)

    def lay_out(text: str) -> Any:
        read = trees.document(text, f"{ROOT.as_uri()}/", _fetcher(pictures))
        return read.render(
            font_config=_font_configuration(), pdf_variant=variant.engine_name, cache=drawn
        )

    document = speed.laid_out(lambda: lay_out(imprint.settle(page, lay_out)))
    pdf: bytes = document.write_pdf(
        finisher=partial(finish, variant=variant),
        pdf_tags=variant.is_tagged,
        pdf_variant=variant.engine_name,
        uncompressed_pdf=not packed,
        attachments=engine_attachments(attachments),
    )
    return pdf


def _apart(html: str) -> tuple[str, dict[str, bytes]]:
    """Return `html` with images in the place of its inline SVGs, and the SVGs by address.

    As images they pass by the HTML parser and the style cascade, which saves a sixth of a
    report's time; what they say becomes the text that stands for them. An SVG can only be one of
    our own charts: all other text is escaped before it gets here.
    """
    pictures: dict[str, bytes] = {}

    def image(found: re.Match[str]) -> str:
        address = f"picture:{len(pictures)}"
        pictures[address] = found.group().encode("utf-8")
        said = _SAID.search(found.group())
        return f'<img src="{address}" alt="{(said[1] or said[2]) if said else ""}">'

    return _SVG.sub(image, html), pictures


def _drawn(pictures: dict[str, bytes]) -> dict[str, Any]:
    """Return those pictures that can be drawn without WeasyPrint's SVG, by address."""
    from reports.speed.pictures import chart

    made = {address: chart(data, _font_configuration()) for address, data in pictures.items()}
    return {address: picture for address, picture in made.items() if picture is not None}


@cache
def _engine() -> Any:
    """Import WeasyPrint, with nothing but the bundled fonts to be seen.

    The import waits until here because fontconfig reads its settings at that moment, and so that
    a process which renders elsewhere never loads Pango.
    """
    os.environ["FONTCONFIG_FILE"] = str(FONTS / "fonts.conf")
    os.environ.setdefault(PLACE, office_place(None))
    # Newer versions look there too, and a letter that we lack would come from this machine's fonts.
    os.environ["XDG_DATA_DIRS"] = office_place(None)
    import weasyprint

    from reports import speed, typesetting

    typesetting.install()
    speed.install()
    logging.getLogger("weasyprint").setLevel(logging.ERROR)
    logging.getLogger("fontTools").setLevel(logging.ERROR)
    return weasyprint


@cache
def _font_configuration() -> Any:
    from weasyprint.text.fonts import FontConfiguration

    return FontConfiguration()


def _fetcher(pictures: dict[str, bytes]) -> Any:
    """Return a fetcher that hands out `pictures` and files below `reports/`, nothing else."""
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    class BundleFetcher(URLFetcher):
        def fetch(self, url: str, headers: dict[str, str] | None = None) -> Any:
            if url in pictures:
                kind = {"Content-Type": "image/svg+xml"}
                return URLFetcherResponse(url, pictures[url], kind)
            if not is_bundled(url):
                raise ForbiddenAddress(url[:200])
            return super().fetch(url, headers)

    return BundleFetcher(allowed_protocols=("file", "picture"), allow_redirects=False)


def is_bundled(url: str) -> bool:
    """Whether `url` names a file of the bundle, after every `..` and link is followed."""
    parts = urlsplit(url)
    if parts.scheme != "file" or parts.netloc:
        return False
    return Path(unquote(parts.path)).resolve().is_relative_to(ROOT)
