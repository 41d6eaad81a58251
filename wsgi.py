"""What gunicorn and `flask` load."""

import survey.sqlite  # noqa: F401, I001 - must come before anything that opens a database

from survey.app import create_app
from survey.cli.refusal import Refused
from survey.config import Config
from survey.errors import SurveyError

try:
    app = create_app(Config.from_environ())
except SurveyError as error:
    raise Refused(error) from None
