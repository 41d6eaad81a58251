"""Simulated residents: each opens a form, fills it in as a person might, and sends it."""

from __future__ import annotations

import http.client
import random
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from forms.definition import Item, ItemKind, Questionnaire
from forms.expressions import evaluate, parse
from forms.routing import asked
from survey.collection import proof

HIDDEN = re.compile(r'<input\b[^>]*\btype="?hidden"?[^>]*>')
ATTRIBUTE = re.compile(r'\b(name|value)="?([^"\s>]*)"?')
ASKS_PROOF = f'data-w="{proof.PUZZLE}"'
CHOICES_AT_MOST = 3
BUSY_SHARE = 0.9
BUSY_BRANCHES, BUSY_WINDOWS = 18, 10

Value = str | tuple[str, ...] | None
Values = dict[str, Value]


@dataclass(frozen=True)
class Address:
    """Where one target's form is, and what it asks."""

    org_id: str
    url: str
    questionnaire: Questionnaire


def answer(
    addresses: Sequence[Address], count: int, *, seed: int, connections: int
) -> Counter[int]:
    """Let `count` residents answer; return how often the server answered with each status.

    Most of them come to a few busy places, as in life: with an even spread over hundreds of
    branches, none would have enough answers for a figure.
    """
    chance = random.Random(seed)
    busy = _busy(addresses, chance)
    plan = [
        (chance.choice(busy if chance.random() < BUSY_SHARE else addresses), chance.getrandbits(64))
        for _ in range(count)
    ]
    parts = [plan[start::connections] for start in range(connections)]
    with ThreadPoolExecutor(connections) as pool:
        statuses = pool.map(lambda part: list(_walk(part)), parts)
        return Counter(status for part in statuses for status in part)


def _busy(addresses: Sequence[Address], chance: random.Random) -> list[Address]:
    kinds: dict[str, list[Address]] = {}
    for address in addresses:
        kinds.setdefault(address.questionnaire.code, []).append(address)
    busy: list[Address] = []
    for code in sorted(kinds):
        wanted = BUSY_WINDOWS if "window" in code else BUSY_BRANCHES
        busy += chance.sample(kinds[code], min(wanted, len(kinds[code])))
    return busy


def _walk(plan: Sequence[tuple[Address, int]]) -> Iterator[int]:
    """Yield the status of each answer sent over one connection."""
    connection: http.client.HTTPConnection | None = None
    for address, seed in plan:
        parts = urlsplit(address.url)
        if connection is None:
            connection = http.client.HTTPConnection(parts.netloc, timeout=30)
        connection.request("GET", parts.path)
        page = connection.getresponse().read().decode()
        fields = _hidden_fields(page)
        if ASKS_PROOF in page:
            key = dict(fields)["ik"]
            fields.append(("pow", proof.solve(parts.path.rpartition("/")[2], key)))
        for code, value in fill(address.questionnaire, address.org_id, seed).items():
            if value is not None:
                fields += [(code, one) for one in ((value,) if isinstance(value, str) else value)]
        connection.request(
            "POST",
            parts.path,
            urlencode(fields),
            {"Content-Type": "application/x-www-form-urlencoded"},
        )
        response = connection.getresponse()
        response.read()
        yield response.status


def _hidden_fields(page: str) -> list[tuple[str, str]]:
    fields = []
    for tag in HIDDEN.findall(page):
        attributes = dict(ATTRIBUTE.findall(tag))
        if attributes.get("value"):
            fields.append((attributes["name"], attributes["value"]))
    return fields


def fill(questionnaire: Questionnaire, org_id: str, seed: int) -> Values:
    """Return plausible answers: each place has its own level, each person a mood."""
    place = random.Random(org_id)
    level, weak = place.uniform(0.5, 0.95), place.random()
    chance = random.Random(seed)
    mood = min(1.0, max(0.0, chance.gauss(level, 0.22)))
    values: Values = {item.code: None for item in questionnaire.items}
    for number, item in enumerate(questionnaire.items):
        if item.code not in asked(questionnaire, values):
            continue
        strain = 0.25 if int(weak * 7) == number % 7 else 0.0
        values[item.code] = _answer(item, values, max(0.0, mood - strain), chance)
    return values


def _answer(item: Item, values: Mapping[str, Value], mood: float, chance: random.Random) -> Value:
    if item.kind is ItemKind.SINGLE_CHOICE:
        if item.dimension == "contact":
            return item.option_codes[-1] if "0" not in item.option_codes else "0"
        return _single(item, mood, chance)
    if item.kind is ItemKind.MULTIPLE_CHOICE:
        return _several(item, values, chance)
    if item.required:
        return chance.choice(["等的时间有点长", "材料要跑两趟", "电话没人接"])
    return chance.choice(REMARKS) if chance.random() < 0.12 and not item.is_contact else None


def _single(item: Item, mood: float, chance: random.Random) -> str:
    if item.is_scored or item.scale == "imp5":
        ordered = [o for o in item.options if o.points is not None or item.scale == "imp5"]
        others = [o for o in item.options if o not in ordered]
        if others and chance.random() < 0.06:
            return others[0].code
        place = (1.0 - mood) * (len(ordered) - 1) + chance.gauss(0, 0.55)
        return ordered[min(len(ordered) - 1, max(0, round(place)))].code
    return chance.choice(item.options).code


def _several(item: Item, values: Mapping[str, Value], chance: random.Random) -> Value:
    if not item.required and chance.random() < 0.4:
        return None
    rule = parse(item.constraint) if item.constraint else None
    codes = list(item.option_codes)
    chance.shuffle(codes)
    for size in range(chance.randint(1, CHOICES_AT_MOST), 0, -1):
        picked = tuple(code for code in item.option_codes if code in codes[:size])
        if rule is None or evaluate(rule, values, picked):
            return picked
    return None


REMARKS = (
    "上午十点排到门外，希望高峰时段多开一个窗口。",
    "办事的小同志很耐心，谢谢。",
    "公示栏贴得太高，老人看不清。",
    "承诺修的路灯到现在还没有修。",
    "希望周末也能办。",
    "打电话问材料，三次说法不一样。",
    "楼道里的垃圾清得及时，比去年好。",
    "村里的事情多开会商量，不要几个人说了算。",
)
