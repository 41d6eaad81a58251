"""What a respondent reads when an answer is not taken: short, without blame, what to do."""

from __future__ import annotations

from forms.definition import Item, ItemKind

STOCK = frozenset({"此题必答", "必答", "必填", "必填项", "Required", "required"})
"""Authors' messages that say no more than that an answer is required; ours say what to do."""


def missing(item: Item, language: str) -> str:
    """Return what to do about a required item without an answer."""
    stated = item.required_message.to(language)
    if stated and stated not in STOCK:
        return stated
    if item.kind is ItemKind.TEXT:
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
