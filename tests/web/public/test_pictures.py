"""Pictures and cases at the public endpoint: strict bodies, one rating for each case."""

import io
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select

from survey.accounts.policy import OPERATOR
from survey.campaigns import service as campaigns
from survey.campaigns.service import Use
from survey.collection import fieldwork, opening, points
from survey.collection.models import Picture
from survey.collection.points import PointView
from survey.instruments import service as instruments
from survey.web.platform import EXTENSION, Platform
from survey.web.public import pages
from tests.conftest import NOW
from tests.residents import FORM_TYPE, Residents
from tests.rounds import FORMS, page_key


@pytest.fixture
def desk(residents: Residents) -> dict[str, PointView]:
    """Return the points of a second round, with a consultation and ratings of cases."""
    held: Platform = residents.app.extensions[EXTENSION]
    with held.sessions.begin() as session:
        for code in ("D_service_hcp", "F_open_consult"):
            file = FORMS / f"{code}.xlsx"
            instruments.import_questionnaire(
                session, OPERATOR, file.read_bytes(), file.name, now=NOW
            )
        round_ = campaigns.create_round(
            session,
            OPERATOR,
            code="R2",
            title="窗口",
            uses=[Use("D_service_hcp"), Use("F_open_consult", org_ids=("W01",))],
            opens_at=NOW - timedelta(hours=1),
            closes_at=NOW + timedelta(days=1),
            asks_proof=False,
            now=NOW,
        )
        fieldwork.open_round(
            session,
            OPERATOR,
            round_,
            held.keystore,
            held.inbox,
            pages.renderer(held.config.zone),
            now=NOW,
            no_key_copy=True,
        )
    with held.sessions() as session:
        round_ = campaigns.get_round(session, OPERATOR, "R2")
        views = points.list_points(session, OPERATOR, round_)
    return {view.questionnaire_code: view for view in views}


def fields(residents: Residents, point: PointView, key: int, **answers: str) -> dict[str, str]:
    with residents.platform.sessions() as session:
        form = points.questionnaire_of(session, point)
    return {"fv": pages.form_version(form), "ik": page_key(key), "sec": "60", **answers}


CONSULTED = {"F01": "ask", "F02": "a1", "F03": "楼道里的灯坏了很久", "F06": "no"}


def photograph() -> bytes:
    data = io.BytesIO()
    exif = Image.Exif()
    exif[0x010F] = "SECRET-PHONE"
    Image.new("RGB", (3_000, 1_000), "green").save(data, "JPEG", exif=exif)
    return data.getvalue()


def post(client: FlaskClient, point: PointView, sent: dict[str, str], picture: bytes) -> int:
    data = {**sent, "F05": (io.BytesIO(picture), "IMG.jpg")}
    response = client.post(f"/q/{point.code}", data=data, content_type="multipart/form-data")
    return response.status_code


def test_a_picture_is_kept_small_and_bare(residents: Residents, desk: dict[str, PointView]) -> None:
    point, held = desk["F_open_consult"], residents.platform
    sent = fields(residents, point, 1, **CONSULTED)
    html = residents.client.get(f"/q/{point.code}").get_data(as_text=True)
    assert 'enctype="multipart/form-data"' in html
    assert 'type="file"' in html

    assert post(residents.client, point, sent, photograph()) == 303
    assert post(residents.client, point, sent, photograph()) == 303
    assert post(residents.client, point, {**sent, "ik": page_key(2)}, b"") == 303
    plain = urlencode({**sent, "ik": page_key(3)})
    address = f"/q/{point.code}"
    assert residents.client.post(address, data=plain, content_type=FORM_TYPE).status_code == 303
    assert held.inbox.counts(point.box_id)[point.id] == 3

    opening.close_round(
        held.sessions, OPERATOR, "R2", held.keystore, held.inbox, now=NOW, early=True, reason="x"
    )
    with held.sessions() as session:
        (data,) = session.scalars(select(Picture.data)).all()
    assert b"SECRET-PHONE" not in data
    with Image.open(io.BytesIO(data)) as picture:
        assert (picture.format, picture.size) == ("JPEG", (1_280, 427))
        assert not picture.getexif()


@pytest.mark.parametrize("data", [b"hello", b"\xff\xd8\xff", photograph()[:900], b"<svg/>"])
def test_what_is_no_picture_is_said_so(
    residents: Residents, desk: dict[str, PointView], data: bytes
) -> None:
    point = desk["F_open_consult"]
    sent = fields(residents, point, 1, **CONSULTED)

    assert post(residents.client, point, sent, data) == 422
    assert point.id not in residents.platform.inbox.counts(point.box_id)


def test_only_a_form_that_asks_takes_files_and_only_files_there(
    residents: Residents, desk: dict[str, PointView]
) -> None:
    case, consult = desk["D_service_hcp"], desk["F_open_consult"]
    sent = fields(residents, case, 1, D02="5")
    data = {**sent, "D01": (io.BytesIO(photograph()), "x.jpg")}
    address = f"/q/{case.code}"
    assert residents.client.post(address, data=data).status_code in (400, 413, 415)
    named = fields(residents, consult, 2, **CONSULTED, F05="0" * 64)
    address = f"/q/{consult.code}"
    body = urlencode(named)
    assert residents.client.post(address, data=body, content_type=FORM_TYPE).status_code == 400
    assert residents.client.post(address, data=named).status_code == 400
    broken = "multipart/form-data; boundary=x"
    for body in ("--x", "--x\r\n\r\n", "--x--", '--x\r\nContent-Disposition: form-data; name="fv"'):
        response = residents.client.post(address, data=body, content_type=broken)
        assert response.status_code == 400


def test_a_case_is_filled_in_and_rated_once(
    residents: Residents, desk: dict[str, PointView]
) -> None:
    point, client = desk["D_service_hcp"], residents.client
    html = client.get(f"/q/{point.code}?case=BJ-7%22%3E").get_data(as_text=True)
    assert 'value="BJ-7&#34;&gt;"' in html

    def rate(key: int, case: str) -> int:
        body = urlencode(fields(residents, point, key, D02="5", D01=case))
        return client.post(f"/q/{point.code}", data=body, content_type=FORM_TYPE).status_code

    assert [rate(1, "BJ-7"), rate(1, "BJ-7"), rate(2, "bj- 7"), rate(3, "BJ-8")] == [
        *(303, 303, 409, 303)
    ]
    assert [rate(4, ""), rate(5, "")] == [303, 303]
    assert residents.platform.inbox.counts(point.box_id)[point.id] == 4
