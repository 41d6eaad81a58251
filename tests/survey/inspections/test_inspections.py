"""Form E: a pair of inspectors, once however often it is sent, confirmed by the second."""

import io
from datetime import timedelta

import pytest
from PIL import Image
from sqlalchemy import func, select, update
from sqlalchemy.exc import DatabaseError

from survey.audit.service import first_broken
from survey.errors import NotAllowed, NotFound
from survey.inspections import photos, queries, service, tasks
from survey.inspections.models import Inspection, InspectionDraw, InspectionEvent, InspectionTask
from survey.inspections.queries import Stage, Veto
from survey.inspections.refusals import (
    AlreadySettled,
    AnswersRefused,
    AssignmentRefused,
    NotInFieldwork,
    NotYours,
    PhotoMissing,
    ReasonMissing,
    TaskDone,
)
from survey.inspections.rounds import FormKind
from survey.inspections.tasks import Period
from survey.rectification.models import RectificationItem
from survey.rectification.workdays import local_date
from tests.inspections import checklist, make_world

KEY = "k" * 26
FOUND = {
    "E14": "0",
    "E14_d": "地面有烟头",
    "E24": "1",
    "E24_d": "意见箱上锁",
    "E92": "2026-09-24",
}
FIRST_TASK = select(InspectionTask).order_by(InspectionTask.id)


@pytest.fixture
def world(session, now):
    return make_world(session, now)


def picture(colour=(200, 30, 30), *, exif=b""):
    out = io.BytesIO()
    Image.new("RGB", (60, 40), colour).save(out, "JPEG", exif=exif)
    return out.getvalue()


def submit(world, who="jian1", key=KEY, task=None, **changes):
    task = task or world.session.scalars(FIRST_TASK).first() or world.task()
    form = world.form(FormKind.INSPECTION)
    values = checklist(form.questionnaire, **changes)
    return service.submit(
        world.session, world.people[who], task.id, key, values, now=world.now
    ).inspection


def count(world, table):
    return world.session.scalar(select(func.count()).select_from(table))


def test_a_checklist_is_scored_and_signed_with_both_names(world):
    inspection = submit(world, **FOUND)

    assert inspection.score == pytest.approx(100 * (100 - 3 - 2) / 100)
    assert inspection.answers["E03"] == "甲一（jian1）、乙二（jian2）"
    assert (inspection.state, inspection.submitted_at) == ("submitted", world.now)


@pytest.mark.parametrize(("day", "is_taken"), [("2027-09-01", True), ("2027-09-02", False)])
def test_a_day_that_no_item_can_last_to_is_refused(world, day, is_taken):
    # The table of holidays ends with 2026: 250 working days.
    if is_taken:
        inspection = submit(world, **FOUND | {"E92": day})
        service.confirm(world.session, world.people["jian2"], inspection.id, now=world.now)
        found = world.session.scalars(select(RectificationItem.limit_workdays)).all()
        assert found == [250, 250]
        return
    with pytest.raises(AnswersRefused) as refused:
        submit(world, **FOUND | {"E92": day})
    assert refused.value.faults.keys() == {"E92"}
    with pytest.raises(AnswersRefused):
        submit(world, **FOUND | {"E92": "9999-12-31"})
    assert count(world, Inspection) == 0


def test_the_same_checklist_sent_twice_is_stored_once(world):
    task = world.task()
    form = world.form(FormKind.INSPECTION)
    sent = [
        service.submit(
            world.session,
            world.people["jian1"],
            task.id,
            KEY,
            checklist(form.questionnaire, **FOUND),
            now=world.now + timedelta(days=day),
        )
        for day in (0, 3)
    ]

    assert [one.already for one in sent] == [False, True]
    assert (count(world, Inspection), count(world, InspectionEvent)) == (1, 1)
    assert sent[1].inspection.submitted_at == world.now


def test_a_second_checklist_of_the_same_object_is_refused(world):
    submit(world)

    with pytest.raises(TaskDone):
        submit(world, "jian2", "b" * 26)
    with pytest.raises(TaskDone):
        submit(world, key=KEY, E11="0", E11_d="没有导引标识")
    assert count(world, Inspection) == 1


