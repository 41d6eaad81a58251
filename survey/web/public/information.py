"""Pages around the form: entering a code, the privacy notice, and probes."""

from __future__ import annotations

import re
import unicodedata
from datetime import timedelta

from flask import Blueprint, Response, request
from sqlalchemy import or_, select
from sqlalchemy.exc import SQLAlchemyError

from survey import clock
from survey.campaigns.models import Round, RoundState
from survey.collection import receipts
from survey.collection.keystore import KeyUnavailable
from survey.collection.models import Box, BoxState
from survey.jobs import service as jobs
from survey.web.platform import platform
from survey.web.policies import policy
from survey.web.public import refusals, replies, shelf
from survey.web.public.privacy import notice
from survey.web.unit_of_work import reading

bp = Blueprint("information", __name__)
refusals.register(bp)

CODE = re.compile(f"[{receipts.CROCKFORD}]{{{shelf.CODE_LENGTH}}}")
SECURITY_TXT_DAYS = 180
BOX_AHEAD = timedelta(days=2)
"""How far ahead of its day a box must be known to open again."""
ROBOTS = "User-agent: *\nDisallow: /q/\nDisallow: /console\n"


@bp.get("/")
@policy.public
def enter() -> Response:
    """Ask for the code of a form, and go there once it is typed."""
    typed = request.args.get("code")
    code = written(typed or "")
    if CODE.fullmatch(code):
        return replies.see_other(f"/q/{code}")
    language = replies.language()
    return replies.page(
        "entry.html",
        status=200 if typed is None else 422,
        is_wrong=typed is not None,
        typed=typed or "",
        lang="" if language == "zh" else language,
        check=replies.address("/r"),
        privacy=replies.address("/privacy"),
        other="/" if language == "en" else "/?lang=en",
    )


@bp.get("/privacy")
@policy.public
def privacy() -> Response:
    """Say how answers are kept secret, from the settings in force."""
    language = replies.language()
    return replies.page(
        "privacy.html",
        parts=notice(platform().config, language),
        home=replies.address("/"),
        other="/privacy" if language == "en" else "/privacy?lang=en",
    )


@bp.get("/healthz")
@policy.public
def health() -> Response:
    """Say that the process answers."""
    return Response("ok\n", mimetype="text/plain")


@bp.get("/readyz")
@policy.public
def readiness() -> Response:
    """Say whether all is well: the database answers, boxes can be opened, a worker works."""
    try:
        with reading() as session:
            keys = session.scalars(
                select(Box.public_key)
                .join(Round, Round.id == Box.round_id)
                .where(
                    Round.state == RoundState.OPEN,
                    Box.state == BoxState.SEALED,
                    or_(Box.starts_at.is_(None), Box.starts_at <= clock.now() + BOX_AHEAD),
                )
            ).all()
            is_stuck = jobs.is_stuck(session, now=clock.now())
        for key in keys:
            platform().keystore.rely_on(key, clock.now())
    except SQLAlchemyError:
        return Response("not ready: database\n", status=503, mimetype="text/plain")
    except KeyUnavailable:
        return Response("not ready: keystore\n", status=503, mimetype="text/plain")
    if is_stuck:
        return Response("not ready: queue\n", status=503, mimetype="text/plain")
    return Response("ready\n", mimetype="text/plain")


@bp.get("/.well-known/security.txt")
@policy.public
def security_txt() -> Response:
    """Say where to report a weakness (RFC 9116)."""
    base = platform().config.base_url
    expires = clock.now().replace(microsecond=0) + timedelta(days=SECURITY_TXT_DAYS)
    lines = (
        f"Contact: {base}/privacy",
        f"Expires: {expires.isoformat().replace('+00:00', 'Z')}",
        "Preferred-Languages: zh, en",
        f"Canonical: {base}/.well-known/security.txt",
    )
    return Response("\n".join(lines) + "\n", mimetype="text/plain")


@bp.get("/robots.txt")
@policy.public
def robots() -> Response:
    """Keep forms and the console out of search engines."""
    return Response(ROBOTS, mimetype="text/plain")


def written(typed: str) -> str:
    """Return a typed code in its written form; full-width characters count as what they mean."""
    return receipts.read_code(unicodedata.normalize("NFKC", typed.strip()))
