"""Every kind of document of a round, in one table: what can be made, and one of them as data."""

from __future__ import annotations

from reports.parts import EvaluationReport
from survey.errors import NotFound
from survey.publication import evaluation_reports
from survey.publication.document_kind import Asked, DocumentKind, Kind, Listed

KINDS: dict[Kind, DocumentKind] = {each.kind: each for each in (*evaluation_reports.KINDS,)}


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
    return made.compiled(asked, org_id)
