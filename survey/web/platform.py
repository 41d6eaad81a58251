"""What a running process holds: made by `create_app`, read by pages through `platform()`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from flask import current_app
from sqlalchemy import Engine

from survey.config import Config
from survey.db import Sessions

if TYPE_CHECKING:
    from reports.renderer import Renderer
    from survey.collection.inbox import Inbox
    from survey.collection.keystore import Keystore

EXTENSION = "pingyi"


@dataclass(frozen=True)
class Platform:
    """The settings, stores and tools of this process; safe to share between threads.

    `renderer` makes PDF files in a child process of its own, so that a page that cannot be set
    takes nothing else down.
    """

    config: Config
    engine: Engine
    sessions: Sessions
    keystore: Keystore
    inbox: Inbox
    renderer: Renderer


def platform() -> Platform:
    """Return the platform of the application that serves this request."""
    return cast(Platform, current_app.extensions[EXTENSION])
