"""What stands around an item, in words: kinds of handling and request, and facts to know."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import lazy_gettext as lazy

from survey.rectification.circumstances import Circumstances
from survey.rectification.handling_models import RequestKind
from survey.rectification.item import Suspicion
from survey.rectification.triage import Handling
from survey.web.formats import short_day
from survey.web.texts import text as _

HANDLINGS: Mapping[Handling, str] = {
    Handling.IMMEDIATE: lazy("立行立改"),
    Handling.DATED: lazy("限期整改"),
    Handling.COMPLEX: lazy("复杂问题"),
}
ASKS: Mapping[RequestKind, str] = {
    RequestKind.EXTENSION: lazy("申请延期"),
    RequestKind.APPEAL: lazy("请单位申诉"),
    RequestKind.LONGTERM: lazy("申请长期坚持"),
}


def facts_of(around: Circumstances) -> tuple[tuple[str, bool], ...]:
    """Return what whoever looks must know, each with whether it is pressing."""
    found: list[tuple[str, bool]] = []
    if around.is_raised:
        found.append((_("督办中：复号两次以上，提级由区办验收"), True))
    if around.suspicion is Suspicion.SUSPECTED:
        found.append((_("有人反映整改弄虚作假，正由纪检监督核实"), True))
    if around.suspicion is Suspicion.CONFIRMED:
        found.append((_("弄虚作假属实，责任单位扣5分"), True))
    if around.appeal_decide_by is not None:
        day = short_day(around.appeal_decide_by)
        late = _("区办答复申诉的期限是%(day)s，已经超过", day=day)
        found.append((late, True) if around.is_appeal_late else (_appeal_open(day), False))
    if around.appeal_until is not None:
        day = short_day(around.appeal_until)
        found.append((_("有异议可在%(day)s前由单位提出申诉", day=day), False))
    if around.notice_until is not None:
        day = short_day(around.notice_until)
        found.append(
            (_("参评不足10人：公示5个工作日，到%(day)s；还要两位验收员都通过", day=day), False)
        )
    return tuple(found)


def _appeal_open(day: str) -> str:
    return _("区办要在%(day)s前答复申诉", day=day)
