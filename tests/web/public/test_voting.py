"""A counted receipt on the phone: following items, and one vote on each, without any script."""

import io
import re
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from PIL import Image
from sqlalchemy import select

from forms.digest import digest
from forms.loading import to_data
from survey.accounts.policy import OPERATOR, SYSTEM
from survey.campaigns.models import Round
from survey.collection import points
from survey.collection.boxes import CHINA
from survey.collection.models import CollectionPoint, Receipt
from survey.collection.opening import close_round
from survey.collection.receipts import receipt_of
from survey.instruments.models import QuestionnaireVersion
from survey.rectification import evidence_files, recheck_rounds, rechecks, service
from survey.rectification.models import Evidence, RectificationItem
from survey.rectification.recheck_rounds import FORM, Tools
from survey.rectification.states import Act, Source, State
from survey.rectification.steps import add_transition
from survey.web.public import pages
from tests.residents import FORM_TYPE, Residents, hidden
from tests.rounds import form, full_answers, page_key

RECEIPT = receipt_of(page_key(1))
FIRST = select(RectificationItem).order_by(RectificationItem.id).limit(1)


@pytest.fixture
def asked(residents: Residents, monkeypatch: pytest.MonkeyPatch) -> Residents:
    """A round that is counted and published, and two items of W01: one in recheck, one overdue."""
    monkeypatch.setattr(recheck_rounds, "ROUND_DAYS", 24)
    monkeypatch.setattr(recheck_rounds, "MOST_DAYS_NEEDED", 20)
    residents.post(key=page_key(1))
    residents.post("B001", key=page_key(2))
    held = residents.platform
    residents.clock.now += timedelta(days=4)
    close_round(held.sessions, OPERATOR, "R1", held.keystore, held.inbox, now=residents.clock.now)
    with held.sessions.begin() as session:
        session.scalars(select(Round)).one().state = "published"
        questionnaire = form(FORM)
        session.add(
            QuestionnaireVersion(
                digest=digest(questionnaire),
                code=FORM,
                version=questionnaire.version,
                title=questionnaire.title.to("zh"),
                subject=questionnaire.subject.value,
                definition=to_data(questionnaire),
                imported_at=residents.clock.now,
            )
        )
        for problem, state in (("灯不亮", State.RECHECK), ("门坏了", State.IN_PROGRESS)):
            item = service.register(
                session, OPERATOR, "W01", source=Source.MANUAL, problem=problem,
                now=residents.clock.now - timedelta(days=40),
            )  # fmt: skip
            item.state = state.value
            add_transition(item, SYSTEM, "system", Act.START_RECHECK, None, residents.clock.now, "")
    tools = Tools(held.keystore, held.inbox, pages.renderer(CHINA))
    rechecks.do_due(held.sessions, tools, now=residents.clock.now)
    return residents


def post(asked: Residents, path: str, **fields: str):
    return asked.client.post(path, data=urlencode(fields), content_type=FORM_TYPE)


def vote(asked: Residents, receipt: str = RECEIPT, place: str = "W01"):
    code = asked.points[place].code
    return post(asked, "/r/vote", code=code, receipt=receipt, item="ZG-2026-0001")


def answers(asked: Residents, html: str) -> dict[str, str]:
    """Return what a browser sends with the form of an item, filled in."""
    with asked.platform.sessions() as session:
        code = re.search(r'action="/q/(\w{8})', html)
        assert code, html
        point = points.find_point(session, code[1])
        questionnaire = points.questionnaire_of(session, point)
    given = {
        name: value for name, value in full_answers(questionnaire).items() if isinstance(value, str)
    }
    kept = {name: hidden(html, name) for name in ("fv", "ik", "ticket")}
    return kept | given | {"H02": "5", "H03": "5", "H04": "1", "action": f"/q/{code[1]}"}


def send(asked: Residents, fields: dict[str, str]):
    sent = dict(fields)
    asked.clock.now += timedelta(seconds=30)
    return post(asked, sent.pop("action"), **sent)


