"""Rounds: plan one, seal its box, watch who has taken part, open the box at the end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from survey import clock
from survey.accounts.policy import Action, may
from survey.campaigns import service as campaigns
from survey.campaigns.models import CollectionMode, OpeningKind, Round, RoundState
from survey.collection import custodians, fieldwork, keying_batches, lost_keys, participation
from survey.collection.boxes import boxes_of
from survey.collection.points import list_points
from survey.errors import NotFound, SurveyError
from survey.instruments import service as instruments
from survey.instruments.models import QuestionnaireVersion
from survey.publication.closing import close_round
from survey.rulesets import versions
from survey.rulesets.versions import Listed
from survey.web.console import words
from survey.web.console.box_lines import boxes_view
from survey.web.console.coverage import titles_of
from survey.web.console.forms import CloseForm, OpenForm, RoundForm, round_form
from survey.web.console.rules import called
from survey.web.console.session import actor
from survey.web.console.shell import page
from survey.web.console.spread_bars import spreads_of
from survey.web.console.standing import standing_of
from survey.web.platform import platform
from survey.web.policies import policy
from survey.web.public.pages import renderer
from survey.web.texts import language, sentence
from survey.web.texts import text as _
from survey.web.unit_of_work import reading, transaction

bp = Blueprint("rounds", __name__, url_prefix="/rounds")
SEE, RUN = Action.SEE_ROUNDS, Action.RUN_ROUNDS


@dataclass(frozen=True)
class UseLine:
    """A questionnaire of a round: what it is called and how many of which objects it goes to."""

    code: str
    digest: str
    title: str
    level: str
    sector: str
    targets: int


@bp.get("/")
@policy(SEE)
def index() -> str:
    """List every round."""
    with reading() as session:
        rounds = campaigns.list_rounds(session, actor())
        return page(
            session,
            "console/rounds.html",
            rounds=[(round_, standing_of(round_, clock.now())) for round_ in rounds],
            may_run=may(actor(), RUN),
        )


@bp.get("/<round_code>")
@policy(SEE)
def show(round_code: str) -> str:
    """Show one round and the next thing to do with it."""
    with reading() as session:
        round_ = campaigns.get_round(session, actor(), round_code)
        return page(session, "console/round.html", **_facts(session, round_))


def _facts(session: Session, round_: Round) -> dict[str, object]:
    uses = []
    for used in round_.questionnaires:
        questionnaire = instruments.load(session, used.digest)
        uses.append(
            UseLine(
                code=used.code,
                digest=used.digest,
                title=questionnaire.title.to("zh"),
                level=str(words.SUBJECTS[questionnaire.subject]),
                sector=used.sector,
                targets=len(campaigns.targets_of(session, used)),
            )
        )
    sees_rules = may(actor(), Action.SEE_RULES)
    rules = versions.name_of(session, round_.rule_set_id)
    return {
        "round": round_,
        "standing": standing_of(round_, clock.now()),
        "rules_name": f"{called(session, rules)}（{rules}）" if sees_rules and rules else rules,
        "sees_rules": sees_rules,
        "uses": uses,
        "points": len(list_points(session, actor(), round_)),
        "may_run": may(actor(), RUN),
        "sees_questionnaires": may(actor(), Action.SEE_QUESTIONNAIRES),
        "sees_participation": may(actor(), Action.SEE_PARTICIPATION),
        "sees_results": may(actor(), Action.SEE_RESULTS),
        "boxes": boxes_view(session, round_),
        "custody": custodians.standing_of(session, round_, platform().keystore),
        "is_paper_over": clock.now() >= round_.paper_until,
        "unopenable": _unopenable(session, round_),
    }


def _unopenable(session: Session, round_: Round) -> int:
    """Return how many boxes nobody can open any more, for whoever could do something about it."""
    if not may(actor(), RUN):
        return 0
    return len(lost_keys.lost_boxes(session, round_, platform().keystore, now=clock.now()))


@bp.get("/new")
@policy(RUN)
def new() -> ResponseReturnValue:
    """Show the form of a new round."""
    with reading() as session:
        taken = {round_.code for round_ in campaigns.list_rounds(session, actor())}
        form = round_form(_newest(session))(data=_suggested(clock.now(), taken))
        return _plan_page(session, form)


@bp.post("/new")
@policy(RUN)
def create() -> ResponseReturnValue:
    """Check a plan, go back to it, or make it a round."""
    with platform().sessions() as session:
        form = round_form(_newest(session))(request.form)
        if request.form.get("step") == "edit":
            form.process(request.form)
            return _plan_page(session, form)
        if not form.validate():
            return _plan_page(session, form, status=422)
        try:
            round_ = _create(session, form)
        except SurveyError as refused:
            session.rollback()
            return _plan_page(session, form, sentence(refused), refused.status)
        if request.form.get("step") == "create":
            session.commit()
            return redirect(url_for(".show", round_code=round_.code, done="round"), code=303)
        # The plan was made to see whether it holds; only the last step keeps it.
        facts = _facts(session, round_)
        checked = page(session, "console/round_check.html", form=form, **facts)
        session.rollback()
        return checked


def _create(session: Session, form: RoundForm) -> Round:
    return campaigns.create_round(
        session,
        actor(),
        code=form.code.data,
        title=form.title.data,
        uses=form.chosen(),
        opening=form.opening.data or OpeningKind.AT_CLOSE.value,
        mode=form.mode.data or CollectionMode.OPEN.value,
        asks_proof=form.proof.data != "off",
        rules=form.rules.data or "",
        opens_at=_instant(form.opens_at.data),
        closes_at=_instant(form.closes_at.data),
        paper_until=_instant(form.paper_until.data) if form.paper_until.data else None,
        now=clock.now(),
    )


def _instant(local: datetime) -> datetime:
    return local.replace(tzinfo=platform().config.zone)


def _newest(session: Session) -> list[QuestionnaireVersion]:
    """Return the newest version of every questionnaire."""
    newest: dict[str, QuestionnaireVersion] = {}
    for version in instruments.list_versions(session, actor()):
        newest.setdefault(version.code, version)
    return list(newest.values())


def _rule_sets(session: Session) -> list[Listed]:
    return versions.list_all(session, actor())


def _suggested(now: datetime, taken: set[str]) -> dict[str, object]:
    """Return what a new round starts with: two weeks from tomorrow, named by its quarter."""
    today = now.astimezone(platform().config.zone)
    opens = (today + timedelta(1)).replace(hour=8, minute=0, second=0, microsecond=0, tzinfo=None)
    quarter = f"R{opens.year}Q{(opens.month + 2) // 3}"
    codes = (quarter, *(f"{quarter}_{number}" for number in range(2, len(taken) + 3)))
    return {
        "code": next(code for code in codes if code not in taken),
        "opens_at": opens,
        "closes_at": opens + timedelta(14, hours=10),
    }


def _title(version: Listed) -> str:
    english = version.title_en if language() == "en" else ""
    return english or version.title_zh


def _plan_page(
    session: Session, form: RoundForm, refused: str = "", status: int = 200
) -> ResponseReturnValue:
    form.rules.choices = [
        ("", _("按问卷自动选")),
        *((each.name, f"{_title(each)} {each.name}") for each in _rule_sets(session)),
    ]
    return page(
        session,
        "console/round_new.html",
        form=form,
        versions=_newest(session),
        levels={subject.value: text for subject, text in words.SUBJECTS.items()},
        refused=refused,
    ), status


@bp.get("/<round_code>/open")
@policy(RUN)
def open_form(round_code: str) -> ResponseReturnValue:
    """Show what has to be done with the keys before a round opens."""
    return _open_page(round_code, OpenForm())


@bp.post("/<round_code>/keys")
@policy(RUN)
def make_keys(round_code: str) -> ResponseReturnValue:
    """Make the keys of a round, so that they can be copied."""
    with transaction() as session:
        round_ = campaigns.get_round(session, actor(), round_code)
        held = platform()
        fieldwork.prepare_boxes(
            session,
            actor(),
            round_,
            held.keystore,
            held.inbox,
            now=clock.now(),
            zone=held.config.zone,
        )
    return redirect(url_for(".open_form", round_code=round_code), code=303)


@bp.post("/<round_code>/open")
@policy(RUN)
def open_(round_code: str) -> ResponseReturnValue:
    """Open a round: seal its box, make a form for every object."""
    form = OpenForm(request.form)
    if not form.validate():
        return _open_page(round_code, form, status=422)
    held = platform()
    try:
        fieldwork.open_in_steps(
            held.sessions,
            actor(),
            round_code,
            held.keystore,
            held.inbox,
            renderer(held.config.zone),
            now=clock.now(),
            confirm_key_copy=form.key_copy.data == "copied",
            no_key_copy=form.key_copy.data == "none",
            zone=held.config.zone,
        )
    except SurveyError as refused:
        return _open_page(round_code, form, sentence(refused), refused.status)
    return redirect(url_for(".show", round_code=round_code, done="opened"), code=303)


def _open_page(
    round_code: str, form: OpenForm, refused: str = "", status: int = 200
) -> ResponseReturnValue:
    with reading() as session:
        round_ = campaigns.get_round(session, actor(), round_code)
        made = boxes_of(session, round_.id)
        return page(
            session,
            "console/round_open.html",
            form=form,
            refused=refused,
            files=fieldwork.key_files(platform().keystore, made),
            **_facts(session, round_),
        ), status


@bp.get("/<round_code>/close")
@policy(RUN)
def close_form(round_code: str) -> ResponseReturnValue:
    """Show what closing a round means, or who still has to bring a part of its key."""
    with reading() as session:
        round_ = campaigns.get_round(session, actor(), round_code)
        custody = custodians.standing_of(session, round_, platform().keystore)
        is_over = round_.state == RoundState.OPEN and clock.now() >= round_.paper_until
        if custody.missing and is_over:
            return redirect(url_for("console.custodians.show", round_code=round_code), code=303)
    return _close_page(round_code, CloseForm())


@bp.post("/<round_code>/close")
@policy(RUN)
def close(round_code: str) -> ResponseReturnValue:
    """Close a round and open its box."""
    form = CloseForm(request.form)
    if not form.validate():
        return _close_page(round_code, form, status=422)
    held = platform()
    try:
        closed = close_round(
            held.sessions,
            actor(),
            round_code,
            held.keystore,
            held.inbox,
            now=clock.now(),
            early_reason=(form.reason.data or "").strip(),
        )
    except NotFound:
        raise
    except SurveyError as refused:
        return _close_page(round_code, form, sentence(refused), refused.status)
    counts: dict[str, Any] = {"a": closed.answers, "b": len(closed.created)}
    return redirect(url_for(".show", round_code=round_code, done="closed", **counts), code=303)


def _close_page(
    round_code: str, form: CloseForm, refused: str = "", status: int = 200
) -> ResponseReturnValue:
    with reading() as session:
        round_ = campaigns.get_round(session, actor(), round_code)
        facts = _facts(session, round_)
        board = participation.coverage(session, platform().inbox, round_, actor())
        facts["coverage_lines"] = spreads_of(board, titles_of(session, round_)).lines
        is_early = clock.now() < round_.paper_until
        facts["unsettled"] = keying_batches.unsettled(session, round_)
        return page(
            session,
            "console/round_close.html",
            form=form,
            refused=refused,
            is_early=is_early,
            **facts,
        ), status
