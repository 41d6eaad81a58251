"""What open text must not carry to a reader: numbers and names of persons, masked.

Masking is the default of every view; the review of a text by a person comes after it, not
instead (domain.md 3.12).
"""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import lru_cache
from typing import Any

NUMBER_MARK = "〔号码〕"
NAME_MARK = "某某"

SURNAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈"
    "姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
    "季施葛瞿缪成倪包管翟仇保邢俞鲍殷"
)
COMPOUND_SURNAMES = frozenset(
    {"欧阳", "司马", "上官", "诸葛", "东方", "皇甫", "尉迟", "公孙", "慕容", "令狐"}
)
TITLES = (
    "书记|主任|科长|局长|处长|所长|站长|股长|镇长|区长|村长|组长|经理|院长|校长|会计|老师|医生|护士|师傅|"
    "同志|警官|法官|律师|阿姨|大爷|大妈|大姐|大哥|先生|女士|小姐|总"
)

# Digits in any writing, with at most two separators between neighbours, eleven or more of them,
# or seven and eight that follow a word for telephones.
_DIGIT = "0-9零〇○一壹幺二贰三叁四肆五伍六陆七柒八捌九玖"
_LONG = re.compile(rf"[{_DIGIT}](?:[ \-.()—–·]{{0,2}}[{_DIGIT}]){{9,}}[Xx]?")
_LOCAL = re.compile(
    rf"(电话|座机|手机|号码|微信|QQ|[Tt]el|[Pp]hone)([^{_DIGIT}]{{0,6}})"
    rf"[{_DIGIT}](?:[ \-]?[{_DIGIT}]){{5,}}"
)
_PLATE = re.compile(
    "[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-Z][ ·]?[A-Z0-9]{5,6}"
)
_MAIL = re.compile(r"[\w.+-]{2,64}@[\w-]{1,64}(?:\.[\w-]{1,32}){1,3}")
_TITLED = re.compile(
    rf"(?:{'|'.join(COMPOUND_SURNAMES)}|[{''.join(sorted(SURNAMES))}])"
    rf"[\u4e00-\u9fff]{{0,2}}?(?={TITLES})"
)


# Only these full-width forms are made plain: Chinese punctuation stays as it was written.
_PLAIN = {
    wide: wide - 0xFEE0
    for wide in (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B), 0xFF20)
} | {0xFF0D: ord("-"), 0x3000: ord(" ")}
_PLACE = re.compile(
    "街道|镇|乡|村|社区|小区|支部|党委|路|街|广场|公园|学校|小学|中学|医院|桥|河|大厅|窗口|园区"
)


def mask(text: str, names: Collection[str] = ()) -> str:
    """Return `text` with numbers, plates, mail addresses and names of persons masked.

    Args:
        text: as it was written; full-width digits and letters come back as plain ones.
        names: persons whose names are certain, such as those of a roster; masked wherever they
            stand. Other names are found by a dictionary of words and by titles behind surnames,
            which finds most and not all.
    """
    plain = text.translate(_PLAIN)
    for pattern in (_MAIL, _PLATE, _LONG):
        plain = pattern.sub(NUMBER_MARK, plain)
    plain = _LOCAL.sub(rf"\g<1>\g<2>{NUMBER_MARK}", plain)
    for name in sorted((n for n in names if len(n) >= 2), key=len, reverse=True):
        plain = plain.replace(name, NAME_MARK)
    plain = _TITLED.sub(NAME_MARK, plain)
    return _without_names(plain)


def _without_names(text: str) -> str:
    """Return `text` without words that the dictionary takes for names of persons."""
    cut = [(pair.word, pair.flag) for pair in _tagger().cut(text, HMM=True)]
    following = [*(word for word, _ in cut[1:]), ""][: len(cut)]
    words = [
        NAME_MARK if tag.startswith("nr") and _is_name(word) and not _PLACE.match(after) else word
        for (word, tag), after in zip(cut, following, strict=True)
    ]
    return re.sub(f"(?:{NAME_MARK}){{2,}}", NAME_MARK, "".join(words))


def _is_name(word: str) -> bool:
    return 2 <= len(word) <= 4 and (word[0] in SURNAMES or word[:2] in COMPOUND_SURNAMES)


@lru_cache(maxsize=1)
def _tagger() -> Any:
    import jieba.posseg  # half a second and 60 MB, only where open text is read

    from reports.words import tokenizer

    return jieba.posseg.POSTokenizer(tokenizer())
