"""The district in which journeys are walked: the sample's, with items at every stage."""

from __future__ import annotations

import http.client
import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlencode, urlsplit

from flask import Flask
from PIL import Image
from sqlalchemy import select

from bench.served import Served
from survey import clock
from survey.accounts import sessions as console_sessions
from survey.accounts.models import Account
from survey.accounts.policy import OPERATOR, SYSTEM
from survey.app import create_app
from survey.campaigns import service as campaigns
from survey.campaigns.service import Use
from survey.collection import fieldwork, issuing, opening, points
from survey.collection.receipts import receipt_of
from survey.config import Config
from survey.rectification import evidence, recheck_rounds, rechecks, service
from survey.rectification.models import RectificationItem
from survey.rectification.recheck_rounds import Tools
from survey.rectification.states import Act, Source, State
from survey.rectification.steps import add_transition
from survey.web.platform import EXTENSION, Platform
from survey.web.public.pages import form_version, renderer
from tests.rounds import full_answers, page_key

OWNER, PLACE, BRANCH = "yibao", "W04", "B008"
FORM = "C_window_sat"
MEASURES = "高峰时段增开两个窗口，叫号屏显示预计等候时间"
PROBLEMS = ("叫号秩序混乱，高峰时段等候时间长", "材料要求前后不一致，要跑两趟", "咨询电话没有人接")
WAY = (State.ASSIGNED, State.ACCEPTED, State.IN_PROGRESS, State.SUBMITTED, State.UNIT_CHECKED)
RECEIPTS = 4


@dataclass
class World:
    """What journeys need to know of the district; each takes what is its own off a list."""

    platform: Served
    held: Platform
    cookies: dict[str, str] = field(default_factory=dict)
    items: dict[State, list[str]] = field(default_factory=dict)
    judged: list[str] = field(default_factory=list)
    judged_by_ticket: str = ""
    receipts: list[tuple[str, str]] = field(default_factory=list)
    tickets: list[str] = field(default_factory=list)
    codes: dict[str, str] = field(default_factory=dict)

    def address(self, path: str) -> str:
        """Return where a page is."""
        return f"{self.platform.base_url}{path}"

    def state_of(self, number: str) -> str:
        """Return how far an item has come."""
        with self.held.sessions() as session:
            query = select(RectificationItem.state).where(RectificationItem.number == number)
            return session.scalars(query).one()


@contextmanager
def world_of(platform: Served) -> Iterator[World]:
    """Yield a world in what `platform` serves, written beside it as a second process does."""
    app: Flask = create_app(Config.from_environ(platform.environ))
    held: Platform = app.extensions[EXTENSION]
    world = World(platform, held)
    _sign_in(world)
    for state, count in ((State.ACCEPTED, 2), (State.SUBMITTED, 8), (State.UNIT_CHECKED, 2)):
        world.items[state] = [_stand(world, state, n) for n in range(count)]
    world.items[State.VERIFIED] = [_stand(world, State.VERIFIED, n) for n in range(2)]
    _ask_residents(world)
    yield world
    held.renderer.close()
    held.engine.dispose()


def _sign_in(world: World) -> None:
    with world.held.sessions.begin() as session:
        for account in session.scalars(select(Account)):
            world.cookies[account.name] = console_sessions.start_session(
                session, account, now=clock.now()
            )


def _stand(world: World, state: State, n: int) -> str:
    """Register an item of the window and take it to `state`."""
    now = clock.now()
    with world.held.sessions.begin() as session:
        item = service.register(
            session,
            OPERATOR,
            PLACE,
            source=Source.SPOT_CHECK,
            problem=f"{PROBLEMS[n % len(PROBLEMS)]}（{n + 1}号窗口）",
            now=now,
        )
        for to in WAY:
            if item.state == state:
                break
            if to is State.SUBMITTED:
                evidence.add_evidence(
                    session,
                    OPERATOR,
                    item.number,
                    picture(n),
                    "IMG.jpg",
                    folder=world.held.config.evidence,
                    now=now,
                )
            given = MEASURES if to is State.IN_PROGRESS else ""
            service.advance(session, OPERATOR, item.number, to, now=now, measures=given)
        if state is State.VERIFIED:
            item.state = state.value
            add_transition(item, SYSTEM, "system", Act.VERIFY, State.UNIT_CHECKED, now, "")
        return item.number


def picture(n: int) -> bytes:
    """Return a photograph as a telephone takes it, another for each `n`."""
    out = io.BytesIO()
    Image.effect_noise((2400, 1600), 40 + n % 40).convert("RGB").save(out, "JPEG", quality=60)
    return out.getvalue()


