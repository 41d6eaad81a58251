"""The list of counted receipts, in parts, and what outsiders check a published round with."""

from __future__ import annotations

import json

from flask import Blueprint, Response

from survey.accounts.policy import OPERATOR
from survey.campaigns import service as campaigns
from survey.campaigns.models import Round, RoundState
from survey.collection import board
from survey.collection.bundle import bundle_of
from survey.results import service as results
from survey.web.policies import policy
from survey.web.public import refusals
from survey.web.unit_of_work import reading

bp = Blueprint("board", __name__, url_prefix="/board")
refusals.register(bp)

FOR_GOOD = "public, max-age=31536000, immutable"
FOR_NOW = "public, max-age=600"
"""A daily round's list grows each morning."""
PUBLISHED = (RoundState.PUBLISHED, RoundState.ARCHIVED)


@bp.get("/<round_code>/index.json")
@policy.public
def index(round_code: str) -> Response:
    """Say how long a round's list is, into how many parts it is divided, and its root."""
    with reading() as session:
        round_ = campaigns.get_round(session, OPERATOR, round_code)
        return _cached(_json(board.index_of(session, round_)), _kept(round_))


@bp.get("/<round_code>/bundle.json")
@policy.public
def bundle(round_code: str) -> Response:
    """Give all that `tools/verify_round.py` checks, once the round's results are published."""
    with reading() as session:
        round_ = campaigns.get_round(session, OPERATOR, round_code)
        if round_.state not in PUBLISHED:
            raise board.NothingCounted
        shown = results.shown_points(session, round_)
        return _cached(_json(bundle_of(session, round_, shown)), FOR_NOW)


@bp.get("/<round_code>/<name>.txt")
@policy.public
def part(round_code: str, name: str) -> Response:
    """Give one part of the list: which, tells that a receipt begins so, as many others do."""
    with reading() as session:
        round_ = campaigns.get_round(session, OPERATOR, round_code)
        lines = board.shard(session, round_, name)
        text = "".join(f"{line}\n" for line in lines)
        return _cached(Response(text, mimetype="text/plain"), _kept(round_))


def _json(data: object) -> Response:
    return Response(json.dumps(data, ensure_ascii=False), mimetype="application/json")


def _kept(round_: Round) -> str:
    return FOR_NOW if round_.state == RoundState.OPEN else FOR_GOOD


def _cached(response: Response, how_long: str) -> Response:
    response.headers["Cache-Control"] = how_long
    return response