def test_nothing_counts_before_the_second_inspector_confirms(world):
    inspection = submit(world, **FOUND)
    assert queries.inspection_scores(world.session, world.round) == []

    with pytest.raises(NotYours):
        service.confirm(world.session, world.people["jian1"], inspection.id, now=world.now)
    with pytest.raises(NotFound):
        service.confirm(world.session, world.people["jian3"], inspection.id, now=world.now)
    service.confirm(world.session, world.people["jian2"], inspection.id, now=world.now)

    [score] = queries.inspection_scores(world.session, world.round)
    assert (score.org_id, score.score, score.n) == ("W01", pytest.approx(95.0), 1)
    assert (score.items["E14"], score.items["E24"], score.items["E11"]) == (0, 50, 100)
    assert first_broken(world.session) is None
    with pytest.raises(AlreadySettled):
        service.confirm(world.session, world.people["jian2"], inspection.id, now=world.now)


def test_what_is_wanting_becomes_items_due_when_the_inspectors_said(world, tmp_path):
    task = world.task()
    photo = photos.add_photo(
        world.session,
        world.people["jian1"],
        task.id,
        "E14_p",
        picture(),
        folder=tmp_path / "photos",
        now=world.now,
    )
    inspection = submit(world, **FOUND, E14_p=photo.digest)

    service.confirm(world.session, world.people["jian2"], inspection.id, now=world.now)

    items = world.session.scalars(select(RectificationItem).order_by(RectificationItem.number))
    smoke, box = items.all()
    assert (smoke.source, smoke.source_ref, smoke.org_id) == ("spot_check", "E14", "W01")
    assert "不符合" in smoke.problem
    assert "地面有烟头" in smoke.problem
    assert "部分符合" in box.problem
    assert smoke.due_on.isoformat() == "2026-09-24"
    assert [(file.kind, file.digest) for file in smoke.evidence] == [("before", photo.digest)]
    assert box.evidence == []


def test_a_photograph_loses_what_hides_in_it_and_is_there_before_it_is_named(world, tmp_path):
    task = world.task()
    exif = Image.Exif()
    exif[0x010F] = "camera-of-somebody"
    data = picture(exif=exif.tobytes())
    assert b"camera-of-somebody" in data

    with pytest.raises(PhotoMissing):
        submit(world, **FOUND, E14_p="0" * 64)
    add = {"folder": tmp_path / "photos", "now": world.now}
    both = [
        photos.add_photo(world.session, world.people["jian1"], task.id, "E14_p", data, **add)
        for _ in range(2)
    ]
    assert both[0].id == both[1].id
    [stored] = [path for path in (tmp_path / "photos").rglob("*") if path.is_file()]
    assert b"camera-of-somebody" not in stored.read_bytes()
    with pytest.raises(PhotoMissing):
        submit(world, E11="0", E11_d="缺", E11_p=both[0].digest, E92="2026-09-24")
    with pytest.raises(NotFound):
        photos.add_photo(world.session, world.people["jian3"], task.id, "E14_p", data, **add)
    with pytest.raises(NotFound):
        photos.add_photo(world.session, world.people["jian1"], task.id, "E14", data, **add)


def test_one_sent_back_stays_and_a_new_one_follows(world):
    inspection = submit(world)
    second = world.people["jian2"]

    with pytest.raises(ReasonMissing):
        service.send_back(world.session, second, inspection.id, "  ", now=world.now)
    service.send_back(world.session, second, inspection.id, "叫号没有看", now=world.now)
    again = submit(world, "jian2", "c" * 26)

    assert [each.stage for each in queries.my_tasks(world.session, second)] == [Stage.WAITING]
    service.confirm(world.session, world.people["jian1"], again.id, now=world.now)
    assert count(world, Inspection) == 2
    acts = world.session.scalars(select(InspectionEvent.act).order_by(InspectionEvent.id)).all()
    assert acts == ["submit", "return", "submit", "confirm"]


