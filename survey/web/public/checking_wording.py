"""What the page that checks printed documents says, in Chinese and English."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_TEXTS: dict[str, tuple[str, str]] = {
    "title": ("核对文件", "Check a document"),
    "ask": ("这份文件是不是真的", "Is this document real?"),
    "ask_text": (
        "每份报告和公示的页脚都有12位核对码。输入核对码，就知道是哪份文件、现在还算不算数。",
        "Every report and notice has a check code of 12 characters at the foot of its pages. Type "
        "it to learn which document it is and whether it still holds.",
    ),
    "field": ("核对码", "Check code"),
    "hint": (
        "大小写、空格都不要紧；数字0和字母O、数字1和字母I分不清也没关系",
        "Capitals and spaces do not matter, nor whether it is 0 or O, 1 or I",
    ),
    "go": ("核对", "Check"),
    "unknown": ("没有查到这个核对码", "No document has this check code"),
    "unknown_text": (
        "请对照原件再输一次。还是查不到，这份文件可能不是本系统出的，或者被改过，请不要采信，并告诉区办。",
        "Compare it with the paper and type it again. If it stays unknown, the document may not "
        "be ours or was altered: do not rely on it, and tell the district office.",
    ),
    "notice": ("这是正在公示的文件", "This document is on notice"),
    "notice_text": (
        "公示期间可以提出异议，正式公布以前还可能更正。",
        "Objections may be raised, and it may be corrected before it is published for good.",
    ),
    "published": ("这是已经公布的文件", "This document is published"),
    "published_text": ("它是现行的一版。", "It is the edition in force."),
    "replaced": ("这份文件已经被新的一版代替", "This document was replaced by a later edition"),
    "replaced_text": (
        "它曾经公布过，现在请看新的一版，不要再张贴、引用这一份。",
        "It was published once. Please use the later edition; no longer post or quote this one.",
    ),
    "withdrawn": ("这份文件已经撤回", "This document was withdrawn"),
    "withdrawn_text": (
        "请不要再张贴、引用。撤回的原因在公布页上。",
        "Please no longer post or quote it. The reason is on the page of results.",
    ),
    "internal": ("这份文件确由本系统生成，没有公开", "This document is ours, and not public"),
    "internal_text": (
        "它是内部文件或送审稿，这里不说是哪一份、写了什么。没有公布的数字可能还会变，请不要张贴、转发。",
        "It is an internal document or a draft; which one, and what it says, is not told here. "
        "Figures that are not published may still change: please do not post or pass it on.",
    ),
    "internal_how": (
        "要核对内容，请持文件到区办，或由有权限的人登录后台，在“核对文件”里输入核对码。",
        "To compare its content, take it to the district office, or have somebody with the right "
        "sign in and type the code there.",
    ),
    "document": ("文件", "Document"),
    "round": ("评议轮次", "Evaluation"),
    "edition": ("版本", "Edition"),
    "edition_value": ("公开第{number}版", "Public edition {number}"),
    "as_of": ("数据截止", "Figures as of"),
    "digest": ("内容摘要（SHA-256）", "Digest of its content (SHA-256)"),
    "digest_text": (
        "PDF里附有数据文件figures.json，它的SHA-256就是这个摘要，开头与页脚印的相同。",
        "The PDF carries its data as figures.json; the SHA-256 of that file is this digest, and "
        "its head stands at the foot of each page.",
    ),
    "differ": ("印的数字和网页不一样，怎么办", "What if the printed figures differ?"),
    "differ_text": (
        "以网页上公布的数字为准。请留好这份文件，告诉区办核实。",
        "The published figures on our pages hold. Keep the paper and tell the district office.",
    ),
    "differ_office": ("受理单位：{office}，电话：{phone}", "Office: {office}, telephone {phone}"),
    "see": ("看公布的结果", "See the published results"),
    "see_now": ("看现在的一版", "See the edition in force"),
    "see_why": ("看撤回的原因", "See why"),
    "again": ("再核对一份", "Check another one"),
}

CATALOGUES: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        language: MappingProxyType({key: texts[index] for key, texts in _TEXTS.items()})
        for index, language in enumerate(("zh", "en"))
    }
)


def words(language: str) -> Mapping[str, str]:
    """Return every text of the page in `language`."""
    return CATALOGUES[language]
