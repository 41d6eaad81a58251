"""The ledger with 50,000 items (BENCH_ITEMS): pages, filters, search, board and exports."""

from __future__ import annotations

import os
import random
import statistics
import tempfile
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

import survey.sqlite  # noqa: F401 - must come before anything that opens a database
from survey import clock, schema
from survey.accounts import service as accounts
from survey.accounts.models import Account, Role
from survey.accounts.policy import OPERATOR
from survey.accounts.sessions import start_session
from survey.app import create_app
from survey.config import Config
from survey.org.columns import SECTORS
from survey.org.models import Organisation
from survey.rectification.models import Evidence, RectificationItem, Transition
from survey.rectification.states import Source, State
from survey.rectification.workdays import local_date
from survey.web.platform import EXTENSION, Platform

ITEMS = int(os.environ.get("BENCH_ITEMS", "50000"))
UNITS, BRANCHES = 60, 2_000
PORTION = 5_000
PROBLEMS = (
    "为群众办实事、解难事项满意率低于80%",
    "公开承诺兑现率低，群众不知道承诺了什么",
    "抽查：叫号秩序混乱，高峰时段等候时间长",
    "差评：服务态度生硬，材料要求前后不一致",
    "监督电话无人接听，意见箱没有人开",
)
WAY = tuple(State)[:9]
PATHS = (
    ("first view", ""),
    ("page 200", "?page=200"),
    ("one state group", "?state=b"),
    ("overdue", "?due=late"),
    ("one unit", "?unit=U007"),
    ("one sector", "?sector=社区"),
    ("one source", "?source=spot_check"),
    ("due in a month", "?from=2026-10-01&to=2026-10-31"),
    ("sorted by owner", "?sort=owner"),
    ("search, two characters", "?q=叫号"),
    ("search, a sentence", "?q=监督电话无人接听"),
    ("search, nothing found", "?q=没有这样的话"),
    ("search, a branch", "?q=第1234党支部"),
    ("everything at once", "?state=a&sector=农村&due=late&q=承诺&sort=due"),
)

PRINTED = "unit=U007"
PUBLIC = (
    ("public board", "/items"),
    ("public page 300", "/items?page=300"),
    ("public, overdue", "/items?state=late"),
    ("public, one unit", "/items?unit=U007"),
    ("public search", "/items?q=叫号"),
    ("feed", "/items.atom"),
)


def measure() -> None:
    """Print processor time of each page, of the exports, and of the pages for everybody.

    The PDF is of one unit's items: nobody prints 50,000, and more than 2,000 are refused. Another
    process draws it, so its time is that of the wall alone.
    """
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        address = os.environ.get("BENCH_DATABASE", f"sqlite:///{home / 'pingyi.sqlite'}")
        config = Config(
            home=home,
            database_url=address,
            keystore=home / "keys",
            base_url="http://127.0.0.1:8000",
            secret_key=b"s" * 32,
        )
        app = create_app(config)
        held: Platform = app.extensions[EXTENSION]
        schema.upgrade(held.engine)
        with held.sessions.begin() as session:
            district(session)
            items(session, ITEMS)
        client = app.test_client()
        client.set_cookie("pingyi_s", _signed_in(held))
        print(f"ledger of {ITEMS:,} items on {held.engine.dialect.name}, by the district")
        for name, query in PATHS:
            _report(name, client, f"/console/rectification/{query}")
        for name in ("board/", "desk/", "ledger.csv", "ledger.xlsx"):
            _report(name, client, f"/console/rectification/{name}", times=1)
        unit = client.get(f"/console/rectification/ledger.csv?{PRINTED}").data.count(b"\n") - 1
        name = f"ledger.pdf, {unit:,} items"
        _report(name, client, f"/console/rectification/ledger.pdf?{PRINTED}", times=1)
        for name, query in PUBLIC:
            _report(name, client, query)
        held.engine.dispose()


def _signed_in(held: Platform) -> str:
    now = clock.now()
    with held.sessions.begin() as session:
        accounts.add_account(
            session, OPERATOR, "qu", "汀若石", Role.DISTRICT_ADMIN, "D0", "qing-shui-8-he", now=now
        )
        account = session.scalars(select(Account)).one()
        return start_session(session, account, now=now)


