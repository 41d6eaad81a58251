"""Rule sets as files: floors nobody gets under, faults named, presets against the vectors."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms.digest import digest_of
from reports.composites import Conduct, Source, composite_of
from reports.estimates import Coverage
from reports.figures import Audience
from reports.rule_faults import RulesInvalid
from reports.rule_fields import FIELDS, Group, Kind
from reports.rule_files import RuleFile, Title, preset_for, presets, read_file, write_file
from reports.rule_values import data_of, values_of
from reports.rule_words import FILE_ONLY, differences, lines_of, words
from reports.rules import DEFAULT, RuleSet, from_data, points_of, to_data
from reports.scoring import item_figures
from reports.service_ratings import rating_figures
from reports.stars import Candidate, propose, propose_all
from reports.veiling import threshold

NUMBERS = st.integers(-5, 60) | st.floats(-5, 60)
DISCLOSURE = ("k_public", "k_internal", "unanimity_base", "item_base", "importance_base")
TV5 = {"peer": 90.2, "leader": 88.0, "spot": 85.5, "commit": 76.6667}


def preset(code):
    return presets()[code].rules


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(DISCLOSURE, NUMBERS)))
def test_no_rule_set_gets_under_the_floors(values):
    """By a file, by storage or by hand: the least that may be shown is never lower."""
    for make in (lambda: from_data(values), lambda: replace(DEFAULT, **values)):
        try:
            rules = make()
        except RulesInvalid:
            continue
        public, internal = (
            threshold(rules, audience) for audience in (Audience.PUBLIC, Audience.INTERNAL)
        )
        assert public >= max(10, internal)
        assert internal >= 5
        assert rules.unanimity_base >= 30
        # What enters a mean is shown itself, or the mean would tell it.
        assert min(rules.item_base, rules.importance_base, rules.low_base) >= public


@given(st.sampled_from([f for f in FIELDS if f.kind not in (Kind.CHOICE, Kind.YES_NO)]), st.data())
def test_every_bound_is_kept_and_the_key_is_named(field, data):
    beyond = data.draw(st.sampled_from([field.least - 1, field.most + 1]))
    value = int(beyond) if field.kind is Kind.COUNT else float(beyond)
    with pytest.raises(RulesInvalid) as refused:
        from_data(data_of(values_of(DEFAULT) | {field.key: value}))
    named = {fault.key for fault in refused.value.faults}
    assert any(field.key.startswith(key) for key in named)


def test_values_and_rule_sets_are_the_same_thing():
    for file in presets().values():
        assert from_data(data_of(values_of(file.rules))) == file.rules
        assert from_data(json.loads(json.dumps(to_data(file.rules)))) == file.rules


def test_a_file_comes_back_to_the_digest():
    own = from_data(
        {"points_preset": "own", "points": {"sat4": {"4": 100, "3": 75, "2": 50, "1": 0}}}
    )
    for file in (*presets().values(), RuleFile("OWN", Title("自己的"), own)):
        again = read_file(write_file(file))
        assert again == file
        assert again.digest == file.digest == digest_of(to_data(file.rules))


@pytest.mark.parametrize(
    ("rules", "key", "remedy"),
    [
        ({"k_public": 9}, "k_public", "要在10到1000之间"),
        ({"k_pubic": 20}, "k_pubic", "是不是“k_public”"),
        ({"k_public": 20}, "item_base", "请提高到20以上"),
        ({"k_public": "12"}, "k_public", "请填整数"),
        ({"suspects_excluded": 1}, "suspects_excluded", "true 或 false"),
        ({"stars": {"thresholds": [60, 50]}}, "stars.thresholds", "一级比一级高"),
        ({"stars": {"quotas": {"5": 1.5}}}, "stars.quotas", "0到100%"),
        ({"stars": {"gate_low": 0.95}}, "stars.gate_low", "不能高于第一道线"),
        ({"breakdown_scales": ["identity", "street"]}, "breakdown_scales", "只能按identity、age"),
        ({"points_preset": "own"}, "points", "自己定赋分时要填"),
        (
            {"points_preset": "own", "points": {"sat5": {"5": 100}}},
            "points.sat5",
            "每一级都要有分数",
        ),
        (
            {"points_preset": "own", "points": {"grade4": {"4": 60, "3": 80, "2": 40, "1": 0}}},
            "points.grade4",
            "不能比差的一级分低",
        ),
        (
            {"composites": {"branch": {"weights": {"mass": 0.7, "leader": 0.2}}}},
            "composites.branch.weights",
            "合计是100%",
        ),
        (
            {"composites": {"window": {"weights": {"hcp": 0.7, "survey": 0.3}}}},
            "composites.window.weights",
            "排在第一",
        ),
        ({"forms": {"A_branch_mass": {"mass": {"work": 0.5}}}}, "forms.A_branch_mass.mass", "100%"),
        ({"lines": [{"code": "x", "label": "甲"}]}, "lines.1.level", "缺少这一项"),
    ],
)
def test_a_fault_names_key_value_and_remedy(rules, key, remedy):
    with pytest.raises(RulesInvalid) as refused:
        read_file(
            json.dumps({"format": 1, "code": "X", "title": {"zh": "甲"}, "rules": rules}).encode()
        )
    (fault,) = [each for each in refused.value.faults if each.key == key]
    assert remedy in fault.sentence("zh")
    assert key in fault.sentence("en")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xfe",
        b"[]",
        b"[" * 100_000,
        b'{"format": 2, "code": "X", "title": {"zh": "x"}}',
        b'{"format": 1, "code": "X"}',
        b'{"format": 1, "code": "X", "title": {"zh": "x"}, "rules": []}',
        b'{"format": 1, "code": "X", "title": {"zh": "x"}, "rules": {"low_index": NaN}}',
        b" " * 300_000,
    ],
)
def test_what_is_no_rule_file_is_refused(data):
    with pytest.raises(RulesInvalid):
        read_file(data)


@pytest.mark.parametrize(
    ("code", "index"),
    [("pass60", 86.9767), ("linear", 84.3023), ("even", 87.4419), ("hcp", 86.9767)],
)
def test_points_of_each_preset(code, index, window_form, vectors):
    """TV1 under each preset; by hand: linear 7250 ÷ 86, even 7520 ÷ 86."""
    counts = vectors["TV1_item"]["input"]["counts"]
    found = item_figures(window_form.item("C50"), counts, Coverage(), preset(code))

    assert found.index == pytest.approx(index, abs=5e-5)
    assert found.top2.share == pytest.approx(vectors["TV1_item"]["sat_rate_top2"], abs=5e-5)


def test_own_points_reach_every_scale_of_a_family(window_form, branch_form):
    own = from_data(
        {"points_preset": "own", "points": {"sat5": {"5": 90, "4": 70, "3": 50, "2": 20, "1": 10}}}
    )
    for code in ("C11", "C50"):
        assert list(points_of(window_form.item(code), own).values()) == [90, 70, 50, 20, 10]
    assert points_of(branch_form.item("A11"), own) == points_of(branch_form.item("A11"), DEFAULT)


def test_the_good_and_bad_rating_has_a_preset_of_its_own(window_form, branch_form, vectors):
    given_, vector = vectors["TV13_hcp"]["input"], vectors["TV13_hcp"]
    found = rating_figures(given_["ratings"], preset("hcp"), cases=given_["cases"])

    assert found.good.share == pytest.approx(vector["good_rate"], abs=5e-5)
    assert found.index == pytest.approx(vector["index"], abs=5e-5)
    assert preset("hcp").breakdown_scales == ()
    assert preset_for([window_form]).code == preset_for([branch_form, window_form]).code == "pass60"
    assert preset_for([]).code == "pass60"


def test_the_guidance_of_2011_takes_leaders_and_residents(vectors):
    mass = vectors["TV5_composite"]["mass"]
    sources = {code: Source(score) for code, score in {"mass": mass, **TV5}.items()}
    made = composite_of(sources, preset("guidance2011").composites["branch"], Conduct(overdue=2))

    assert made.raw == pytest.approx(0.7 * mass + 0.3 * 88.0)
    assert made.final == pytest.approx(85.6346, abs=5e-5)
    del sources["leader"]
    assert composite_of(sources, preset("guidance2011").composites["branch"]).final is None


@pytest.mark.parametrize(
    ("code", "otherwise"),
    [
        ("pass60", {}),
        ("fivestar", {}),
        ("grades2012", {}),
        # Without the first gate a rate of 89.3 % is no obstacle.
        ("stars2022", {2: 4}),
        # Three steps: one star fewer for each score, and never more than four.
        ("wanzhong", {0: 4, 1: 4, 2: 2, 4: 4, 9: 3}),
    ],
)
def test_stars_of_each_scheme(code, otherwise, vectors):
    """TV14 under each scheme; rows that a scheme judges otherwise are written out."""
    stars = preset(code).stars
    for number, row in enumerate(vectors["TV14_star"]):
        candidate = Candidate(
            "B001",
            "rural",
            row["final"],
            row["sat_rate"],
            row["eligible"],
            row["veto"],
            row["prev"],
        )
        assert propose(candidate, stars).star == otherwise.get(number, row["star"]), (code, row)


@pytest.mark.parametrize(("code", "fives"), [("pass60", 1), ("grades2012", 10), ("fivestar", 1)])
def test_quotas_of_each_scheme(code, fives):
    many = [Candidate(f"B{n}", "rural", 99.0 - n / 10, 1.0, True, last=5) for n in range(10)]
    stars = [star.star for star in propose_all(many, preset(code).stars)]
    assert stars.count(5) == fives


def test_differences_in_words():
    before, after = preset("pass60"), preset("grades2012")
    assert differences(before, before) == ()
    assert [each.sentence for each in differences(before, after)] == [
        "五星最多占：10% → 不设",
        "四星最多占：30% → 不设",
    ]
    lines = from_data({"lines": []})
    assert [each.label for each in differences(before, lines)] == [FILE_ONLY]


def test_every_value_is_read_in_words_of_the_table():
    assert {line.group for line in lines_of(DEFAULT)} <= set(words())
    assert {field.group for field in FIELDS} == set(Group)
    assert len({field.key for field in FIELDS}) == len(FIELDS)
    said = {line.key: line.value for line in lines_of(DEFAULT)}
    assert said["k_public"] == "10票"
    assert said["stars.gate_high"] == "90%"
    assert "points.sat5.5" not in said
    assert isinstance(DEFAULT, RuleSet)
