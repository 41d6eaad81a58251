"""What a notice 公示 has to offer to those who object: an address, and enough working days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from forms.cleaning import clean
from survey.accounts.policy import Actor
from survey.publication.refusals import NoticeFaulty, SecondPerson
from survey.rectification.calendar import load_calendar
from survey.rectification.workdays import add_workdays, local_date, workdays_between

LIMITS = {"office": 120, "phone": 60, "email": 120, "address": 200}


@dataclass(frozen=True)
class Contact:
    """Where objections are taken: all of it is printed on the notice."""

    office: str
    phone: str
    email: str
    address: str


def checked(contact: Contact | None) -> Contact:
    """Return the address for objections, each part cleaned; phone and office are a must.

    Raises:
        NoticeFaulty: one that is needed is missing, or one is too long.
    """
    if contact is None:
        contact = Contact("", "", "", "")
    given = {name: clean(getattr(contact, name)).strip() for name in LIMITS}
    too_long = any(len(given[name]) > limit for name, limit in LIMITS.items())
    if not given["office"] or not given["phone"] or not given["address"] or too_long:
        raise NoticeFaulty(
            "公示要写明异议受理单位、电话和地址，每项不要太长",
            "A notice names the office that takes objections, its telephone and its address",
        )
    return Contact(**given)


def last_day(session: Session, days: int, until: date | None, now: datetime) -> date:
    """Return the last day of a notice that begins today: as asked, else the earliest allowed.

    Raises:
        NoticeFaulty: `until` leaves fewer than `days` working days.
    """
    calendar, today = load_calendar(session), local_date(now)
    least = add_workdays(calendar, today, days)
    if until is None:
        return least
    if workdays_between(calendar, today, until) < days:
        raise NoticeFaulty(
            f"公示不少于{days}个工作日，最早到{least.month}月{least.day}日",
            f"A notice takes {days} working days; the earliest last day is {least.isoformat()}",
        )
    return until


def require_another(actor: Actor, first: str) -> None:
    """Refuse whoever took the first of two steps to take the second; the operator may.

    Raises:
        SecondPerson: it is the same person.
    """
    if actor.name == first and not actor.is_operator:
        raise SecondPerson
