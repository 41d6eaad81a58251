"""Every kind of document, in every format: its structure, its figures, and hostile words in it.

One world for all: a closed round on notice with a settled rating, an award and items that are late
and closed. A new kind of document is tried here by itself, or `test_no_maker_is_forgotten` fails.
"""

import ast
import hashlib
import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pikepdf
import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

import reports
from reports import parts, pdf
from reports.figures import Audience
from reports.formats import Format, made
from reports.meeting_sheets import Occasion, attendance_sheet, check_sheet, tally_sheet
from reports.parts import EvaluationReport
from reports.pdf import render_pdf
from reports.renderer import Renderer
from reports.speed import pictures, trees
from survey import clock
from survey.accounts.policy import OPERATOR
from survey.app import create_app
from survey.campaigns import service as campaigns
from survey.campaigns.models import Round
from survey.comments.models import ConfirmedTopic
from survey.org.models import Commitment, Member, Organisation
from survey.publication import award_notices, documents, publishing
from survey.publication.document_kind import Asked, Kind
from survey.publication.notice_terms import Contact
from survey.ratings import awards
from survey.ratings import service as ratings
from survey.ratings.models import Rating
from survey.rectification import letters
from survey.rectification.letters import Letter
from survey.rectification.models import RectificationItem
from survey.rectification.states import State
from survey.web.platform import EXTENSION, Platform
from tests import documents as checks
from tests.conftest import make_config
from tests.rounds import form
from tests.web.console.conftest import CLOSED

SHEETS: dict[str, Callable[[Occasion], EvaluationReport]] = {
    "attendance": attendance_sheet,
    "tally": lambda occasion: tally_sheet(occasion, form("A_branch_mass")),
    "check": lambda occasion: check_sheet(occasion, form("E_spot_check")),
}
NAMES = (*Kind, *(f"letter-{each}" for each in Letter), *SHEETS)
MAKERS = {
    "compile_report", "compile_unit", "compile_district", "compile_league", "compile_ledger",
    "compile_notice", "compile_cover", "compile_annex", "compile_duty", "compile_awards",
    "attendance_sheet", "tally_sheet", "check_sheet", *Letter,
}  # fmt: skip
"""Every function that makes a document of plain figures; each is behind one of `NAMES`."""

CHANGERS = {"reworded", "placed", "with_member_table"}
"""Functions that change a document which was made."""

CONTACT = Contact("区评议办", "0513-8650", "pingyi@example.org", "世纪大道1号")
HOSTILE = (
    "<script>alert(1)</script>{{7*7}}"
    '=HYPERLINK("http://evil.example/a")<img src="http://169.254.169.254/b">&bomb;]]>'
    '<!DOCTYPE x [<!ENTITY bomb SYSTEM "file:///etc/passwd">]></table></svg><svg onload="x">'
    "<link rel=attachment href=file:///etc/passwd>/JS (app.alert) url(//evil.example)"
    "\u202e\u2066颠倒\u200b\u200d\x00\x0b\ufffe𠮷㼆👨\u200d👩\u200d👧Z\u0335\u0336\u0337"
)
LONG = HOSTILE + "a" * 300 + "评" * 200
MOST_PAGES = 60


@dataclass(frozen=True)
class World:
    """A platform with all that documents are made of, and the documents as data."""

    held: Platform
    reports: dict[str, EvaluationReport]


def opened(built: Path, home: Path) -> Platform:
    """Return a platform of its own with the district."""
    shutil.copytree(built, home, dirs_exist_ok=True)
    app = create_app(make_config(f"sqlite:///{home / 'pingyi.sqlite'}", home))
    return app.extensions[EXTENSION]


