"""The gate of the API: which account does the token stand for, and may it read this?"""

from __future__ import annotations

from typing import cast

from flask import Blueprint, abort, current_app, g, request

from survey import clock
from survey.accounts import tokens
from survey.accounts.policy import Actor, may
from survey.collection.bursts import Bursts
from survey.errors import NotAllowed, SurveyError
from survey.web.policies import policy_of
from survey.web.unit_of_work import reading

SCHEME = "bearer"
WRONG = Bursts()
"""Wrong tokens of the last minute, of everybody together: no address is looked at."""
ALL = 0


class TokenWrong(SurveyError):
    """There is no token, or it is unknown, revoked, over, or of a disabled account."""

    code = "TOKEN_WRONG"
    status = 401

    def __init__(self) -> None:
        super().__init__(
            "请在 Authorization 头里带上有效的令牌：Bearer pingyi_…，令牌由管理员用 "
            "flask accounts token 签发",
            "Send a valid token in the header Authorization: Bearer pingyi_…; an administrator "
            "issues one with flask accounts token",
        )


class TooManyWrong(SurveyError):
    """Tokens are being tried out; a right one is not kept waiting."""

    code = "TOO_MANY_WRONG_TOKENS"
    status = 429

    def __init__(self) -> None:
        super().__init__(
            "这一分钟里错误的令牌太多，请一分钟后再试",
            "Too many wrong tokens within a minute; try again in a minute",
        )


def guard(blueprint: Blueprint) -> None:
    """Put every route of `blueprint` behind the gate."""
    blueprint.before_request(_check)


def actor() -> Actor:
    """Return the account that this request's token stands for."""
    return cast(Actor, g.api_actor)


def _check() -> None:
    declared = policy_of(current_app.view_functions[request.endpoint or ""])
    if declared is None:
        abort(403)
    if declared.is_public:
        return
    g.api_actor = _bearer()
    if declared.action is not None and not may(g.api_actor, declared.action):
        raise NotAllowed("这个账号没有这项权限", "The account has no right to this")


def _bearer() -> Actor:
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == SCHEME and secret.startswith(tokens.PREFIX):
        with reading() as session:
            found = tokens.resolve(session, secret.strip(), now=clock.now())
        if found is not None:
            return found
    # What is guessed has 256 bits; this only keeps a program gone wild from costing anything.
    if WRONG.add(ALL, clock.now()):
        raise TooManyWrong
    raise TokenWrong
