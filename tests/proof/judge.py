"""What the phones were told against what was counted."""

import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from reports import tally
from survey.accounts.policy import OPERATOR
from survey.campaigns import service as campaigns
from survey.collection.models import Box, BoxState, Receipt, Response, StoredTally, Verbatim
from survey.collection.receipts import receipt_hash, receipt_of
from survey.collection.verification import verify_round
from survey.rectification.opening import were_opened
from tests.proof.site import Site

PROPER = {0, 503}
"""What a phone may hear instead of an outcome: nothing, or to come again."""


@dataclass
class Told:
    """What the phones heard in one round: pages by key, and their outcomes."""

    sent: dict[str, dict[str, Any]] = field(default_factory=dict)
    acknowledged: set[str] = field(default_factory=set)
    late: set[str] = field(default_factory=set)
    retried: set[str] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)


def read_ledger(ledger: Path, round_code: str) -> Told:
    """Return what the phones wrote down about a round, and every broken promise in it."""
    told = Told()
    for line in ledger.read_text().splitlines():
        row = json.loads(line)
        if row["round"] != round_code:
            continue
        key = row["key"]
        match row["kind"]:
            case "sent":
                told.sent[key] = row
            case "acknowledged":
                told.acknowledged.add(key)
            case "late":
                told.late.add(key)
            case "lost":
                told.retried.add(key)
                if row["status"] not in PROPER:
                    told.faults.append(f"a page was answered {row['status']}")
                if row["status"] == 503 and not row["retry_after"].isdigit():
                    told.faults.append("503 without Retry-After")
            case "again" if (row["status"] == 303) != (key in told.acknowledged):
                told.faults.append(f"a page with an outcome was then answered {row['status']}")
    told.faults += [f"{len(told.acknowledged & told.late)} pages have two outcomes"] * bool(
        told.acknowledged & told.late
    )
    unsettled = told.sent.keys() - told.acknowledged - told.late
    told.faults += [f"{len(unsettled)} pages have no outcome"] * bool(unsettled)
    return told


def judge(site: Site, round_code: str, told: Told) -> list[str]:
    """Return what is wrong with the closed round; nothing, when every promise was kept."""
    faults = list(told.faults)
    with site.sessions() as session:
        round_ = campaigns.get_round(session, OPERATOR, round_code)
        box = session.scalars(select(Box).where(Box.round_id == round_.id)).one()
        receipts = set(session.scalars(select(Receipt.hash).where(Receipt.round_id == round_.id)))
        of_box = Response.box_id == box.id
        responses = session.scalar(select(func.count()).select_from(Response).where(of_box))
        texts = Counter(session.scalars(select(Verbatim.text).where(Verbatim.box_id == box.id)))
        counted = sum(
            tally.from_data(data).received
            for data in session.scalars(
                select(StoredTally.data).where(StoredTally.box_id == box.id)
            )
        )
        is_registered = were_opened(session, round_)
        problems = [problem.en for problem in verify_round(session, round_)]
    own = {key: told.sent[key] for key in told.acknowledged}
    held = {receipt_hash(round_code, row["place"], receipt_of(key)) for key, row in own.items()}
    faults += [f"{len(held - receipts)} acknowledged answers are lost"] * bool(held - receipts)
    faults += [f"{len(receipts - held)} answers nobody was told of"] * bool(receipts - held)
    if texts != Counter(row["text"] for row in own.values()):
        faults.append("texts are not those of the acknowledged answers, once each")
    totals = {"responses": responses, "tallies": counted, "box": box.answer_count}
    faults += [f"{name}: {n}, not {len(own)}" for name, n in totals.items() if n != len(own)]
    faults += [f"unreadable: {box.unreadable_count}"] * bool(box.unreadable_count)
    faults += [f"the box is {box.state}"] * (box.state != BoxState.KEY_DESTROYED)
    faults += ["what was found has not become items"] * (not is_registered)
    return faults + problems
