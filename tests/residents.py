"""An application that serves residents, with an open round of forms A and C."""

import dataclasses
import re
import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import urlencode

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from forms.definition import Questionnaire
from survey.accounts.policy import OPERATOR
from survey.app import create_app
from survey.campaigns import service as campaigns
from survey.collection import fieldwork, points
from survey.collection.points import PointView
from survey.web.platform import EXTENSION, Platform
from survey.web.public import pages
from tests.conftest import NOW, make_config
from tests.rounds import add_district, add_round, full_answers, page_key

FORM_TYPE = "application/x-www-form-urlencoded"


@dataclass
class Clock:
    """The time that the application sees; tests move it."""

    now: datetime


@dataclass
class Residents:
    """A round as residents meet it: its points, and a client to answer with."""

    app: Flask
    client: FlaskClient
    points: dict[str, PointView]
    clock: Clock

    @property
    def platform(self) -> Platform:
        """What the application holds."""
        platform: Platform = self.app.extensions[EXTENSION]
        return platform

    def path(self, org_id: str = "W01") -> str:
        """Return the address of a form."""
        return f"/q/{self.points[org_id].code}"

    def questionnaire(self, org_id: str = "W01") -> Questionnaire:
        """Return the questionnaire of a point."""
        with self.platform.sessions() as session:
            return points.questionnaire_of(session, self.points[org_id])

    def fields(
        self, org_id: str = "W01", /, *, key: str = page_key(1), **changes: object
    ) -> list[tuple[str, str]]:
        """Return the fields of a complete form; a change to None leaves a field out."""
        questionnaire = self.questionnaire(org_id)
        answers = full_answers(questionnaire)
        if org_id.startswith("W"):
            answers["C03"] = "w1"
        values = {"fv": pages.form_version(questionnaire), "ik": key, "sec": "90", **answers}
        pairs = []
        for name, value in {**values, **changes}.items():
            several = value if isinstance(value, tuple | list) else (value,)
            pairs += [(name, str(one)) for one in several if one is not None]
        return pairs

    def post(
        self,
        org_id: str = "W01",
        /,
        *,
        key: str = page_key(1),
        query: str = "",
        **changes: object,
    ) -> TestResponse:
        """Post a complete form, changed as told."""
        body = urlencode(self.fields(org_id, key=key, **changes))
        return self.client.post(self.path(org_id) + query, data=body, content_type=FORM_TYPE)

    def stored(self, org_id: str = "W01") -> int:
        """Return how many answers the box holds for a point."""
        point = self.points[org_id]
        return self.platform.inbox.counts(point.box_id).get(point.id, 0)


def open_home(
    template: Path, home: Path, now: datetime = NOW, *, asks_proof: bool = False, mode: str = "open"
) -> None:
    """Make a data folder with a round open at `now` out of an empty, migrated database."""
    shutil.copyfile(template, home / "pingyi.sqlite")
    held: Platform = make_app(home).extensions[EXTENSION]
    with held.sessions.begin() as session:
        add_district(session, now)
        fieldwork.open_round(
            session,
            OPERATOR,
            add_round(session, now, asks_proof=asks_proof, mode=mode),
            held.keystore,
            held.inbox,
            pages.renderer(held.config.zone),
            now=now,
            no_key_copy=True,
        )
    held.engine.dispose()


def serve(home: Path, time: Clock) -> Residents:
    """Return the round in `home` as residents meet it."""
    app = make_app(home)
    held: Platform = app.extensions[EXTENSION]
    with held.sessions() as session:
        round_ = campaigns.get_round(session, OPERATOR, "R1")
        views = points.list_points(session, OPERATOR, round_)
    return Residents(app, app.test_client(), {view.org_id: view for view in views}, time)


def make_app(home: Path) -> Flask:
    """Return an application that serves residents alone, from the data in `home`."""
    config = make_config(f"sqlite:///{home / 'pingyi.sqlite'}", home)
    return create_app(dataclasses.replace(config, audiences=frozenset({"public"})))


def hidden(html: str, name: str) -> str:
    """Return the value of a hidden field of a page."""
    match = re.search(rf'name="{name}" value="([^"]*)"', html)
    assert match, f"no field {name}"
    return match[1]
