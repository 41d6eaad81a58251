"""What the operators and functions of XLSForm's expressions come to, with XPath's conversions.

The phone has the same in `survey/web/public/expressions.js` (what most forms use) and
`functions.js` (the rest); `tests/forms/expression_cases.json` is run against both.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

from forms import patterns

Result = bool | str | float

XPATH_NUMBER = re.compile(r"[ \t\r\n]*-?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)[ \t\r\n]*")
MOMENT = re.compile(
    r"((?:19|20|21)[0-9]{2})-([0-9]{2})-([0-9]{2})(?:T([01][0-9]|2[0-3]):([0-5][0-9]))?"
)
EPOCH = date(1970, 1, 1)
DAY_MINUTES = 1_440
MAX_PLACES = 15


def boolean(result: Result) -> bool:
    """Return XPath's truth of `result`: 0, NaN and the empty text are false."""
    return bool(result) and result == result


def string(result: Result) -> str:
    """Return XPath's spelling of `result`."""
    if isinstance(result, str):
        return result
    if isinstance(result, bool):
        return "true" if result else "false"
    if not math.isfinite(result):
        return "NaN" if math.isnan(result) else "-Infinity" if result < 0 else "Infinity"
    return str(int(result)) if result == int(result) else format(Decimal(repr(result)), "f")


def number(result: Result) -> float:
    """Return XPath's number of `result`; of a day or moment the days since 1970, as ODK has it."""
    if not isinstance(result, str):
        return float(result)
    if XPATH_NUMBER.fullmatch(result):
        return float(result)
    found = MOMENT.fullmatch(result)
    return _days(found) if found else math.nan


def _days(found: re.Match[str]) -> float:
    try:
        day = date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        return math.nan
    minutes = int(found[4] or 0) * 60 + int(found[5] or 0)
    return ((day - EPOCH).days * DAY_MINUTES + minutes) / DAY_MINUTES


def _equal(left: Result, right: Result) -> bool:
    """Compare as XPath does: as truth if one side is a truth, as numbers if one is a number."""
    if isinstance(left, bool) or isinstance(right, bool):
        return boolean(left) == boolean(right)
    if isinstance(left, float) or isinstance(right, float):
        return number(left) == number(right)
    return left == right


def _quotient(left: Result, right: Result) -> float:
    dividend, divisor = number(left), number(right)
    if divisor:
        return dividend / divisor
    return (
        math.nan
        if not dividend or math.isnan(dividend)
        else math.copysign(math.inf, math.copysign(1, dividend) * math.copysign(1, divisor))
    )


def _remainder(left: Result, right: Result) -> float:
    dividend, divisor = number(left), number(right)
    if not divisor or math.isinf(dividend):
        return math.nan
    return math.fmod(dividend, divisor)


def _whole(result: Result) -> float:
    found = number(result)
    return float(math.trunc(found)) if math.isfinite(found) else found


def _rounded(result: Result, places: Result = 0.0) -> float:
    """Round half up, as XPath does, to `places` decimals, which is ODK's second argument."""
    value, digits = number(result), number(places)
    if not math.isfinite(value) or not abs(digits) <= MAX_PLACES:
        return math.nan if not abs(digits) <= MAX_PLACES else value
    factor = 10.0 ** math.trunc(digits)
    scaled = value * factor + 0.5
    return math.floor(scaled) / factor if math.isfinite(scaled) else value


def _at(step: Callable[[float], int], result: Result) -> float:
    found = number(result)
    return float(step(found)) if math.isfinite(found) else found


def _date(result: Result) -> str:
    """Return the day of a number of days since 1970, or of a moment; nothing for anything else."""
    days = number(result)
    if not -25_567 <= days <= 84_005:
        return ""
    return (EPOCH + timedelta(days=math.floor(days))).isoformat()


def _extreme(choose: Callable[[list[float]], float]) -> Callable[..., float]:
    def extreme(*results: Result) -> float:
        numbers = [number(result) for result in results]
        return math.nan if any(map(math.isnan, numbers)) else choose(numbers)

    return extreme


def _total(*results: Result) -> float:
    total = 0.0
    for result in results:
        total += number(result)
    return total


def _part(text: Result, start: Result, end: Result = math.inf) -> str:
    """Return ODK's substr: from `start`, counted from 0, up to `end`, which is not in it."""
    first, last = number(start), number(end)
    if not first >= 0 or math.isnan(last):
        return ""
    signs = string(text)
    return signs[int(min(first, len(signs))) : int(max(0.0, min(last, len(signs))))]


def _chosen_at(value: Result, place: Result) -> str:
    codes, index = string(value).split(), number(place)
    return codes[int(index)] if 0 <= index < len(codes) else ""


CORE: dict[str, Callable[..., Result]] = {
    "not": lambda value: not boolean(value),
    "true": lambda: True,
    "false": lambda: False,
    "neg": lambda value: -number(value),
    "int": _whole,
    "number": number,
    "count-selected": lambda value: float(len(string(value).split())),
    "string-length": lambda value: float(len(string(value))),
    "=": _equal,
    "!=": lambda left, right: not _equal(left, right),
    "<": lambda left, right: number(left) < number(right),
    "<=": lambda left, right: number(left) <= number(right),
    ">": lambda left, right: number(left) > number(right),
    ">=": lambda left, right: number(left) >= number(right),
    "+": lambda left, right: number(left) + number(right),
    "-": lambda left, right: number(left) - number(right),
    "*": lambda left, right: number(left) * number(right),
    "div": _quotient,
    "mod": _remainder,
    "selected": lambda value, code: string(code) in string(value).split(),
    "regex": lambda value, pattern: bool(
        patterns.compiled(string(pattern)).fullmatch(string(value))
    ),
    "coalesce": lambda first, second: string(first) or string(second),
}
"""What every form's page can evaluate."""

MORE: dict[str, Callable[..., Result]] = {
    "round": _rounded,
    "floor": lambda value: _at(math.floor, value),
    "ceiling": lambda value: _at(math.ceil, value),
    "abs": lambda value: abs(number(value)),
    "sum": _total,
    "min": _extreme(min),
    "max": _extreme(max),
    "boolean": boolean,
    "string": string,
    "concat": lambda *values: "".join(map(string, values)),
    "contains": lambda text, part: string(part) in string(text),
    "starts-with": lambda text, part: string(text).startswith(string(part)),
    "substr": _part,
    "selected-at": _chosen_at,
    "date": _date,
    "decimal-date-time": number,
}
"""What a page can evaluate when its form needs it; `today` and `now` beside them."""

CLOCK = frozenset({"today", "now"})
"""Functions that read the clock."""
