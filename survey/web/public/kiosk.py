"""One tablet for many people: the form at a counter, and with a helper beside the person.

The form is the one that every phone gets; around it stand two scripts that keep nothing of one
person for the next. It sets no cookie, and an answer does not say that it came from here: only
that somebody helped, as one flag among others, sealed with it.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache

from flask import Blueprint, Response
from markupsafe import escape

from forms.quality import ASSISTED
from survey import clock
from survey.campaigns.models import CollectionMode
from survey.collection import points
from survey.collection.points import PointClosed, PointNotOpen, PointView
from survey.collection.receipts import mint_key, receipt_of
from survey.web.platform import platform
from survey.web.policies import policy
from survey.web.public import answering, page_bytes, refusals, replies, shelf, source
from survey.web.public.pages import middle

bp = Blueprint("kiosk", __name__, url_prefix="/k")
refusals.register(bp)

SIGNALS = 'name="signals" value="'
SCRIPT = "<script>"
CODE_LENGTH = 8
TEXTS = {
    "zh": {
        "assisted": "协助填写：请一题一题念给本人听，由本人决定，不要替人选，也不要劝。",
        "still": "还在填吗？过一会儿没有动作，这里会清空，好让下一位用。",
        "stay": "我还在填",
        "away": "暂时没有连上。请稍等，连上后自动继续；也可以要一张纸质评议表。",
        "next": "下一位",
        "note": "可以拍下来或抄下来，以后凭它查您的票算进去没有。",
        "soon": "很快会回到首页，下一位看不到您填了什么。",
    },
    "en": {
        "assisted": "Helping: read every question aloud; the person decides. Never choose or urge.",
        "still": "Still answering? Without a touch this page is cleared for the next person.",
        "stay": "I am still answering",
        "away": "Not connected for the moment. It goes on by itself; you may also ask for paper.",
        "next": "Next person",
        "note": "Photograph or copy it to check later that your answer was counted.",
        "soon": "This page goes back to the start; the next person sees nothing of yours.",
    },
}


@bp.get("/<code>")
@policy.public
def show(code: str) -> Response:
    """Show the form for a tablet at a counter."""
    return _form(code, is_assisted=False)


@bp.get("/<code>/assist")
@policy.public
def assist(code: str) -> Response:
    """Show the form for somebody who helps people without a phone; each answer says so."""
    return _form(code, is_assisted=True)


@bp.get("/<code>/thanks")
@policy.public
def thanks(code: str) -> Response:
    """Thank one person, and make room for the next."""
    point = shelf.point_of(code)
    return replies.page(
        "kiosk_thanks.html",
        scripts=("kiosk_thanks.js",),
        k=TEXTS[replies.language()],
        code=point.code,
        start=f"/k/{point.code}",
    )


def _form(code: str, *, is_assisted: bool) -> Response:
    point, now = shelf.point_of(code), clock.now()
    try:
        points.require_open(point, now)
    except (PointNotOpen, PointClosed) as refusal:
        return answering.shut(refusal)
    if point.mode != CollectionMode.OPEN:
        way = {"link": replies.address("/t"), "link_text": "to_ticket"}
        return replies.message("needs_slip", 200, **way, place=point.org_name)
    served = shelf.page_of(point, replies.language())
    key = mint_key(platform().config.secret_key, now)
    html = page_bytes.plain(served, middle(key, receipt_of(key)).encode()).decode()
    before, after = source.script("kiosk_before.js"), source.script("kiosk_after.js")
    form, _, rest = html.rpartition(SCRIPT)
    form = form.replace("<main>", f"<main>{_overlay(point, is_assisted)}", 1)
    if is_assisted:
        form = form.replace(SIGNALS, SIGNALS + ASSISTED, 1)
    page = f"{form}{SCRIPT}{before}</script>{SCRIPT}{rest}{SCRIPT}{after}</script>"
    hashes = f"script-src '{_hash(before)}' '{_hash(after)}' "
    csp = served.csp.replace("script-src ", hashes, 1)
    return replies.html_response(page.encode(), csp)


def _overlay(point: PointView, is_assisted: bool) -> str:
    """Return what stands above the form: the word to helpers, and two notices, hidden at first."""
    texts = {name: escape(text) for name, text in TEXTS[replies.language()].items()}
    home = f"/k/{point.code}{'/assist' if is_assisted else ''}"
    helper = f'<p class="net on" id="ka">{texts["assisted"]}</p>' if is_assisted else ""
    return (
        f'{helper}<div class="net" id="ki" role="alert" data-home="{home}"'
        f' data-away="{texts["away"]}"><b>{texts["still"]}</b><br>'
        f'<button type="button" id="ks">{texts["stay"]}</button></div>'
    )


@cache
def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
