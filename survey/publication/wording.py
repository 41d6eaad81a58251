"""Sentences of documents edited before issue, and document numbers: who may, and what is printed.

The unit's or the district's office edits; who answers for a branch or window proposes wording for
its own report, which is printed once the office takes it over. Figures never change. From the
proposal of a round to its publication the words stand still, and are frozen with the release.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from forms.cleaning import clean
from reports import rewording
from reports.parts import EvaluationReport
from reports.rewording import Sentence
from survey.accounts.names import display_names
from survey.accounts.policy import Action, Actor, may, require
from survey.audit import service as audit
from survey.campaigns.models import Round, RoundState
from survey.errors import NotFound
from survey.org import queries as organisations
from survey.org.models import Level, Organisation
from survey.publication.document_kind import Kind
from survey.publication.document_models import NUMBER, DocumentWording, WordingState
from survey.publication.wording_refusals import (
    FigureChanged,
    SentenceGone,
    WordingClosed,
    WordingFaulty,
    WordingMeanwhile,
)

EDIT, PROPOSE = Action.EDIT_WORDING, Action.PROPOSE_WORDING
EDITABLE = (RoundState.CLOSED, RoundState.SCORING)
OF_TODAY = (Kind.LEDGER, Kind.SUPERVISION, Kind.CLOSURES, Kind.COVER, Kind.DUTY_REPORT)
"""Documents of what stands today: they are never frozen, and sent out after the publication."""

LONGEST, LONGEST_NUMBER = 600, 40
_OFFICES = {Level.DISTRICT.value: "区办", Level.UNIT.value: "主管单位"}


@dataclass(frozen=True)
class DocumentKey:
    """Which document of a round: its kind and the organisation it is about."""

    kind: Kind
    org_id: str


@dataclass(frozen=True)
class Line:
    """A sentence on the page for editing.

    Attributes:
        sentence: as generated from today's figures.
        printed: what stands in the document now.
        office: who edited it; empty where nobody did.
        proposal: what was proposed and waits; None without one.
        stale: an edit that no longer fits, because the figures changed; None without one.
        draft: what stands in the field: an old edit with today's figures, or what is printed.
    """

    sentence: Sentence
    printed: str
    office: str
    proposal: DocumentWording | None
    stale: DocumentWording | None
    draft: str

    @property
    def seen(self) -> str:
        """What names the edit and the proposal that a reader of this line has seen."""
        return _seen(self.printed, self.proposal)


def applied(
    session: Session, round_: Round, key: DocumentKey, report: EvaluationReport
) -> EvaluationReport:
    """Return `report` with the edits that hold and its number; as it is without any."""
    rows = _rows(session, round_, key, WordingState.ACCEPTED)
    number = next((row.text for row in rows if row.place == NUMBER), report.number)
    standing = _standing(rows, rewording.generated_of(report))
    edits = {digest: (text, row.office) for digest, (row, text) in standing.items()}
    made = rewording.reworded(report, edits) if edits else report
    return made if made.number == number else replace(made, number=number)


def lines(
    session: Session,
    round_: Round,
    key: DocumentKey,
    report: EvaluationReport,
    others: Sequence[EvaluationReport] = (),
) -> list[Line]:
    """Return the sentences of a document that may be edited; `report` has the edits in it.

    `others` are the same document for other readers: an edit that fits there is not stale here.
    """
    rows = _rows(session, round_, key, WordingState.ACCEPTED, WordingState.PROPOSED)
    generated = rewording.generated_of(report)
    printed = {each.place: each.text for each in rewording.sentences_of(report)}
    known = _digests(report, *others)
    accepted = {
        digest: row
        for digest, (row, _) in _standing(
            [row for row in rows if row.state == WordingState.ACCEPTED], generated
        ).items()
    }
    holding = {row.id for row in accepted.values()}
    stale = {
        row.place: row
        for row in rows
        if row.digest not in known and row.place != NUMBER and row.id not in holding
    }
    waiting = {row.digest: row for row in rows if row.state == WordingState.PROPOSED}
    found = []
    for sentence in generated:
        edit, old = accepted.get(sentence.digest), stale.get(sentence.place)
        now = printed[sentence.place]
        draft = now
        if edit is None and old is not None:
            draft = rewording.carried(old.generated, old.text, sentence.text)
        office = edit.office if edit is not None and now != sentence.text else ""
        proposal = waiting.get(sentence.digest)
        found.append(Line(sentence, now, office, proposal, None if edit else old, draft))
    return found


def _standing(
    rows: Sequence[DocumentWording], generated: Sequence[Sentence]
) -> dict[str, tuple[DocumentWording, str]]:
    """Return the edits that hold: digest of the generated sentence → its row, and what it says.

    An edit of a sentence with blanks holds when they are filled in, with what fills them.
    """
    edits = {row.digest: (row, row.text) for row in rows if row.place != NUMBER}
    places = {row.place: row for row in rows if row.place != NUMBER}
    for sentence in generated:
        row = places.get(sentence.place)
        if sentence.digest in edits or row is None:
            continue
        text = rewording.filled(row.generated, row.text, sentence.text)
        if text is not None:
            edits[sentence.digest] = row, text
    return edits


def write(
    session: Session,
    actor: Actor,
    round_: Round,
    key: DocumentKey,
    report: EvaluationReport,
    others: Sequence[EvaluationReport] = (),
    *,
    place: str,
    digest: str,
    text: str,
    now: datetime,
    seen: str | None = None,
) -> DocumentWording | None:
    """Put a sentence in other words, or propose to; the generated text again takes an edit back.

    Args:
        session: flushed here.
        actor: an office above or the district's prints at once, the owner proposes.
        round_: opened, not yet proposed.
        key: which document.
        report: the document as it is now.
        others: the same document for other readers.
        place: where the sentence stands.
        digest: of the generated sentence that the actor was shown.
        text: the new words.
        now: aware.
        seen: `Line.seen` as it was shown to the actor; None not to ask.

    Raises:
        WordingClosed: the words of the round stand still.
        SentenceGone: the figures changed meanwhile.
        WordingMeanwhile: somebody else edited the sentence meanwhile.
        FigureChanged: a number of the sentence is missing, new or elsewhere.
        WordingFaulty: nothing was typed, or too much.
    """
    organisation = _required(session, actor, round_, key, PROPOSE)
    sentence = next((s for s in rewording.generated_of(report) if s.place == place), None)
    if sentence is None or sentence.digest != digest:
        raise SentenceGone
    said = " ".join(clean(text).split("\n")).strip()
    if not said or len(said) > LONGEST:
        raise WordingFaulty(
            f"句子不能空着，也不能超过{LONGEST}个字；要用原句，请点“用系统原句”",
            f"A sentence has 1 to {LONGEST} characters; to have the generated one, restore it",
        )
    if rewording.lost_blanks(sentence.text, said):
        raise WordingFaulty(
            "句子里空着的日期和地址，提请审定、批准公示时自动填上；请照原句保留空格",
            "Blanks are filled in by the proposal and the approval; keep them as they stand",
        )
    found = rewording.difference(sentence.text, said)
    if found is not None:
        raise FigureChanged(found)
    _require_seen(session, round_, key, report, sentence, seen)
    is_final = may(actor, EDIT, organisation.path)
    replaced = [WordingState.PROPOSED, *([WordingState.ACCEPTED] if is_final else [])]
    _replace(session, _rows(session, round_, key, *replaced), digest)
    if is_final:
        known = _digests(report, *others)
        rows = _rows(session, round_, key, WordingState.ACCEPTED)
        for row in rows:
            if row.place == place and row.digest not in known:
                row.state = WordingState.REPLACED.value
    if said == sentence.text:
        _note(session, actor, "document.restore_sentence", round_, key, now, place=place)
        return None
    made = _added(session, actor, round_, key, organisation, now, is_final=is_final)
    made.place, made.digest, made.generated, made.text = place, digest, sentence.text, said
    act = "document.edit_sentence" if is_final else "document.propose_sentence"
    _note(session, actor, act, round_, key, now, place=place, digest=digest)
    return made


def _require_seen(
    session: Session,
    round_: Round,
    key: DocumentKey,
    report: EvaluationReport,
    sentence: Sentence,
    seen: str | None,
) -> None:
    """Refuse to take the place of another's words that the actor has not read."""
    rows = _rows(session, round_, key, WordingState.ACCEPTED, WordingState.PROPOSED)
    own = [row for row in rows if row.digest == sentence.digest]
    proposal = next((row for row in own if row.state == WordingState.PROPOSED), None)
    now = next(s.text for s in rewording.sentences_of(report) if s.place == sentence.place)
    if seen is None or seen == _seen(now, proposal):
        return
    last = max(own, key=lambda row: row.id, default=None)
    if last is None:
        raise WordingMeanwhile("别人", now)
    names = display_names(session, {last.written_by})
    raise WordingMeanwhile(names.get(last.written_by, last.written_by), last.text)


