"""Whose step it is not, over HTTP: forms of others, changed and sent again, leave no trace."""

import pytest
from sqlalchemy import func, select

from survey import clock
from survey.accounts import service as accounts
from survey.accounts.models import Role
from survey.accounts.policy import OPERATOR
from survey.rectification.loading import find
from survey.rectification.models import Evidence, Transition
from survey.rectification.states import SIDES, State, moves_from
from tests.web.console.conftest import PASSWORD
from tests.web.console.test_items import (  # noqa: F401 - fixtures
    SHEET,
    item,
    photo,
    state_of,
    take,
    upload,
)

SIDE_OF = {
    "qu": SIDES[Role.DISTRICT_ADMIN],
    "danwei": SIDES[Role.UNIT_ADMIN],
    "chuangkou": SIDES[Role.WINDOW_MANAGER],
    "yanshou": SIDES[Role.VERIFIER],
}
WAY = (
    ("danwei", "assigned", {}),
    ("chuangkou", "accepted", {}),
    ("chuangkou", "in_progress", {"measures": "上午增开窗口"}),
    ("chuangkou", "submitted", {}),
    ("danwei", "unit_checked", {}),
    ("yanshou", "verified", SHEET),
    ("danwei", "recheck", {}),
)
EVERYTHING = {
    **SHEET, "note": "理由", "measures": "措施", "n": "30", "agree": "30", "disagree": "0",
    "score": "99", "goal": "一步", "stage_day": "2026-12-01", "kind": "extension", "reason": "理由",
    "workdays": "5", "handling": "immediate", "grants": "yes", "holds": "yes", "true": "no",
    "answer": "好", "key": "k" * 24, "decision": "pass", "steps": "1", "org_id": "W01",
}  # fmt: skip
"""Whatever any form about an item asks for."""


def trace_of(held, number):
    """Return what there is of an item: state, revision, days, steps and files."""
    with held.sessions() as session:
        row = find(session, OPERATOR, number).row
        counts = (
            session.scalar(select(func.count()).where(each.item_id == row.id))
            for each in (Transition, Evidence)
        )
        facts = (row.state, row.revision, row.due_on, row.org_id, row.is_public, row.measures)
        return (*facts, *counts)


def forms_about_items(app):
    """Yield the addresses of forms about one item, with room for its number."""
    for rule in app.url_map.iter_rules():
        if "POST" in rule.methods and rule.rule.startswith("/console/rectification/"):
            path = rule.rule.replace("<int:evidence_id>", "1")
            if "<number>" in path:
                yield path


@pytest.mark.parametrize("who", ["waiwei", "linchuang"])
def test_who_is_not_concerned_does_nothing_and_learns_nothing(
    app, held, as_, item, take, who  # noqa: F811
):  # fmt: skip
    with held.sessions.begin() as session:
        for name, role, place in (
            ("waiwei", Role.UNIT_ADMIN, "U01"), ("linchuang", Role.WINDOW_MANAGER, "W02"),
        ):  # fmt: skip
            accounts.add_account(
                session, OPERATOR, name, "泉一石", role, place, PASSWORD, now=clock.now()
            )
    for stage in range(4):
        person, to, fields = WAY[stage]
        assert take(item, person, to, **fields).status_code == 303
        if to == "in_progress":
            assert upload(as_("chuangkou"), item, photo()).status_code == 303
    before, browser = trace_of(held, item), as_(who)
    paths = sorted(forms_about_items(app))
    assert len(paths) > 9
    for path in paths:
        for to in ("unit_checked", "closed"):
            mine, none = (
                browser.post(path.replace("<number>", number), {**EVERYTHING, "to": to})
                for number in (item, "ZG-2026-9999")
            )
            # Some steps are of roles that these have nowhere; that is said of any number.
            assert mine.status_code in (403, 404), path
            assert (mine.status_code, mine.data) == (none.status_code, none.data), path
    assert trace_of(held, item) == before


def test_a_form_changed_by_hand_takes_no_step_that_is_another_persons(
    held, as_, item, take  # noqa: F811
):  # fmt: skip
    tried = 0
    for person, onward, fields in (*WAY, ("", "", {})):
        state = State(state_of(held, item))
        before = trace_of(held, item)
        for who, side in SIDE_OF.items():
            theirs = {move.to.value for move in moves_from(state) if side in move.by}
            for to in sorted({onward, "verified", "closed", "void", "reopened"} - theirs - {""}):
                answer = take(item, who, to, **{**EVERYTHING, **fields})
                assert answer.status_code in (403, 409, 422), (state, who, to)
                assert trace_of(held, item) == before, (state, who, to)
                tried += 1
        if person:
            sent = take(item, person, onward, **fields)
            assert sent.status_code == 303, sent.get_data(as_text=True)
            if onward == "in_progress":
                assert upload(as_("chuangkou"), item, photo()).status_code == 303
    assert tried > 80


def test_a_form_sent_again_is_one_step(held, as_, item, take):  # noqa: F811
    for person, onward, fields in WAY[:3]:
        revision = trace_of(held, item)[1]
        form = {"to": onward, "revision": str(revision), **fields}
        path = f"/console/rectification/{item}/move"
        assert as_(person).post(path, form).status_code == 303
        after = trace_of(held, item)
        for changed in (form, {**form, "revision": ""}, {**form, "revision": str(revision + 7)}):
            assert as_(person).post(path, changed).status_code in (403, 409, 422)
        assert trace_of(held, item) == after


def test_a_unit_hands_nothing_to_places_that_are_not_its_own(held, item, take):  # noqa: F811
    before = trace_of(held, item)
    for place in ("W10", "B070", "D0", "W99", ""):
        answer = take(item, "danwei", "assigned", org_id=place, note="理由")
        if answer.status_code == 303:
            assert place == ""
            break
        assert trace_of(held, item) == before, place