@pytest.mark.parametrize(
    "found",
    [
        {"E62": "0", "E62_d": "指定中介", "E92": "2026-09-24"},
        {"E90": "1", "E91": "收受礼品"},
    ],
)
def test_a_veto_waits_for_the_district(world, found):
    inspection = submit(world, **found)
    district = world.people["qu"]
    with pytest.raises(AlreadySettled):
        service.decide_veto(world.session, district, inspection.id, True, "属实", now=world.now)
    service.confirm(world.session, world.people["jian2"], inspection.id, now=world.now)
    assert queries.veto_of(inspection) is Veto.PENDING

    with pytest.raises(NotAllowed):
        service.decide_veto(
            world.session, world.people["chuang"], inspection.id, True, "属实", now=world.now
        )
    with pytest.raises(ReasonMissing):
        service.decide_veto(world.session, district, inspection.id, True, "", now=world.now)
    service.decide_veto(world.session, district, inspection.id, False, "查无实据", now=world.now)

    assert queries.veto_of(inspection) is Veto.DISMISSED
    with pytest.raises(AlreadySettled):
        service.decide_veto(world.session, district, inspection.id, True, "属实", now=world.now)


def test_who_sees_an_inspection_and_when(world):
    inspection = submit(world)
    office, window = world.people["qu"], world.people["chuang"]

    for other in (office, window, world.people["jian3"], world.people["lingdao"]):
        with pytest.raises(NotFound):
            service.find(world.session, other, inspection.id)
    service.find(world.session, world.people["jian2"], inspection.id)
    service.confirm(world.session, world.people["jian2"], inspection.id, now=world.now)
    for other in (office, window):
        assert service.find(world.session, other, inspection.id)[0] is inspection
    assert [row.stage for row in queries.all_tasks(world.session, window)] == [Stage.DONE]


@pytest.mark.parametrize(
    "change",
    [
        update(Inspection).values(answers={}),
        update(Inspection).values(score=100.0),
        update(InspectionEvent).values(note="改"),
    ],
)
def test_the_database_changes_no_named_act(world, change):
    submit(world)
    world.session.commit()

    with pytest.raises(DatabaseError, match="never changed"):
        world.session.execute(change.execution_options(synchronize_session=False))


def test_a_late_phone_is_heard_until_the_results_are_fixed(world):
    world.task()
    world.round.state = "closed"
    assert submit(world).state == "submitted"
    world.round.state = "published"
    with pytest.raises(NotInFieldwork):
        submit(world, key="d" * 26, task=world.task("B001"))


def test_nobody_inspects_what_they_answer_for_or_what_is_elsewhere(world):
    for org_id, pair in (("W01", ("jian1", "jian3")), ("W01", ("jian1", "jian1")), ("W9", ())):
        with pytest.raises(AssignmentRefused):
            world.task(org_id, pair)
    world.task("B003", ("jian1", "jian3"))
    task = world.task()
    other = world.task(pair=("jian2", "jian1"))
    assert (other.id, other.second_id) == (task.id, world.people["jian1"].account_id)
    submit(world, task=task)
    with pytest.raises(AssignmentRefused):
        world.task()


def test_a_draw_can_be_repeated_with_its_seed(world):
    form, district = world.form(FormKind.INSPECTION), world.people["qu"]
    period = Period(local_date(world.now), local_date(world.now))

    def draw():
        with world.session.begin_nested() as attempt:
            drawn = tasks.draw(
                world.session, district, form, 2, period, seed="20260910", now=world.now
            )
            found = world.session.scalars(
                select(InspectionTask).where(InspectionTask.draw_id == drawn.id)
            ).all()
            result = drawn.chosen, sorted((t.org_id, t.first_id, t.second_id) for t in found)
            attempt.rollback()
        return result

    assert draw() == draw()
    assert len(set(draw()[0])) == 2
    assert count(world, InspectionDraw) == 0
    with pytest.raises(AssignmentRefused):
        tasks.draw(world.session, district, form, 99, period, seed="1", now=world.now)
    with pytest.raises(NotAllowed):
        tasks.draw(world.session, world.people["jian1"], form, 1, period, seed="1", now=world.now)
