"""Scoring a whole district from its tallies: seconds, memory, and how they grow."""

from __future__ import annotations

import resource
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from forms.definition import ItemKind, Questionnaire
from forms.xlsform import read_xlsform
from reports.disclosure import Inputs, releases
from reports.figures import Audience, Target
from reports.ranking import Standing, simulated_bounds
from reports.release_audit import Edition, audit, audit_editions
from reports.rereleases import small_steps
from reports.rules import DEFAULT, breakdown_items
from reports.tally import Counts, Moments, Tally, TargetTally
from reports.veiling import threshold

SAMPLE = Path(__file__).parents[1] / "sample" / "xlsforms"
SECTORS = ("农村", "社区", "机关", "非公企业", "社会组织", "学校", "国企")
RANKED = 500


def measure() -> None:
    """Print seconds and peak memory of a round of 2,300 objects, and of ten times that."""
    first = _scored(1)
    print(f"scoring 2,000 branches + 300 windows x 60 answers: {first:.1f} s, {_peak()} MB at most")
    ten = _scored(10)
    print(f"scoring ten times as many: {ten:.1f} s, {ten / first:.1f} times, {_peak()} MB at most")
    alone, together = _audited()
    print(f"auditing the releases of 2,300 objects, both audiences: {alone:.1f} s")
    print(f"auditing a third edition with all before it, for both thresholds: {together:.1f} s")
    print(f"10,000 rank draws over {RANKED} objects: {_ranked():.2f} s")


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def _district(times: int) -> Iterator[tuple[Questionnaire, Inputs]]:
    generator = np.random.default_rng(20120229)
    for name, level, count in (
        ("A_branch_mass", "branch", 2_000 * times),
        ("C_window_sat", "window", 300 * times),
    ):
        path = SAMPLE / f"{name}.xlsx"
        questionnaire = read_xlsform(path.read_bytes(), path.name)
        yield questionnaire, district(questionnaire, level, count, generator)


def _scored(times: int) -> float:
    spent = 0.0
    for questionnaire, inputs in _district(times):
        start = time.process_time()
        for _ in releases(questionnaire, inputs, DEFAULT, list(Audience)):
            pass
        spent += time.process_time() - start
    return spent


def _audited() -> tuple[float, float]:
    """Return seconds for single releases, and for what lets a public re-release out."""
    alone = together = 0.0
    for questionnaire, inputs in _district(1):
        found = dict(releases(questionnaire, inputs, DEFAULT, list(Audience)))
        start = time.process_time()
        for audience, figures in found.items():
            exposed = audit([figures], inputs, threshold(DEFAULT, audience))
            if exposed:
                raise ValueError(f"a release gives {exposed[0]} away")
        alone += time.process_time() - start
        objects = [target for target, _ in inputs]
        internal, public = (Edition(found[each], objects) for each in Audience)
        start = time.process_time()
        small_steps(public, public, inputs, DEFAULT.k_public)
        exposed = (
            *audit_editions([public, public], inputs, DEFAULT.k_public),
            *audit_editions([internal, public, public], inputs, DEFAULT.k_internal),
        )
        together += time.process_time() - start
        if exposed:
            raise ValueError(f"the editions give {exposed[0]} away")
    return alone, together


def _ranked() -> float:
    generator = np.random.default_rng(1)
    points = (100.0, 80.0, 60.0, 30.0, 0.0)
    standings = [
        Standing(80.0, 1.2, tuple(generator.multinomial(60, (0.5, 0.3, 0.1, 0.05, 0.05))), points)
        for _ in range(RANKED)
    ]
    start = time.process_time()
    simulated_bounds(standings, DEFAULT)
    return time.process_time() - start


def district(
    questionnaire: Questionnaire, level: str, count: int, generator: np.random.Generator
) -> Inputs:
    """Return invented objects with about 60 ballots each, 40 to a unit; one in twelve has few."""
    return [
        (
            Target(
                f"{level[0].upper()}{i:05}",
                f"第{i}号",
                level,
                SECTORS[i % len(SECTORS)] if level == "branch" else "窗口单位",
                f"U{i // 40:03}",
                200 if level == "branch" else None,
                None,
                1_000,
            ),
            _tally(questionnaire, 4 + i % 9 if i % 12 == 0 else 60, generator),
        )
        for i in range(count)
    ]


def _tally(questionnaire: Questionnaire, n: int, generator: np.random.Generator) -> TargetTally:
    items = {
        item.code: _counts(item.option_codes, n, generator)
        for item in questionnaire.items
        if item.kind in (ItemKind.SINGLE_CHOICE, ItemKind.MULTIPLE_CHOICE)
    }
    groups = {
        profile.code: {
            code: {
                item.code: _counts(item.option_codes, size, generator)
                for item in questionnaire.items
                if item.is_scored
            }
            for code, size in items[profile.code].items()
        }
        for profile in breakdown_items(questionnaire, DEFAULT)
    }
    tally = Tally(n, items, {}, groups, Moments(n, 82.0 * n, (82.0**2 + 15.0**2) * n))
    return TargetTally(received=n, official=tally, complete=tally)


def _counts(codes: tuple[str, ...], n: int, generator: np.random.Generator) -> Counts:
    shares = np.array([0.55**k for k in range(len(codes))])
    drawn = generator.multinomial(n, shares / shares.sum())
    return {code: int(count) for code, count in zip(codes, drawn, strict=True)}