def fill(session: Session, now: datetime) -> None:
    """Bring the closed round to its notice, with stars, an award, and items late and closed."""
    rating = ratings.create(
        session, OPERATOR, code="N", title="年度星级评定", year=now.year,
        sources={"mass": CLOSED, "survey": CLOSED}, now=now,
    )  # fmt: skip
    ratings.compute(session, OPERATOR, rating, now=now)
    for line in rating.lines:
        if line.waits:
            star = min(line.star_proposed or 3, 3)
            ratings.decide(session, OPERATOR, rating, line.org_id, star, "按得分", now=now)
    ratings.propose(session, OPERATOR, rating, now=now)
    ratings.approve(session, OPERATOR, rating, now=now)
    late = RectificationItem.org_id
    first, *_ = (each for each in rating.lines if each.is_rankable)
    first.star_decided, first.satisfaction = 5, 0.95
    items = select(RectificationItem).order_by(RectificationItem.number)
    session.flush()
    award = awards.propose(
        session, OPERATOR, rating, first.org_id, honour="先进基层党组织", reason="好", now=now
    )
    award_notices.announce(session, OPERATOR, rating, [award.id], CONTACT, now=now)
    award_notices.grant(session, OPERATOR, rating, now=now + timedelta(days=20))
    other, another, *_ = session.scalars(items.where(late != first.org_id))
    other.state, other.due_on = State.IN_PROGRESS.value, now.date() - timedelta(days=90)
    another.state, another.closed_on = State.CLOSED.value, now.date()
    round_ = campaigns.get_round(session, OPERATOR, CLOSED)
    proposed = publishing.propose(session, OPERATOR, round_, CONTACT, now=now)
    publishing.approve(session, OPERATOR, round_, digest=proposed.digest, now=now)


def compiled(held: Platform, now: datetime) -> dict[str, EvaluationReport]:
    """Return one document of every kind as data: kinds, letters about one item, sheets."""
    found: dict[str, EvaluationReport] = {}
    with held.sessions() as session:
        round_ = campaigns.get_round(session, OPERATOR, CLOSED)
        asked = Asked(session, OPERATOR, round_, Audience.INTERNAL, held.config.zone, now)
        for kind in Kind:
            first, *_ = documents.listed(asked, kind)
            found[kind] = documents.compiled(asked, kind, first.org_id)
        numbers = select(RectificationItem.number).order_by(RectificationItem.number)
        number = session.scalars(numbers).first()
        assert number is not None
        for letter in Letter:
            found[f"letter-{letter}"] = letters.letter_of(
                session, OPERATOR, number, letter, now=now
            )
        name = session.get_one(Organisation, "W01").name
        occasion = Occasion(name, round_.title, name, name, "2026年9月10日", found["branch"].as_of)
    return found | {key: make(occasion) for key, make in SHEETS.items()}


