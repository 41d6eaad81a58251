"""Forms are stored and answered the same way on either database."""

from datetime import datetime

import pytest
from sqlalchemy import Engine

from survey.collection.inbox import open_inbox
from survey.collection.keystore import Keystore
from survey.collection.models import FormPage
from survey.config import Config
from survey.db import Sessions
from survey.web.public import pages
from survey.web.public.page_bytes import PageParts, load, plain
from tests.rounds import Field, page_key


def test_a_round_opens_with_a_form_for_every_point_and_language(
    sessions: Sessions,
    engine: Engine,
    config: Config,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tests.rounds.render", pages.renderer(config.zone))
    field = Field(sessions, open_inbox(config, engine), Keystore(config.keystore), now)
    field.open()
    with sessions() as session:
        for point in field.points.values():
            for language in ("zh", "en"):
                row = session.get(FormPage, (point.id, language))
                html = plain(load(PageParts(row.head, row.tail, row.csp)), b"slot").decode()
                assert f'action="/q/{point.code}' in html

    assert not field.answer("W01", page_key(1)).already
