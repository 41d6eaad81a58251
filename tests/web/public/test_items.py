"""The board of items for everybody: pages, short addresses, feed, what each weighs and tells."""

import gzip
from datetime import date, timedelta

import pypdfium2
import pytest
import zxingcpp
from lxml import etree, html
from sqlalchemy import delete, select

from reports.pdf import render_pdf
from survey.campaigns.models import Round
from survey.rectification import following
from survey.rectification.models import Evidence, RectificationItem
from survey.web.public.item_poster import Office, poster_html
from tests.conftest import NOW

ATOM = "{http://www.w3.org/2005/Atom}"
BUDGET = 14 * 1024
LONG = "窗口午休时没有人值班，群众要跑两趟才能办成，公开栏三个月没有更新。" * 9


def add(residents, number, **facts):
    given = {
        "source": "manual", "org_id": "W01", "problem": f"第{number}件：等得<太>久",
        "state": "in_progress",
        "registered_on": NOW.date(), "limit_workdays": 15, "due_on": NOW.date() + timedelta(20),
        "needs_recheck": False, **facts,
    }  # fmt: skip
    with residents.platform.sessions.begin() as session:
        item = RectificationItem(number=f"ZG-2026-{number:04d}", source_ref=f"r{number}", **given)
        session.add(item)
        session.flush()
        return item.id


def get(residents, path, **headers):
    return residents.client.get(path, headers=headers)


def test_an_empty_board_says_so_and_the_feed_is_valid_all_the_same(residents):
    page = get(residents, "/items")
    feed = etree.fromstring(get(residents, "/items.atom").data)

    assert page.status_code == 200
    assert "没有公开的事项" in page.text
    assert not feed.findall(f"{ATOM}entry")
    assert feed.findtext(f"{ATOM}updated")


def test_three_hundred_long_items_come_fifty_a_page_within_the_budget(residents):
    for number in range(1, 301):
        text = LONG[:300] if number % 10 == 0 else f"第{number}件，路灯不亮，晚上走路不安全"
        add(residents, number, problem=text, due_on=NOW.date() + timedelta(number % 50 - 5))
    page = get(residents, "/items", **{"Accept-Encoding": "gzip"})
    first = html.fromstring(gzip.decompress(page.data))
    last = html.fromstring(get(residents, "/items?page=6&state=").data)

    assert len(page.data) <= BUDGET
    assert page.headers["Content-Encoding"] == "gzip"
    assert (len(first.xpath("//ul[@class='li']/li")), len(last.xpath("//ul[@class='li']/li"))) == (
        50,
        50,
    )
    assert first.xpath("//a[@rel='next']")
    assert not last.xpath("//a[@rel='next']")
    assert not first.xpath("//script | //*[@style]")
    for link in ("/items?state=late", "/items?state=d&unit=U01&lang=en", "/items?q=路灯"):
        assert get(residents, link).status_code == 200


def test_an_item_tells_all_that_everybody_may_know_and_nobody_by_name(residents):
    item_id = add(
        residents, 7, reopen_count=2, due_on=date(2026, 8, 3), responsible_person="禾和渡",
        measures="禾和渡每周查一次", state="reopened",
        recheck_n=12, recheck_agree=12, recheck_disagree=0,
    )  # fmt: skip
    with residents.platform.sessions.begin() as session:
        for kind, shown in (("before", True), ("after", True), ("after", False)):
            session.add(
                Evidence(
                    item_id=item_id, kind=kind, digest="0" * 64, file_name="照片.jpg",
                    media_type="image/jpeg", size=1, caption="大门口", uploaded_by="secretary",
                    uploaded_at=NOW, is_public=shown,
                )
            )  # fmt: skip
    found = html.fromstring(get(residents, "/items/ZG-2026-0007").data)
    text = found.text_content()

    assert "等得<太>久" in text
    assert "某某每周查一次" in text
    assert "禾和渡" not in text
    assert "督办中" in text
    assert "个工作日" in text
    assert "高于95%" in text
    assert "12/12" not in text
    assert [each.get("alt") for each in found.iter("img")] == [
        "整改前：大门口",
        "整改后：大门口",
    ]
    assert found.xpath("//progress[@aria-label]")
    # First what it is, how far it has come and what is done; whence and whom to ask folds.
    folded = found.xpath("//details")[0].text_content()
    assert "怎么发现的" in folded
    assert "短网址" in folded
    assert text.index("督办中") < text.index("怎么改") < text.index("怎么发现的")
    assert found.xpath("//a[@href='/r']")
    assert "/z/20260007" in text


