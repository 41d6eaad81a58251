"""What a process keeps of figures: `survey/results/shelf.py`."""

import threading

import pytest

from survey.results.shelf import Shelf


def made_of(shelf, key, length):
    """Return whether `shelf` had nothing under `key`."""
    made = []

    def make():
        made.append(key)
        return tuple(range(length))

    shelf.get(key, make)
    return bool(made)


def test_what_was_made_is_made_once():
    shelf = Shelf(10)

    assert made_of(shelf, "a", 4)
    assert not made_of(shelf, "a", 4)
    assert shelf.get("a", tuple) == (0, 1, 2, 3)


def test_what_nobody_asked_for_longest_goes_first():
    shelf = Shelf(10)
    made_of(shelf, "a", 4)
    made_of(shelf, "b", 4)
    made_of(shelf, "a", 4)
    made_of(shelf, "c", 4)

    assert len(shelf) == 8
    assert [made_of(shelf, key, 4) for key in ("a", "c")] == [False, False]
    assert made_of(shelf, "b", 4)


def test_the_last_one_stays_whatever_its_length():
    shelf = Shelf(10)
    made_of(shelf, "a", 4)

    assert made_of(shelf, "b", 40)
    assert not made_of(shelf, "b", 40)
    assert made_of(shelf, "a", 4)


def test_an_empty_one_is_kept_too():
    shelf = Shelf(10)

    assert made_of(shelf, "a", 0)
    assert not made_of(shelf, "a", 0)


def test_of_threads_that_want_the_same_at_once_one_makes_it():
    shelf, began, go_on, made = Shelf(10), threading.Event(), threading.Event(), []

    def make():
        made.append(threading.get_ident())
        began.set()
        assert go_on.wait(10)
        return (1, 2)

    found = []
    first = threading.Thread(target=lambda: found.append(shelf.get("a", make)))
    first.start()
    assert began.wait(10)
    second = threading.Thread(target=lambda: found.append(shelf.get("a", make)))
    second.start()
    go_on.set()
    for thread in (first, second):
        thread.join(10)

    assert found == [(1, 2), (1, 2)]
    assert len(made) == 1


def test_what_could_not_be_made_is_tried_again():
    shelf = Shelf(10)

    with pytest.raises(ZeroDivisionError):
        shelf.get("a", lambda: (1 // 0,))
    assert shelf.get("a", lambda: (3,)) == (3,)
