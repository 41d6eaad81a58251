"""A task of inspection with what belongs to it, for those who may do it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from survey.accounts.models import Account
from survey.accounts.policy import Actor
from survey.errors import NotFound
from survey.inspections.models import InspectionTask
from survey.inspections.rounds import FormKind, NamedForm, named_form, require_fieldwork
from survey.org.models import Organisation


@dataclass(frozen=True)
class Assigned:
    """A task with what belongs to it."""

    task: InspectionTask
    form: NamedForm
    org: Organisation
    first: Account
    second: Account

    def partner_of(self, account_id: int) -> Account:
        """Return the other one of the pair."""
        return self.second if account_id == self.first.id else self.first


def find_assigned(session: Session, actor: Actor, task_id: int) -> Assigned:
    """Return one of the actor's own tasks.

    Raises:
        NotFound: there is none, or it is given to others.
    """
    assigned = load_assigned(session, task_id)
    if actor.account_id is None or actor.account_id not in (assigned.first.id, assigned.second.id):
        raise no_such_task()
    return assigned


def load_assigned(session: Session, task_id: int) -> Assigned:
    """Return a task with what belongs to it, whoever asks.

    Raises:
        NotFound: there is none.
    """
    task = session.get(InspectionTask, task_id)
    if task is None:
        raise no_such_task()
    return Assigned(
        task,
        named_form(session, FormKind.INSPECTION, task.round_questionnaire_id),
        session.get_one(Organisation, task.org_id),
        session.get_one(Account, task.first_id),
        session.get_one(Account, task.second_id),
    )


def require_open(assigned: Assigned, now: datetime) -> None:
    """Refuse outside the time in which a task can be done.

    Raises:
        NotInFieldwork: the round takes nothing at `now`.
    """
    require_fieldwork(assigned.form.round, now)


def no_such_task() -> NotFound:
    """Return the one refusal for what is not there and what is not for the actor."""
    return NotFound("没有找到这项检查", "There is no such inspection")
