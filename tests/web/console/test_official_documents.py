"""Notices, ledgers, letters and sheets of the sample district: what they say, and to whom."""

import io
import re
from dataclasses import replace
from datetime import datetime, timedelta

import pypdfium2
import pytest
from docx import Document
from sqlalchemy import select

from reports.documents import grouped, report_html
from reports.figures import Audience
from reports.meeting_sheets import Occasion, attendance_sheet, check_sheet, tally_sheet
from reports.official import Letterhead
from reports.parts import EvaluationReport, Note, Table, check_code
from reports.pdf import render_pdf
from reports.plain_data import from_plain, to_plain
from survey import clock
from survey.accounts.policy import OPERATOR
from survey.campaigns import service as campaigns
from survey.errors import NotFound
from survey.publication import documents, publishing
from survey.publication.document_kind import Asked, Kind
from survey.publication.notice_terms import Contact
from survey.rectification import letters
from survey.rectification.calendar import load_calendar
from survey.rectification.letters import Letter
from survey.rectification.models import RectificationItem
from survey.rectification.states import State
from survey.rectification.workdays import workdays_between
from tests.rounds import form
from tests.web.console.conftest import CLOSED

CONTACT = Contact("区评议办", "0513-8650", "pingyi@example.org", "世纪大道1号")
MOST_PAGES = 60


def pages(report: EvaluationReport) -> list[str]:
    """Return the words of each page of a document, which also survives being kept."""
    assert from_plain(EvaluationReport, to_plain(report)) == report
    with pypdfium2.PdfDocument(render_pdf(report_html(report))) as document:
        words = [page.get_textpage().get_text_range() for page in document]
    return [re.sub(r"\s", "", text) for text in words]


def asked(held, session, audience, **changes):
    round_ = campaigns.get_round(session, OPERATOR, CLOSED)
    made = Asked(session, OPERATOR, round_, audience, held.config.zone, clock.now())
    return replace(made, **changes)


def compiled(held, kind, audience=Audience.INTERNAL, **changes):
    with held.sessions() as session:
        wanted = asked(held, session, audience, **changes)
        (first, *_) = documents.listed(wanted, kind)
        return documents.compiled(wanted, kind, first.org_id)


@pytest.fixture
def on_notice(held):
    """Put the closed round on notice; the notice is in force from today."""
    now = clock.now()
    with held.sessions.begin() as session:
        round_ = campaigns.get_round(session, OPERATOR, CLOSED)
        proposed = publishing.propose(session, OPERATOR, round_, CONTACT, now=now)
        made = publishing.approve(session, OPERATOR, round_, digest=proposed.digest, now=now)
        return made.notice_from, made.notice_until


def test_a_notice_says_what_how_long_and_where_to_object(held, on_notice):
    first, last = on_notice
    report = compiled(held, Kind.NOTICE, Audience.PUBLIC)
    text = "".join(pages(report))
    with held.sessions() as session:
        days = workdays_between(load_calendar(session), first, last)

    assert days >= 5
    assert f"{first.year}年{first.month}月{first.day}日至" in text
    assert f"共{days}个工作日" in text
    for words in (CONTACT.office, CONTACT.phone, CONTACT.email, CONTACT.address):
        assert words in text
    assert "反映问题要实事求是" in text
    assert "以单位名义反映的，请加盖公章" in text
    assert report.official.signed == report.organiser


def test_the_table_of_a_notice_is_what_everybody_may_see(held, on_notice):
    for audience in Audience:
        report = compiled(held, Kind.NOTICE, audience)
        tables = [
            block
            for section in (*report.sections, *report.annex)
            for block in section.blocks
            if isinstance(block, Table)
        ]
        rows = [row for table in tables for row in table.rows]
        notes = [
            block.text
            for section in (*report.sections, *report.annex)
            for block in section.blocks
            if isinstance(block, Note)
        ]

        assert rows
        assert all(re.search(r"[0-9]+/[0-9]+", row[3]) for row in rows if "%" in row[3])
        assert not [row for row in rows if row[2] == "—"], "who is hidden has no row"
        assert any("粮食购销公司党支部" in note for note in notes), "but is named"
        assert not any(re.search(r"粮食购销公司党支部.*[0-9]", note) for note in notes)


