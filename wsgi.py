"""What gunicorn and `flask` load."""

import survey.sqlite  # noqa: F401, I001 - must come before anything that opens a database

from survey.app import create_app
from survey.config import Config

app = create_app(Config.from_environ())
