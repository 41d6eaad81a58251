"""What notices refuse, and what kept one from going out."""

from __future__ import annotations

from survey.errors import SurveyError


class NotDelivered(SurveyError):
    """A mail or message did not go out now; it may go out later.

    `is_lasting`: this one will never go out. `is_down`: nothing will go out that way just now.
    """

    code = "NOT_DELIVERED"
    status = 502
    is_lasting = False
    is_down = False


class ServerDown(NotDelivered):
    """The mail server or the messenger cannot be reached, or does not take our word."""

    code = "SERVER_DOWN"
    is_down = True


class ServerBusy(NotDelivered):
    """The server asks to come again later."""

    code = "SERVER_BUSY"


class AddressRefused(NotDelivered):
    """The server knows no such address, or takes nothing for it."""

    code = "ADDRESS_REFUSED"
    is_lasting = True


class MessageRefused(NotDelivered):
    """The server will not have this message, however often it comes."""

    code = "MESSAGE_REFUSED"
    is_lasting = True


class NoServer(SurveyError):
    """No mail server is set up."""

    code = "NO_MAIL_SERVER"

    def __init__(self) -> None:
        super().__init__(
            "还没有设置发信服务器，请系统管理员设置 PINGYI_SMTP_HOST",
            "No mail server is set up; set PINGYI_SMTP_HOST",
        )


class AddressFaulty(SurveyError):
    """This is no address of e-mail."""

    code = "ADDRESS_FAULTY"
    status = 422

    def __init__(self) -> None:
        super().__init__(
            "邮箱地址好像不对，请检查一下", "This does not look like an address of e-mail"
        )


class CodeWrong(SurveyError):
    """The code is not the one that was sent, or too old."""

    code = "CODE_WRONG"
    status = 422


class CodesExhausted(SurveyError):
    """Too many codes were asked for."""

    code = "CODES_EXHAUSTED"
    status = 429


class SettingsFaulty(SurveyError):
    """A setting has a value that cannot be."""

    code = "SETTINGS_FAULTY"
    status = 422