def test_a_draft_leaves_dates_and_address_to_be_written_in(held):
    report = compiled(held, Kind.NOTICE, Audience.PUBLIC)
    text = "".join(pages(report))

    assert report.mark == "送审稿"
    assert "不少于5个工作日" in text
    assert "受理单位：" in text


def test_a_covering_notice_has_its_addressee_head_attachment_and_imprint(held, on_notice):
    head = Letterhead("中共示范区委创先争优活动领导小组文件", has_star=True)
    report = compiled(held, Kind.COVER, letterhead=head)
    found = pages(report)

    assert len(found) % 2 == 0
    assert head.agency in found[0]
    assert "★" in found[0]
    assert "等" in report.official.addressee
    assert "附件：" in "".join(found)
    assert "印发" in found[-1]
    assert "抄送" in found[-1]


def test_the_ledger_has_every_item_of_the_round_and_subtotals(held):
    report = compiled(held, Kind.LEDGER)
    (table,) = (b for b in report.sections[0].blocks if isinstance(b, Table))
    with held.sessions() as session:
        round_ = campaigns.get_round(session, OPERATOR, CLOSED)
        query = select(RectificationItem).where(RectificationItem.round_id == round_.id)
        numbers = {item.number for item in session.scalars(query)}

    assert {row[1] for row in table.rows} == numbers
    assert report.sections[0].blocks[-1].text.startswith(f"合计{len(numbers)}件：")
    assert len(table.columns) == 14
    assert sum(column.width for column in table.columns) == pytest.approx(100)


def test_the_public_ledger_comes_with_publication_and_names_nobody(held):
    with held.sessions() as session, pytest.raises(NotFound):
        documents.compiled(asked(held, session, Audience.PUBLIC), Kind.LEDGER, "D0")
    with held.sessions.begin() as session:
        campaigns.get_round(session, OPERATOR, CLOSED).state = "published"
        hidden = session.scalars(select(RectificationItem).where(
            RectificationItem.round_id == campaigns.get_round(session, OPERATOR, CLOSED).id
        ).order_by(RectificationItem.id)).first()  # fmt: skip
        hidden.is_public = False
        number, person = hidden.number, hidden.responsible_person = hidden.number, "禾和渡"
    report = compiled(held, Kind.LEDGER, Audience.PUBLIC)
    text = "".join(pages(report))

    assert number not in text
    assert person not in text
    assert "责任人" not in text
    assert "责任人" in "".join(pages(compiled(held, Kind.LEDGER)))


def test_supervision_lists_what_is_late_and_closures_what_is_closed(held):
    late = clock.now() + timedelta(days=60)
    with held.sessions.begin() as session:
        round_ = campaigns.get_round(session, OPERATOR, CLOSED)
        query = select(RectificationItem).where(RectificationItem.round_id == round_.id)
        first, second, *_ = session.scalars(query.order_by(RectificationItem.number))
        first.state, first.due_on = State.IN_PROGRESS.value, clock.now().date()
        second.state, second.closed_on = State.CLOSED.value, clock.now().date()
        numbers = first.number, second.number
    supervision = "".join(pages(compiled(held, Kind.SUPERVISION, now=late)))
    closures = "".join(pages(compiled(held, Kind.CLOSURES)))

    assert numbers[0] in supervision
    assert "约谈" in supervision
    assert numbers[1] not in supervision
    assert numbers[1] in closures
    assert numbers[0] not in closures
    nothing = compiled(held, Kind.SUPERVISION, now=clock.now() - timedelta(days=900))
    assert "没有需要督办的事项" in "".join(pages(nothing))


