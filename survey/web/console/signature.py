"""Signing with name and password: who signs a named act, though they are signed in already."""

from __future__ import annotations

from survey import clock
from survey.accounts import service as accounts
from survey.accounts import sessions
from survey.accounts.policy import Actor
from survey.inspections.refusals import SignatureRefused
from survey.web.unit_of_work import reading, transaction


def signer(name: str, password: str) -> Actor:
    """Return who `name` and `password` stand for; a wrong one counts as a failed sign-in.

    It is a transaction of its own: a refused attempt has to be counted.

    Raises:
        SignatureRefused: they do not fit, or the account is locked.
    """
    now = clock.now()
    if not name or not password:
        raise SignatureRefused("请填登录名和密码", "Give the sign-in name and the password")
    with reading() as store:
        tried = accounts.try_password(store, name, password)
    with transaction() as store:
        try:
            account = accounts.authenticate(store, name, password, now=now, tried=tried)
        except accounts.SignInRefused:
            pass
        else:
            return sessions.actor_of(store, account)
    raise SignatureRefused(
        "登录名或密码不对，没有签。连续错10次要等15分钟",
        "Name or password is wrong, nothing was signed; after 10 in a row wait 15 minutes",
    )
