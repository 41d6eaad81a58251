"""What only a first start does: load the sample district, print its posters and example reports."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from sqlalchemy.orm import Session

from reports.documents import report_html
from reports.figures import Status
from reports.renderer import RenderFailed
from survey import clock
from survey.accounts.policy import OPERATOR
from survey.app import create_app
from survey.campaigns import service as campaigns
from survey.collection import posters
from survey.config import Config
from survey.db import reading
from survey.demo import district
from survey.publication import reports
from survey.publication.posters import poster_points
from survey.web.platform import EXTENSION, Platform

EXAMPLES = 4


def load_district(config: Config) -> None:
    """Load the sample district into the database of `config`, or the rest of it."""
    platform = _platform(config)
    district.load(platform, now=clock.now(), told=lambda line: None)
    _close(platform)


def print_posters(config: Config, round_code: str, file: Path) -> None:
    """Write a poster for every collection point of a round to `file`."""
    platform = _platform(config)
    with reading(platform.sessions) as session:
        points = poster_points(
            session,
            OPERATOR,
            campaigns.get_round(session, OPERATOR, round_code),
            base_url=config.base_url,
            zone=config.zone,
        )
    _write(file, platform.renderer.render(posters.poster_html([each.poster for each in points])))
    _close(platform)


def print_examples(config: Config, round_code: str, folder: Path) -> None:
    """Write some reports of each kind, of a closed round, into `folder`."""
    platform, part = _platform(config), folder.with_suffix(".part")
    with reading(platform.sessions) as session:
        pages = _example_pages(session, platform, round_code)
        for name, made in platform.renderer.render_many(pages):
            if isinstance(made, RenderFailed):
                raise made
            _write(part / name, made)
    part.replace(folder)
    _close(platform)


def _example_pages(
    session: Session, platform: Platform, round_code: str
) -> Iterator[tuple[str, str]]:
    """Yield (file name, HTML) of some reports whose figures may be shown."""
    round_ = campaigns.get_round(session, OPERATOR, round_code)
    lines = reports.reportables(session, OPERATOR, round_)
    shown = [line for line in lines if line.status is not Status.SUPPRESSED]
    for kind in ("branch", "window"):
        for line in islice((line for line in shown if line.kind == kind), EXAMPLES):
            report = reports.report_of(
                session, OPERATOR, round_, line.org_id, zone=platform.config.zone
            )
            yield f"{round_code}-{line.org_id}-{kind}.pdf", report_html(report)


def _platform(config: Config) -> Platform:
    platform: Platform = create_app(config).extensions[EXTENSION]
    return platform


def _close(platform: Platform) -> None:
    platform.renderer.close()
    platform.engine.dispose()


def _write(file: Path, data: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_suffix(".part")
    part.write_bytes(data)
    part.replace(file)
