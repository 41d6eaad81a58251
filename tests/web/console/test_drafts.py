"""The questionnaire editor over HTTP, without a script."""

import html as markup
import re

import pytest
from sqlalchemy import func, select

from survey.accounts.policy import OPERATOR
from survey.instruments import drafts, library
from survey.instruments.models import QuestionnaireDraft, QuestionnaireVersion

NEW = "/console/questionnaires/drafts/new"


@pytest.fixture
def office(as_):
    return as_("qu")


def start(browser, what="template:A_branch_mass", **more):
    answer = browser.post(NEW, {"start": what, **more})
    assert answer.status_code == 303
    return answer.headers["Location"].split("?")[0]


def text(answer):
    return answer.get_data(as_text=True)


def fields(html):
    """Return what a browser would send of the editor's form with nothing changed."""
    form = html[html.index('id="edf"') : html.index("</form>", html.index('id="edf"'))]
    sent = {}
    for tag in re.findall(r"<input[^>]*>", form):
        name = re.search(r'name="([^"]*)"', tag)
        kind = re.search(r'type="([^"]*)"', tag)
        if not name or (kind and kind[1] in ("radio", "checkbox") and " checked" not in tag):
            continue
        value = re.search(r'value="([^"]*)"', tag)
        sent[name[1]] = value[1] if value else "on"
    sent.update(re.findall(r'<textarea[^>]*name="([^"]*)"[^>]*>([^<]*)<', form))
    for name, options in re.findall(r'<select[^>]*name="([^"]*)"[^>]*>(.*?)</select>', form, re.S):
        chosen = re.search(r'value="([^"]*)" selected', options)
        sent[name] = chosen[1] if chosen else re.search(r'value="([^"]*)"', options)[1]
    sent.pop("csrf_token")
    return {name: markup.unescape(value) for name, value in sent.items()}


def save(browser, path, at="", **changes):
    page = text(browser.get(f"{path}?at={at}"))
    return browser.post(path, {**fields(page), **changes})


def view(held, path):
    with held.sessions() as session:
        return drafts.get_draft(session, OPERATOR, int(path.rsplit("/", 1)[1]))


