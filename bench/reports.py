"""Seconds for one warm report: compiling it, and setting it as PDF."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import survey.sqlite  # noqa: F401 - must come before anything that opens a database
from bench.served import served
from reports.documents import report_html
from reports.figures import Status
from reports.pdf import render_pdf
from survey.accounts.policy import OPERATOR
from survey.app import create_app
from survey.campaigns import service as campaigns
from survey.campaigns.models import RoundState
from survey.config import Config
from survey.publication import reports
from survey.web.platform import EXTENSION

TIMES = 8


def measure() -> None:
    """Print seconds per report: compiling and HTML, PDF, and both."""
    with served() as platform:
        pages = _pages(Config.from_environ(platform.environ))
    for kind, (compile_html, html) in pages.items():
        render_pdf(html)
        data = statistics.median(_seconds(compile_html) for _ in range(TIMES))
        pdf = statistics.median(_seconds(lambda page=html: render_pdf(page)) for _ in range(TIMES))
        print(
            f"report {kind}: {data + pdf:.2f} s warm, of it {data:.3f} s figures and HTML, "
            f"{pdf:.2f} s PDF; {len(render_pdf(html)) // 1000} kB"
        )


def _pages(config: Config) -> dict[str, tuple[Callable[[], str], str]]:
    """Return, for a branch and a window of the closed round, how its HTML is made, and it."""
    held = create_app(config).extensions[EXTENSION]
    session = held.sessions()
    round_ = next(
        r for r in campaigns.list_rounds(session, OPERATOR) if r.state == RoundState.CLOSED
    )
    lines = {
        line.kind: line
        for line in reports.reportables(session, OPERATOR, round_)
        if line.status is not Status.SUPPRESSED
    }

    def maker(org_id: str) -> Callable[[], str]:
        return lambda: report_html(
            reports.report_of(session, OPERATOR, round_, org_id, zone=config.zone)
        )

    return {kind: (maker(line.org_id), maker(line.org_id)()) for kind, line in lines.items()}


def _seconds(work: Callable[[], object]) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin
