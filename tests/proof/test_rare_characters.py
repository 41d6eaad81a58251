"""Characters that few fonts have: kept as written everywhere, printed as a sign, never a crash."""

import csv
import io
from dataclasses import fields
from datetime import datetime, timedelta
from pathlib import Path

import pypdfium2
from openpyxl import load_workbook
from sqlalchemy import Engine, select

from forms.cleaning import clean
from reports.pdf import render_pdf
from survey.accounts.policy import OPERATOR
from survey.app import create_app
from survey.collection.inbox import open_inbox
from survey.collection.keystore import Keystore
from survey.collection.models import Verbatim
from survey.collection.opening import close_round
from survey.config import Config
from survey.db import Sessions
from survey.rectification.ledger import (
    LedgerLine,
    ledger_csv,
    ledger_document,
    ledger_xlsx,
)
from survey.web.platform import EXTENSION
from tests.conftest import make_config
from tests.rounds import Field, page_key

RARE = "𠀀𪜀𫝀𫠠𬺰𰀀𱍐 👨‍👩‍👧‍👦 \ue000 葛\U000e0100 ❤\ufe0f"
"""Han of extensions B to H, a family of joined signs, private use, variation selectors."""
TEXT = f"前{RARE}后"


def test_rare_characters_come_back_as_they_were_written(
    sessions: Sessions, engine: Engine, config: Config, now: datetime
) -> None:
    assert clean(TEXT) == TEXT
    inbox, keystore = open_inbox(config, engine), Keystore(config.keystore)
    round_ = Field(sessions, inbox, keystore, now)
    round_.open()
    round_.answer("B001", page_key(1), A34=TEXT)
    close_round(sessions, OPERATOR, "R1", keystore, inbox, now=now + timedelta(days=4))

    with sessions() as session:
        assert session.scalars(select(Verbatim.text)).one() == TEXT


def test_rare_characters_go_through_every_kind_of_file(now: datetime) -> None:
    line = LedgerLine(**{field.name: "" for field in fields(LedgerLine)} | {"problem": TEXT})
    table = list(csv.reader(io.StringIO(ledger_csv([line]).decode("utf-8-sig"))))
    (sheet,) = load_workbook(io.BytesIO(ledger_xlsx([line]))).worksheets
    printed = render_pdf(ledger_document([line], as_of=now))
    page = pypdfium2.PdfDocument(printed)[0]
    drawn = page.get_textpage().get_text_range()

    assert any(TEXT in row for row in table)
    assert any(TEXT in row for row in sheet.iter_rows(values_only=True))
    assert "前" in drawn
    assert "后" in drawn
    assert drawn.index("前") < drawn.index("后")


def test_rare_characters_are_shown_on_pages(sqlite_url: str, tmp_path: Path) -> None:
    app = create_app(make_config(sqlite_url, tmp_path))
    page = app.test_client().get("/", query_string={"code": TEXT})
    app.extensions[EXTENSION].engine.dispose()

    assert f'value="{TEXT}"' in page.get_data(as_text=True)
