"""Open comments of a closed round: masked, grouped into topics, confirmed by a person.

No comment is shown before enough people answered for its object, and never with a number or a
name in it. Nothing ties a comment to an answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from forms.cleaning import clean
from reports.findings import Finding, Source
from reports.masking import mask
from reports.tables import to_csv
from reports.topics import NOTHING, Topic, TopicGroup, default_topics, group
from survey.accounts.policy import Action, Actor, require
from survey.audit import service as audit
from survey.campaigns.models import Round
from survey.collection.models import CollectionPoint, Verbatim
from survey.comments.models import ConfirmedTopic, TopicEntry
from survey.errors import Fault, ImportRefused, NotFound, SurveyError
from survey.org import queries as organisations
from survey.org.models import Member, Organisation
from survey.rectification.opening import open_items
from survey.rectification.states import DEFAULT_WORKDAYS
from survey.rectification.states import Source as ItemSource
from survey.results import service as results
from survey.tables import check_header, read_table

COLUMNS = ("code", "label", "words")
SUMMARY_CHARS = 200
MAX_TOPICS = 200


class SummaryMissing(SurveyError):
    """A topic is confirmed in the office's own words."""

    code = "SUMMARY_MISSING"
    status = 422

    def __init__(self) -> None:
        super().__init__(
            "请用自己的话写一句概括，不要照抄群众的原话",
            "Sum the comments up in a sentence of your own; do not copy them",
        )


@dataclass(frozen=True)
class Board:
    """The comments of one object.

    Attributes:
        groups: topics with their comments, masked, in an order that tells nothing of when they
            were written; empty where they may not be read yet.
        total: how many comments there are; None where they may not be read.
        waits: answers that must be there before anybody reads a comment.
        confirmed: topic code → what was confirmed.
    """

    groups: tuple[TopicGroup, ...]
    total: int | None
    waits: int
    confirmed: dict[str, ConfirmedTopic]


def topics_of(session: Session) -> tuple[Topic, ...]:
    """Return the dictionary in force: the office's own, or else the one that ships."""
    stored = session.scalars(select(TopicEntry).order_by(TopicEntry.sort_no, TopicEntry.code)).all()
    if not stored:
        return default_topics()
    return tuple(Topic(each.code, each.label, tuple(each.words.split())) for each in stored)


def topics_csv(session: Session) -> str:
    """Return the dictionary in force as CSV, to be edited and taken in again."""
    rows = [(each.code, each.label, " ".join(each.words)) for each in topics_of(session)]
    return to_csv(COLUMNS, rows)


def save_topics(
    session: Session, actor: Actor, data: bytes, file_name: str, *, now: datetime
) -> int:
    """Put a table of topics in place of the dictionary; return how many.

    Raises:
        ImportRefused: a row is faulty; nothing has changed.
    """
    require(actor, Action.EDIT_QUESTIONNAIRES)
    table = read_table(data, file_name)
    faults = check_header(table, required=COLUMNS)
    codes: set[str] = set()
    for row in table.rows:
        for column in COLUMNS:
            if not row.cells.get(column):
                faults.append(Fault(row.number, column, "", "请填上", "fill this in"))
        code = row.cells.get("code", "")
        if code in codes or code in ("other", NOTHING) or len(code) > 40:
            zh, en = "编码重复、太长或与系统编码冲突", "the code is repeated, too long or reserved"
            faults.append(Fault(row.number, "code", code, zh, en))
        codes.add(code)
        if len(row.cells.get("label", "")) > 40:
            faults.append(Fault(row.number, "label", "", "不超过40字", "at most 40 characters"))
    if len(table.rows) > MAX_TOPICS:
        zh = f"最多{MAX_TOPICS}个主题"
        faults.append(Fault(0, "", "", zh, f"at most {MAX_TOPICS} topics"))
    if faults:
        raise ImportRefused(faults)
    session.execute(delete(TopicEntry))
    for number, row in enumerate(table.rows):
        words = " ".join(row.cells["words"].split())
        session.add(
            TopicEntry(
                code=row.cells["code"], label=row.cells["label"], words=words, sort_no=number
            )
        )
    session.flush()
    audit.record(
        session, actor=actor.name, act="comments.topics", subject=file_name, now=now,
        topics=len(table.rows),
    )  # fmt: skip
    return len(table.rows)


