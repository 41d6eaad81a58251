"""Decisions on the spot, sent by phones that may have no signal: each counts once."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from survey.accounts.policy import Actor
from survey.rectification import service
from survey.rectification.desk_models import ItemSending
from survey.rectification.item import Sheet
from survey.rectification.loading import find
from survey.rectification.refusals import SendingFaulty
from survey.rectification.states import State

KEY = re.compile(r"[A-Za-z0-9_-]{22,64}")
"""What a phone calls a decision; random, so that no two phones choose the same."""


@dataclass(frozen=True)
class Decision:
    """What a verifier decided on the spot. `steps` is how many the item had taken when seen."""

    passes: bool
    sheet: Sheet
    note: str
    steps: int

    @property
    def digest(self) -> str:
        """The SHA-256 of the decision, the same for the same one."""
        text = json.dumps(asdict(self), ensure_ascii=False, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


def decide_once(
    session: Session, actor: Actor, number: str, key: str, decision: Decision, *, now: datetime
) -> bool:
    """Accept the work or send it back, once for each `key`; return whether it was done before.

    The history is compared rather than the revision, which the verifier's own photographs raise.

    Raises:
        NotFound: there is no such item within what the actor sees.
        SendingFaulty: the key is none, or stands for another decision.
        ChangedMeanwhile: the item took a step since the verifier saw it.
        SurveyError: as in `service.advance`.
    """
    found = find(session, actor, number, lock=True)
    if not KEY.fullmatch(key):
        raise SendingFaulty("这页太旧了，请重新打开再送", "Open the page anew and send again")
    earlier = session.get(ItemSending, key)
    if earlier is not None:
        same = (actor.account_id, found.row.id, decision.digest)
        if (earlier.account_id, earlier.item_id, earlier.digest) != same:
            raise SendingFaulty(
                "这份验收单已经送过，内容和这次不一样。以先收到的为准",
                "This sheet was received before with other contents; the first one counts",
            )
        return True
    if len(found.row.transitions) != decision.steps:
        service.refuse_changed(found.row, -1)
    to = State.VERIFIED if decision.passes else State.IN_PROGRESS
    sheet = decision.sheet if decision.passes else None
    service.advance(session, actor, number, to, now=now, note=decision.note, sheet=sheet)
    session.add(
        ItemSending(
            key=key,
            account_id=actor.account_id,
            item_id=found.row.id,
            digest=decision.digest,
            sent_at=now,
        )
    )
    session.flush()
    return False