def test_a_counted_receipt_shows_how_far_each_problem_has_come(asked: Residents) -> None:
    shown = post(asked, "/r", code=asked.points["W01"].code, receipt=RECEIPT).text
    other = post(asked, "/r", code=asked.points["B001"].code, receipt=receipt_of(page_key(2))).text

    # What waits for the reader comes first, what is being done folds behind it.
    assert shown.index("等您来评：1件") < shown.index("<details><summary>正在办的1件")
    assert "<b>正在整改</b>" in shown
    assert "已经逾期：本该" in shown
    assert shown.count('action="/r/vote"') == 1
    assert "灯不亮" not in other
    english = post(asked, "/r?lang=en", code=asked.points["W01"].code, receipt=RECEIPT).text
    assert "Judge this" in english
    assert "Overdue: should have been done by" in english


def test_the_vote_is_taken_once_and_nothing_of_the_receipt_is_kept(asked: Residents) -> None:
    page = vote(asked)
    fields = answers(asked, page.text)

    first = send(asked, fields)
    again = send(asked, fields)
    second = send(asked, answers(asked, vote(asked).text))

    assert (first.status_code, again.status_code) == (303, 303)
    assert second.status_code == 409
    assert "凭这个回执已经评过" in second.text
    held = asked.platform
    with held.sessions() as session:
        [point] = session.scalars(
            select(CollectionPoint).where(CollectionPoint.item == "ZG-2026-0001")
        ).all()
        view = points.find_point(session, point.code)
        [listed] = session.scalars(
            select(Receipt.hash).where(Receipt.hash.is_not(None)).limit(1)
        ).all()
    counted = sum(held.inbox.counts(box.id).get(point.id, 0) for box in view.boxes)
    assert counted == 1
    written = b"".join(file.read_bytes() for file in held.config.home.rglob("*") if file.is_file())
    for secret in (RECEIPT, fields["ticket"], f"{RECEIPT[:4]} {RECEIPT[4:8]} {RECEIPT[8:]}"):
        assert secret.encode() not in written
    assert listed.encode() in written


def test_what_is_no_counted_receipt_of_the_place_opens_no_form(asked: Residents) -> None:
    for refused in (
        vote(asked, receipt_of(page_key(9))),
        vote(asked, receipt_of(page_key(2)), "B001"),
        vote(asked, "short"),
    ):
        assert refused.status_code == 409
        assert "不能用来评这件事" in refused.text
    elsewhere = post(
        asked, "/r/vote", code=asked.points["W01"].code, receipt=RECEIPT, item="ZG-2026-0002"
    )
    assert elsewhere.status_code == 410
    assert post(asked, "/r/vote", code="x", more="y").status_code == 400
    # A pass that somebody made up gives no right at the form either.
    fields = answers(asked, vote(asked).text)
    fields["ticket"] = asked.points["W01"].code + receipt_of(page_key(9))
    assert send(asked, fields).status_code == 409


def test_when_its_time_is_over_nobody_judges(asked: Residents) -> None:
    fields = answers(asked, vote(asked).text)
    asked.clock.now += timedelta(days=15)

    assert vote(asked).status_code == 410
    assert send(asked, fields).status_code == 410


def test_pictures_are_public_only_when_somebody_let_them(asked: Residents) -> None:
    assert asked.client.get("/r/photo/ZG-2026-0001/1").status_code == 404
    picture = io.BytesIO()
    Image.new("RGB", (8, 8)).save(picture, "JPEG")
    held = asked.platform
    stored = evidence_files.store(
        held.config.evidence, picture.getvalue(), "IMG_20261103_091233-Zhang.jpg"
    )
    with held.sessions.begin() as session:
        session.add(
            Evidence(
                item_id=session.scalars(FIRST).one().id,
                kind="after",
                digest=stored.digest,
                file_name=stored.file_name,
                media_type=stored.media_type,
                size=stored.size,
                uploaded_by="clerk",
                uploaded_at=asked.clock.now,
                is_public=True,
                taken_at="2026-11-03T09:12",
            )
        )
    picture_shown = asked.client.get("/r/photo/ZG-2026-0001/1")
    assert picture_shown.status_code == 200
    # What a telephone or a clerk called the file is nobody's business.
    assert picture_shown.headers["Content-Disposition"] == "inline; filename=ZG-2026-0001-1.jpg"
    with asked.platform.sessions.begin() as session:
        session.scalars(FIRST).one().is_public = False
    shown = post(asked, "/r", code=asked.points["W01"].code, receipt=RECEIPT).text
    assert "灯不亮" not in shown
    assert vote(asked).status_code == 410
