"""What only a first start does: load the sample district, print its posters and example reports."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from sqlalchemy.orm import Session

from reports.documents import report_html
from reports.renderer import Renderer, RenderFailed
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
# Seconds for one document. Nobody waits for an example, and the machine of a first start is busy.
PATIENCE = 600.0


def load_district(config: Config) -> None:
    """Load the sample district into the database of `config`, or the rest of it."""
    platform = _platform(config)
    district.load(platform, now=clock.now(), told=lambda line: None)
    _close(platform)


def print_posters(config: Config, round_code: str, file: Path) -> str:
    """Write a poster for every collection point of a round to `file`.

    Returns why there is none, as `RenderFailed` says it; nothing when it was made.
    """
    platform = _platform(config)
    with reading(platform.sessions) as session:
        points = poster_points(
            session,
            OPERATOR,
            campaigns.get_round(session, OPERATOR, round_code),
            base_url=config.base_url,
            zone=config.zone,
        )
    html = posters.poster_html([each.poster for each in points])
    failure = _print([(file, html)])
    _close(platform)
    return failure


def print_examples(config: Config, round_code: str, folder: Path) -> str:
    """Write some reports of each kind, of a closed round, into `folder`.

    Returns why they are not all there, as `RenderFailed` says it; `folder` comes into being with
    all of them or not at all, so that the next start tries again.
    """
    platform, part = _platform(config), folder.with_suffix(".part")
    with reading(platform.sessions) as session:
        failure = _print(
            (part / name, html) for name, html in _example_pages(session, platform, round_code)
        )
    if not failure:
        part.replace(folder)
    _close(platform)
    return failure


def _print(documents: Iterable[tuple[Path, str]]) -> str:
    """Write each document that can be made to its file; return why the last other one was not."""
    failure = ""
    with Renderer(time_limit=PATIENCE) as renderer:
        for file, made in renderer.render_many(documents):
            if isinstance(made, RenderFailed):
                failure = str(made)
            else:
                _write(file, made)
    return failure


def _example_pages(
    session: Session, platform: Platform, round_code: str
) -> Iterator[tuple[str, str]]:
    """Yield (file name, HTML) of some reports whose figures may be shown."""
    round_ = campaigns.get_round(session, OPERATOR, round_code)
    shown = reports.shown(session, round_, reports.reportables(session, OPERATOR, round_))
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
