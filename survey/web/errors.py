"""What a person sees when something is refused or goes wrong: one sentence, one way on."""

from __future__ import annotations

import sys
import traceback
from dataclasses import dataclass
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, jsonify, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as lazy
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from survey.errors import NotFound, SurveyError
from survey.web.texts import sentence
from survey.web.texts import text as _


@dataclass(frozen=True)
class Notice:
    """The words of an error page."""

    title: str
    text: str

    @property
    def zh(self) -> str:
        """Both as one line."""
        return f"{self.title}：{self.text}"


# The address that was asked for, and the host's name, are never repeated on the page.
NOTICES = {
    400: Notice(lazy("没有看懂这次送来的内容"), lazy("请回到上一页，刷新后再试一次。")),
    403: Notice(
        lazy("这一步不在您的权限内"), lazy("可以请上级管理员来做，或者请他们给您开通权限。")
    ),
    404: Notice(
        lazy("没有找到这一页"), lazy("地址可能不全，也可能不在您能看的范围里。请核对后再打开。")
    ),
    405: Notice(lazy("这一页不能这样打开"), lazy("请从页面上的按钮或链接进入。")),
    413: Notice(
        lazy("送来的内容太大了"), lazy("请把文件压小，或分成几个再传；原来的内容没有改动。")
    ),
    414: Notice(lazy("地址太长了"), lazy("请从页面上的链接进入。")),
    500: Notice(
        lazy("我们这边出了点问题"),
        lazy("您做的上一步没有保存。请过一会儿再试；还不行，请告诉区办。"),
    ),
    503: Notice(lazy("这会儿正忙"), lazy("您做的上一步没有保存。请过几秒再试一次。")),
}
RETRY_SECONDS, WAIT_SECONDS = "5", "60"
API = "/api/"
CODES = {
    400: ("BAD_REQUEST", "The request cannot be read"),
    403: ("NOT_ALLOWED", "The account has no right to this"),
    404: ("NOT_FOUND", "There is no such thing, or the account may not see it"),
    405: ("METHOD_NOT_ALLOWED", "The API is for reading: GET and HEAD alone"),
    413: ("TOO_LARGE", "The request is too large"),
    414: ("ADDRESS_TOO_LONG", "The address is too long"),
    500: ("INTERNAL", "Something went wrong here; try again, then tell the operator"),
    503: ("BUSY", "Too much to do at this moment; try again in some seconds"),
}
"""What programs are told, by HTTP status: a code that stays, and a sentence in English."""


class Application(Flask):
    """Flask, with a log that names the kind and the place of a fault and never its content.

    A message may quote what somebody typed; type, route and line are enough to find a bug.
    """

    def handle_http_exception(self, e: HTTPException) -> HTTPException | ResponseReturnValue:
        """Return the answer to `e`; a redirection of the router names the path alone.

        Werkzeug's names the scheme too, and that is http where a proxy speaks TLS for us.
        """
        if not isinstance(e, RequestRedirect):
            return super().handle_http_exception(e)
        parts = urlsplit(e.new_url)
        target = f"/{parts.path.lstrip('/')}" + (f"?{parts.query}" if parts.query else "")
        return redirect(target, code=e.code)

    def log_exception(
        self,
        exc_info: tuple[type, BaseException, TracebackType] | tuple[None, None, None],
    ) -> None:
        """Log the kind of a fault and the lines it came through."""
        kind, _error, trace = exc_info
        frames = traceback.extract_tb(trace) if trace else []
        places = " < ".join(f"{frame.name}:{frame.lineno}" for frame in reversed(frames[-4:]))
        name = kind.__name__ if kind else "unknown"
        self.logger.error("%s at %s (%s)", name, request.url_rule, places)


def register(app: Flask) -> None:
    """Turn refusals, HTTP errors and a database that is away into pages of `app`."""

    @app.errorhandler(SurveyError)
    def refused(error: SurveyError) -> Response:
        if _is_for_program() and not isinstance(error, NotFound):
            return _told(error.status, error.code, error.zh, error.en)
        # One page for "not there" and "not yours": who asks must not learn which it was.
        if isinstance(error, NotFound):
            return _page(404, NOTICES[404])
        return _page(error.status, Notice(_("这一步没有做"), sentence(error)))

    @app.errorhandler(OperationalError)
    @app.errorhandler(PoolTimeout)
    def busy(_error: Exception) -> Response:
        # The database is locked, full, or away; the next attempt may succeed.
        app.log_exception(sys.exc_info())
        response = _page(503, NOTICES[503])
        response.headers["Retry-After"] = RETRY_SECONDS
        return response

    @app.errorhandler(HTTPException)
    def failed(error: HTTPException) -> Any:
        status = error.code or 500
        if status < 400:
            return error.get_response()
        response = _page(status, NOTICES.get(status, NOTICES[400 if status < 500 else 500]))
        if status == 405:
            response.headers["Allow"] = error.get_response().headers.get("Allow", "")
        return response


def _is_for_program() -> bool:
    return request.path.startswith(API)


def _told(status: int, code: str, zh: str, en: str) -> Response:
    """Return a refusal as programs read it: a stable code, and a sentence for their people."""
    response = jsonify(error={"code": code, "zh": zh, "en": en})
    response.status_code = status
    if status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    if status == 429:
        response.headers["Retry-After"] = WAIT_SECONDS
    return response


def _page(status: int, notice: Notice) -> Response:
    if _is_for_program():
        code, en = CODES.get(status, CODES[400 if status < 500 else 500])
        return _told(status, code, NOTICES.get(status, notice).zh, en)
    home = "/console/" if request.path.startswith("/console") else "/"
    return make_response(render_template("error.html", notice=notice, home=home), status)