@pytest.fixture(scope="module")
def held(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """The district with a round on notice and a settled rating."""
    made_for = opened(built, tmp_path_factory.mktemp("documents"))
    with made_for.sessions.begin() as session:
        fill(session, clock.now())
    yield made_for
    made_for.renderer.close()
    made_for.engine.dispose()


@pytest.fixture(scope="module")
def world(held: Platform) -> dict[str, EvaluationReport]:
    """Every kind of document of the sample district."""
    return compiled(held, clock.now())


@pytest.fixture(scope="module")
def hostile(held: Platform, world: dict[str, EvaluationReport]) -> dict[str, EvaluationReport]:
    """Every kind of document, of a district whose every name and text is hostile."""
    with held.sessions.begin() as session:
        session.execute(update(Organisation).values(name=HOSTILE, short_name=HOSTILE))
        session.execute(update(Organisation).values(secretary_name=HOSTILE, sector=HOSTILE))
        session.execute(update(Member).values(name=HOSTILE, role=HOSTILE))
        session.execute(update(Commitment).values(content=LONG, measure=LONG, owner=HOSTILE))
        session.execute(update(Round).values(title=HOSTILE))
        session.execute(update(Rating).values(title=HOSTILE))
        session.execute(
            update(RectificationItem).values(
                problem=LONG, measures=LONG, responsible_person=HOSTILE
            )
        )
        session.execute(update(ConfirmedTopic).values(label=HOSTILE, summary=LONG))
    return compiled(held, clock.now())


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[Renderer]:
    """A process of its own that makes PDFs."""
    with Renderer(1) as renderer:
        yield renderer


def test_no_maker_is_forgotten() -> None:
    found = {
        node.name
        for file in Path(reports.__file__).parent.glob("*.py")
        for node in ast.parse(file.read_text("utf-8")).body
        if isinstance(node, ast.FunctionDef)
        and not node.name.startswith("_")
        and node.returns is not None
        and ast.unparse(node.returns) == "EvaluationReport"
    }
    assert found == MAKERS | CHANGERS
    assert set(Kind) == set(documents.KINDS)


@pytest.mark.parametrize("name", NAMES)
def test_a_document_is_whole_in_every_format(
    world: dict[str, EvaluationReport], name: str, elsewhere: Renderer, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    report = world[name]
    with monkeypatch.context() as watched:
        slow = slow_ways(watched)
        printed = made(report, Format.PDF, render_pdf, verify=checks.VERIFY)
    assert slow == [], "a document that leaves the fast way takes four times as long"
    others = [kind for kind in Format if kind is not Format.PDF]
    files = {kind: made(report, kind, render_pdf, verify=checks.VERIFY) for kind in others}
    files[Format.PDF] = printed

    checks.check_with_qpdf(printed, tmp_path)
    with pikepdf.open(tmp_path / "made.pdf") as document:
        checks.check_structure(document, report)
        pictures_say = checks.check_objects(document)
        assert checks.missing_letters(document) == 0
        figures = checks.figures_of(report, len(document.pages))
    assert files[Format.FIGURES] == parts.content_of(report)
    assert json.loads(files[Format.FIGURES])["title"] == list(report.title)
    word, said = checks.word_text(files[Format.WORD], report)
    assert len(said) == len(pictures_say)
    assert all(any(each.endswith(words) for words in pictures_say) for each in said)
    page = checks.Page(files[Format.WEB].decode())
    assert page.alive == []
    texts = {Format.PDF: checks.check_pages(printed, report), Format.WORD: word,
             Format.WEB: page.text}  # fmt: skip
    for kind, text in texts.items():
        assert not checks.lacking(text, figures), kind
        assert not checks.own(text, figures), kind
    table = checks.numbers(checks.workbook_text(files[Format.EXCEL]))
    assert not figures.tables - table
    assert not table - figures.allowed
    assert not figures.charts - checks.numbers(page.text)

    again = {kind: made(report, kind, elsewhere.render, verify=checks.VERIFY) for kind in Format}
    assert digests(again) == digests(files)


def digests(files: dict[Format, bytes]) -> dict[str, str]:
    """Return the digest of each file."""
    return {kind.value: hashlib.sha256(content).hexdigest() for kind, content in files.items()}


def slow_ways(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the list in which every document and picture is noted that leaves the fast way."""
    slow: list[str] = []
    tree, chart = trees.tree, pictures.chart

    def read(html: str) -> object:
        root = tree(html)
        if root is None:
            slow.append("document")
        return root

    def drawn(picture: bytes, fonts: object) -> object:
        found = chart(picture, fonts)
        if found is None:
            slow.append("picture")
        return found

    monkeypatch.setattr(trees, "tree", read)
    monkeypatch.setattr(pictures, "chart", drawn)
    return slow


@pytest.mark.parametrize("name", NAMES)
def test_hostile_words_are_only_words(
    hostile: dict[str, EvaluationReport], name: str, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    report = hostile[name]
    asked: list[str] = []
    is_bundled = pdf.is_bundled
    monkeypatch.setattr(pdf, "is_bundled", lambda url: asked.append(url) or is_bundled(url))
    files = {kind: made(report, kind, render_pdf, verify=checks.VERIFY) for kind in Format}

    assert all(map(is_bundled, asked)), asked
    checks.check_with_qpdf(files[Format.PDF], tmp_path)
    with pikepdf.open(tmp_path / "made.pdf") as document:
        assert len(document.pages) <= MOST_PAGES
        checks.check_structure(document, report)
        checks.check_objects(document)
    printed = checks.check_pages(files[Format.PDF], report)
    word, _ = checks.word_text(files[Format.WORD], report)
    page = checks.Page(files[Format.WEB].decode())
    checks.workbook_text(files[Format.EXCEL])
    assert page.alive == []
    for text in (printed, word):
        assert not set(text) & set("\u202e\u2066\x00\x0b")
    for text in (printed, word, page.text):
        bare = checks.bare(text)
        assert "<script>alert(1)</script>{{7*7}}" in bare
        assert "root:" not in bare
