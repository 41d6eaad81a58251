"""A closed box read from end to end: opened, judged, shuffled and counted, nothing written yet."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from typing import Any

from reports import rules
from survey.campaigns.models import Round
from survey.collection import points
from survey.collection.contents import PictureFound, Place, read_contents
from survey.collection.inbox import Inbox
from survey.collection.keystore import Keystore
from survey.collection.models import Box
from survey.collection.processes import workers_for
from survey.collection.sealing import sheet_opener
from survey.collection.shuffling import shuffled
from survey.collection.storing import Fetch, NewRows, Opened, known_receipts, used_credentials
from survey.db import Sessions, reading
from survey.errors import SurveyError


class CountDiffers(SurveyError):
    """The box does not hold as many answers as were counted when it was closed."""

    code = "COUNT_DIFFERS"
    status = 500

    def __init__(self, counted: int, found: int) -> None:
        super().__init__(
            f"封箱时有{counted}份，现在读到{found}份，已停止启封，什么也没有改动",
            f"{counted} answers were counted at the close, {found} are there; nothing was changed",
        )


@dataclass(frozen=True)
class ReadBox:
    """What is to be written of a box, the rules it was counted under, and how to get pictures."""

    opened: Opened
    rules: dict[str, Any]
    fetch: Fetch


def read_box(sessions: Sessions, keystore: Keystore, inbox: Inbox, box_id: int) -> ReadBox:
    """Return what a closed box holds; processes of their own share the work on many answers.

    Raises:
        KeyUnavailable, BoxMissing, CountDiffers, WorkStopped: nothing was changed.
    """
    with reading(sessions) as session:
        box = session.get_one(Box, box_id)
        ruled = session.get_one(Round, box.round_id).rules
        places = {
            point_id: Place(point.code, points.questionnaire_of(session, point))
            for point_id, point in points.points_of(session, box.round_id).items()
        }
        open_sheet = sheet_opener(keystore.private(box.public_key))
        workers = workers_for(box.answer_count or 0)
        with closing(used_credentials(session, box.round_id)) as used:
            rows = NewRows(inbox.read_all(box_id), used)
            contents = read_contents(rows, open_sheet, places, workers=workers)
        known = known_receipts(session, box.round_id)
    found = contents.rows + rows.repeated
    if found != box.answer_count:
        raise CountDiffers(box.answer_count or 0, found)
    counted = shuffled(contents, places, rules.from_data(ruled), workers=workers)

    def fetch(picture: PictureFound) -> tuple[str, bytes]:
        sealed = inbox.read(box_id, picture.credential_hash)
        return open_sheet(sealed.ciphertext).picture or ("", b"")

    return ReadBox(Opened.of(contents, counted, known, rows.repeated), ruled, fetch)
