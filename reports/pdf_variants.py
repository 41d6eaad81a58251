"""What a PDF promises besides its pages: structure for screen readers, fitness for an archive.

PDF/UA-1 (ISO 14289-1) asks for tags, a title that is shown, a language and texts that stand for
pictures; PDF/A-3u (ISO 19005-3) for embedded fonts that say their characters, a colour profile,
metadata in XMP, and allows files of any kind inside. A document of ours keeps both promises at
once. No validator is part of the suite; its tests hold the structure against the standards' lists.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


class Variant(StrEnum):
    """What a PDF promises.

    `ISSUED` is what documents are made as unless something else is asked for: whoever reads them
    with a screen reader, and whoever opens them in thirty years, has the same right to them. It
    costs a quarter of a report's time and 15 kB. `PLAIN` is for what is printed and thrown
    away: slips, labels, proofs.
    """

    PLAIN = "plain"
    ACCESSIBLE = "pdf/ua-1"
    ARCHIVAL = "pdf/a-3u"
    ISSUED = "pdf/a-3u+ua-1"

    @property
    def is_tagged(self) -> bool:
        """Whether the PDF has structure."""
        return self in (Variant.ACCESSIBLE, Variant.ISSUED)

    @property
    def engine_name(self) -> str | None:
        """Return the variant as WeasyPrint calls it."""
        return None if self is Variant.PLAIN else self.value.removesuffix("+ua-1")


@dataclass(frozen=True)
class Attached:
    """A file inside a PDF: the figures of a report as JSON, say.

    `name` is what readers save it as, `described` one line for people, `as_of` its date; without
    one it has the earliest date that PDF can write, since the hour of making would change bytes.
    """

    name: str
    content: bytes
    described: str = ""
    as_of: datetime = datetime(1980, 1, 1)  # noqa: DTZ001 - written as UTC whatever it is


def engine_attachments(attached: Sequence[Attached]) -> list[Any]:
    """Return files as WeasyPrint takes them; what they hold is the data of the document."""
    from weasyprint import Attachment

    return [
        Attachment(
            string=each.content,
            name=each.name,
            description=each.described,
            created=each.as_of,
            modified=each.as_of,
            relationship="Data",
        )
        for each in attached
    ]


def finish(document: Any, pdf: Any, variant: Variant) -> None:
    """Put right what WeasyPrint 70 leaves amiss in a PDF about to be written.

    It names each attached file twice among the associated ones, and knows one promise at a time.
    """
    _name_files(pdf)
    associated = pdf.catalog.get("AF")
    if associated:
        associated[:] = dict.fromkeys(associated)
    elif variant is not Variant.PLAIN:
        _associate(pdf)
    if variant.is_tagged:
        _scope_heads(pdf)
    if variant is Variant.ISSUED:
        number = int(pdf.catalog["Metadata"].split()[0])
        stream = pdf.objects[number].stream
        stream[0] = stream[0].replace(b"</rdf:RDF>", _ACCESSIBLE + b"</rdf:RDF>", 1)


def _name_files(pdf: Any) -> None:
    """Give attached files their names as text, in both places where readers look."""
    names = pdf.catalog.get("Names", {}).get("EmbeddedFiles")
    if names:
        listed = pdf.objects[int(names.split()[0])]["Names"]
        for at in range(0, len(listed), 2):
            file = pdf.objects[int(listed[at + 1].split()[0])]
            listed[at] = file["F"] = file["UF"]


def _scope_heads(pdf: Any) -> None:
    """Say of every head of a table whether it heads its row or its column."""
    for row in pdf.objects:
        if not isinstance(row, dict) or row.get("S") != "/TR":
            continue
        cells = [pdf.objects[int(reference.split()[0])] for reference in row["K"]]
        has_data = any(cell["S"] == "/TD" for cell in cells)
        for cell in cells:
            if cell["S"] == "/TH":
                cell["A"]["Scope"] = "/Row" if has_data else "/Column"


def _associate(pdf: Any) -> None:
    """Name attached files as the document's own, which WeasyPrint does for PDF/A only."""
    import pydyf

    files: list[Any] = [
        each for each in pdf.objects if isinstance(each, dict) and each.get("Type") == "/Filespec"
    ]
    for each in files:
        each["AFRelationship"] = "/Data"
    if files:
        pdf.catalog["AF"] = pydyf.Array(each.reference for each in files)


# PDF/A wants every property from outside its own list explained (ISO 19005-3, 6.6.2.3).
_ACCESSIBLE = b"""<rdf:Description rdf:about="" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/" \
pdfuaid:part="1" /><rdf:Description rdf:about="" \
xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/" \
xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" \
xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#"><pdfaExtension:schemas><rdf:Bag>\
<rdf:li rdf:parseType="Resource"><pdfaSchema:schema>PDF/UA Universal Accessibility Schema\
</pdfaSchema:schema><pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/\
</pdfaSchema:namespaceURI><pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix><pdfaSchema:property>\
<rdf:Seq><rdf:li rdf:parseType="Resource"><pdfaProperty:name>part</pdfaProperty:name>\
<pdfaProperty:valueType>Integer</pdfaProperty:valueType><pdfaProperty:category>internal\
</pdfaProperty:category><pdfaProperty:description>Part of ISO 14289 to which the document conforms\
</pdfaProperty:description></rdf:li></rdf:Seq></pdfaSchema:property></rdf:li></rdf:Bag>\
</pdfaExtension:schemas></rdf:Description>"""
