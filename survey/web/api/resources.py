"""The addresses of the API, version 1; `document` describes each for programs."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify, request
from sqlalchemy.orm import Session

from reports.contract import to_contract
from reports.figures import Audience, Figures
from survey import clock
from survey.accounts.policy import Action
from survey.campaigns import service as campaigns
from survey.campaigns.models import Round
from survey.collection import participation
from survey.errors import NotFound, SurveyError
from survey.org import queries as organisations
from survey.org.models import Level
from survey.publication import public_results
from survey.rectification import queries as rectification
from survey.rectification.filters import Filter
from survey.rectification.queries import ItemRow
from survey.rectification.states import State
from survey.results import service as results
from survey.web.api import document, gate
from survey.web.platform import platform
from survey.web.policies import policy
from survey.web.unit_of_work import reading

bp = Blueprint("api", __name__, url_prefix="/api/v1")
gate.guard(bp)
OBJECTS = (Level.BRANCH.value, Level.WINDOW.value)
MAX_PAGE = 100_000


class ParameterWrong(SurveyError):
    """A parameter of the address cannot be used."""

    code = "PARAMETER_WRONG"
    status = 400

    def __init__(self, name: str, allowed: str) -> None:
        super().__init__(f"参数 {name} 只能是 {allowed}", f"The parameter {name} must be {allowed}")


class NotReleased(SurveyError):
    """Nothing of the round is out for everybody."""

    code = "NOT_RELEASED"

    def __init__(self, code: str) -> None:
        super().__init__(
            f"轮次“{code}”的结果还没有公开，请用 audience=internal，或等公示以后再读",
            f"Nothing of {code} is public; ask for audience=internal, or wait for the notice",
        )


@bp.get("/openapi.json")
@policy.public
def openapi() -> Response:
    """Return the description of this API."""
    return jsonify(document.openapi(platform().config.base_url))


@bp.get("/")
@policy.signed_in
def who() -> Response:
    """Say which account the token stands for, and what it holds."""
    held = gate.actor()
    roles = [{"role": grant.role.value, "org": grant.org_id} for grant in held.grants]
    return jsonify(account=held.name, display_name=held.display_name, roles=roles)


@bp.get("/rounds")
@policy(Action.SEE_ROUNDS)
def rounds() -> Response:
    """List all rounds, the latest first."""
    with reading() as session:
        found = campaigns.list_rounds(session, gate.actor())
        return jsonify(rounds=[_round(session, each) for each in found])


@bp.get("/rounds/<code>")
@policy(Action.SEE_ROUNDS)
def one_round(code: str) -> Response:
    """Return one round."""
    with reading() as session:
        return jsonify(_round(session, campaigns.get_round(session, gate.actor(), code)))


@bp.get("/rounds/<code>/participation")
@policy(Action.SEE_PARTICIPATION)
def taken_part(code: str) -> Response:
    """Return how far each object has come, in steps, before and after the opening."""
    with reading() as session:
        round_ = campaigns.get_round(session, gate.actor(), code)
        board = participation.coverage(session, platform().inbox, round_, gate.actor())
    objects = [
        {
            "org": entry.org_id,
            "name": entry.name,
            "unit": entry.unit_id,
            "sector": entry.sector,
            "questionnaire": entry.questionnaire_code,
            "answers": entry.answers,
            "is_covered": entry.is_covered,
        }
        for entry in board.entries
    ]
    return jsonify(round=round_.code, covered_from=board.covered_from, objects=objects)


@bp.get("/rounds/<code>/results")
@policy(Action.SEE_RESULTS)
def figures(code: str) -> Response:
    """Return figures after disclosure control, of what the account may see."""
    audience = _one_of("audience", Audience, Audience.INTERNAL)
    with reading() as session:
        round_ = campaigns.get_round(session, gate.actor(), code)
        release = results.release_now(session, round_, audience)
        if audience is Audience.PUBLIC and release is None:
            raise NotReleased(round_.code)
        asked = request.args.get("questionnaire")
        used = [each.code for each in round_.questionnaires if asked in (None, each.code)]
        if not used:
            raise NotFound("本轮没有这份问卷", "The round does not use this questionnaire")
        found = [
            to_contract(each, round_.code)
            for each_code in used
            for each in _seen(session, results.release_of(session, round_, each_code, audience))
        ]
    digest = release.digest if release else None
    return jsonify(round=round_.code, audience=audience.value, release=digest, figures=found)


@bp.get("/releases")
@policy(Action.SEE_RESULTS)
def releases() -> Response:
    """List the editions that everybody may read."""
    with reading() as session:
        found = [
            {
                "round": edition.round.code,
                "edition": edition.release.edition,
                "state": str(edition.publication.state),
                "digest": edition.release.digest,
                "rules_digest": edition.release.rules_digest,
                "released_at": edition.release.released_at.isoformat(),
                "url": f"{platform().config.base_url}/results/{edition.round.code}",
            }
            for edition in public_results.listed(session)
        ]
    return jsonify(releases=found)


@bp.get("/items")
@policy(Action.SEE_RECTIFICATION)
def items() -> Response:
    """List rectification items that the account sees, the most pressing first, by pages."""
    state = _one_of("state", State, None)
    page, overdue = _page(), request.args.get("overdue")
    if overdue not in (None, "true", "false"):
        raise ParameterWrong("overdue", "true, false")
    with reading() as session:
        found = rectification.items(
            session,
            gate.actor(),
            now=clock.now(),
            wanted=Filter(
                state=state,
                org=request.args.get("org"),
                unit=request.args.get("unit"),
                overdue=None if overdue is None else overdue == "true",
            ),
            page=page,
        )
    rows = [_item(row) for row in found.rows]
    return jsonify(items=rows, total=found.total, page=found.page, pages=found.pages)


@bp.get("/<path:rest>")
@policy.signed_in
def nothing(rest: str) -> Response:
    """Say that there is nothing at an address."""
    raise NotFound("没有这个地址", "There is nothing at this address")


def _round(session: Session, round_: Round) -> dict[str, Any]:
    return {
        "code": round_.code,
        "title": round_.title,
        "state": str(round_.state),
        "opening": str(round_.opening),
        "opens_at": round_.opens_at.isoformat(),
        "closes_at": round_.closes_at.isoformat(),
        "questionnaires": [used.code for used in round_.questionnaires],
        "has_figures": results.has_figures(session, round_),
    }


def _seen(session: Session, released: tuple[Figures, ...]) -> list[Figures]:
    """Return what the account may see: its objects and units; all totals at the district alone."""
    seen = {
        place.id: place.level
        for place in organisations.visible(session, gate.actor(), Action.SEE_RESULTS)
    }
    sees_all = Level.DISTRICT.value in seen.values()
    return [
        each
        for each in released
        if each.target.org_id in seen or (sees_all and each.target.level not in OBJECTS)
    ]


def _item(row: ItemRow) -> dict[str, Any]:
    return {
        "number": row.number,
        "problem": row.problem,
        "source": row.source.value,
        "org": row.org_id,
        "org_name": row.org_name,
        "unit_name": row.unit_name,
        "state": row.state.value,
        "state_name": row.look.label,
        "is_late": row.deadline.workdays < 0,
        "registered_on": row.registered_on.isoformat(),
        "due_on": row.due_on.isoformat(),
        "extensions": row.extension_count,
        "reopened": row.reopen_count,
    }


def _one_of(name: str, kind: Any, default: Any) -> Any:
    """Return a parameter as a member of the enumeration `kind`; `default` without it."""
    value = request.args.get(name)
    if value is None:
        return default
    try:
        return kind(value)
    except ValueError:
        raise ParameterWrong(name, ", ".join(each.value for each in kind)) from None


def _page() -> int:
    value = request.args.get("page", "1")
    if not (value.isascii() and value.isdigit() and 1 <= int(value) <= MAX_PAGE):
        raise ParameterWrong("page", f"1 … {MAX_PAGE}")
    return int(value)
