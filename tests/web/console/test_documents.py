"""A document on the screen: words edited by two, its number, its code that all can try."""

import re
from html import unescape

import pytest

from reports import parts
from reports.figures import Audience
from reports.rewording import numbers_in
from survey import clock
from survey.accounts.policy import OPERATOR
from survey.campaigns import service as campaigns
from survey.db import reading
from survey.publication import documents
from survey.publication.document_kind import Asked, Kind
from survey.results import frozen
from survey.results import service as results
from survey.results.shelf import Shelf
from tests.web.console.conftest import CLOSED

BASE = f"/console/rounds/{CLOSED}/documents"
SHOWN, WORDS = f"{BASE}/internal/window/W01", f"{BASE}/internal/window/W01/words"
FIELD = re.compile(r'name="(place|digest|seen|generated)" value="([^"]*)"')


def text_of(response):
    return unescape(response.get_data(as_text=True))


def first_sentence(browser):
    """Return the hidden fields of the first sentence on the page for editing."""
    return dict(FIELD.findall(browser.get(WORDS).get_data(as_text=True))[:4])


def compiled(held, audience=Audience.PUBLIC):
    with reading(held.sessions) as session:
        round_ = campaigns.get_round(session, OPERATOR, CLOSED)
        asked = Asked(session, OPERATOR, round_, audience, held.config.zone, clock.now())
        return documents.compiled(asked, Kind.WINDOW, "W01")


def test_the_list_of_documents_waits_for_no_figures(as_, monkeypatch):
    def refuse(*_, **__):
        raise AssertionError("the list needs names only")

    monkeypatch.setattr(results, "_RELEASED", Shelf(0))
    monkeypatch.setattr(results, "release", refuse)
    monkeypatch.setattr(frozen, "figures_of", refuse)

    listed = as_("qu").get(f"/console/rounds/{CLOSED}/reports/")

    assert listed.status_code == 200
    for kind, org_id in (("branch", "B070"), ("window", "W10"), ("unit", "U17"), ("notice", "D0")):
        assert f"/{kind}/{org_id}" in listed.get_data(as_text=True), kind


def test_words_are_proposed_by_one_and_taken_over_by_the_office_above(held, as_):
    owner, unit, district = as_("chuangkou"), as_("danwei"), as_("qu")
    line = first_sentence(owner)
    generated = unescape(line["generated"])
    wrong = re.sub(r"[0-9]+", lambda found: str(int(found[0]) + 1), generated, count=1)
    refused = owner.post(WORDS, {**line, "text": wrong})
    assert refused.status_code == 422
    assert f"少了“{numbers_in(generated)[0]}”" in text_of(refused)
    better = f"谢谢大家。{generated}"
    shown = text_of(owner.post(WORDS, {**line, "text": better, "act": "preview"}))
    assert better in shown
    assert better not in text_of(owner.get(SHOWN))
    assert owner.post(WORDS, {**line, "text": better}).status_code == 303
    assert better not in text_of(unit.get(SHOWN)), "a proposal is not printed"
    page = text_of(unit.get(WORDS))
    assert better in page
    (number,) = set(re.findall(r"/words/([0-9]+)", page))
    assert owner.post(f"{WORDS}/{number}", {"accept": "yes"}).status_code == 403
    assert unit.post(f"{WORDS}/{number}", {"accept": "yes"}).status_code == 303
    document = unit.get(SHOWN)
    assert ".doc h1" in text_of(unit.get("/console/document.css"))
    assert better in text_of(document)
    assert "数字没有改；看系统原句" in text_of(document)
    report = compiled(held, Audience.INTERNAL)
    assert report.summary[0] == better
    assert report.reworded[0].generated == generated
    assert district.post(f"{SHOWN}/number", {"number": "创评[2026]第07号"}).status_code == 303
    assert compiled(held).number == "创评〔2026〕7号"
    assert owner.post(f"{SHOWN}/number", {"number": "1"}).status_code == 403
    restore = {**first_sentence(unit), "act": "restore", "text": "x"}
    assert unit.post(WORDS, restore).status_code == 303
    assert compiled(held, Audience.INTERNAL).summary[0] == generated
    gone = unit.post(WORDS, {**line, "digest": "0" * 64, "text": better})
    assert gone.status_code == 409


def test_of_two_who_edit_a_sentence_at_once_the_later_is_told(as_):
    owner, unit, district = as_("chuangkou"), as_("danwei"), as_("qu")
    line = first_sentence(unit)
    generated = unescape(line["generated"])
    assert district.post(WORDS, {**line, "text": f"先改。{generated}"}).status_code == 303
    late = unit.post(WORDS, {**line, "text": f"后改。{generated}"})
    assert late.status_code == 409
    assert f"先改。{generated}" in text_of(late), "what the other wrote"
    assert f">后改。{generated}</textarea>" in text_of(late), "what was typed is kept"
    seen = first_sentence(unit)
    assert unit.post(WORDS, {**seen, "text": f"后改。{generated}"}).status_code == 303
    # A proposal that came meanwhile is not swept aside unread either.
    seen = first_sentence(unit)
    assert owner.post(WORDS, {**seen, "text": f"建议。{generated}"}).status_code == 303
    assert unit.post(WORDS, {**seen, "text": f"再改。{generated}"}).status_code == 409
    page = text_of(unit.get(WORDS))
    (number,) = set(re.findall(r"/words/([0-9]+)", page))
    assert unit.post(f"{WORDS}/{number}", {"accept": "no"}).status_code == 303
    twice = unit.post(f"{WORDS}/{number}", {"accept": "yes"})
    assert twice.status_code == 404
    assert "系统原句" in text_of(twice), "the page stays"


