"""Let figures out: audited with everything that is out already, then frozen under a digest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from forms.digest import digest_of
from reports.disclosure import Inputs
from reports.figures import Audience, Target
from reports.plain_data import to_plain
from reports.release_audit import Edition, Exposure, audit_editions
from reports.rereleases import WEIGHTS, Step, small_steps
from reports.veiling import threshold
from survey.audit import service as audit
from survey.campaigns import ruling
from survey.campaigns.models import Round
from survey.collection.models import Box
from survey.db import Sessions, reading
from survey.errors import SurveyError
from survey.results import frozen
from survey.results import service as results
from survey.results.frozen import FIGURES, OBJECT, Part, key_of, part_of
from survey.results.models import Release

RELEASE_ACTS = {Audience.INTERNAL: "round.freeze", Audience.PUBLIC: "round.release"}
"""The second is published whole. Not the first: whoever knows all but one of the figures could try
out what is missing until the digest fits."""


class ReReleaseRefused(SurveyError):
    """Corrected figures beside those that are out would give away what few people said."""

    code = "RE_RELEASE_REFUSED"

    def __init__(self, round_code: str, steps: Sequence[Step]) -> None:
        first = steps[0]
        zh = (
            f"{first.key}的权重或所属改了，两版合计相减能推算出没有公布的对象"
            if first.what == WEIGHTS
            else f"{first.key}的{first.what}从{first.before}变为{first.after}，"
            "与上一版相差太少，相减就能看出少数几个人怎么评的"
        )
        super().__init__(
            f"轮次“{round_code}”的更正不能发布：{zh}（共{len(steps)}处）。请留到下一轮更正",
            f"The correction of {round_code} may not go out: {len(steps)} figures move by too "
            f"little, such as {first.what} of {first.key}. Keep it for the next round",
        )


@dataclass(frozen=True)
class Candidate:
    """Figures that may be let out, and the digest that they will have.

    Attributes:
        audience: for whom.
        content: what the release says of itself; `digest` is of this.
        parts: the figures and the objects they are of, in order.
    """

    audience: Audience
    content: dict[str, Any]
    parts: tuple[Part, ...]

    @property
    def digest(self) -> str:
        """SHA-256 of the canonical content, which holds the digest of all figures."""
        return digest_of(self.content)

    @property
    def edition(self) -> int:
        """Which edition it is to be, from 1."""
        return int(self.content["edition"])


def candidate(
    session: Session, round_: Round, audience: Audience, *, as_they_stand: bool = False
) -> Candidate:
    """Return what may be let out next for `audience`, audited with all that is out.

    Raises:
        ResultsSealed: a box is still closed.
        ReleaseUnsafe: with what is out, a hidden count could be worked out.
        ReReleaseRefused: a published group would move by too few answers.
    """
    if not results.is_opened(session, round_):
        raise results.ResultsSealed(round_.code)
    parts: list[Part] = []
    named: list[str] = []
    for used in round_.questionnaires:
        figures = results.compute(session, round_, used.code, audience, as_they_stand=as_they_stand)
        inputs = results.inputs_of(session, round_, used.code, as_they_stand=as_they_stand)
        objects = [target for target, _ in inputs]
        _check(session, round_, used.code, audience, Edition(figures, objects), inputs)
        named += [digest_of(to_plain(_plainly(each))) for each in objects]
        parts += [part_of(FIGURES, used.code, key_of(f.target), f) for f in figures]
        parts += [part_of(OBJECT, used.code, key_of(each), each) for each in objects]
    return Candidate(audience, _content(session, round_, audience, parts, named), tuple(parts))


def freeze(
    session: Session,
    round_: Round,
    chosen: Candidate,
    *,
    released_by: str,
    approved_by: str = "",
    now: datetime,
) -> Release:
    """Store what was chosen, for good, and put it on record."""
    release = Release(
        round_id=round_.id,
        kind=chosen.audience.value,
        edition=chosen.edition,
        digest=chosen.digest,
        rules_digest=chosen.content["rules"],
        content=chosen.content,
        released_by=released_by,
        released_at=now,
        approved_by=approved_by,
    )
    session.add(release)
    session.flush()
    frozen.store(session, release, chosen.parts)
    audit.record(
        session,
        actor=released_by,
        act=RELEASE_ACTS[chosen.audience],
        subject=round_.code,
        now=now,
        kind=release.kind,
        edition=release.edition,
        digest=release.digest,
        approved_by=approved_by,
    )
    return release


def prepared(sessions: Sessions, round_code: str, audience: Audience) -> Candidate | None:
    """Return what may be let out next, made in a transaction that keeps nobody from writing.

    None where the act that wants it will say by itself why it cannot be.
    """
    with reading(sessions) as session:
        round_ = session.scalar(select(Round).where(Round.code == round_code))
        if round_ is None or not results.is_opened(session, round_):
            return None
        has_internal = frozen.newest(session, round_, Audience.INTERNAL) is not None
        if has_internal != (audience is Audience.PUBLIC):
            return None
        return candidate(session, round_, audience)


def fresh(
    session: Session, round_: Round, audience: Audience, chosen: Candidate | None
) -> Candidate:
    """Return `chosen` if nothing was let out since it was made, else what may be let out now.

    Counts, objects and rules of an opened round do not change, so that only another release can
    come between.

    Raises:
        ResultsSealed, ReleaseUnsafe, ReReleaseRefused: see `candidate`.
    """
    edition = len(frozen.editions(session, round_, audience)) + 1
    is_fresh = chosen is not None and chosen.content["round"] == round_.code
    if chosen is not None and is_fresh and chosen.edition == edition:
        return chosen
    return candidate(session, round_, audience)


def freeze_internal(
    session: Session,
    round_: Round,
    *,
    released_by: str,
    now: datetime,
    as_they_stand: bool = False,
    chosen: Candidate | None = None,
) -> Release:
    """Freeze what the office sees of an opened round; the same figures again change nothing.

    `chosen` was `prepared`; without it the figures are made here.

    Raises:
        ResultsSealed, ReleaseUnsafe, ReReleaseRefused: see `candidate`.
    """
    last = frozen.newest(session, round_, Audience.INTERNAL)
    if last is not None and not as_they_stand:
        return last
    if as_they_stand:
        chosen = candidate(session, round_, Audience.INTERNAL, as_they_stand=True)
    else:
        chosen = fresh(session, round_, Audience.INTERNAL, chosen)
    if last is not None and _same(last, chosen):
        return last
    return freeze(session, round_, chosen, released_by=released_by, now=now)


def _same(last: Release, chosen: Candidate) -> bool:
    return all(last.content.get(name) == chosen.content[name] for name in ("figures", "objects"))


def _plainly(target: Target) -> Target:
    """Return an object without what is counted of it: a digest of few numbers can be tried out."""
    return replace(target, issued=None, slips=None, present=None)


def _content(
    session: Session,
    round_: Round,
    audience: Audience,
    parts: Sequence[Part],
    objects: Sequence[str],
) -> dict[str, Any]:
    roots = session.scalars(select(Box.content_root).where(Box.round_id == round_.id))
    return {
        "round": round_.code,
        "title": round_.title,
        "kind": audience.value,
        "edition": len(frozen.editions(session, round_, audience)) + 1,
        "k": threshold(results.rules_of(round_), audience),
        "rules": ruling.digest_of_rules(round_),
        "questionnaires": {used.code: used.digest for used in round_.questionnaires},
        "boxes": sorted(root for root in roots if root),
        "figures": frozen.sum_of([each.digest for each in parts if each.kind == FIGURES]),
        "objects": frozen.sum_of(objects),
    }


def _check(
    session: Session,
    round_: Round,
    questionnaire: str,
    audience: Audience,
    next_: Edition,
    inputs: Inputs,
) -> None:
    """Refuse figures that, with everything released before, give something away.

    Who may read what the office sees reads what is published too: all editions together keep to
    the internal threshold, the public ones among themselves to the public one.
    """
    rules = results.rules_of(round_)
    out = {
        each: [
            Edition(
                frozen.figures_of(session, release, questionnaire),
                frozen.objects_of(session, release, questionnaire),
            )
            for release in frozen.editions(session, round_, each)
        ]
        for each in Audience
    }
    for earlier in out[audience]:
        steps = small_steps(earlier, next_, inputs, threshold(rules, audience))
        if steps:
            raise ReReleaseRefused(round_.code, steps)
    exposed: tuple[Exposure, ...] = ()
    if audience is Audience.PUBLIC:
        editions = [*out[Audience.PUBLIC], next_]
        exposed = audit_editions(editions, inputs, threshold(rules, Audience.PUBLIC))
    everything = [*out[Audience.INTERNAL], *out[Audience.PUBLIC], next_]
    exposed += audit_editions(everything, inputs, threshold(rules, Audience.INTERNAL))
    if exposed:
        raise results.ReleaseUnsafe(round_.code, exposed)
