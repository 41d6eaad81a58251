"""The daily round of notices: give cards, gather notices, send what may be sent."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from survey.db import Sessions, reading
from survey.notices import delivering, mail, webhook
from survey.notices.delivering import Frame, Outlet
from survey.notices.digest import Digest
from survey.notices.gathering import gather
from survey.notices.mail import Mail
from survey.notices.models import Delivery, DeliveryState, Notice, Way
from survey.notices.refusals import NotDelivered, ServerDown
from survey.outgoing import MailServer, Messenger
from survey.rectification import cards
from survey.rectification.calendar import load_calendar
from survey.rectification.cards import Given

NOTICES = "notices"
"""The job that does this round."""
HOURS = (7, 8, 12, 16)
"""Local hours of the rounds: what is due first, then what may be sent and has come meanwhile."""
KEPT = timedelta(days=400)
MOST_FORGOTTEN = 5_000

Tell = Callable[[int, int], None]


@dataclass
class Done:
    """What a round did; `refused` is what kept the last thing from going out."""

    cards: list[str] = field(default_factory=list)
    notices: int = 0
    sent: int = 0
    refused: NotDelivered | None = None

    @property
    def words(self) -> str:
        """The round in a few words, for the list of jobs."""
        return f"cards {len(self.cards)}, notices {self.notices}, sent {self.sent}"


def slot_of(now: datetime, zone: tzinfo) -> str:
    """Return the name of the round that is due; empty before the first of the day."""
    local = now.astimezone(zone)
    hours = [hour for hour in HOURS if hour <= local.hour]
    return f"{local.date().isoformat()}T{hours[-1]:02d}" if hours else ""


def prepare(sessions: Sessions, *, now: datetime) -> Done:
    """Give cards and gather notices in portions, each a transaction of its own.

    Interrupted after any of them, the next round goes on with what is missing.
    """
    done = Done()
    after: int | None = 0
    while after is not None:
        with sessions.begin() as session:
            given: Given = cards.give_due(session, now=now, after=after)
        done.cards += given.keys
        after = given.last
    after = 0
    while after is not None:
        with sessions.begin() as session:
            gathered = gather(session, now=now, after=after)
        done.notices += gathered.made
        after = gathered.last
    return done


def deliver(
    sessions: Sessions,
    outlets: Sequence[Outlet],
    done: Done,
    *,
    now: Callable[[], datetime],
    zone: tzinfo,
    base_url: str,
    tell: Tell = lambda done, total: None,
) -> None:
    """Send what may be sent by every way there is; a way that is down keeps no other waiting."""
    with reading(sessions) as session:
        calendar = load_calendar(session)
        found = [
            (each, delivering.people_to_tell(session, each.way, now=now())) for each in outlets
        ]
    total = sum(len(people) for _, people in found)
    for outlet, people in found:
        for account_id in people:
            frame = Frame(now(), zone, calendar, base_url)
            refused = _deliver_one(sessions, outlet, account_id, frame, done)
            tell(min(done.sent, total), total)
            if refused is not None and refused.is_down:
                break


def forget(sessions: Sessions, *, now: datetime) -> None:
    """Delete notices and deliveries of long ago, some at a time; cards stay with their items."""
    with sessions.begin() as session:
        old = select(Notice.id).where(Notice.made_at < now - KEPT).limit(MOST_FORGOTTEN)
        session.execute(delete(Notice).where(Notice.id.in_(old.scalar_subquery())))
        session.execute(
            delete(Delivery).where(
                Delivery.made_at < now - KEPT,
                Delivery.state.in_((DeliveryState.SENT, DeliveryState.FAILED)),
            )
        )


def preview(
    session: Session, *, now: datetime, zone: tzinfo, base_url: str
) -> tuple[list[str], list[Digest]]:
    """Return the cards that would be given and the digests of everybody, sent or not.

    Works in the caller's transaction, which the caller then undoes.
    """
    keys: list[str] = []
    after: int | None = 0
    while after is not None:
        given = cards.give_due(session, now=now, after=after)
        keys += given.keys
        after = given.last
    after = 0
    while after is not None:
        after = gather(session, now=now, after=after).last
    frame = Frame(now, zone, load_calendar(session), base_url)
    people = delivering.people_to_tell(session, Way.WEBHOOK, now=now)
    claims = (delivering.claim(session, each, Way.WEBHOOK, frame) for each in people)
    return keys, [claimed.digest for claimed in claims if claimed]


@contextmanager
def outlets_of(
    server: MailServer | None,
    messenger: Messenger | None,
    *,
    now: Callable[[], datetime],
    base_url: str,
) -> Iterator[list[Outlet]]:
    """Yield the ways out that are set up; the mail server is called when the first mail goes."""
    line: _Line | None = _Line(server, base_url) if server else None
    found = []
    if line is not None:

        def by_mail(digest: Digest, address: str) -> None:
            line.send(Mail(digest.key, address, digest.subject, digest.text), now())

        found.append(Outlet(Way.MAIL, by_mail))
    if messenger is not None:

        def by_webhook(digest: Digest, _address: str) -> None:
            webhook.post(messenger, digest.key, digest.as_data(), now())

        found.append(Outlet(Way.WEBHOOK, by_webhook))
    try:
        yield found
    finally:
        if line is not None:
            line.close()


class _Line:
    """A conversation with the mail server that begins when it is needed."""

    def __init__(self, server: MailServer, base_url: str) -> None:
        self._server, self._base_url = server, base_url
        self._opened: AbstractContextManager[mail.Post] | None = None
        self._post: mail.Post | None = None

    def send(self, letter: Mail, at: datetime) -> None:
        if self._post is None:
            self._opened = mail.connected(self._server, self._base_url)
            self._post = self._opened.__enter__()
        try:
            self._post.send(letter, at)
        except ServerDown:
            self.close()
            raise

    def close(self) -> None:
        if self._opened is not None and self._post is not None:
            self._opened.__exit__(None, None, None)
        self._opened = self._post = None


def _deliver_one(
    sessions: Sessions, outlet: Outlet, account_id: int, frame: Frame, done: Done
) -> NotDelivered | None:
    with sessions.begin() as session:
        claimed = delivering.claim(session, account_id, outlet.way, frame)
    if claimed is None:
        return None
    refused: NotDelivered | None = None
    try:
        outlet.hand_over(claimed.digest, claimed.address)
        done.sent += 1
    except NotDelivered as error:
        refused = error
    with sessions.begin() as session:
        delivering.settle(session, claimed, refused, now=frame.now)
    # What will never go out is for the settings page of that person; trying again helps nobody.
    if refused is not None and not refused.is_lasting:
        done.refused = refused
    return refused
