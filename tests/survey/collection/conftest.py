"""A keystore and an inbox in the test's own folder, on either database."""

import pytest
from sqlalchemy import Engine

from survey.collection.inbox import Inbox, open_inbox
from survey.collection.keystore import Keystore
from survey.config import Config


@pytest.fixture
def keystore(config: Config) -> Keystore:
    """An empty keystore."""
    return Keystore(config.keystore)


@pytest.fixture
def inbox(config: Config, engine: Engine) -> Inbox:
    """The inbox that goes with this test's database."""
    return open_inbox(config, engine)