def board_of(session: Session, actor: Actor, round_: Round, org_id: str) -> Board:
    """Return the comments about one object, as far as `actor` may read them.

    Raises:
        NotFound, NotAllowed: the object is out of the actor's reach.
        ResultsSealed: a box is still closed.
    """
    place = organisations.get_visible(session, actor, Action.SEE_RESULTS, org_id)
    waits = results.rules_of(round_).k_public
    if _answers(session, round_, org_id) < waits:
        return Board((), None, waits, {})
    texts = _masked(session, round_, place)
    confirmed = select(ConfirmedTopic).where(
        ConfirmedTopic.round_id == round_.id, ConfirmedTopic.org_id == org_id
    )
    return Board(
        group(texts, topics_of(session)),
        len(texts),
        waits,
        {each.topic: each for each in session.scalars(confirmed)},
    )


def confirm(
    session: Session,
    actor: Actor,
    round_: Round,
    org_id: str,
    topic: str,
    summary: str,
    *,
    is_problem: bool,
    now: datetime,
) -> ConfirmedTopic:
    """Keep a topic with the office's own sentence; as a problem it becomes a rectification item.

    Confirming again replaces the sentence; an item is made once (domain.md 4.1, `comment`).

    Raises:
        SummaryMissing: there is no sentence.
        NotFound: nothing was written on that topic, or it may not be read.
    """
    place = organisations.get_visible(session, actor, Action.REGISTER_ITEMS, org_id)
    board = board_of(session, actor, round_, org_id)
    found = next((each for each in board.groups if each.code == topic), None)
    if found is None:
        raise NotFound("没有这个主题的意见", "There are no comments on this topic")
    words = clean(summary)[:SUMMARY_CHARS].strip()
    if not words:
        raise SummaryMissing
    kept = board.confirmed.get(topic)
    if kept is None:
        kept = ConfirmedTopic(round_id=round_.id, org_id=org_id, topic=topic, item_number="")
        session.add(kept)
    kept.label, kept.summary, kept.count = found.label, words, found.count
    if is_problem and not kept.item_number:
        limit = DEFAULT_WORKDAYS[ItemSource.COMMENT]
        problem = f"{words}（{found.count}条群众意见）"
        finding = Finding(Source.COMMENT, f"topic:{topic}", problem, limit, found.count)
        opened = open_items(session, round_, {place.id: [finding]}, now=now, cause=round_.code)
        kept.item_number = next(iter((*opened.created, *opened.merged)), "")
    session.flush()
    audit.record(
        session,
        actor=actor.name,
        act="comments.confirm",
        subject=f"{round_.code} {org_id}",
        now=now,
        topic=topic,
        item=kept.item_number,
    )
    return kept


def confirmed_of(session: Session, round_: Round, org_id: str) -> Sequence[ConfirmedTopic]:
    """Return what was confirmed about one object, most frequent first; for its report."""
    return session.scalars(
        select(ConfirmedTopic)
        .where(ConfirmedTopic.round_id == round_.id, ConfirmedTopic.org_id == org_id)
        .order_by(ConfirmedTopic.count.desc(), ConfirmedTopic.topic)
    ).all()


def _answers(session: Session, round_: Round, org_id: str) -> int:
    return sum(
        counts.official.n
        for used in round_.questionnaires
        for target, counts in results.inputs_of(session, round_, used.code)
        if target.org_id == org_id
    )


def _masked(session: Session, round_: Round, place: Organisation) -> list[str]:
    """Return the texts about an object, masked."""
    query = (
        select(Verbatim.text)
        .join(CollectionPoint, CollectionPoint.id == Verbatim.point_id)
        .where(CollectionPoint.round_id == round_.id, CollectionPoint.org_id == place.id)
    )
    names = set(session.scalars(select(Member.name).where(Member.branch_id == place.id)))
    names |= {place.secretary_name} if place.secretary_name else set()
    # In order of their characters nothing is left of the order in which they were stored.
    return sorted(mask(text, names) for text in session.scalars(query))