def test_saving_what_is_shown_changes_nothing(office, held):
    """Items of every form that comes along go out to the page and back unharmed."""
    for code, questionnaire in library.templates().items():
        path = start(office, f"template:{code}")
        spots = [
            (s, i) for s, part in enumerate(questionnaire.sections) for i in range(len(part.items))
        ]
        places = ["form", "1", *(f"{s}-{i}" for s, i in spots[:: len(spots) // 4])]
        for at in places:
            assert save(office, path, at, do="save").status_code == 303
            assert view(held, path).questionnaire == questionnaire, (code, at)


def test_a_question_is_written_moved_copied_and_taken_back(office, held):
    path = start(office, "blank:", title="新问卷", code="T1", subject="window")
    save(office, path, do="add 0-0 select_one")
    save(office, path, "0-0", **{"label.zh": "您满意吗？", "scale": "sat5", "dimension": "overall"})
    save(office, path, "0-0", do="add 0-1 select_multiple")
    changes = {"label.zh": "为什么？", "scale": "bad", "when": "words", "c0.what": "Q01=1"}
    save(office, path, "0-1", **changes)
    save(office, path, "0-1", rule="words", most_choices="3", alone="b96")
    first, second = view(held, path).questionnaire.items
    assert [option.points for option in first.options] == [100, 80, 60, 30, 0, None]
    assert second.relevant == "${Q01} = '1'"
    assert second.constraint == (
        "count-selected(.) <= 3 and not(selected(., 'b96') and count-selected(.) > 1)"
    )

    save(office, path, "0-1", do="up 0-1")
    page = text(office.get(path))
    assert [item.code for item in view(held, path).questionnaire.items] == ["Q02", "Q01"]
    assert "条件只能看前面的题" in text(office.get(f"{path}?at=0-0"))
    assert "1处要改" in page
    save(office, path, do="undo")
    save(office, path, do="copy 0-0")
    assert [i.code for i in view(held, path).questionnaire.items] == ["Q01", "Q03", "Q02"]
    save(office, path, do="remove 0-1")
    assert [i.code for i in view(held, path).questionnaire.items] == ["Q01", "Q02"]


def test_a_page_that_is_out_of_date_overwrites_nothing(office, as_, held):
    path = start(office)
    mine, theirs = fields(text(office.get(f"{path}?at=1-0"))), as_("qu")
    assert theirs.post(path, {**mine, "label.zh": "先存的"}).status_code == 303

    answer = office.post(path, {**mine, "label.zh": "后存的"})

    assert answer.status_code == 409
    assert "刚刚改过这份草稿" in text(answer)
    assert "后存的" in text(answer)
    assert view(held, path).questionnaire.item("A11").label.to("zh") == "先存的"
    again = office.post(path, {**fields(text(answer)), "do": "save"})
    assert again.status_code == 303
    assert view(held, path).questionnaire.item("A11").label.to("zh") == "后存的"


def test_the_preview_is_the_residents_page_and_sends_nothing(office):
    path = start(office)
    answer = office.get(f"{path}/preview?at=1-0")
    policy = answer.headers["Content-Security-Policy"]

    assert "组织开展创先争优活动的情况" in text(answer)
    assert "form-action 'none'" in policy
    assert "frame-ancestors 'self'" in policy
    assert "frame-src 'self'" in office.get(path).headers["Content-Security-Policy"]
    assert "frame-src" not in office.get(NEW).headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("template", "shown"),
    [
        ("B_member_review", ("1985年生", "泉·远山", "本支部1人")),
        ("G_commit_verify", ("窗口中午不断档", "2026年")),
        ("H_rectify_recheck", ("等候时间太长",)),
    ],
)
def test_the_preview_of_a_pattern_has_rows_to_look_at(office, template, shown):
    page = text(office.get(f"{start(office, f'template:{template}')}/preview"))
    assert [each for each in shown if each not in page] == []
    assert "EACH" not in page


@pytest.mark.parametrize("broken", ["${Q", "${nobody} = '1'", "selected(", "'"])
def test_what_is_half_typed_is_kept_and_shown(office, held, broken):
    path = start(office, "blank:", title="<b>新</b>", code="T1")
    save(office, path, do="add 0-0 text")
    answer = save(
        office,
        path,
        "0-0",
        when="expression",
        relevant=broken,
        rule="expression",
        constraint=broken,
        **{"label.zh": "<script>alert(1)</script>"},
    )
    assert answer.status_code == 303
    page = text(office.get(f"{path}?at=0-0"))
    assert "<script>alert(1)" not in page
    assert view(held, path).questionnaire.items[0].relevant == broken
    assert office.get(f"{path}/preview?at=0-0").status_code == 200
    assert office.get(f"{path}/publish").status_code == 200


def test_publishing_shows_what_changed_and_makes_a_version(office, held):
    with held.sessions() as session:
        digest = session.scalars(
            select(QuestionnaireVersion.digest).where(QuestionnaireVersion.code == "A_branch_mass")
        ).one()
    path = start(office, f"version:{digest}")
    save(office, path, "1-0", **{"label.zh": "改了的题目"})
    page = text(office.get(f"{path}/publish"))
    assert "和上一版比，有1处不同" in page
    assert "不能和以前直接比" in page
    revision = re.search(r'name="revision" value="(\d+)"', page)[1]

    taken = office.post(f"{path}/publish", {"revision": revision, "version": "2026.1"})
    assert taken.status_code == 422
    done = office.post(f"{path}/publish", {"revision": revision, "version": "2027.1"})

    assert done.status_code == 303
    shown = text(office.get(done.headers["Location"]))
    assert "问卷已发布" in shown
    assert "和上一版比" in shown
    compared = done.headers["Location"].split("?")[0] + "/changes"
    assert "改了的题目" in text(office.get(compared))
    assert office.get(path).status_code == 404
    with held.sessions() as session:
        count = select(func.count()).select_from(QuestionnaireVersion)
        assert session.scalar(count.where(QuestionnaireVersion.code == "A_branch_mass")) == 2


def test_an_unfinished_draft_says_what_is_in_the_way(office):
    path = start(office, "blank:", title="", code="")
    page = text(office.get(f"{path}/publish"))
    assert "问卷代码应以英文字母开头" in page
    answer = office.post(f"{path}/publish", {"revision": "1", "version": "1"})
    assert answer.status_code == 422


def test_a_draft_is_deleted_and_its_list_says_so(office, held):
    path = start(office)
    assert path in text(office.get("/console/questionnaires/"))
    assert office.post(f"{path}/delete").status_code == 303
    with held.sessions() as session:
        assert session.scalar(select(func.count()).select_from(QuestionnaireDraft)) == 0


@pytest.mark.parametrize("name", ["danwei", "shuji", "yanshou"])
def test_drafts_are_not_for_others(as_, office, name):
    path = start(office)
    other = as_(name)
    for address in (NEW, path, f"{path}/preview", f"{path}/publish"):
        assert other.get(address).status_code == 403
    assert other.post(f"{path}/delete").status_code == 403
    if name == "danwei":
        assert "写一份问卷" not in text(other.get("/console/questionnaires/"))


def test_places_that_are_not_there_open_nothing(office):
    path = start(office)
    for at in ("99-0", "0-99", "99", "x", "-1-0", "0-0-0", "²-1"):
        assert office.get(f"{path}?at={at}").status_code == 200
    assert save(office, path, do="remove 99-0").status_code == 303
    assert save(office, path, do="up 99").status_code == 303