@pytest.mark.parametrize("kind", Letter)
def test_a_letter_about_an_item_is_one_page_whatever_was_written(held, kind):
    with held.sessions.begin() as session:
        item = session.scalars(select(RectificationItem).order_by(RectificationItem.id)).first()
        item.problem = "等候时间长，叫号系统显示的时间与实际不符。" * 50
        item.measures = "增设弹性窗口，错峰预约，公开等候时间。" * 55
        item.responsible_person = "赟" * 40
        number = item.number
    with held.sessions() as session:
        report = letters.letter_of(session, OPERATOR, number, kind, now=clock.now())
    (page,) = pages(report)

    assert number in page
    assert "等候时间长" in page
    if kind is Letter.CLOSURE:
        assert page.count("□是") == 4
        assert "70分以上通过" in page
    if kind is Letter.SUPERVISION:
        assert "红牌" in page


def test_a_letter_is_handed_out_to_those_who_see_the_item(app, as_, held):
    with held.sessions() as session:
        query = select(RectificationItem.number).where(RectificationItem.org_id == "W01")
        number = session.scalars(query.order_by(RectificationItem.number)).first()
    address = f"/console/rectification/{number}/letters"

    made = as_("qu").get(f"{address}/order.pdf")
    assert made.get_data().startswith(b"%PDF")
    word = as_("qu").get(f"{address}/order.docx")
    assert word.get_data().startswith(b"PK")
    with held.sessions() as session:
        report = letters.letter_of(session, OPERATOR, number, Letter.ORDER, now=clock.now())
    code = check_code(report)
    assert Document(io.BytesIO(word.get_data())).core_properties.identifier == grouped(code)
    anybody = app.test_client().get(f"/v/{code}").get_data(as_text=True)
    assert "确由本系统生成" in anybody
    assert number not in anybody
    check = f"/console/check?code={code}"
    assert f"/console/rectification/{number}" in as_("qu").get(check).get_data(as_text=True)
    assert as_("shuji").get(check).status_code == 404
    page = as_("qu").get(f"{address}/order.html")
    assert grouped(code) in page.get_data(as_text=True)
    assert "attachment" in page.headers["Content-Disposition"]
    assert as_("qu").get(f"{address}/order.xlsx").status_code == 404
    assert as_("qu").get(f"{address}/other.pdf").status_code == 404
    assert "letters/closure.pdf" in as_("qu").get(f"/console/rectification/{number}").get_data(
        as_text=True
    )


def test_nobody_is_offered_a_red_card_for_what_is_done(as_, held):
    with held.sessions.begin() as session:
        query = select(RectificationItem).where(RectificationItem.org_id == "W01")
        item = session.scalars(query.order_by(RectificationItem.id)).first()
        number, item.state = item.number, State.VERIFIED.value
    page = as_("qu").get(f"/console/rectification/{number}").get_data(as_text=True)
    assert "letters/closure.docx" in page
    assert not any(f"letters/{each}.pdf" in page for each in letters.WHILE_OWED)


def test_sheets_for_meetings_and_inspections_are_one_page_each():
    moment = datetime.fromisoformat("2026-09-10T00:00:00+08:00")
    occasion = Occasion("区办", "三季度评议", "名" * 40, "会场" * 20, "2026年9月10日", moment)
    (names,) = pages(attendance_sheet(occasion))
    (branch,) = pages(tally_sheet(occasion, form("A_branch_mass")))
    (window,) = pages(tally_sheet(occasion, form("C_window_sat")))
    (check,) = pages(check_sheet(occasion, form("E_spot_check")))

    assert "与评议票无关" in names
    assert "票码" not in names
    for tally in (branch, window):
        assert all(word in tally for word in ("发出", "收回", "有效", "无效", "监票人"))
    assert "★" in check
    assert check.count("□") > 60
