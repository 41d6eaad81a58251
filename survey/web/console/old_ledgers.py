"""Take over an old ledger: see what it would add, then add it; what is wrong is listed by row."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from survey import clock
from survey.accounts.policy import Action
from survey.errors import Fault, ImportRefused, NotFound
from survey.rectification import ledger_import
from survey.rectification.ledger_import import Preview
from survey.rectification.states import LOOKS
from survey.web.console import item_page
from survey.web.console.forms import TableForm, posted
from survey.web.console.session import actor
from survey.web.console.shell import page
from survey.web.platform import platform
from survey.web.policies import TABLE_BYTES, policy
from survey.web.unit_of_work import reading, transaction

bp = Blueprint("old_ledgers", __name__, url_prefix="/rectification/import")
REGISTER = Action.REGISTER_ITEMS
KEPT = timedelta(hours=12)
DIGEST = re.compile(r"[0-9a-f]{64}")


@bp.get("/")
@policy(REGISTER)
def form() -> ResponseReturnValue:
    """Show the form."""
    return _page()


@bp.post("/")
@policy(REGISTER, max_bytes=TABLE_BYTES)
def look() -> ResponseReturnValue:
    """Show what a file would add, or every place to mend; nothing is stored in the ledger."""
    sent = TableForm(posted())
    if not sent.validate():
        return _page(sent, status=422)
    data, name = sent.file.data.read(), sent.file.data.filename
    try:
        with reading() as session:
            found = ledger_import.preview_ledger(session, actor(), data, name, now=clock.now())
    except ImportRefused as refused:
        return _page(sent, refused.faults, status=refused.status)
    digest = hashlib.sha256(data).hexdigest()
    _forget_old()
    _place(digest).write_bytes(data)
    suffix = ".xlsx" if name.lower().endswith(".xlsx") else ".csv"
    return _page(preview=found, digest=digest, suffix=suffix)


@bp.post("/take")
@policy(REGISTER)
def take() -> ResponseReturnValue:
    """Add what was looked at: all of it, or nothing where something changed meanwhile."""
    digest = request.form.get("digest", "")
    place = _place(digest) if DIGEST.fullmatch(digest) else None
    if place is None or not place.exists():
        raise NotFound("这份文件已经清除，请重新上传", "The file is gone; send it again")
    name = "ledger.xlsx" if request.form.get("suffix") == ".xlsx" else "ledger.csv"
    try:
        with transaction() as session:
            done = ledger_import.import_ledger(
                session, actor(), place.read_bytes(), name, now=clock.now()
            )
    except ImportRefused as refused:
        return _page(None, refused.faults, status=refused.status)
    place.unlink(missing_ok=True)
    return redirect(url_for("console.rectification.index", done="ledger", a=done.added), code=303)


def _place(digest: str) -> Path:
    """Return where a file waits to be taken; each account has its own, so none takes another's."""
    folder = platform().config.home / "imports"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder / f"{actor().account_id}-{digest}"


def _forget_old() -> None:
    """Remove what was looked at and never taken."""
    oldest = (clock.now() - KEPT).timestamp()
    for file in (platform().config.home / "imports").glob("*"):
        if file.stat().st_mtime < oldest:
            file.unlink(missing_ok=True)


def _page(
    sent: TableForm | None = None,
    faults: Sequence[Fault] = (),
    *,
    preview: Preview | None = None,
    digest: str = "",
    suffix: str = "",
    status: int = 200,
) -> ResponseReturnValue:
    rows = preview.rows if preview else ()
    with reading() as session:
        return page(
            session,
            "console/old_ledger.html",
            form=sent or TableForm(),
            faults=faults,
            preview=preview,
            rows=[(row, item_page.badge_of(LOOKS[row.state])) for row in rows],
            digest=digest,
            suffix=suffix,
        ), status
