"""The form as a document: small, self-contained, and made from the questionnaire alone."""

import base64
import gzip
import hashlib
import re
from dataclasses import replace

import pytest

from survey.web.public import pages
from tests.conftest import NOW
from tests.residents import Residents, hidden


def document(residents: Residents, org_id: str, query: str = "") -> str:
    return residents.client.get(residents.path(org_id) + query).get_data(as_text=True)


@pytest.mark.parametrize("org_id", ["B001", "W01"])
def test_the_document_needs_nothing_else(residents, org_id):
    html = document(residents, org_id)

    assert not re.search(r"<(?:img|iframe|object|embed|audio|video|base)\b", html)
    assert set(re.findall(r"<link[^>]*>", html)) == {'<link rel="icon" href="data:,">'}
    assert not re.search(r"\ssrc=|@import|url\(|\sstyle=|\son[a-z]+=", html)
    addresses = set(re.findall(r'(?:href|action)="([^"#]*)"', html)) - {"data:,"}
    assert all(address.startswith("/") and "//" not in address for address in addresses)


@pytest.mark.parametrize("org_id", ["B001", "W01"])
def test_the_policy_allows_the_page_its_own_style_and_script_only(residents, org_id):
    response = residents.client.get(residents.path(org_id))
    html, csp = response.get_data(as_text=True), response.headers["Content-Security-Policy"]
    for tag in ("style", "script"):
        (text,) = re.findall(rf"<{tag}>(.*?)</{tag}>", html, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in csp
    assert "default-src 'none'" in csp
    assert "unsafe" not in csp


def test_two_copies_differ_in_key_and_receipt_only(residents):
    first, second = document(residents, "W01"), document(residents, "W01")
    keys = {hidden(first, "ik"), hidden(second, "ik")}

    assert len(keys) == 2
    blank = [re.sub(r'name="ik" value="[^"]*"><b>[^<]*</b>', "", html) for html in (first, second)]
    assert blank[0] == blank[1]


def test_clients_without_gzip_get_the_same_page(residents):
    packed = residents.client.get(residents.path(), headers={"Accept-Encoding": "gzip;q=1"})
    plain = residents.client.get(residents.path(), headers={"Accept-Encoding": "gzip;q=0"})

    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Vary"] == plain.headers["Vary"] == "Accept-Encoding"
    assert len(gzip.decompress(packed.data)) == len(plain.data)


def test_every_item_and_option_can_be_answered(residents):
    html = document(residents, "W01")
    for item in residents.questionnaire("W01").items:
        for option in item.options:
            assert f'name="{item.code}" value="{option.code}"' in html
        assert f'name="{item.code}"' in html
    assert " checked" not in html, "nothing is chosen beforehand"


def test_the_cover_says_what_is_true(residents):
    html = document(residents, "W01")

    assert "9月11日截止前不开箱" in html
    assert "约3分钟" in html
    assert "不留电话" not in html
    assert "请您评议<span>便民服务中心</span><span>综合窗口</span>" in html
    assert "组织评议：区创先争优办" in html
    assert "评议对象：" not in html, "the cover has said it already"
    assert "本表不记名" in html


def test_conditions_are_said_in_words_for_phones_without_script(residents):
    window, branch = document(residents, "W01"), document(residents, "B001")

    assert "上面“办成这件事，您总共到现场几次”选了“没有到现场（网上办）”的不用填" in window
    assert "选了“非常不满意”或“不满意”时填" in window
    assert "只在上面有一题选了“不满意”时填" in branch


def test_conditional_items_stand_inside_what_opens_them(residents):
    html = document(residents, "W01")
    inside = html[html.index('id="q-C50"') : html.index('id="q-C53"')]

    assert re.search(r'class="op" name="C50" value="1"', inside)
    assert '<div class="why"><fieldset class="q" id="q-C51"' in inside
    assert 'id="q-C52"' in inside


def test_items_of_one_service_share_a_page(residents):
    shown = pages.screens_of(residents.questionnaire("W01"), "zh")
    titles = [(screen.title, [question.code for question in screen.questions]) for screen in shown]

    assert titles[1] == ("阳光服务", ["C11", "C12"])
    assert titles[5] == ("廉洁服务", ["C19", "C20"])
    assert titles[7][1] == ["C41", "C42", "C43", "C47", "C48"]
    assert titles[-1] == ("最后，说几句心里话", ["C54", "C55"])
    assert len(titles) == 11


def test_every_item_is_on_exactly_one_page(residents):
    for org_id in ("B001", "W01"):
        questionnaire = residents.questionnaire(org_id)
        html = document(residents, org_id)
        found = re.findall(r'<(?:fieldset|div) class="q[^>]* id="q-([^"]+)"', html)
        assert sorted(found) == sorted(item.code for item in questionnaire.items)


def test_long_english_labels_stand_in_rows(residents):
    html = document(residents, "W01", "?lang=en")

    assert '<html lang="en">' in html
    assert re.search(r'id="q-C11".*?<div class="s r">', html)
    assert "Very satisfied" in html


def test_a_round_that_ends_at_midnight_closes_the_day_before(residents):
    point = residents.points["W01"]
    zone = residents.platform.config.zone
    midnight = NOW.astimezone(zone).replace(hour=0, minute=0)
    place = pages.Place.of(point, zone)
    cover = pages.cover_of(
        residents.questionnaire(), pages.Place(place.code, place.facts, midnight, zone), "zh"
    )

    assert cover.assurances[1][1] == "9月9日截止前不开箱"


@pytest.mark.parametrize(
    ("changes", "said", "unsaid"),
    [
        ({}, ("不登录，不问姓名，不记位置", "截止前不开箱"), ("票上没有编号", "每天一箱")),
        ({"is_ticket": True}, ("票上没有编号", "截止前不开箱"), ("不记位置",)),
        ({"is_daily": True}, ("不记位置", "每天一箱，第二天才打开"), ("截止前不开箱",)),
    ],
)
def test_the_cover_says_how_anonymity_works_here(residents, changes, said, unsaid):
    place = pages.Place.of(residents.points["W01"], residents.platform.config.zone)
    cover = pages.cover_of(residents.questionnaire(), replace(place, **changes), "zh")
    text = " ".join(sentence for _, sentence in cover.assurances)

    assert len(cover.assurances) == 4
    assert all(part in text for part in (*said, "不满10份的结果不公布"))
    assert not any(part in text for part in unsaid)
