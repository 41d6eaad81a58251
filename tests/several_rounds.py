"""Two years of the small district: all forms answered, inspected and reviewed, in many rounds."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from forms.definition import Item, ItemKind, Questionnaire, ResponseOption, Wording
from forms.expressions import Value
from survey.accounts import sessions as account_sessions
from survey.accounts.models import Account, Role, RoleGrant
from survey.accounts.policy import OPERATOR, Actor
from survey.campaigns import service as campaigns
from survey.campaigns.service import Use
from survey.collection.opening import close_round
from survey.collection.points import list_points
from survey.inspections import reviews, service, tasks
from survey.inspections.rounds import FormKind, named_forms
from survey.inspections.tasks import Period
from survey.org.models import Commitment, Member
from tests.inspections import checklist, review
from tests.rounds import BRANCH_FORM, WINDOW_FORM, Field, add_district, add_form, form

MEMBERS, COMMITMENTS = "B_member_review_B012", "G_commit_verify_W04"
RATING_FORM, CHECKLIST, REVIEW = "D_service_hcp", "E_spot_check", "I_leader_review"
OTHER_FORMS = (MEMBERS, COMMITMENTS, RATING_FORM, CHECKLIST, REVIEW)
PEOPLE = {
    "jian1": ("甲一", Role.INSPECTOR, "D0"),
    "jian2": ("乙二", Role.INSPECTOR, "D0"),
    "lingdao": ("丁四", Role.LEADER, "U01"),
    "lingdao2": ("辛八", Role.LEADER, "D0"),
    "qu": ("戊五", Role.DISTRICT_ADMIN, "D0"),
    "tongji": ("壬九", Role.ANALYST, "D0"),
    "shending": ("癸十", Role.APPROVER, "D0"),
}
COACHED = Item(
    code="A40",
    kind=ItemKind.SINGLE_CHOICE,
    label=Wording((("zh", "有人要求您怎样填写吗？"), ("en", "Were you told what to answer?"))),
    scale="yn",
    dimension="coached",
    options=(
        ResponseOption("1", Wording((("zh", "有"), ("en", "Yes")))),
        ResponseOption("0", Wording((("zh", "没有"), ("en", "No")))),
    ),
)


def with_coached(questionnaire: Questionnaire) -> Questionnaire:
    """Return form A with the neutral item at its end."""
    last = questionnaire.sections[-1]
    grown = replace(last, items=(*last.items, COACHED))
    return replace(questionnaire, sections=(*questionnaire.sections[:-1], grown))


@dataclass
class Year(Field):
    """Rounds one after the other; `people` act under their own names."""

    people: dict[str, Actor] = field(default_factory=dict)

    def begin(self) -> None:
        """Store the district, its people, its members and commitments, and every form."""
        with self.sessions.begin() as session:
            add_district(session, self.now)
            for code in OTHER_FORMS:
                add_form(session, form(code), self.now)
            add_form(session, with_coached(form(BRANCH_FORM)), self.now + timedelta(minutes=1))
            for name, (called, role, place) in PEOPLE.items():
                account = Account(name=name, display_name=called, password_hash="none")
                account.grants.append(RoleGrant(role=role.value, org_id=place))
                session.add(account)
                session.flush()
                self.people[name] = account_sessions.actor_named(session, name)
            for number in range(4):
                session.add(_member(number))
            for number, (org_id, status) in enumerate((("B001", "completed"), ("W01", "partly"))):
                session.add_all(_commitments(org_id, number, status))

    def hold(self, code: str, *uses: str, at: datetime, mode: str = "open") -> None:
        """Plan a round that began at `at` and open it, with its points by object and form."""
        self.code, self.now = code, at
        with self.sessions.begin() as session:
            campaigns.create_round(
                session,
                OPERATOR,
                code=code,
                title=f"评议{code}",
                uses=[Use(each) for each in uses],
                opens_at=at - timedelta(hours=1),
                closes_at=at + timedelta(days=1),
                asks_proof=False,
                mode=mode,
                now=at,
            )
        self.open_planned()

    def reload(self) -> None:
        """Read the points anew, each by object and letter of its form: “W01/D”."""
        with self.sessions() as session:
            round_ = campaigns.get_round(session, OPERATOR, self.code)
            self.points = {
                f"{view.org_id}/{view.questionnaire_code[0]}": view
                for view in list_points(session, OPERATOR, round_)
            }

    def many(self, place: str, count: int, *some: tuple[int, Mapping[str, Value]]) -> None:
        """Hand in `count` sheets; the first ones as `some` say, each (how many, changes)."""
        changes = [dict(values) for number, values in some for _ in range(number)]
        changes += [{} for _ in range(count - len(changes))]
        for number, values in enumerate(changes):
            key = f"{self.code}{place}{number:04d}".replace("/", "_").rjust(22, "0")
            self.answer(place, key, at=self.now + timedelta(minutes=2 * number), **values)

    def many_by_slip(self, place: str, count: int, **values: Value) -> None:
        """Hand in `count` sheets, each with a slip of its own."""
        for number, slip in enumerate(self.slips(place, count)):
            key = f"{self.code}{place}{number:04d}".replace("/", "_").rjust(22, "0")
            self.answer(place, key, at=self.now, ticket=slip.code, **values)

    def close(self) -> None:
        """Close the round and open its box."""
        end = self.now + timedelta(days=4)
        close_round(self.sessions, OPERATOR, self.code, self.keystore, self.inbox, now=end)

    def inspect(self, org_id: str, **changes: Value) -> None:
        """Inspect an object by two, confirmed by the second."""
        with self.sessions.begin() as session:
            round_ = campaigns.get_round(session, OPERATOR, self.code)
            sheet = named_forms(session, FormKind.INSPECTION, round_)[0]
            period = Period(self.now.date(), self.now.date() + timedelta(days=7))
            pair = ("jian1", "jian2")
            task = tasks.assign(
                session, self.people["qu"], sheet, org_id, pair, period, now=self.now
            )
            values = checklist(sheet.questionnaire, **changes)
            key = f"{self.code}{org_id}".lower().ljust(26, "a")
            service.submit(session, self.people["jian1"], task.id, key, values, now=self.now)
            service.confirm(session, self.people["jian2"], key, now=self.now)

    def judge(self, org_id: str, who: str, **changes: Value) -> None:
        """Review an object as a leader."""
        with self.sessions.begin() as session:
            round_ = campaigns.get_round(session, OPERATOR, self.code)
            sheet = named_forms(session, FormKind.REVIEW, round_)[0]
            reviews.sign(
                session,
                self.people[who],
                sheet,
                org_id,
                review(**changes),
                signed_name=PEOPLE[who][0],
                revision=0,
                now=self.now,
            )


LOW = {f"A{n}": "1" for n in (11, 12, 13, 14, 15, 21, 22, 23, 24, 25, 30)}
HIGH = {f"A{n}": "4" for n in (11, 12, 13, 14, 15, 21, 22, 23, 24, 25, 30)}


def hold_all(year: Year) -> None:
    """Hold two rounds of residents, one of them by slip as well, and one of every other source.

    B001 rises from Q2 to Q3, where ten say that they were asked how to answer, and stands apart
    from what 32 said by slip; of B002 34 of 36 were asked; W01 stays as it was.
    """
    start = year.now
    year.hold("Q2", BRANCH_FORM, WINDOW_FORM, at=start - timedelta(days=80))
    year.many("B001/A", 36, (30, LOW))
    year.many("B002/A", 36)
    year.many("W01/C", 36)
    year.close()
    year.hold("Q3", BRANCH_FORM, WINDOW_FORM, RATING_FORM, at=start)
    year.many("B001/A", 36, (10, HIGH | {"A40": "1"}), (16, {"A40": "0"}))
    year.many("B002/A", 36, (34, LOW | {"A40": "1"}))
    year.many("W01/C", 36)
    year.many("W01/D", 34, (20, {"D02": "5"}))
    year.close()
    year.hold("T3", BRANCH_FORM, at=start + timedelta(days=4), mode="ticket")
    year.many_by_slip("B001/A", 32, **LOW)
    year.close()
    year.hold("YB", "B_member_review", at=start + timedelta(days=8))
    peers = {"B00": "member"}
    year.many(
        "B001/B", 18, (6, peers | {"B31": "4"}), (6, peers | {"B31": "3"}), (6, {"B00": "mass"})
    )
    year.close()
    year.hold("YG", "G_commit_verify", at=start + timedelta(days=16))
    for place in ("B001", "W01"):
        kept = {f"G1_K{place}_1": "1", f"G2_K{place}_1": "3", f"G3_K{place}_1": "5"}
        broken = kept | {f"G2_K{place}_1": "1"}
        few = {f"G1_K{place}_2": "0"}
        year.many(f"{place}/G", 20, (15, kept | few), (5, broken | few))
    year.close()
    year.hold("YE", CHECKLIST, REVIEW, at=start + timedelta(days=24))
    year.inspect("B001", E14="0", E14_d="地面有烟头", E92="2026-12-24")
    year.inspect("W01")
    year.judge("B001", "lingdao", **dict.fromkeys(("I11", "I12", "I13", "I14", "I15"), "98"))
    year.judge("B001", "lingdao2", **dict.fromkeys(("I11", "I12", "I13", "I14", "I15"), "96"))
    year.judge("W01", "lingdao")


def _member(number: int) -> Member:
    return Member(
        id=f"M{number}",
        branch_id="B001",
        seq=number,
        name=f"党员{'甲乙丙丁'[number]}",
        category="正式党员",
        is_evaluated=True,
    )


def _commitments(org_id: str, number: int, status: str) -> list[Commitment]:
    return [
        Commitment(
            id=f"K{org_id}-{seq}",
            org_id=org_id,
            year=2026,
            seq=seq,
            content=f"第{seq}件实事",
            due_on=date(2026, 9, 1),
            status=status,
            is_public=True,
        )
        for seq in (1, 2)
    ]
