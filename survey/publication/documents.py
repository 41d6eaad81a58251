"""Every kind of document of a round, in one table: what can be made, and one of them as data."""

from __future__ import annotations

from dataclasses import replace

from reports.evaluation import RULES_DIGITS
from reports.parts import EvaluationReport
from survey.campaigns import ruling
from survey.errors import NotFound
from survey.publication import (
    award_documents,
    duty_documents,
    evaluation_reports,
    ledgers,
    notices,
    summary_documents,
    wording,
)
from survey.publication.document_kind import Asked, DocumentKind, Kind, Listed
from survey.publication.wording import DocumentKey
from survey.rulesets import versions

KINDS: dict[Kind, DocumentKind] = {
    each.kind: each
    for each in (
        *evaluation_reports.KINDS,
        *summary_documents.KINDS,
        *duty_documents.KINDS,
        *award_documents.KINDS,
        *notices.KINDS,
        *ledgers.KINDS,
    )
}


def listed(asked: Asked, kind: Kind) -> list[Listed]:
    """Return the documents of `kind` that the asker may have.

    Raises:
        ResultsSealed: the round's box is still closed.
    """
    made = KINDS.get(kind)
    if made is None or asked.audience not in made.audiences:
        return []
    return list(made.listed(asked))


def compiled(asked: Asked, kind: Kind, org_id: str) -> EvaluationReport:
    """Return one document as data; every format is made from it.

    Raises:
        NotFound: there is no such document for this asker.
        ResultsSealed: the round's box is still closed.
    """
    made = KINDS.get(kind)
    if made is None or asked.audience not in made.audiences:
        raise NotFound(f"没有这种文件：{kind}", f"There is no document of the kind {kind}")
    return _finished(asked, kind, org_id, made.compiled(asked, org_id))


def _finished(asked: Asked, kind: Kind, org_id: str, report: EvaluationReport) -> EvaluationReport:
    """Return a document with the words and the number that the office gave it, and its rules."""
    worded = wording.applied(asked.session, asked.round, DocumentKey(kind, org_id), report)
    if worded.rules:
        return worded
    name = versions.name_of(asked.session, asked.round.rule_set_id)
    digest = ruling.digest_of_rules(asked.round)[:RULES_DIGITS]
    return replace(worded, rules=" ".join(filter(None, (name, digest))))