@pytest.mark.parametrize("path", ["/items", "/items/ZG-2026-0001", "/items?lang=en", "/items.atom"])
def test_nothing_is_left_on_the_phone_and_nothing_asked_elsewhere(residents, path):
    add(residents, 1)
    answer = get(residents, path)
    head = residents.client.head(path)

    assert answer.status_code == head.status_code == 200
    assert not head.data
    assert "Set-Cookie" not in answer.headers
    assert "script-src" not in answer.headers["Content-Security-Policy"] or "atom" in path
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "public, max-age=300"
    again = get(residents, path, **{"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert residents.client.options(path).status_code == 200
    assert residents.client.post(path).status_code == 405


def test_what_is_not_public_answers_as_what_does_not_exist(residents):
    add(residents, 1, is_public=False)
    add(residents, 2, state="void")
    with residents.platform.sessions() as session:
        round_id = session.scalars(select(Round.id)).one()
    add(residents, 3, round_id=round_id)
    before = get(residents, "/items"), get(residents, "/items.atom")
    answers = [get(residents, f"/items/ZG-2026-{n:04d}") for n in (1, 2, 3, 4)]
    answers.append(get(residents, "/items/%00"))
    with residents.platform.sessions.begin() as session:
        session.execute(delete(RectificationItem))
    after = get(residents, "/items"), get(residents, "/items.atom")

    assert {answer.status_code for answer in answers} == {404}
    # The only difference is the page's own address in the link to the other language.
    assert len({answer.text.replace(answer.request.path, "") for answer in answers[:4]}) == 1
    assert [each.data for each in before] == [each.data for each in after]
    assert [each.headers["ETag"] for each in before] == [each.headers["ETag"] for each in after]


@pytest.mark.parametrize(
    "typed", ["/z/20260001", "/Z/20260001", "/z/2026-0001", "/z/zg-2026-0001", "/Z/ZG-2026-0001"]
)
def test_the_short_address_leads_to_the_item_however_it_is_typed(residents, typed):
    answer = get(residents, typed)

    assert (answer.status_code, answer.headers["Location"]) == (302, "/items/ZG-2026-0001")
    assert get(residents, "/z/nothing").status_code == 404


def test_the_feed_is_atom_with_ids_that_stay(residents):
    add(residents, 1, responsible_person="禾和渡", problem="路灯\x01不亮")
    add(residents, 2, source="hcp_bad", problem="2026-09-07收到差评1份：非常不满意1份")
    first = get(residents, "/items.atom")
    with residents.platform.sessions.begin() as session:
        session.scalars(
            select(RectificationItem).where(RectificationItem.number == "ZG-2026-0001")
        ).one().state = "submitted"
    second = get(residents, "/items.atom")
    feeds = [etree.fromstring(each.data) for each in (first, second)]
    for feed in feeds:
        assert feed.tag == f"{ATOM}feed"
        for node in (feed, *feed.findall(f"{ATOM}entry")):
            for name in ("id", "title", "updated"):
                assert len(node.findall(f"{ATOM}{name}")) == 1
            assert node.findtext(f"{ATOM}id").startswith("tag:")
            assert "T00:00:00+08:00" in node.findtext(f"{ATOM}updated")
        assert feed.findtext(f"{ATOM}author/{ATOM}name")
        links = {link.get("rel"): link.get("href") for link in feed.findall(f"{ATOM}link")}
        assert links["self"].endswith("/items.atom")
    ids = [[each.text for each in feed.iter(f"{ATOM}id")] for feed in feeds]

    assert sorted(ids[0]) == sorted(ids[1])
    assert first.headers["ETag"] != second.headers["ETag"]
    assert "禾和渡" not in first.text
    assert "09-07" not in first.text
    assert "路灯不亮" in first.text
    since = second.headers["Last-Modified"]
    assert get(residents, "/items.atom", **{"If-Modified-Since": since}).status_code == 304
    empty = etree.fromstring(get(residents, "/items.atom?unit=U99").data)
    assert not empty.findall(f"{ATOM}entry")


@pytest.mark.parametrize("size", ["a4", "a5"])
def test_the_page_for_the_notice_board_is_one_and_its_code_is_read_whatever_was_written(
    residents, size
):
    add(residents, 123, problem=LONG[:300], measures=LONG * 3, reopen_count=2)
    with residents.platform.sessions() as session:
        item = following.public_item(session, "ZG-2026-0123", now=NOW)
    made = poster_html(
        item, base_url="https://pingyi.example", office=Office("区创先争优办" * 4, "0513-86500000"),
        today=NOW.date(), size=size,
    )  # fmt: skip
    pages = pypdfium2.PdfDocument(render_pdf(made))
    picture = pages[0].render(scale=3).to_pil()

    assert len(pages) == 1
    assert [each.text for each in zxingcpp.read_barcodes(picture)] == [
        "HTTPS://PINGYI.EXAMPLE/Z/20260123"
    ]