def _seen(printed: str, proposal: DocumentWording | None) -> str:
    return rewording.digest_of(f"{proposal.id if proposal else 0} {printed}")


def decide(
    session: Session, actor: Actor, round_: Round, wording_id: int, *, accept: bool, now: datetime
) -> DocumentWording:
    """Take over a proposed sentence, or decline it.

    Raises:
        NotFound: nothing of that number waits here.
        WordingClosed: the words of the round stand still.
    """
    made = session.get(DocumentWording, wording_id)
    if made is None or made.round_id != round_.id or made.state != WordingState.PROPOSED:
        raise NotFound("没有等着决定的这句话", "No such sentence waits for a decision")
    key = DocumentKey(Kind(made.kind), made.org_id)
    organisation = _required(session, actor, round_, key, EDIT)
    if accept:
        _replace(session, _rows(session, round_, key, WordingState.ACCEPTED), made.digest)
        made.office = _office(session, actor, organisation)
    made.state = (WordingState.ACCEPTED if accept else WordingState.DECLINED).value
    made.decided_by, made.decided_at = actor.name, now
    act = "document.accept_sentence" if accept else "document.decline_sentence"
    _note(session, actor, act, round_, key, now, place=made.place, written_by=made.written_by)
    return made


def set_number(
    session: Session, actor: Actor, round_: Round, key: DocumentKey, number: str, *, now: datetime
) -> str:
    """Give a document its number 文号 as the office typed it, or none; return it as printed.

    The year stands in 六角括号, without 第 (GB/T 9704-2012, 7.2.5).

    Raises:
        WordingFaulty: it is too long.
        WordingClosed: the words of the round stand still.
    """
    organisation = _required(session, actor, round_, key, EDIT)
    typed = rewording.document_number(clean(number))
    if len(typed) > LONGEST_NUMBER:
        raise WordingFaulty(
            f"文号不超过{LONGEST_NUMBER}个字，如：通创组发〔2026〕1号",
            f"A document number has at most {LONGEST_NUMBER} characters",
        )
    _replace(session, _rows(session, round_, key, WordingState.ACCEPTED), "")
    if typed:
        made = _added(session, actor, round_, key, organisation, now, is_final=True)
        made.place, made.digest, made.generated, made.text = NUMBER, "", "", typed
    _note(session, actor, "document.set_number", round_, key, now, number=typed)
    return typed