def old_ledger(n: int, second: tuple[str, str]) -> bytes:
    """Return a ledger as offices kept it; `second` is source and day of its second problem."""
    head = "序号,问题来源,存在问题,责任单位,整改责任人,登记时间,完成时限,状态,办结时间"
    rows = (
        f"1,群众意见,路灯不亮{n},{PLACE},,2026-09-01,2026-09-22,整改中,",
        f"2,{second[0]},态度生硬{n},{PLACE},,{second[1]},2026-09-09,已销号,2026-09-08",
    )
    return "\n".join((head, *rows)).encode("gb18030")


def _ask_residents(world: World) -> None:
    """Bring items to their recheck: one round's receipts vote, another's people get slips."""
    held, now = world.held, clock.now()
    code = _held_round(world, "BJ1", Use(FORM, org_ids=(PLACE,)), now)
    _held_round(world, "BJ2", Use("A_branch_mass", mode="ticket", org_ids=(BRANCH,)), now)
    _answer(world, code)
    closing = (held.sessions, OPERATOR, "BJ1", held.keystore, held.inbox)
    opening.close_round(*closing, now=now + timedelta(hours=2))
    with held.sessions.begin() as session:
        for place, problem in ((PLACE, PROBLEMS[0]), (PLACE, PROBLEMS[1]), (BRANCH, "路灯不亮")):
            item = service.register(
                session, OPERATOR, place, source=Source.MANUAL, problem=problem, now=now
            )
            item.state, item.measures, item.needs_recheck = State.RECHECK.value, MEASURES, True
            add_transition(item, SYSTEM, "system", Act.START_RECHECK, State.VERIFIED, now, "")
            world.judged.append(item.number)
        item.round_id = campaigns.get_round(session, OPERATOR, "BJ2").id
    world.judged_by_ticket = world.judged.pop()
    # A box for each day: fewer days are made sooner.
    recheck_rounds.ROUND_DAYS, recheck_rounds.MOST_DAYS_NEEDED = 24, 20
    tools = Tools(held.keystore, held.inbox, renderer(held.config.zone))
    rechecks.do_due(held.sessions, tools, now=now)
    _issue_slips(world, now)


def _held_round(world: World, code: str, use: Use, now: datetime) -> str:
    """Open a round of one place and return the code of its form."""
    held = world.held
    with held.sessions.begin() as session:
        round_ = campaigns.create_round(
            session,
            OPERATOR,
            code=code,
            title="群众评议",
            uses=[use],
            opens_at=now - timedelta(days=1),
            closes_at=now + timedelta(hours=1),
            asks_proof=False,
            now=now,
        )
        fieldwork.open_round(
            session,
            OPERATOR,
            round_,
            held.keystore,
            held.inbox,
            renderer(held.config.zone),
            now=now,
            no_key_copy=True,
        )
        return points.list_points(session, OPERATOR, round_)[0].code


def _answer(world: World, code: str) -> None:
    """Hand in answers as phones do, and keep their receipts."""
    with world.held.sessions() as session:
        point = points.find_point(session, code)
        questionnaire = points.questionnaire_of(session, point)
    values = {"fv": form_version(questionnaire), "sec": "90", **full_answers(questionnaire)}
    values["C03"] = "w1"
    for n in range(RECEIPTS):
        post(world.platform.base_url, f"/q/{code}", values | {"ik": page_key(n + 1)})
        world.receipts.append((code, receipt_of(page_key(n + 1))))


def post(base: str, path: str, values: Mapping[str, object]) -> None:
    """Hand in a form; whatever is not taken ends the measurement."""
    connection = http.client.HTTPConnection(urlsplit(base).netloc, timeout=30)
    body = urlencode({name: str(value) for name, value in values.items()})
    connection.request("POST", path, body, {"Content-Type": "application/x-www-form-urlencoded"})
    status = connection.getresponse().status
    connection.close()
    if status != 303:
        raise RuntimeError(f"{path}: {status}")


def _issue_slips(world: World, now: datetime) -> None:
    """Issue slips for the item whose people were asked by ticket."""
    held, made = world.held, issuing.make_slips(4)
    with held.sessions.begin() as session:
        for round_ in campaigns.list_rounds(session, OPERATOR):
            if not recheck_rounds.is_running(round_):
                continue
            for point in points.list_points(session, OPERATOR, round_):
                world.codes[point.item] = point.code
                if point.item != world.judged_by_ticket:
                    continue
                batch = issuing.request(session, OPERATOR, round_, point, len(made), now=now)
                issuing.decide(session, OPERATOR, round_, batch.id, allow=True, now=now)
                issuing.issue(session, OPERATOR, held.keystore, round_, batch.id, made, now=now)
    world.tickets = [slip.secret for slip in made]
