"""Plan rounds and find them: what is asked, of whom, and when."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.accounts.policy import Action, Actor, require
from survey.audit import service as audit
from survey.campaigns import ruling
from survey.campaigns.models import (
    CollectionMode,
    OpeningKind,
    Round,
    RoundQuestionnaire,
    RoundState,
)
from survey.campaigns.targets import targets_of as forms_of
from survey.errors import NotFound, SurveyError
from survey.instruments import service as instruments
from survey.org.models import Organisation

# The code becomes part of file names: ROUND-ORG-KIND.pdf.
CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.]{0,39}")
MAX_TITLE = 200


class RoundNotFound(NotFound):
    """There is no round of this code."""

    code = "ROUND_NOT_FOUND"

    def __init__(self, wanted: str) -> None:
        super().__init__(f"没有轮次“{wanted}”", f"There is no round {wanted!r}")


class RoundExists(SurveyError):
    """The code is taken."""

    code = "ROUND_EXISTS"

    def __init__(self, taken: str) -> None:
        super().__init__(
            f"轮次代码“{taken}”已经用过，请换一个",
            f"The round {taken!r} exists; choose another code",
        )


class RoundInvalid(SurveyError):
    """The plan does not hold together; the message says what to change."""

    code = "ROUND_INVALID"
    status = 422


class NoTargets(SurveyError):
    """A questionnaire of the round would go to nobody."""

    code = "NO_TARGETS"
    status = 422

    def __init__(self, questionnaire_code: str) -> None:
        super().__init__(
            f"问卷“{questionnaire_code}”没有可评的单位，请检查领域和单位范围",
            f"{questionnaire_code} would go to no organisation; check sector and organisations",
        )


@dataclass(frozen=True)
class Use:
    """A questionnaire in a round and whom it goes to.

    Empty fields mean: the round's mode, every sector, every organisation of the questionnaire's
    subject.
    """

    questionnaire_code: str
    mode: str = ""
    sector: str = ""
    org_ids: tuple[str, ...] = ()


def create_round(
    session: Session,
    actor: Actor,
    *,
    code: str,
    title: str,
    uses: Sequence[Use],
    opens_at: datetime,
    closes_at: datetime,
    now: datetime,
    paper_until: datetime | None = None,
    mode: str = CollectionMode.OPEN.value,
    opening: str = OpeningKind.AT_CLOSE.value,
    asks_proof: bool = True,
    rules: str = "",
) -> Round:
    """Return a new round in the state draft; it pins the newest version of each questionnaire.

    Args:
        session: flushed here, committed by the caller.
        actor: needs RUN_ROUNDS.
        code: letters, digits, "_" and "."; stands in file names.
        title: for people.
        uses: at least one; no questionnaire twice.
        opens_at: fieldwork is the half-open period from here to `closes_at`.
        closes_at: see `opens_at`.
        now: for the audit record.
        paper_until: last moment for keyed paper; `closes_at` by default.
        mode: a `CollectionMode`.
        opening: an `OpeningKind`.
        asks_proof: phones at open posters solve a proof of work.
        rules: `CODE` or `CODE@VERSION` of a rule set; the preset of the questionnaires by default.

    Raises:
        RoundExists: the code is taken.
        RoundInvalid: the plan does not hold together.
        QuestionnaireNotFound: one has not been imported.
        RulesNotFound: there is no such rule set.
        NoTargets: a questionnaire would go to nobody.
    """
    require(actor, Action.RUN_ROUNDS)
    round_ = Round(
        code=code,
        title=title.strip(),
        mode=_known(mode, CollectionMode, "mode"),
        opening=_known(opening, OpeningKind, "opening"),
        opens_at=opens_at,
        closes_at=closes_at,
        paper_until=paper_until or closes_at,
        asks_proof=asks_proof,
        rules={},
    )
    _check(round_, uses)
    if session.scalar(select(Round.id).where(Round.code == code)) is not None:
        raise RoundExists(code)
    for use in uses:
        version = instruments.latest(session, use.questionnaire_code)
        used = RoundQuestionnaire(
            code=version.code,
            digest=version.digest,
            mode=_known(use.mode or mode, CollectionMode, "mode"),
            sector=use.sector,
            org_ids=list(use.org_ids),
        )
        # What is due is reckoned from the round's close.
        round_.questionnaires.append(used)
        if not targets_of(session, used):
            raise NoTargets(version.code)
    rule_set = ruling.give(session, round_, rules, now=now)
    session.add(round_)
    session.flush()
    audit.record(
        session,
        actor=actor.name,
        act="round.create",
        subject=code,
        now=now,
        questionnaires={used.code: used.digest for used in round_.questionnaires},
        opens_at=opens_at.isoformat(),
        closes_at=closes_at.isoformat(),
        paper_until=round_.paper_until.isoformat(),
        rules=rule_set.name,
        rules_digest=rule_set.digest,
    )
    return round_


def create_supplement(
    session: Session,
    actor: Actor,
    late_for: Round,
    *,
    code: str,
    paper_until: datetime,
    now: datetime,
) -> Round:
    """Return a draft round for the paper that came too late for a round that is closed.

    It pins the same questionnaires for the same organisations, keeps the rules of that round and
    takes keyed paper alone. What comes in stays apart: the closed round keeps its counts, its
    reports and its receipts.

    Raises:
        RoundExists: the code is taken.
        RoundInvalid: `late_for` is not closed or on file, or `paper_until` lies in the past.
    """
    require(actor, Action.RUN_ROUNDS)
    if late_for.state == RoundState.ARCHIVED:
        raise RoundInvalid(
            f"轮次“{late_for.code}”已经归档，不再补录；迟到的纸质票留给下一轮",
            f"The round {late_for.code} is archived; it takes no more paper",
        )
    if late_for.state == RoundState.ABANDONED:
        raise RoundInvalid(
            f"轮次“{late_for.code}”已经作废，纸质票请录入重新评议的那一轮",
            f"The round {late_for.code} was given up; key its paper into the round made anew",
        )
    if late_for.state in (RoundState.DRAFT, RoundState.SCHEDULED, RoundState.OPEN):
        raise RoundInvalid(
            f"轮次“{late_for.code}”还没有启封，迟到的纸质票请补录到这一轮",
            f"The round {late_for.code} is not closed; key its paper into the round itself",
        )
    if session.scalar(select(Round.id).where(Round.code == code)) is not None:
        raise RoundExists(code)
    paper = CollectionMode.PAPER.value
    round_ = Round(
        code=code,
        title=f"{late_for.title}（补充）"[:MAX_TITLE],
        mode=paper,
        opening=OpeningKind.AT_CLOSE.value,
        opens_at=now,
        closes_at=paper_until,
        paper_until=paper_until,
        asks_proof=False,
        rules=late_for.rules,
        rule_set_id=late_for.rule_set_id,
        supplements=late_for.code,
    )
    for used in late_for.questionnaires:
        round_.questionnaires.append(
            RoundQuestionnaire(
                code=used.code,
                digest=used.digest,
                mode=paper,
                sector=used.sector,
                org_ids=list(used.org_ids),
            )
        )
    uses = [Use(used.code) for used in late_for.questionnaires]
    _check(round_, uses)
    session.add(round_)
    session.flush()
    audit.record(
        session,
        actor=actor.name,
        act="round.supplement",
        subject=code,
        now=now,
        supplements=late_for.code,
        paper_until=paper_until.isoformat(),
    )
    return round_


def list_rounds(session: Session, actor: Actor) -> list[Round]:
    """Return every round, the latest first."""
    require(actor, Action.SEE_ROUNDS)
    return list(session.scalars(select(Round).order_by(Round.opens_at.desc(), Round.id.desc())))


def get_round(session: Session, actor: Actor, code: str) -> Round:
    """Return the round with this code.

    Raises:
        RoundNotFound: there is none.
    """
    require(actor, Action.SEE_ROUNDS)
    found = None
    if CODE.fullmatch(code):
        found = session.scalar(select(Round).where(Round.code == code))
    if found is None:
        raise RoundNotFound(code)
    return found


def targets_of(session: Session, used: RoundQuestionnaire) -> list[Organisation]:
    """Return the active organisations that a questionnaire of a round goes to, in their order.

    Raises:
        RoundInvalid: one that is named is none that this questionnaire can be about.
        TooManyRows: a form would be too long.
    """
    found = list(dict.fromkeys(target.organisation for target in forms_of(session, used)))
    missing = set(used.org_ids) - {organisation.id for organisation in found}
    if missing:
        names = "、".join(sorted(missing))
        raise RoundInvalid(
            f"问卷“{used.code}”不能评这些单位：{names}",
            f"{used.code} cannot be used for {', '.join(sorted(missing))}",
        )
    return found


def _check(round_: Round, uses: Sequence[Use]) -> None:
    if not CODE.fullmatch(round_.code):
        raise RoundInvalid(
            "轮次代码只能用字母、数字、“_”和“.”，不超过40个字",
            "A round code has letters, digits, '_' and '.', at most 40 of them",
        )
    if not 0 < len(round_.title) <= MAX_TITLE or not round_.title.isprintable():
        raise RoundInvalid("请写明标题，不超过200字", "A title has 1 to 200 characters")
    if not round_.opens_at < round_.closes_at <= round_.paper_until:
        raise RoundInvalid(
            "开始时间应早于截止时间，纸质票补录不能早于截止时间结束",
            "A round opens before it closes, and paper is taken at least until it closes",
        )
    codes = [use.questionnaire_code for use in uses]
    if not codes or len(set(codes)) < len(codes):
        raise RoundInvalid(
            "请选至少一份问卷，同一份问卷只选一次", "Choose at least one questionnaire, none twice"
        )


def _known(value: str, kind: type[CollectionMode] | type[OpeningKind], name: str) -> str:
    try:
        return kind(value).value
    except ValueError as error:
        choices = [member.value for member in kind]
        raise RoundInvalid(
            f"{name} 只能取 {'、'.join(choices)}", f"{name} takes only {', '.join(choices)}"
        ) from error
