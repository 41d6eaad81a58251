"""Names and JSON of questionnaires: `forms/digest.py`, `forms/loading.py`."""

import copy
import dataclasses
import json
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms.digest import digest
from forms.loading import LoadingError, from_data, to_data
from forms.xlsform import read_xlsform
from tests.forms.strategies import questionnaires
from tests.forms.workbooks import sample

FORM_A = read_xlsform(sample("A_"), "a.xlsx")


@given(questionnaires())
def test_json_gives_the_questionnaire_back(form):
    loaded = from_data(json.loads(json.dumps(to_data(form))))

    assert loaded == form
    assert digest(loaded) == digest(form)


@given(questionnaires(), questionnaires())
def test_two_questionnaires_have_one_digest_exactly_when_they_are_equal(one, other):
    assert (digest(one) == digest(other)) == (one == other)


@given(questionnaires(), st.data())
def test_any_change_changes_the_digest(form, data):
    name = data.draw(st.sampled_from(["code", "version", "target"]))
    changed = dataclasses.replace(form, **{name: getattr(form, name) + "x"})

    assert digest(changed) != digest(form)


def test_equal_numbers_have_one_spelling():
    def weighing(weight):
        section = FORM_A.sections[1]
        item = dataclasses.replace(section.items[0], weight=weight)
        return dataclasses.replace(FORM_A, sections=(dataclasses.replace(section, items=(item,)),))

    assert digest(weighing(1)) == digest(weighing(1.0))
    assert digest(weighing(0.0)) == digest(weighing(-0.0))
    assert digest(weighing(0.0)) != digest(weighing(None))


def test_a_digest_survives_copying_and_is_not_inherited():
    assert digest(pickle.loads(pickle.dumps(FORM_A))) == digest(FORM_A)
    assert digest(copy.deepcopy(FORM_A)) == digest(FORM_A)
    assert digest(dataclasses.replace(FORM_A, version="2")) != digest(FORM_A)
    assert pickle.loads(pickle.dumps(FORM_A)) == FORM_A


def test_the_digests_of_the_sample_stay_what_they_are():
    assert digest(FORM_A)[:16] == "3c6f33b65cbd2044"
    assert digest(read_xlsform(sample("C_"), "c.xlsx"))[:16] == "64f00728f2a079d2"


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (lambda data: data.update(subject="person"), "subject"),
        (lambda data: data.update(sections={}), "sections"),
        (lambda data: data["sections"].append("x"), "sections[4]"),
        (lambda data: data["sections"][1]["items"][0].pop("kind"), "sections[1].items[0].kind"),
        (
            lambda data: data["sections"][1]["items"][0]["options"][2].update(points="60"),
            "sections[1].items[0].options[2].points",
        ),
        (lambda data: data["title"][0].append("x"), "title[0]"),
        (lambda data: data.update(code=5), "code"),
        (
            lambda data: data["sections"][1]["items"][0].update(required="yes"),
            "sections[1].items[0].required",
        ),
    ],
)
def test_what_is_no_questionnaire_is_refused_by_its_place(change, place):
    data = to_data(FORM_A)
    change(data)

    with pytest.raises(LoadingError) as refusal:
        from_data(data)

    assert str(refusal.value).startswith(place + ":")
