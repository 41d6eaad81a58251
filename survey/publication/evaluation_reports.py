"""The reports on branches and windows as kinds of document."""

from __future__ import annotations

from collections.abc import Callable

from reports.parts import EvaluationReport
from survey.publication import reports
from survey.publication.document_kind import Asked, DocumentKind, Kind, Listed


def _listed(kind: Kind) -> Callable[[Asked], list[Listed]]:
    def listed(asked: Asked) -> list[Listed]:
        found = reports.reportables(asked.session, asked.actor, asked.round)
        return [
            Listed(each.org_id, each.org_name, each.unit_id) for each in found if each.kind == kind
        ]

    return listed


def _compiled(asked: Asked, org_id: str) -> EvaluationReport:
    return reports.report_of(
        asked.session, asked.actor, asked.round, org_id, zone=asked.zone, audience=asked.audience
    )


KINDS = (
    DocumentKind(Kind.BRANCH, "党支部群众评议报告", _listed(Kind.BRANCH), _compiled),
    DocumentKind(Kind.WINDOW, "窗口单位测评报告", _listed(Kind.WINDOW), _compiled),
)
