"""Views of the ledger that staff keep under a name, each for the own account."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from forms.cleaning import clean
from survey.accounts.policy import Actor
from survey.errors import NotFound
from survey.rectification.desk_models import LedgerView
from survey.rectification.refusals import ViewFaulty

NAME_CHARS = 20
QUERY_CHARS = 800
MOST = 20


def views_of(session: Session, actor: Actor) -> list[LedgerView]:
    """Return the views of `actor`, in the order in which they were made."""
    query = select(LedgerView).where(LedgerView.account_id == actor.account_id)
    return list(session.scalars(query.order_by(LedgerView.id)))


def keep_view(session: Session, actor: Actor, name: str, query: str) -> LedgerView:
    """Keep `query` under `name`; what had that name before is replaced.

    Raises:
        ViewFaulty: there is no name, it is too long, or there are too many views.
    """
    name = clean(name).strip()
    if not name or len(name) > NAME_CHARS:
        raise ViewFaulty(
            f"请给这个视图起个名字，最多{NAME_CHARS}字",
            f"Give the view a name of at most {NAME_CHARS} characters",
        )
    if not query or len(query) > QUERY_CHARS:
        raise ViewFaulty("先选条件或列，再存视图", "Choose filters or columns first")
    mine = LedgerView.account_id == actor.account_id
    view = session.scalar(select(LedgerView).where(mine, LedgerView.name == name))
    if view is None:
        if (session.scalar(select(func.count()).where(mine)) or 0) >= MOST:
            raise ViewFaulty(f"最多存{MOST}个视图，请先删去一个", f"At most {MOST} views")
        view = LedgerView(account_id=actor.account_id, name=name)
        session.add(view)
    view.query = query
    session.flush()
    return view


def drop_view(session: Session, actor: Actor, view_id: int) -> None:
    """Forget a view.

    Raises:
        NotFound: the actor has no such view.
    """
    view = session.get(LedgerView, view_id)
    if view is None or view.account_id != actor.account_id:
        raise NotFound("没有找到这个视图", "There is no such view")
    session.delete(view)
    session.flush()
