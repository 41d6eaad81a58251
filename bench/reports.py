"""Branch reports: against the same in other engines, and by the hundred through the workers."""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import survey.sqlite  # noqa: F401 - must come before anything that opens a database
from bench import engines
from bench.served import served
from reports.documents import report_html
from reports.ledger import LedgerRow, ledger_html
from reports.parts import EvaluationReport
from reports.pdf import render_pdf
from reports.pdf_variants import Variant
from reports.renderer import Renderer
from survey.accounts.policy import OPERATOR
from survey.app import create_app
from survey.campaigns import service as campaigns
from survey.campaigns.models import RoundState
from survey.config import Config
from survey.publication import reports
from survey.web.platform import EXTENSION

TIMES = 8
Given = TypeVar("Given")
MANY = int(os.environ.get("BENCH_REPORTS", "100"))


@dataclass(frozen=True)
class Cost:
    """Per document: seconds of a processor, seconds by the clock, kilobytes."""

    busy: float
    wall: float
    kilobytes: float


def measure() -> None:
    """Print ratios to ours first, then what each engine took, then the workers and ledgers."""
    with served() as platform:
        made = _reports(Config.from_environ(platform.environ))
    pages = [report_html(report) for report in made]
    found = {"ours": _cost(render_pdf, pages)}
    found["ours, plain"] = _cost(lambda html: render_pdf(html, variant=Variant.PLAIN), pages)
    with engines.plain() as render:
        found["plain WeasyPrint"] = _cost(render, pages)
    with engines.browser() as render:
        found["Chromium kept open"] = _cost(render, pages)
    with engines.typst_engine() as set_:
        found["Typst"] = _cost(set_, made)
    ours = found["ours"]
    print("reports, processor time against ours: " + ", ".join(
        f"{name} {cost.busy / ours.busy:.2f}" for name, cost in found.items()
    ))  # fmt: skip
    for name, cost in found.items():
        print(
            f"report, {name}: {cost.busy:.3f} s of a processor ({1 / cost.busy:.1f}/s a core), "
            f"{cost.wall:.3f} s by the clock, {cost.kilobytes:.0f} kB"
        )
    _workers(pages)
    _ledgers()


def _cost(render: Callable[[Given], bytes], given: list[Given]) -> Cost:
    """Return what a document costs when everything is warm."""
    for each in given[:2]:
        render(each)
    busy, begin, size = engines.busy_seconds(), time.perf_counter(), 0
    for each in itertools.islice(itertools.cycle(given), TIMES):
        size += len(render(each))
    spent = time.perf_counter() - begin
    return Cost((engines.busy_seconds() - busy) / TIMES, spent / TIMES, size / TIMES / 1000)


def _workers(pages: list[str]) -> None:
    """Print how many reports two workers make, start included, and what memory they take."""
    documents = list(enumerate(itertools.islice(itertools.cycle(pages), MANY)))
    with Renderer(2) as renderer:
        busy, begin = engines.busy_seconds(), time.perf_counter()
        sizes = [
            len(made) for _, made in renderer.render_many(documents) if isinstance(made, bytes)
        ]
        wall, busy = time.perf_counter() - begin, engines.busy_seconds() - busy
        peaks = [_peak(worker.process.pid) for worker in renderer._all if worker.process]
    print(
        f"{len(sizes)} of {MANY} reports through 2 workers: {MANY / wall:.1f}/s by the clock, "
        f"{2 * MANY / busy:.1f}/s by processor time, {max(peaks, default=0)} MB a worker at most"
    )


def _peak(pid: int) -> int:
    """Return the most memory a process has held, in megabytes."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) // 1024


def _ledger_cells(number: int) -> tuple[str, ...]:
    """Return a row as long as those of real ledgers, different in most cells."""
    return (
        str(number),
        f"ZG-2026-{number:04d}",
        f"意见 F2026-{number:04d}",
        f"窗口人员业务不熟练，一次性告知没有做到，材料跑了三趟（第{number}次反映）",
        "河湾镇第三社区党委",
        "汀若石",
        "逐条核对承诺，未兑现的说明原因并重新限期；每月公开一次，请群众代表监督",
        f"15个工作日，2026-10-{number % 28 + 1:02d}到期",
        f"整改中，2026-09-{number % 28 + 1:02d}",
        f"照片{number % 3 + 1}张、文件1份",
        f"验收员甲，2026-09-{number % 27 + 1:02d}",
        f"n={number % 40 + 10}，同意91.3%",
        "未销号",
        "",
    )


def _ledgers() -> None:
    as_of = datetime.fromisoformat("2026-09-30T09:05:00+08:00")
    render_pdf(ledger_html([], as_of=as_of))
    for count in (500, 1500):
        rows = [LedgerRow("整改中", _ledger_cells(number)) for number in range(1, count + 1)]
        begin = time.process_time()
        data = render_pdf(ledger_html(rows, as_of=as_of))
        print(f"ledger of {count}: {time.process_time() - begin:.2f} s, {len(data) // 1000} kB")


def _reports(config: Config) -> list[EvaluationReport]:
    """Return the reports of all branches of the closed round that have figures to show."""
    held = create_app(config).extensions[EXTENSION]
    session = held.sessions()
    round_ = next(
        each for each in campaigns.list_rounds(session, OPERATOR) if each.state == RoundState.CLOSED
    )
    lines = reports.shown(session, round_, reports.reportables(session, OPERATOR, round_))
    return [
        reports.report_of(session, OPERATOR, round_, line.org_id, zone=config.zone)
        for line in lines
        if line.kind == "branch"
    ]