def _report(name: str, client: FlaskClient, path: str, times: int = 5) -> None:
    processor, wall = [], []
    for _ in range(times):
        started, begun = time.process_time(), time.perf_counter()
        response = client.get(path)
        size = len(response.data)
        processor.append(time.process_time() - started)
        wall.append(time.perf_counter() - begun)
        if response.status_code != 200:
            raise RuntimeError(f"{path}: {response.status_code}")
    print(
        f"  {name:24} {statistics.median(processor) * 1e3:7.0f} ms processor,"
        f" {statistics.median(wall) * 1e3:7.0f} ms wall, {size:,} bytes"
    )


def district(session: Session) -> None:
    """Add a district of 60 units and 2,000 branches."""
    session.execute(insert(Organisation), list(_organisations()))


def _organisations() -> Iterator[dict[str, Any]]:
    common = {"unit_type": "", "secretary_name": "", "sort_no": 0, "is_active": True}
    yield _organisation("D0", None, "D0/", "district", "示范区") | common
    for n in range(UNITS):
        code = f"U{n:03}"
        yield _organisation(code, "D0", f"D0/{code}/", "unit", f"第{n}镇党委") | common
    for n in range(BRANCHES):
        unit, code = f"U{n % UNITS:03}", f"B{n:04}"
        path, name = f"D0/{unit}/{code}/", f"第{n}党支部"
        yield _organisation(code, unit, path, "branch", name, SECTORS[n % 7]) | common


def _organisation(
    code: str, parent: str | None, path: str, level: str, name: str, sector: str = ""
) -> dict[str, Any]:
    return {
        "id": code,
        "parent_id": parent,
        "path": path,
        "level": level,
        "name": name,
        "short_name": name,
        "sector": sector,
    }


def items(session: Session, count: int) -> None:
    """Add items with their history and files, as years of use leave them: seven in ten closed."""
    chance, today = random.Random(20120229), clock.now().date()
    states = (*tuple(State)[:8], *(State.CLOSED,) * 19, State.REOPENED)
    for first in range(1, count + 1, PORTION):
        ids = range(first, min(first + PORTION, count + 1))
        rows = [_item(n, chance.choice(states), today, chance) for n in ids]
        for row in rows:
            days = {step["act"]: local_date(step["at"]) for step in _steps(row)}
            row["assigned_on"], row["accepted_on"] = days.get("assign"), days.get("accept")
            row["handed_in_on"] = days.get("submit")
        session.execute(insert(RectificationItem), rows)
        session.execute(insert(Transition), [step for row in rows for step in _steps(row)])
        session.execute(insert(Evidence), [_file(row) for row in rows if row["state"] == "closed"])


def _item(n: int, state: State, today: date, chance: random.Random) -> dict[str, Any]:
    age = chance.randrange(1, 900) if state is State.CLOSED else chance.randrange(1, 60)
    begun = today - timedelta(age)
    return {
        "id": n,
        "number": f"ZG-{begun.year}-{n:05}",
        "source": chance.choice(tuple(Source)).value,
        "source_ref": f"A{n % 30:02}",
        "round_id": None,
        "org_id": f"B{chance.randrange(BRANCHES):04}",
        "problem": f"{chance.choice(PROBLEMS)}（{n}）",
        "measures": "逐条核对承诺，未兑现的说明原因并重新限期；每月公开一次，请群众代表监督。",
        "responsible_person": "支部书记",
        "state": state.value,
        "registered_on": begun,
        "limit_workdays": 15,
        "due_on": begun + timedelta(21),
        "extension_count": 0,
        "reopen_count": int(state is State.REOPENED),
        "report_count": 1,
        "needs_recheck": n % 2 == 0,
        "is_public": True,
        "closed_on": begun + timedelta(18) if state is State.CLOSED else None,
        "revision": 1,
    }


def _steps(row: dict[str, Any]) -> Iterator[dict[str, Any]]:
    state = State(row["state"])
    last = WAY.index(state) if state in WAY else len(WAY) - 1
    acts = ("register", "assign", "accept", "plan", "submit", "check", "verify", "close", "close")
    begun = clock.now() - (clock.now().date() - row["registered_on"])
    for n, act in enumerate(acts[: last + 1]):
        yield {
            "item_id": row["id"],
            "at": begun + timedelta(hours=n * 30),
            "actor": f"actor{n}",
            "actor_name": "荻一声",
            "actor_role": "verifier",
            "act": act,
            "from_state": WAY[n - 1].value if n else None,
            "to_state": WAY[n].value,
            "note": "",
        }


def _file(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "item_id": row["id"],
        "kind": "after",
        "digest": f"{row['id']:064x}",
        "file_name": "整改后.jpg",
        "media_type": "image/jpeg",
        "size": 200_000,
        "caption": "",
        "uploaded_by": "actor2",
        "uploaded_at": clock.now(),
    }
