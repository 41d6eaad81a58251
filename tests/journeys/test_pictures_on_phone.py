"""A photograph goes along: made small on the phone, sent once, or a word why not."""

import io
import os
from datetime import timedelta

import pytest
from PIL import Image
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import select

from survey.accounts.policy import OPERATOR
from survey.campaigns import service as campaigns
from survey.campaigns.service import Use
from survey.collection import fieldwork, opening, points
from survey.collection.models import Picture
from survey.collection.points import PointView
from survey.instruments import service as instruments
from survey.web.public import pages
from tests.conftest import NOW
from tests.journeys.hands import choose, kept
from tests.residents import Residents
from tests.rounds import FORMS


@pytest.fixture(scope="module")
def photograph() -> bytes:
    """A picture as large as a phone takes, which no packing makes small."""
    out = io.BytesIO()
    noise = Image.frombytes("RGB", (400, 300), os.urandom(400 * 300 * 3))
    exif = Image.Exif()
    exif[0x010F] = "SECRET-PHONE"
    noise.resize((4000, 3000)).save(out, "JPEG", quality=90, exif=exif)
    return out.getvalue()


@pytest.fixture
def consultation(residents: Residents) -> PointView:
    """The point of a second round, in which a form asks for a picture."""
    held, file = residents.platform, FORMS / "F_open_consult.xlsx"
    with held.sessions.begin() as session:
        instruments.import_questionnaire(session, OPERATOR, file.read_bytes(), file.name, now=NOW)
        round_ = campaigns.create_round(
            session,
            OPERATOR,
            code="R2",
            title="征求意见",
            uses=[Use("F_open_consult", org_ids=("W01",))],
            opens_at=NOW - timedelta(hours=1),
            closes_at=NOW + timedelta(days=1),
            asks_proof=False,
            now=NOW,
        )
        stores = (round_, held.keystore, held.inbox, pages.renderer(held.config.zone))
        fieldwork.open_round(session, OPERATOR, *stores, now=NOW, no_key_copy=True)
        return points.list_points(session, OPERATOR, round_)[0]


def fill_in(page: Page, address: str) -> None:
    """Answer what form F asks before the picture and beside it."""
    page.goto(address)
    page.locator("#go").click()
    choose(page, "F01", "ask")
    choose(page, "F02", "a1")
    page.locator("#nx").click()
    page.locator("#F03-t").fill("楼道里的灯坏了很久")
    choose(page, "F06", "no")


def add(page: Page, name: str, kind: str, data: bytes) -> None:
    page.locator("#F05-t").set_input_files({"name": name, "mimeType": kind, "buffer": data})


def send(page: Page) -> None:
    while page.locator("#nx").is_visible():
        page.locator("#nx").click()
    page.locator("#sb").click()


def counted(residents: Residents) -> list[bytes]:
    """Open the box and return the pictures of all answers in it."""
    held = residents.platform
    stores = (held.sessions, OPERATOR, "R2", held.keystore, held.inbox)
    opening.close_round(*stores, now=residents.clock.now, early=True, reason="x")
    with held.sessions() as session:
        return list(session.scalars(select(Picture.data)))


def stored(residents: Residents, point: PointView) -> int:
    return residents.platform.inbox.counts(point.box_id).get(point.id, 0)


def test_a_photograph_is_made_small_and_sent_once_when_the_network_is_back(
    page: Page,
    phone: BrowserContext,
    site: str,
    residents: Residents,
    consultation: PointView,
    photograph: bytes,
):
    fill_in(page, f"{site}/q/{consultation.code}")
    add(page, "IMG_0001.JPG", "image/jpeg", photograph)
    while not page.locator("#F05-t").evaluate("input => !!input.small"):
        page.wait_for_timeout(50)
    small = page.locator("#F05-t").evaluate("input => input.small.size")
    phone.set_offline(True)
    send(page)
    expect(page.locator("#nt")).to_have_text("未确认，将自动重试")
    expect(page.locator("#net")).to_contain_text("请先别关本页")
    phone.set_offline(False)
    page.wait_for_url("**/thanks")

    assert stored(residents, consultation) == 1
    (data,) = counted(residents)
    with Image.open(io.BytesIO(data)) as picture:
        assert (picture.format, max(picture.size)) == ("JPEG", 1_280)
    assert b"SECRET-PHONE" not in data
    assert small < len(photograph) / 4


def test_a_page_closed_before_the_picture_arrived_says_that_it_is_not_kept(
    page: Page,
    phone: BrowserContext,
    site: str,
    residents: Residents,
    consultation: PointView,
):
    out = io.BytesIO()
    Image.new("RGB", (640, 480), "green").save(out, "JPEG")
    address = f"{site}/q/{consultation.code}"
    fill_in(page, address)
    add(page, "IMG_0001.JPG", "image/jpeg", out.getvalue())
    phone.set_offline(True)
    send(page)
    expect(page.locator("#net")).to_be_visible()
    assert all(len(value) < 5_000 for value in kept(page).values())
    page.close()
    phone.set_offline(False)
    again = phone.new_page()
    again.goto(site + "/")
    expect(again.locator("#ob a")).to_be_visible()
    again.locator("#ob a").click()
    expect(again.locator("#es")).to_contain_text("手机上不存照片，请重新选照片")
    expect(again.locator("#F03-t")).to_have_value("楼道里的灯坏了很久")
    assert stored(residents, consultation) == 0
    add(again, "IMG_0001.JPG", "image/jpeg", out.getvalue())
    send(again)
    again.wait_for_url("**/thanks")

    assert stored(residents, consultation) == 1
    assert len(counted(residents)) == 1


def test_a_kind_of_picture_that_nobody_can_open_is_refused_at_once(
    page: Page, site: str, residents: Residents, consultation: PointView
):
    fill_in(page, f"{site}/q/{consultation.code}")
    heic = b"\0\0\0\x18ftypheic" + os.urandom(5_000)
    add(page, "IMG_0002.HEIC", "image/heic", heic)
    expect(page.locator("#q-F05 > .er")).to_have_text(
        "这张图片打不开，没有选上。请换一张照片再试（jpg、png、webp）"
    )
    assert page.locator("#F05-t").input_value() == ""
    add(page, "IMG_0003.jpg", "image/jpeg", heic)
    send(page)
    expect(page.locator("#q-F05 > .er")).to_contain_text("这张图片打不开，请换一张照片再试")
    expect(page.locator("#F03-t")).to_have_value("楼道里的灯坏了很久")
    assert stored(residents, consultation) == 0
