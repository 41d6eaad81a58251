"""The page residents would see of a draft, made by the same code; it sends nothing anywhere."""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from forms.definition import Item, ItemKind, Questionnaire, Section, Wording
from forms.digest import digest
from forms.expressions import ExpressionError, parse
from forms.variants import Facts, tailor
from survey.web.public import pages
from survey.web.public.page_bytes import load, plain

CODE = "00000000"
DAYS_OPEN = timedelta(days=14)

# Opens the page of the form on which an item stands, as going back in the browser would; going
# there focuses the heading, which would take the keyboard away from whoever types beside it.
_JUMP = (
    "(function(){var q=document.getElementById('q-'+%s),s=q&&q.closest('section');"
    "var all=[].slice.call(document.querySelectorAll('form section')),n=all.indexOf(s);"
    "var any=HTMLElement.prototype,focus=any.focus;any.focus=function(){};"
    "if(n>0){dispatchEvent(new PopStateEvent('popstate',{state:{p:n}}));q.scrollIntoView()}"
    "any.focus=focus})()"
)


def preview_of(
    questionnaire: Questionnaire,
    facts: Facts,
    language: str,
    code: str,
    now: datetime,
    zone: ZoneInfo,
) -> tuple[bytes, str]:
    """Return the page and its content policy; `code` is the item to open it at, or empty.

    What a draft may still get wrong is left out of the preview: a condition nobody can read, an
    item without options.
    """
    shown = tailor(_shown(questionnaire), facts)
    place = pages.Place(CODE, facts, now + DAYS_OPEN, zone)
    asked = pages.Asked(digest(shown), language, shown)
    parts = pages.render_form(asked, place)
    page = plain(load(parts), pages.middle("0" * 26, "0" * 12).encode())
    script = _JUMP % json.dumps(code)
    page = page.replace(b"</body>", f"<script>{script}</script></body>".encode(), 1)
    page += b"" if script.encode() in page else f"<script>{script}</script>".encode()
    return page, _policy(parts.csp, script)


def _policy(csp: str, script: str) -> str:
    """Return the page's policy for a frame of the console: nothing is sent, one script more."""
    own = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return (
        csp.replace("frame-ancestors 'none'", "frame-ancestors 'self'")
        .replace("form-action 'self'", "form-action 'none'")
        .replace("script-src ", f"script-src 'sha256-{own}' ")
    )


def _shown(questionnaire: Questionnaire) -> Questionnaire:
    sections = []
    for section in questionnaire.sections:
        items = tuple(_readable(item) for item in section.items if _can_be_shown(item))
        relevant = section.relevant if _is_expression(section.relevant) else ""
        sections.append(Section(section.code, section.title, items, relevant))
    return Questionnaire(
        code=questionnaire.code or "draft",
        version=questionnaire.version,
        title=questionnaire.title,
        languages=questionnaire.languages,
        subject=questionnaire.subject,
        sections=tuple(sections),
        is_named=questionnaire.is_named,
    )


def _can_be_shown(item: Item) -> bool:
    has_options = bool(item.options) or item.kind not in (
        ItemKind.SINGLE_CHOICE,
        ItemKind.MULTIPLE_CHOICE,
    )
    return bool(item.code) and has_options and _is_expression(item.calculation)


def _readable(item: Item) -> Item:
    changes: dict[str, object] = {}
    for part in ("relevant", "constraint"):
        if not _is_expression(getattr(item, part)):
            changes[part] = ""
    if not item.label and item.is_question:
        changes["label"] = Wording((("zh", "（还没有写题目）"),))
    return Item(**{**_values(item), **changes})  # type: ignore[arg-type] # the item's own fields


def _values(item: Item) -> dict[str, object]:
    return {name: getattr(item, name) for name in Item.__dataclass_fields__}


def _is_expression(text: str) -> bool:
    if not text:
        return True
    try:
        parse(text)
    except ExpressionError:
        return False
    return True
