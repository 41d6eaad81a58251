"""The name of a questionnaire: equal ones have one digest, different ones two."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from forms.definition import Questionnaire
from forms.loading import to_data


def digest(questionnaire: Questionnaire) -> str:
    """Return the SHA-256 of the questionnaire's canonical JSON, in hex."""
    # The instance keeps it, as it keeps its cached properties: every request asks for it.
    kept = vars(questionnaire)
    if "_digest" not in kept:
        kept["_digest"] = digest_of(to_data(questionnaire))
    return str(kept["_digest"])


def digest_of(data: Any) -> str:
    """Return the SHA-256 of canonical JSON: sorted keys, no spaces, UTF-8."""
    text = json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
