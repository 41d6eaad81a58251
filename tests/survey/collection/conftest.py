"""A keystore, an inbox and an open round in the test's own folder, on either database."""

from datetime import datetime

import pytest
from sqlalchemy import Engine

from survey.collection.inbox import Inbox, open_inbox
from survey.collection.keystore import Keystore
from survey.config import Config
from survey.db import Sessions
from tests.rounds import Field


@pytest.fixture
def keystore(config: Config) -> Keystore:
    """An empty keystore."""
    return Keystore(config.keystore)


@pytest.fixture
def inbox(config: Config, engine: Engine) -> Inbox:
    """The inbox that goes with this test's database."""
    return open_inbox(config, engine)


@pytest.fixture
def field_round(sessions: Sessions, inbox: Inbox, keystore: Keystore, now: datetime) -> Field:
    """An open round."""
    made = Field(sessions, inbox, keystore, now)
    made.open()
    return made
