"""The way in, for somebody who has just typed `make run`."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from sqlalchemy.orm import Session

from reports.documents import report_html
from reports.figures import Status
from survey import clock
from survey.accounts.policy import OPERATOR
from survey.app import create_app
from survey.campaigns import service as campaigns
from survey.campaigns.models import Round, RoundState
from survey.collection import points, posters
from survey.config import Config
from survey.demo import district
from survey.publication import reports
from survey.publication.posters import poster_points
from survey.web.platform import EXTENSION, Platform

EXAMPLES = 4


def prepare(config: Config) -> Iterator[str]:
    """Load the sample district into an empty database; yield lines that say where things are."""
    platform: Platform = create_app(config).extensions[EXTENSION]
    try:
        yield from _prepared(platform)
    finally:
        platform.renderer.close()
        platform.engine.dispose()


def _prepared(platform: Platform) -> Iterator[str]:
    config = platform.config
    with platform.sessions() as session:
        is_new = not district.is_loaded(session)
    if is_new:
        yield "第一次启动：正在装入示范区，约需半分钟。/ First start: loading the sample district."
        district.load(platform, now=clock.now(), told=lambda line: None)
    with platform.sessions() as session:
        rounds = campaigns.list_rounds(session, OPERATOR)
        open_round = next((r for r in rounds if r.state == RoundState.OPEN), None)
        closed = next((r for r in rounds if r.state == RoundState.CLOSED), None)
        yield f"控制台 Console    {config.base_url}/console/"
        yield from _passwords(config.home / "accounts.txt")
        if open_round is not None:
            point = points.list_points(session, OPERATOR, open_round)[-1]
            yield f"请手机打开 Phone  {config.base_url}/q/{point.code}    {point.org_name}"
            yield f"二维码 QR posters {_posters(session, platform, open_round)}"
        if closed is not None:
            yield f"报告样例 Reports  {_examples(session, platform, closed)}"
    yield "Ctrl-C 结束 / ends it."


def _passwords(file: Path) -> Iterator[str]:
    """Yield the first account's name and password, as long as they were never changed."""
    if file.exists():
        name, password, *_ = file.read_text().splitlines()[0].split("\t")
        yield f"  登录名 name {name}    密码 password {password}"
        yield f"  其他角色 other roles: {file}"


def _posters(session: Session, platform: Platform, round_: Round) -> Path:
    """Return the file with a poster for every point, made once for each base address."""
    folder = platform.config.documents / "posters"
    host = platform.config.base_url.split("://")[1].replace(":", "-")
    file = folder / f"{round_.code}-{host}.pdf"
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        points_ = poster_points(
            session,
            OPERATOR,
            round_,
            base_url=platform.config.base_url,
            zone=platform.config.zone,
        )
        _write(file, platform.renderer.render(posters.poster_html(points_)))
    return file


def _examples(session: Session, platform: Platform, round_: Round) -> Path:
    """Return the folder of example reports, made once: a few of each kind."""
    folder = platform.config.documents / "examples"
    if folder.exists():
        return folder
    folder.mkdir(parents=True)
    lines = reports.reportables(session, OPERATOR, round_)
    shown = [line for line in lines if line.status is not Status.SUPPRESSED]
    wanted = [
        line
        for kind in ("branch", "window")
        for line in islice((line for line in shown if line.kind == kind), EXAMPLES)
    ]
    for line in wanted:
        report = reports.report_of(
            session, OPERATOR, round_, line.org_id, zone=platform.config.zone
        )
        file = folder / f"{round_.code}-{line.org_id}-{line.kind}.pdf"
        _write(file, platform.renderer.render(report_html(report)))
    return folder


def _write(file: Path, data: bytes) -> None:
    part = file.with_suffix(".part")
    part.write_bytes(data)
    part.replace(file)
