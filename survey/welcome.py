"""The way in, for somebody who has just typed `make run`.

A second start should take a few seconds, so what only a first start needs is imported there.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey.campaigns.models import Round, RoundState
from survey.collection.models import CollectionPoint
from survey.config import Config
from survey.db import make_engine, make_sessions, reading
from survey.demo.unfinished import mark_of
from survey.org.models import Organisation


def prepare(config: Config) -> Iterator[str]:
    """Load the sample district into an empty database; yield lines that say where things are."""
    sessions = make_sessions(make_engine(config.database_url))
    with reading(sessions) as session:
        is_empty = not session.scalar(select(func.count()).select_from(Organisation))
    if is_empty or mark_of(config).exists():
        yield "第一次启动：正在装入示范区，约需一分钟。/ First start: loading the sample district."
        from survey import first_start

        first_start.load_district(config)
    with reading(sessions) as session:
        yield f"控制台 Console    {config.base_url}/console/"
        yield from _passwords(config.home / "accounts.txt")
        yield from _open_round(session, config)
        yield from _closed_round(session, config)
    yield "Ctrl-C 结束 / ends it."


def _passwords(file: Path) -> Iterator[str]:
    """Yield the first account's name and password as they were made."""
    if file.exists():
        name, password, *_ = file.read_text().splitlines()[0].split("\t")
        yield f"  登录名 name {name}    密码 password {password}"
        yield f"  其他角色 other roles: {file}"


def _open_round(session: Session, config: Config) -> Iterator[str]:
    """Yield a phone link of the round that is open, and where its posters are."""
    found = session.execute(
        select(Round.code, CollectionPoint.code, Organisation.name)
        .join(CollectionPoint, CollectionPoint.round_id == Round.id)
        .join(Organisation, Organisation.id == CollectionPoint.org_id)
        .where(Round.state == RoundState.OPEN)
        .order_by(Round.opens_at.desc(), CollectionPoint.id.desc())
        .limit(1)
    ).first()
    if found is None:
        return
    round_code, point_code, name = found
    yield f"请手机打开 Phone  {config.base_url}/q/{point_code}    {name}"
    # The address is part of the codes, so each has posters of its own.
    host = config.base_url.split("://")[1].replace(":", "-")
    file = config.documents / "posters" / f"{round_code}-{host}.pdf"
    if not file.exists():
        from survey import first_start

        failure = first_start.print_posters(config, round_code, file)
        if failure:
            yield _not_printed("二维码海报", "QR posters", failure)
            return
    yield f"二维码 QR posters {file}"


OPENED = (RoundState.CLOSED, RoundState.NOTICE, RoundState.PUBLISHED, RoundState.ARCHIVED)


def _closed_round(session: Session, config: Config) -> Iterator[str]:
    """Yield where example reports of the round that closed last are."""
    code = session.scalar(
        select(Round.code).where(Round.state.in_(OPENED)).order_by(Round.closes_at.desc()).limit(1)
    )
    if code is None:
        return
    folder = config.documents / "examples"
    if not folder.exists():
        from survey import first_start

        failure = first_start.print_examples(config, code, folder)
        if failure:
            yield _not_printed("报告样例", "Example reports", failure)
            return
    yield f"报告样例 Reports  {folder}"


def _not_printed(zh: str, en: str, failure: str) -> str:
    """Return a line for documents that could not be made, which is no reason not to serve."""
    return (
        f"{zh}这次没有做成（{failure}），下次启动再做；控制台里随时可以打印。/ "
        f"{en} were not made; the next start tries again, and the console prints them any time."
    )