def test_words_that_cannot_be_kept_any_more_are_not_lost(as_, published):
    unit = as_("danwei")
    late = unit.post(WORDS, {**first_sentence_of(None), "text": "写了很久的一句话"})
    assert late.status_code == 409
    assert "写了很久的一句话" in text_of(late)
    number = as_("qu").post(f"{SHOWN}/number", {"number": "创评〔2026〕8号"})
    assert number.status_code == 409
    assert "创评〔2026〕8号" in text_of(number)


def test_anybody_learns_whether_a_printed_document_still_holds(app, held, as_, published):
    office, anybody = as_("danwei"), app.test_client()
    public, internal = compiled(held), compiled(held, Audience.INTERNAL)
    code, secret = parts.check_code(public), parts.check_code(internal)
    assert code != secret
    typed = f"{code[:4]}-{code[4:8].lower()} {code[8:]}"
    answer = anybody.get("/v", query_string={"code": typed})
    assert answer.headers["Location"] == f"/v/{code}"
    for path in (f"/v/{code}", f"/V/{code}", f"/v/{code.lower()}"):
        page = text_of(anybody.get(path))
        assert "这是正在公示的文件" in page
        assert "".join(public.title[:1]) in page
        assert parts.digest_of(public) in page
        assert "0513-8650" in page
        assert f"/results/{CLOSED}/W01" in page
    hidden = anybody.get(f"/v/{secret}")
    assert "没有公开" in text_of(hidden)
    told = text_of(hidden)
    assert not any(word in told for word in (*internal.title, "W01", CLOSED, internal.occasion))
    assert "Set-Cookie" not in hidden.headers
    for wrong in ("0" * 12, "ABC", "'; --", "9" * 12):
        unknown = anybody.get(f"/v/{wrong}")
        assert unknown.status_code == 404
        assert "没有查到" in text_of(unknown)
    assert "Check a document" in text_of(anybody.get("/v?lang=en"))
    assert "查到了" in text_of(office.get("/console/check", query_string={"code": secret}))
    assert as_("shuji").get(f"/console/check?code={secret}").status_code == 404
    assert office.post(WORDS, {**first_sentence_of(public), "text": "改"}).status_code == 409
    published()
    assert "这份文件已经撤回" in text_of(anybody.get(f"/v/{code}"))


def first_sentence_of(report):
    return {"place": "summary/0", "digest": "0" * 64}


@pytest.mark.parametrize(
    ("kinds", "formats", "words"),
    [
        (["unit"], [], "没有勾选什么格式"),
        ([], ["docx"], "没有勾选哪些文件，"),
        ([], [], "没有勾选哪些文件和什么格式"),
        (["cover"], ["docx"], "没有符合这些条件的文件"),
    ],
)
def test_a_batch_that_cannot_be_made_keeps_every_choice_and_says_what_to_do(
    as_, kinds, formats, words
):
    typed = {"audience": "public", "unit": "U17", "combined": "1"}

    refused = as_("qu").post(
        f"/console/rounds/{CLOSED}/batches/", {**typed, "kind": kinds, "format": formats}
    )
    shown = text_of(as_("qu").get(refused.headers["Location"]))

    assert words in shown
    chosen = re.findall(r'name="(\w+)" value="(\w+)" ?(?:checked)', shown)
    wanted = [*(("kind", each) for each in kinds), *(("format", each) for each in formats)]
    assert sorted(chosen) == sorted([*wanted, ("audience", "public"), ("combined", "1")])
    assert '<option value="U17" selected>' in shown


BLANK_DAY = "\u3000\u3000年\u3000\u3000月\u3000\u3000日"


def lines_of(browser, path):
    """Return the hidden fields of every sentence on a page for editing."""
    fields = FIELD.findall(browser.get(path).get_data(as_text=True))
    return [dict(fields[at : at + 4]) for at in range(0, len(fields), 4)]


def edited(browser, path, start, change):
    """Put the sentence that begins with `start` in other words."""
    (line,) = [each for each in lines_of(browser, path) if each["generated"].startswith(start)]
    text = change(unescape(line["generated"]))
    return browser.post(path, {**line, "text": text})


def test_an_edited_sentence_with_blanks_holds_when_they_are_filled_in(as_, request):
    office, path = as_("qu"), f"{BASE}/internal/notice/D0"
    lost = edited(office, f"{path}/words", "公示期为", lambda said: said.replace(BLANK_DAY, ""))
    assert lost.status_code == 422
    assert "请照原句保留空格" in text_of(lost)
    for start, change in (
        ("公示期为", lambda said: f"请互相转告：{said}"),
        ("受理单位", lambda said: said.replace("受理单位", "受理单位（政务中心二楼）")),
        ("评议时间为", lambda said: f"这次{said}"),
    ):
        assert edited(office, f"{path}/words", start, change).status_code == 303

    request.getfixturevalue("published")

    shown = text_of(office.get(path))
    assert re.search(r"请互相转告：公示期为2026年[^　]+日，共\d个工作日。", shown)
    assert "受理单位（政务中心二楼）：区评议办" in shown
    assert "这次评议时间为" in shown
