"""What the worker does: opens the day's boxes in the morning, and sees that nothing is kept on."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Mapping
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey import clock
from survey.accounts.policy import Actor
from survey.campaigns import service as campaigns
from survey.campaigns.models import OpeningKind, Round, RoundState
from survey.collection import boxes, keeping, lost_keys, opening
from survey.db import reading
from survey.jobs import service as jobs
from survey.notices import addresses, mail, running
from survey.notices.refusals import NoServer
from survey.publication import batches, making, promises
from survey.publication.bad_ratings import open_bad_ratings
from survey.publication.closing import close_round
from survey.publication.document_files import VERIFY, Store
from survey.publication.frozen_reports import freeze_reports
from survey.publication.publishing import FREEZE_REPORTS
from survey.rectification import callbacks, follow_ups, rechecks, triage, uploads
from survey.rectification.recheck_rounds import Tools
from survey.web.platform import Platform
from survey.web.public.pages import renderer

if TYPE_CHECKING:
    from survey.jobs.engine import Task, Tell

WORKER = Actor("worker", "后台任务", is_operator=True)
OPEN_BOXES, MERGE_MONTHS = "open_boxes", "merge_months"
CLOSE_ROUND, FORGET = "close_round", "forget"
FORGET_DOCUMENTS = "forget_documents"
POLITENESS = 10
"""How far web processes come before workers where both want the processor."""

RECHECKS, FORGET_NUMBERS = "rechecks", "forget_numbers"
TEND_ITEMS = "tend_items"


def serve(held: Platform, slot: int) -> None:
    """Work until told to stop by a signal; what is under way is taken up by the next start."""
    # Imported late: the queue's library takes half a second and 20 MB, and only workers need it.
    from survey.jobs import engine

    tell_unusable_keys(held)
    os.nice(POLITENESS)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    work = engine.Work(
        queue_url=held.config.queue_url,
        sessions=held.sessions,
        tasks=tasks_of(held),
        beat=lambda: beat(held),
        now=clock.now,
        bulk=frozenset({batches.MAKE, batches.COMBINE}),
    )
    engine.prepare(work, slot)
    try:
        engine.run(work, slot, stop)
    finally:
        held.renderer.close()


def tell_unusable_keys(held: Platform) -> list[str]:
    """Say on standard error which keys of sealed boxes cannot be used, and return their refusals.

    Intake stays shut for those boxes alone: other rounds are answered on.
    """
    with reading(held.sessions) as session:
        found = lost_keys.unusable_keys(session, held.keystore)
    for refusal in found:
        print(f"{refusal.code}: {refusal.zh} / {refusal.en}", file=sys.stderr, flush=True)
    return [refusal.zh for refusal in found]


def tasks_of(held: Platform) -> dict[str, Task]:
    """Return what can be asked for, by name."""

    def open_boxes(arguments: Mapping[str, Any], tell: Tell) -> str:
        try:
            opened = opening.open_due_boxes(
                held.sessions,
                WORKER,
                arguments["round"],
                held.keystore,
                held.inbox,
                now=clock.now(),
                zone=held.config.zone,
            )
        finally:
            # One day whose key is lost keeps the bad ratings of the others from nobody.
            with held.sessions.begin() as session:
                round_ = campaigns.get_round(session, WORKER, arguments["round"])
                open_bad_ratings(session, round_, now=clock.now())
                callbacks.tie_to_items(session, round_)
        tell(len(opened), len(opened))
        return "、".join(opened)

    def merge_months(arguments: Mapping[str, Any], tell: Tell) -> str:
        with held.sessions.begin() as session:
            round_ = campaigns.get_round(session, WORKER, arguments["round"])
            merged = keeping.merge_months(
                session, WORKER, round_, now=clock.now(), zone=held.config.zone
            )
        tell(len(merged), len(merged))
        return "、".join(merged)

    def close(arguments: Mapping[str, Any], tell: Tell) -> str:
        done: list[str] = []

        def step(reached: opening.Step) -> None:
            done.append(reached)
            tell(len(done), len(opening.Step))

        closed = close_round(
            held.sessions,
            WORKER,
            arguments["round"],
            held.keystore,
            held.inbox,
            now=clock.now(),
            progress=step,
        )
        return str(closed.answers)

    def forget(arguments: Mapping[str, Any], tell: Tell) -> str:
        with held.sessions.begin() as session:
            round_ = campaigns.get_round(session, WORKER, arguments["round"])
            now = clock.now()
            keeping.forget_credentials(session, WORKER, round_, now=now)
            keeping.forget_contacts(session, WORKER, round_, held.keystore, now=now)
        tell(1, 1)
        return ""

    def freeze(arguments: Mapping[str, Any], tell: Tell) -> str:
        zone, code = held.config.zone, arguments["round"]
        return str(freeze_reports(held.sessions, code, zone=zone, progress=tell))

    def judge_again(arguments: Mapping[str, Any], tell: Tell) -> str:
        tools = recheck_tools(held)
        done = rechecks.do_due(held.sessions, tools, now=clock.now())
        count = len(done.to_open) + len(done.to_end)
        tell(count, count)
        return "、".join(dict.fromkeys((*done.to_open, *done.to_end)))

    def forget_numbers(arguments: Mapping[str, Any], tell: Tell) -> str:
        with held.sessions.begin() as session:
            gone = callbacks.forget_numbers(session, held.keystore, WORKER.name, now=clock.now())
        tell(gone, gone)
        return str(gone)

    def tend_items(arguments: Mapping[str, Any], tell: Tell) -> str:
        now = clock.now()
        with held.sessions.begin() as session:
            opened = promises.open_overdue(session, now=now)
        with held.sessions.begin() as session:
            resumed = triage.resume_due_stages(session, now=now)
        with held.sessions.begin() as session:
            follow_ups.draw_due(session, now=now)
        done = (*opened.created, *opened.reopened, *resumed)
        tell(len(done), len(done))
        return "、".join(done)

    return {
        TEND_ITEMS: tend_items,
        **_document_tasks(held),
        **_notice_tasks(held),
        RECHECKS: judge_again,
        FORGET_NUMBERS: forget_numbers,
        FREEZE_REPORTS: freeze,
        OPEN_BOXES: open_boxes,
        MERGE_MONTHS: merge_months,
        CLOSE_ROUND: close,
        FORGET: forget,
    }


def _document_tasks(held: Platform) -> dict[str, Task]:
    """Return what makes documents by the thousand, and what forgets them."""
    store = Store(held.config.documents)
    shop = making.Workshop(
        sessions=held.sessions,
        store=store,
        render=held.renderer.render,
        zone=held.config.zone,
        verify=f"{held.config.base_url}{VERIFY}",
        now=clock.now,
        letterhead=held.config.letterhead,
    )

    def make(arguments: Mapping[str, Any], tell: Tell) -> str:
        return str(making.make_chunk(shop, arguments["batch"], arguments["chunk"], tell))

    def combine(arguments: Mapping[str, Any], tell: Tell) -> str:
        return str(making.combine(shop, arguments["batch"], arguments["place"], tell))

    def forget(arguments: Mapping[str, Any], tell: Tell) -> str:
        with held.sessions.begin() as session:
            batches.forget_old(session, now=clock.now())
        gone = store.forget(now=clock.now()) + uploads.forget_old(
            held.config.uploads, now=clock.now()
        )
        tell(gone, gone)
        return str(gone)

    return {batches.MAKE: make, batches.COMBINE: combine, FORGET_DOCUMENTS: forget}


def _notice_tasks(held: Platform) -> dict[str, Task]:
    """Return what gives cards and tells people, and what proves an address."""
    config = held.config

    def tell_people(arguments: Mapping[str, Any], tell: Tell) -> str:
        done = running.prepare(held.sessions, now=clock.now())
        base_url = config.base_url
        with running.outlets_of(
            config.mail, config.messenger, now=clock.now, base_url=base_url
        ) as outlets:
            running.deliver(
                held.sessions,
                outlets,
                done,
                now=clock.now,
                zone=config.zone,
                base_url=base_url,
                tell=tell,
            )
        running.forget(held.sessions, now=clock.now())
        if done.refused:
            raise done.refused
        return done.words

    def mail_code(arguments: Mapping[str, Any], tell: Tell) -> str:
        now, server = clock.now(), config.mail
        if server is None:
            raise NoServer
        with reading(held.sessions) as session:
            made = addresses.code_mail(
                session,
                arguments["account"],
                secret=config.secret_key,
                base_url=config.base_url,
                now=now,
            )
        if made:
            with mail.connected(server, config.base_url) as post:
                post.send(made, now)
        tell(1, 1)
        return ""

    return {running.NOTICES: tell_people, addresses.MAIL_CODE: mail_code}


def beat(held: Platform) -> None:
    """Ask for whatever has become due; asked for again under the same name, it is one job."""
    now, zone = clock.now(), held.config.zone
    today = now.astimezone(zone).date().isoformat()
    with reading(held.sessions) as session:
        wanted = [
            (name, round_.code)
            for round_ in session.scalars(select(Round).order_by(Round.id))
            for name, is_due in (
                (OPEN_BOXES, _has_due_boxes(session, round_, now, zone)),
                (MERGE_MONTHS, keeping.has_months(session, round_, now=now, zone=zone)),
                (CLOSE_ROUND, held.config.closes_on_time and _is_over(round_, now)),
                (FORGET, keeping.has_past(session, round_, now=now)),
            )
            if is_due
        ]
        asked = rechecks.due(session, now=now)
        has_past_numbers = callbacks.has_past(session, now=now)
        needs_tending = (
            promises.has_overdue(session, now=now)
            or bool(triage.due_stages(session, now=now))
            or follow_ups.is_due(session, now=now)
        )
    slot = running.slot_of(now, zone)
    with held.sessions.begin() as session:
        if slot:
            _request(session, running.NOTICES, f"{running.NOTICES}.{slot}", now)
        if needs_tending:
            _request(session, TEND_ITEMS, f"{TEND_ITEMS}.{today}", now)
        if asked:
            _request(session, RECHECKS, f"{RECHECKS}.{today}.{asked.name}", now)
        if has_past_numbers:
            _request(session, FORGET_NUMBERS, f"{FORGET_NUMBERS}.{today}", now)
        for name, code in wanted:
            jobs.request_routine(
                session,
                name,
                {"round": code},
                by=WORKER.name,
                now=now,
                job_id=f"{name}.{code}.{today}",
            )
        if held.config.documents.is_dir() or held.config.uploads.is_dir():
            name = f"{FORGET_DOCUMENTS}.{today}"
            jobs.request_routine(
                session, FORGET_DOCUMENTS, {}, by=WORKER.name, now=now, job_id=name
            )
        jobs.forget_ended(session, now=now)


def recheck_tools(held: Platform) -> Tools:
    """Return what opens rechecks on this platform."""
    zone = held.config.zone
    return Tools(held.keystore, held.inbox, renderer(zone), zone)


def _request(session: Session, name: str, job_id: str, now: datetime) -> None:
    jobs.request_routine(session, name, {}, by=WORKER.name, now=now, job_id=job_id)


def _has_due_boxes(session: Session, round_: Round, now: datetime, zone: tzinfo) -> bool:
    return (
        round_.opening == OpeningKind.DAILY
        and round_.state == RoundState.OPEN
        and bool(boxes.due_boxes(session, round_, now, zone))
    )


def _is_over(round_: Round, now: datetime) -> bool:
    return round_.state == RoundState.OPEN and round_.paper_until <= now