def is_open(round_: Round, kind: Kind) -> bool:
    """Whether the words of a document may be edited now: until it is frozen with its round."""
    return kind in OF_TODAY or round_.state in EDITABLE


def _required(
    session: Session, actor: Actor, round_: Round, key: DocumentKey, action: Action
) -> Organisation:
    organisation = organisations.get(session, key.org_id)
    require(actor, action, organisation.path)
    if not is_open(round_, key.kind):
        raise WordingClosed
    return organisation


def _office(session: Session, actor: Actor, organisation: Organisation) -> str:
    """Return who edits, as readers are told: the office at which the actor's right is held."""
    paths = [path for path in actor.scopes(EDIT) if organisation.path.startswith(path)]
    nearest = max(paths, key=len, default="")
    office = session.scalar(select(Organisation).where(Organisation.path == nearest))
    if office is None:
        return _OFFICES[Level.DISTRICT.value]
    return office.short_name if office.level == Level.UNIT else _OFFICES[Level.DISTRICT.value]


def _added(
    session: Session,
    actor: Actor,
    round_: Round,
    key: DocumentKey,
    organisation: Organisation,
    now: datetime,
    *,
    is_final: bool,
) -> DocumentWording:
    made = DocumentWording(
        round_id=round_.id,
        kind=key.kind.value,
        org_id=key.org_id,
        office=_office(session, actor, organisation) if is_final else "",
        state=(WordingState.ACCEPTED if is_final else WordingState.PROPOSED).value,
        written_by=actor.name,
        written_at=now,
        decided_by=actor.name if is_final else "",
        decided_at=now if is_final else None,
    )
    session.add(made)
    return made


def _replace(session: Session, rows: Sequence[DocumentWording], digest: str) -> None:
    """Set aside what stood for a sentence."""
    for row in rows:
        if row.digest == digest:
            row.state = WordingState.REPLACED.value
    session.flush()


def _digests(*reports: EvaluationReport) -> set[str]:
    return {each.digest for report in reports for each in rewording.generated_of(report)}


def _rows(
    session: Session, round_: Round, key: DocumentKey, *states: WordingState
) -> list[DocumentWording]:
    query = (
        select(DocumentWording)
        .where(
            DocumentWording.round_id == round_.id,
            DocumentWording.kind == key.kind.value,
            DocumentWording.org_id == key.org_id,
            DocumentWording.state.in_([state.value for state in states]),
        )
        .order_by(DocumentWording.id)
    )
    return list(session.scalars(query))


def _note(
    session: Session,
    actor: Actor,
    act: str,
    round_: Round,
    key: DocumentKey,
    now: datetime,
    **data: object,
) -> None:
    session.flush()
    audit.record(
        session,
        actor=actor.name,
        act=act,
        subject=round_.code,
        now=now,
        kind=key.kind.value,
        org=key.org_id,
        **data,
    )
