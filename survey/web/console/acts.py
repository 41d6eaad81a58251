"""One act asked for on a page: done in one transaction, or refused on the same page."""

from __future__ import annotations

from collections.abc import Callable

from flask import redirect
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from survey.errors import NotFound, SurveyError
from survey.web.texts import sentence
from survey.web.unit_of_work import transaction


def carry_out(
    act: Callable[[Session], object],
    shown: Callable[[str, int], ResponseReturnValue],
    then: str,
) -> ResponseReturnValue:
    """Do an act and go to the address `then`; a refusal is `shown`, given its words and status.

    Raises:
        NotFound: what the act is about is not there, so neither is its page.
    """
    try:
        with transaction() as session:
            act(session)
    except NotFound:
        raise
    except SurveyError as refused:
        return shown(sentence(refused), refused.status)
    return redirect(then, code=303)
