"""What is wrong with a rule set: which key, what stands there, and what to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class RuleFault:
    """One thing to mend. `key` is the path to the value, such as `stars.gate_high`."""

    key: str
    value: str
    zh: str
    en: str

    def sentence(self, language: str = "zh") -> str:
        """Return key, value and remedy as one sentence."""
        if language.startswith("en"):
            return f"{self.key} = {self.value or '—'}: {self.en}"
        return f"“{self.key}”是“{self.value or '—'}”：{self.zh}"


class RulesInvalid(ValueError):
    """A rule set that cannot be; `faults` names every value to mend."""

    def __init__(self, faults: Sequence[RuleFault]) -> None:
        super().__init__("; ".join(fault.sentence("en") for fault in faults))
        self.faults = tuple(faults)
