"""Takes small pictures of every kind of document for docs/gallery.md.

    make gallery

The documents are those of a freshly loaded sample district, or of the data folder PINGYI_HOME.
Each picture is the first page in few colours, 40 kB at most.
"""

from __future__ import annotations

import io
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import pypdfium2  # noqa: E402 - found through the line above
from PIL import Image  # noqa: E402
from sqlalchemy import select  # noqa: E402

import survey.sqlite  # noqa: E402, F401 - must come before anything that opens a database
from forms.definition import Questionnaire  # noqa: E402
from forms.xlsform import read_xlsform  # noqa: E402
from reports import meeting_sheets as paper  # noqa: E402
from reports.documents import report_html  # noqa: E402
from reports.official import Letterhead  # noqa: E402
from reports.parts import EvaluationReport  # noqa: E402
from reports.pdf import render_pdf  # noqa: E402
from survey import clock, first_start, schema  # noqa: E402
from survey.accounts.policy import OPERATOR  # noqa: E402
from survey.app import create_app  # noqa: E402
from survey.campaigns.models import Round  # noqa: E402
from survey.config import Config  # noqa: E402
from survey.db import make_engine  # noqa: E402
from survey.errors import SurveyError  # noqa: E402
from survey.publication import documents  # noqa: E402
from survey.publication.document_kind import Asked, Kind  # noqa: E402
from survey.rectification import letters  # noqa: E402
from survey.rectification.letters import Letter  # noqa: E402
from survey.rectification.models import RectificationItem  # noqa: E402
from survey.web.platform import EXTENSION, Platform  # noqa: E402

PICTURES = ROOT / "docs" / "pictures" / "gallery"
WIDTH, COLOURS, MOST_BYTES = 420, 24, 40_000
FULL = 4
"""Figures on the cover of a document whose object was evaluated."""
HEAD = (
    "The first page of every kind of document, from the sample district. Taken by `make gallery`."
)


def every_document(held: Platform) -> Iterator[tuple[str, str, EvaluationReport]]:
    """Yield name, label and content of one document of each kind."""
    head = Letterhead("中共示范区委创先争优活动领导小组文件", has_star=True)
    now, seen = clock.now(), set[str]()
    with held.sessions() as session:
        rounds = list(session.scalars(select(Round).order_by(Round.id)))
        for round_ in rounds:
            for kind, made in documents.KINDS.items():
                audience = made.audiences[0]
                wanted = Asked(session, OPERATOR, round_, audience, held.config.zone, now, head)
                if kind in seen:
                    continue
                report = telling(wanted, kind)
                if report is not None:
                    seen.add(kind)
                    yield kind.value, made.label, report
        number = session.scalar(select(RectificationItem.number).order_by(RectificationItem.id))
        for letter in Letter:
            report = letters.letter_of(session, OPERATOR, number or "", letter, now=now)
            yield f"letter-{letter.value}", letters.LABELS[letter], report
        occasion = paper.Occasion("", "群众评议", "", "", "", now.astimezone(held.config.zone))
        yield "attendance", "签到表", paper.attendance_sheet(occasion)
        for code, name, label, made_of in (
            ("A_branch_mass", "tally", "计票表", paper.tally_sheet),
            ("E_spot_check", "check", "实地检查表", paper.check_sheet),
        ):
            yield name, label, made_of(occasion, form_of(code))


def telling(wanted: Asked, kind: Kind) -> EvaluationReport | None:
    """Return a document of this kind that has much to show: many figures on its first page.

    The one with the most of all where none has, as of kinds that never have any; None without
    documents.
    """
    try:
        found = documents.listed(wanted, kind)
        first: EvaluationReport | None = None
        for each in found:
            report = documents.compiled(wanted, kind, each.org_id)
            if first is None or len(report.facts) > len(first.facts):
                first = report
            if len(first.facts) >= FULL or first.layout != "report":
                break
        return first
    except SurveyError:
        return None


def form_of(code: str) -> Questionnaire:
    """Return a questionnaire of the sample district."""
    file = ROOT / "sample" / "xlsforms" / f"{code}.xlsx"
    return read_xlsform(file.read_bytes(), file.name)


def picture(report: EvaluationReport) -> tuple[bytes, int]:
    """Return the first page as a small PNG, and how many pages there are."""
    with pypdfium2.PdfDocument(render_pdf(report_html(report))) as document:
        page = document[0]
        scale = WIDTH / min(page.get_size())
        drawn = page.render(scale=scale).to_pil().convert("RGB")
        number = len(document)
    for colours in (COLOURS, COLOURS // 2, COLOURS // 4):
        out = io.BytesIO()
        drawn.quantize(colours, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
        if out.tell() <= MOST_BYTES:
            break
    return out.getvalue(), number


def main() -> None:
    """Take every picture and write the page that shows them."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    lines = ["# Gallery", "", HEAD, ""]
    with tempfile.TemporaryDirectory() as folder:
        home = os.environ.get("PINGYI_HOME", "")
        config = Config.from_environ({**os.environ, "PINGYI_HOME": home or folder})
        if not home:
            schema.upgrade(make_engine(config.database_url))
            first_start.load_district(config)
        held: Platform = create_app(config).extensions[EXTENSION]
        for name, label, report in every_document(held):
            data, number = picture(report)
            (PICTURES / f"{name}.png").write_bytes(data)
            pages = "1 page" if number == 1 else f"{number} pages"
            shown = f"![{label}](pictures/gallery/{name}.png)"
            lines += [f"## {label}", "", f"{pages}.", "", shown, ""]
            print(f"{name}: {len(data) // 1000} kB, {pages}")
        held.renderer.close()
    (ROOT / "docs" / "gallery.md").write_text("\n".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
