"""The signed-in browser: its cookie, and what the request knows about who acts."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from flask import g, request
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from survey import clock
from survey.accounts import sessions
from survey.accounts.models import Account
from survey.accounts.policy import Actor
from survey.config import Config
from survey.web.platform import platform
from survey.web.unit_of_work import reading, transaction


@dataclass(frozen=True)
class SignedIn:
    """Who sent this request, and the secret its forms are bound to."""

    actor: Actor
    csrf_secret: str
    must_change_password: bool


def cookie_name(config: Config) -> str:
    """Return the name of the session cookie; the prefix makes browsers insist on this very host."""
    return "__Host-s" if config.is_secure else "pingyi_s"


def _door_cookie_name(config: Config) -> str:
    return "__Host-d" if config.is_secure else "pingyi_d"


def load() -> SignedIn | None:
    """Resolve the request's cookie; remember and return who sent it, or None for nobody."""
    g.signed_in = None
    token = request.cookies.get(cookie_name(platform().config), "")
    if token:
        try:
            # Most requests only read here, and reading waits for nobody.
            with reading() as session:
                g.signed_in = _resolved(session, token)
                session.commit()
        except OperationalError:
            with transaction() as session:
                g.signed_in = _resolved(session, token)
    return signed_in_or_none()


def _resolved(session: Session, token: str) -> SignedIn | None:
    found = sessions.resolve_session(session, token, now=clock.now())
    if found is None:
        return None
    who, csrf_secret = found
    account = session.get_one(Account, who.account_id)
    return SignedIn(who, csrf_secret, account.must_change_password)


def signed_in_or_none() -> SignedIn | None:
    """Return who sent this request, or None where nobody is signed in or the page asked nobody."""
    found: SignedIn | None = g.get("signed_in")
    return found


def signed_in() -> SignedIn:
    """Return who sent this request; only behind the guard."""
    found = signed_in_or_none()
    if found is None:
        raise RuntimeError("this page is not behind the guard")
    return found


def actor() -> Actor:
    """Return who acts in this request."""
    return signed_in().actor


def csrf_secret() -> str:
    """Return the secret that this browser's forms are bound to.

    Before sign-in it is a cookie of its own, so that nobody can sign a browser in to an account
    of theirs; it ends when the session begins.
    """
    found = signed_in_or_none()
    if found:
        return found.csrf_secret
    if "door_secret" not in g:
        cookie = request.cookies.get(_door_cookie_name(platform().config), "")
        g.door_secret = cookie if len(cookie) == 43 else secrets.token_urlsafe(32)
    secret: str = g.door_secret
    return secret


def adopt(session: Session, token: str) -> None:
    """Let this request go on as the session that has just begun, its forms bound to it."""
    g.signed_in = _resolved(session, token)


def begin(response: Response, token: str) -> None:
    """Give the browser a new session; whatever it carried before ends."""
    _set(response, cookie_name(platform().config), token)
    response.delete_cookie(_door_cookie_name(platform().config), path="/")


def end(response: Response) -> None:
    """End the session that the browser carries, here and in the browser."""
    config = platform().config
    token = request.cookies.get(cookie_name(config), "")
    if token:
        with transaction() as session:
            sessions.end_session(session, token)
    response.delete_cookie(
        cookie_name(config), path="/", secure=config.is_secure, httponly=True, samesite="Lax"
    )


def keep_door(response: Response) -> None:
    """Send the cookie that the sign-in form is bound to."""
    _set(response, _door_cookie_name(platform().config), csrf_secret())


def _set(response: Response, name: str, value: str) -> None:
    secure = platform().config.is_secure
    response.set_cookie(name, value, path="/", secure=secure, httponly=True, samesite="Lax")
