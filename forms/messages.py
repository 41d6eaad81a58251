"""What a respondent reads when an answer is not taken: short, without blame, what to do."""

from __future__ import annotations

from forms.definition import CHOICES, Item, ItemKind

STOCK = frozenset({"此题必答", "必答", "必填", "必填项", "Required", "required"})
"""Authors' messages that say no more than that an answer is required; ours say what to do."""


def missing(item: Item, language: str) -> str:
    """Return what to do about a required item without an answer."""
    stated = item.required_message.to(language)
    if stated and stated not in STOCK:
        return stated
    if item.kind is ItemKind.IMAGE:
        return _said(language, "请拍一张照片", "Please take a picture")
    if item.kind is ItemKind.ACKNOWLEDGE:
        return _said(language, "看过请点一下", "Please tick when you have read this")
    if item.kind not in CHOICES:
        return _said(language, "这里还没有填", "Please fill this in")
    if item.kind is ItemKind.MULTIPLE_CHOICE:
        return _said(language, "请至少选一项", "Please choose at least one")
    if item.is_scored and any(option.points is None for option in item.options):
        return _said(
            language,
            "请选一项；不了解也请点一下",
            "Please choose one; if you cannot tell, choose that",
        )
    return _said(language, "请选一项", "Please choose one")


def not_met(item: Item, language: str) -> str:
    """Return what the author says about an answer that breaks the item's constraint."""
    return item.constraint_message.to(language) or _said(
        language, "这里好像不对，请检查一下", "Something seems wrong here; please check"
    )


MISSPELT = {
    ItemKind.INTEGER: ("请填整数，如 85", "Please enter a whole number, such as 85"),
    ItemKind.DECIMAL: ("请填数字，如 12.5", "Please enter a number, such as 12.5"),
    ItemKind.DATE: ("请填日期，如 2026-03-01", "Please enter a date, such as 2026-03-01"),
    ItemKind.TIME: ("请填时间，如 09:30", "Please enter a time, such as 09:30"),
    ItemKind.DATETIME: (
        "请填日期和时间，如 2026-03-01 09:30",
        "Please enter date and time, such as 2026-03-01 09:30",
    ),
    ItemKind.IMAGE: (
        "这张图片打不开，请换一张照片再试",
        "This picture cannot be opened; please try another one",
    ),
    ItemKind.GEOPOINT: (
        "位置应是纬度和经度，如 31.98 120.89",
        "A place is latitude and longitude, such as 31.98 120.89",
    ),
}


def misspelt(item: Item, language: str) -> str:
    """Return how to write an answer that is no number, date, time, place or picture."""
    if item.kind is ItemKind.RANGE and item.bounds:
        least, most, step = (f"{bound:g}" for bound in item.bounds)
        return _said(
            language,
            f"请填{least}到{most}之间的数，每档{step}",
            f"Please enter a number from {least} to {most} in steps of {step}",
        )
    return _said(language, *MISSPELT.get(item.kind, MISSPELT[ItemKind.DECIMAL]))


def unknown_option(language: str) -> str:
    """Return what to do about an answer that the item does not offer."""
    return _said(
        language,
        "选的这一项不在题目里，请重新选一次",
        "That is not one of the answers; please choose again",
    )


def one_only(language: str) -> str:
    """Return what to do about two answers where one is asked for."""
    return _said(language, "这里只能选一项", "Please choose one only")


def chosen_twice(language: str) -> str:
    """Return what to do about the same option sent twice."""
    return _said(
        language, "同一项送来了两次，请重新选一次", "One answer came twice; please choose again"
    )


def too_long(surplus: int, language: str) -> str:
    """Return how many characters of a text are too many."""
    return _said(
        language,
        f"超出{surplus}字，请删短一点；已写的都还在",
        f"{surplus} characters too many; please shorten it. What you wrote is still here",
    )


def unreadable(language: str) -> str:
    """Return what to do about a text with broken characters."""
    return _said(
        language, "有的字显示不出来，请删掉它", "Some characters are broken; please delete them"
    )


def _said(language: str, zh: str, en: str) -> str:
    return zh if language.split("-")[0] == "zh" else en
