"""Open comments grouped into topics: a proposal that a person confirms.

Words are weighted by TF-IDF (Salton & Buckley 1988); a topic is a list of words that the office
may edit. docs/methods.md, section 19.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log
from pathlib import Path

import numpy as np

from reports.words import words_of

DICTIONARY_FILE = Path(__file__).with_name("topics.csv")
OTHER = "other"
NOTHING = "nothing"
OTHER_LABEL = "其他"
NOTHING_LABEL = "无实质内容"
SIMILAR = 0.6
"""Cosine from which two comments say the same."""

_EMPTY = re.compile(
    r"^(?:无|没有|没|暂无|暂时没有|没有了|没意见|没有意见|无意见|没有什么|没有建议|无建议|没什么意见|不清楚|不知道|"
    r"none|no|nothing)?[\s。.，,！!、~]*$",
    re.IGNORECASE,
)
_REPEATS = re.compile(r"[\W_]+")
_FILLERS = re.compile(r"[\W_的了是很太都就还也吧啊呢吗呀]+")


@dataclass(frozen=True)
class Topic:
    """A topic and the words that speak of it."""

    code: str
    label: str
    words: tuple[str, ...]


@dataclass(frozen=True)
class Comment:
    """Comments that say the same, merged.

    Attributes:
        text: the one that stands for all: the longest of the most frequent wording.
        count: how many were merged.
        members: positions of the merged ones in what was given, in order.
    """

    text: str
    count: int
    members: tuple[int, ...]


@dataclass(frozen=True)
class TopicGroup:
    """The comments of one topic, most frequent first; `count` is how many were handed in."""

    code: str
    label: str
    count: int
    comments: tuple[Comment, ...]


def default_topics() -> tuple[Topic, ...]:
    """Return the dictionary that ships with the product."""
    return read_topics(DICTIONARY_FILE.read_text(encoding="utf-8"))


def read_topics(text: str) -> tuple[Topic, ...]:
    """Return the topics of a CSV with the columns code, label, words (parted by spaces)."""
    return tuple(
        Topic(row["code"], row["label"], tuple(row["words"].split()))
        for row in csv.DictReader(io.StringIO(text))
    )


def group(texts: Sequence[str], topics: Sequence[Topic]) -> tuple[TopicGroup, ...]:
    """Return the comments by topic, largest topic first; 其他 and 无实质内容 stand last.

    Args:
        texts: masked comments of one object or of several, in any order.
        topics: the dictionary.
    """
    vectors = _vectors([words_of(text) for text in texts])
    merged = _merged(texts, _vectors([_bigrams(text) for text in texts]))
    placed: dict[str, list[Comment]] = {}
    for comment in merged:
        code = topic_of(comment.text, vectors[comment.members[0]], topics)
        placed.setdefault(code, []).append(comment)
    labels = {topic.code: topic.label for topic in topics}
    last = {OTHER: OTHER_LABEL, NOTHING: NOTHING_LABEL}
    groups = [
        TopicGroup(
            code,
            {**labels, **last}[code],
            sum(comment.count for comment in comments),
            tuple(sorted(comments, key=lambda c: (-c.count, c.members))),
        )
        for code, comments in placed.items()
    ]
    return tuple(sorted(groups, key=lambda g: (g.code in last, g.code == NOTHING, -g.count)))


def topic_of(text: str, weights: Mapping[str, float], topics: Sequence[Topic]) -> str:
    """Return the code of the topic that `text` speaks of most.

    A word of a topic counts with its weight in the text; one that the dictionary of words cuts
    differently counts when it stands in the text as written.
    """
    if _EMPTY.match(text.strip()):
        return NOTHING
    floor = min(weights.values(), default=1.0)
    scores = {
        topic.code: sum(weights.get(word, floor) for word in topic.words if word in text)
        for topic in topics
    }
    best = max(scores, key=lambda code: scores[code], default=OTHER)
    return best if scores.get(best, 0.0) > 0 else OTHER


def _bigrams(text: str) -> tuple[str, ...]:
    """Return the pairs of neighbouring characters: alike however the words are cut."""
    plain = _FILLERS.sub("", text.lower())
    return tuple(plain[i : i + 2] for i in range(max(1, len(plain) - 1))) if plain else ()


def _vectors(texts: Sequence[Sequence[str]]) -> list[dict[str, float]]:
    """Return the TF-IDF weights of each text, of length 1; smoothed, so that none is zero."""
    counted = [Counter(text) for text in texts]
    present = Counter(word for words in counted for word in words)
    vectors = []
    for words in counted:
        weights = {
            word: times * (1 + log((1 + len(texts)) / (1 + present[word])))
            for word, times in words.items()
        }
        length = sum(weight * weight for weight in weights.values()) ** 0.5
        vectors.append({word: weight / length for word, weight in weights.items()})
    return vectors


def _merged(texts: Sequence[str], vectors: Sequence[Mapping[str, float]]) -> list[Comment]:
    """Return the comments with those alike merged; a comment joins the first that it resembles."""
    shapes: dict[str, list[int]] = {}
    for i, text in enumerate(texts):
        shapes.setdefault(_REPEATS.sub("", text).lower(), []).append(i)
    groups = sorted(shapes.values(), key=lambda members: (-len(members), members))
    index = _WordIndex()
    found: list[list[int]] = []
    for members in groups:
        vector = vectors[members[0]]
        place = index.nearest(vector)
        if place is None:
            index.add(vector)
            found.append(list(members))
        else:
            found[place].extend(members)
    return [
        Comment(
            texts[members[0]],
            len(members),
            tuple(sorted(members, key=lambda m: (m != members[0], m))),
        )
        for members in found
    ]


class _WordIndex:
    """Vectors by word, so that only comments that share one are compared."""

    def __init__(self) -> None:
        self._places: dict[str, list[tuple[int, float]]] = {}
        self._size = 0

    def add(self, vector: Mapping[str, float]) -> None:
        for word, weight in vector.items():
            self._places.setdefault(word, []).append((self._size, weight))
        self._size += 1

    def nearest(self, vector: Mapping[str, float]) -> int | None:
        """Return the first vector that is similar enough; None where there is none."""
        likeness = np.zeros(self._size)
        for word, weight in vector.items():
            for place, other in self._places.get(word, ()):
                likeness[place] += weight * other
        alike = np.flatnonzero(likeness >= SIMILAR)
        return int(alike[0]) if len(alike) else None
