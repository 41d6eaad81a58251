"""Paper ballots keyed twice, sealed until they are settled, and then in the box like any other."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from survey.accounts.models import Role
from survey.accounts.policy import OPERATOR, Actor, Grant
from survey.audit.models import AuditEntry
from survey.campaigns import service as campaigns
from survey.collection import keying, settling
from survey.collection import keying_batches as batches
from survey.collection import keying_refusals as refusals
from survey.collection.keying import Ballot
from survey.collection.keying_models import KeyedBallot, Keying
from survey.collection.keystore import KeyUnavailable
from survey.collection.models import PaperIssued, Response
from survey.collection.opening import close_round
from survey.collection.paper import PaperClosed
from survey.errors import NotAllowed
from survey.web.keying import validate_paper
from tests.rounds import form, full_answers


def staff(name, unit="U01"):
    return Actor(name, name, (Grant(Role.UNIT_ADMIN, unit, f"D0/{unit}/"),))


ANNE, BO, CY = staff("anne"), staff("bo"), staff("cy")
SECRETARY = Actor("s", "s", (Grant(Role.BRANCH_SECRETARY, "B001", "D0/U01/B001/"),))


class World:
    """A round with one batch of ballots of B001."""

    def __init__(self, field, session):
        self.field, self.session = field, session
        self.keystore, self.inbox, self.now = field.keystore, field.inbox, field.now
        self.round = campaigns.get_round(session, OPERATOR, field.code)
        self.point = field.points["B001"]
        self.batch_id = 0

    def register(self, issued=5, returned=3, spoilt=0, label="1号袋", actor=ANNE):
        batch = batches.register(
            self.session,
            self.keystore,
            actor,
            self.round,
            self.point.code,
            label=label,
            issued=issued,
            returned=returned,
            spoilt=spoilt,
            now=self.now,
        )
        self.batch_id = batch.id
        return batch

    def view(self, actor=ANNE):
        return batches.get_batch(self.session, actor, self.round, self.batch_id)

    def begin(self, actor):
        mark = batches.mark_of(self.point)
        return keying.begin(self.session, actor, self.round, self.batch_id, mark, now=self.now)

    def put(self, actor, place, ballot):
        stores = (self.session, self.keystore, actor, self.round, self.batch_id)
        keying.put_ballot(*stores, place, ballot, validate_paper, now=self.now)

    def key(self, actor, *ballots):
        self.begin(actor)
        for place, ballot in enumerate(ballots, start=1):
            self.put(actor, place, ballot)
        keying.finish(self.session, actor, self.round, self.batch_id, now=self.now)

    def compare(self, actor=CY):
        return settling.compare(self.session, self.keystore, actor, self.round, self.batch_id)

    def settle(self, actor=CY, decisions=None, *, by_agreement=False, now=None):
        return settling.settle(
            self.session,
            self.inbox,
            self.keystore,
            actor,
            self.round,
            self.batch_id,
            decisions or {},
            validate_paper,
            by_agreement=by_agreement,
            now=now or self.now,
        )


@pytest.fixture
def world(field_round, session):
    made = World(field_round, session)
    made.register()
    return made


def ballot(**changes):
    values = full_answers(form("A_branch_mass"))
    fields = {c: (v,) if isinstance(v, str) else tuple(v) for c, v in values.items()}
    return Ballot({**fields, **{code: (value,) for code, value in changes.items()}})


SPOILT = Ballot({}, is_spoilt=True)


def test_a_batch_keyed_twice_alike_goes_into_the_box(world):
    world.key(ANNE, ballot(), ballot(A11="1", A33="不好"), ballot())
    world.key(BO, ballot(), ballot(A11="1", A33="不好"), ballot())
    assert world.compare().differences == ()

    assert world.settle(ANNE) == 3

    assert world.inbox.counts(world.field.box_id) == {world.point.id: 3}
    stored = world.session.get_one(PaperIssued, world.point.id)
    assert (stored.count, stored.keyed_count) == (5, 3)


def test_settled_ballots_are_opened_and_counted_with_the_others(world, sessions):
    world.session.commit()
    batches_session = world.session
    world.register(issued=4, returned=4, spoilt=1, label="2号袋")
    world.key(ANNE, ballot(), ballot(), SPOILT, ballot())
    world.key(BO, ballot(), ballot(), SPOILT, ballot())
    world.settle()
    batches_session.commit()
    close_round(
        sessions, OPERATOR, "R1", world.keystore, world.inbox, now=world.now, early=True, reason="x"
    )
    with sessions() as session:
        flags = session.scalars(select(Response.flags)).all()
    assert sorted(flags) == ["straight", "straight", "straight", "void"]


def test_drafts_are_sealed_and_gone_after_settling(world):
    world.key(ANNE, ballot(A34="张三说的话"), ballot(), ballot())
    world.key(BO, ballot(A34="张三说的话"), ballot(), ballot())
    kept = world.session.scalars(select(KeyedBallot.ciphertext)).all()
    assert len(kept) == 6
    assert len({len(sealed) for sealed in kept}) == 1
    assert not any("张三".encode() in sealed for sealed in kept)
    public_key = world.view().public_key

    world.settle()
    world.session.commit()
    batches.discard_keys(world.session, world.keystore)

    for table in (KeyedBallot, Keying):
        assert world.session.scalar(select(func.count()).select_from(table)) == 0
    with pytest.raises(KeyUnavailable):
        world.keystore.private(public_key)


def test_who_keyed_is_in_the_audit_log_by_batch_and_nowhere_by_ballot(world):
    world.key(ANNE, ballot(), ballot(), ballot())
    world.key(BO, ballot(), ballot(), ballot())
    world.settle()
    entries = world.session.scalars(
        select(AuditEntry).where(AuditEntry.act.startswith("keying")).order_by(AuditEntry.id)
    ).all()
    assert [(e.actor, e.act.partition(".")[2]) for e in entries] == [
        ("anne", "register"),
        ("anne", "begin"),
        ("anne", "finish"),
        ("bo", "begin"),
        ("bo", "finish"),
        ("cy", "settle"),
    ]
    assert all("place" not in entry.data for entry in entries)
    assert set(KeyedBallot.__table__.columns.keys()) == {
        "batch_id",
        "number",
        "place",
        "ciphertext",
    }


def test_nobody_sees_a_keying_before_both_are_finished(world):
    world.key(ANNE, ballot(), ballot(), ballot())
    for actor in (ANNE, BO, CY):
        with pytest.raises(refusals.KeyingUnfinished):
            world.compare(actor)
    world.begin(BO)
    world.put(BO, 1, ballot())
    with pytest.raises(refusals.KeyingUnfinished):
        world.settle()
    with pytest.raises(refusals.BallotsMissing, match="1"):
        keying.finish(world.session, BO, world.round, world.batch_id, now=world.now)


def test_two_people_key_and_no_third(world):
    assert world.begin(ANNE) == 1
    assert world.begin(ANNE) == 1
    assert world.begin(BO) == 2
    with pytest.raises(refusals.KeyingTaken):
        world.begin(CY)
    with pytest.raises(refusals.NotOwnKeying):
        world.put(CY, 1, ballot())


def test_ballots_of_another_version_are_not_keyed(world):
    with pytest.raises(refusals.WrongMark):
        keying.begin(world.session, ANNE, world.round, world.batch_id, "00000000", now=world.now)


def test_differences_are_decided_by_a_third_person_or_together(world):
    world.key(ANNE, ballot(A11="4"), ballot(), ballot(A34="好 的"))
    world.key(BO, ballot(A11="1", A33="慢"), SPOILT, ballot(A34="好  的"))
    found = world.compare()
    assert [(d.place, d.codes) for d in found.differences] == [(1, ("A11", "A33")), (2, ())]
    decided = {1: found.differences[0].second, 2: found.differences[1].first}

    with pytest.raises(refusals.Undecided, match="2"):
        world.settle(CY, {1: decided[1]})
    with pytest.raises(refusals.ThirdLookNeeded):
        world.settle(ANNE, decided)
    assert world.settle(ANNE, decided, by_agreement=True) == 3


def test_the_number_of_spoilt_ballots_must_be_the_declared_one(world):
    world.key(ANNE, ballot(), SPOILT, ballot())
    world.key(BO, ballot(), SPOILT, ballot())
    with pytest.raises(refusals.TotalsDiffer):
        world.settle()
    assert world.inbox.counts(world.field.box_id) == {}
    batches.amend(
        world.session,
        ANNE,
        world.round,
        world.batch_id,
        issued=6,
        returned=3,
        spoilt=1,
        now=world.now,
    )
    for actor in (ANNE, BO):
        keying.finish(world.session, actor, world.round, world.batch_id, now=world.now)
    assert world.settle() == 3
    assert world.session.get_one(PaperIssued, world.point.id).count == 6


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"A30": ""}, "A30"), ({"A01": "nobody"}, "A01")],
    ids=["no overall item", "unknown option"],
)
def test_what_the_questionnaire_does_not_allow_is_not_keyed(world, changes, code):
    world.begin(ANNE)
    bad = ballot()
    bad = Ballot({**bad.fields, **{c: (v,) if v else () for c, v in changes.items()}})
    with pytest.raises(refusals.BallotRefused) as refused:
        world.put(ANNE, 1, bad)
    assert set(refused.value.messages) == {code}
    assert world.view().keyings[0].done == frozenset()


def test_a_ballot_can_be_keyed_again_and_a_place_outside_the_pile_not(world):
    world.begin(ANNE)
    world.put(ANNE, 1, ballot())
    world.put(ANNE, 1, ballot(A11="1"))
    assert world.view().keyings[0].done == {1}
    for place in (0, 4):
        with pytest.raises(refusals.PlaceOutside):
            world.put(ANNE, place, ballot())


@pytest.mark.parametrize("counts", [(2, 3, 0), (5, 3, 4), (5, 0, 0), (5, 3, -1)])
def test_counts_that_do_not_fit_are_refused(world, counts):
    with pytest.raises(refusals.CountsDoNotFit):
        world.register(*counts, label="2号袋")


def test_a_label_is_taken_once_for_each_object(world):
    before = len(list(world.keystore.path.iterdir()))
    with pytest.raises(refusals.LabelTaken):
        world.register()
    assert len(list(world.keystore.path.iterdir())) == before
    world.point = world.field.points["B002"]
    world.register()


def test_a_batch_given_up_can_be_registered_again(world):
    world.key(ANNE, ballot(), ballot(), ballot())
    batches.cancel(world.session, ANNE, world.round, world.batch_id, "登记错了", now=world.now)
    world.session.commit()
    batches.discard_keys(world.session, world.keystore)
    assert world.session.get_one(PaperIssued, world.point.id).count is None
    with pytest.raises(refusals.BatchSettled):
        world.begin(BO)
    world.register()
    assert batches.unsettled(world.session, world.round) == 1


def test_settling_again_after_a_broken_commit_adds_nothing_twice(world):
    world.key(ANNE, ballot(), ballot(), ballot())
    world.key(BO, ballot(), ballot(), ballot())
    world.session.commit()
    if world.session.get_bind().dialect.name == "postgresql":
        assert world.settle() == 3
        world.session.commit()
    else:
        world.settle()
        world.session.rollback()
        world.round = campaigns.get_round(world.session, OPERATOR, "R1")
        assert world.settle() == 3
        world.session.commit()
    assert world.inbox.counts(world.field.box_id) == {world.point.id: 3}


def test_late_paper_is_not_taken(world):
    world.key(ANNE, ballot(), ballot(), ballot())
    world.key(BO, ballot(), ballot(), ballot())
    with pytest.raises(PaperClosed):
        world.settle(now=world.now + timedelta(days=4))


def test_others_have_no_batches(world):
    with pytest.raises(NotAllowed):
        batches.list_batches(world.session, SECRETARY, world.round)
    with pytest.raises(refusals.BatchNotFound):
        world.view(staff("dee", "U02"))
    assert batches.list_batches(world.session, staff("dee", "U02"), world.round) == []
    assert [view.id for view in batches.list_batches(world.session, BO, world.round)] == [
        world.batch_id
    ]


def test_the_database_itself_wants_two_different_people(world):
    world.begin(ANNE)
    world.session.add(Keying(batch_id=world.batch_id, number=2, keyed_by="anne"))
    with pytest.raises(IntegrityError):
        world.session.flush()
