"""Texts in parts are whole when nothing is missing, in whatever order they come."""

from itertools import permutations

import pytest

from voltaro.domain.told_parts import ToldPart, are_all, text_of, with_part


def part(number, last=False, text=None):
    return ToldPart(number=number, is_last=last, text=text or f"<{number}>")


def gathered(*parts):
    found = ()
    for each in parts:
        found = with_part(found, each)
    return found


@pytest.mark.parametrize("order", list(permutations((part(0), part(1), part(2, last=True)))))
def test_parts_are_whole_in_any_order(order):
    for count in (1, 2):
        assert not are_all(gathered(*order[:count]))

    assert are_all(gathered(*order))
    assert text_of(gathered(*order)) == "<0><1><2>"


def test_a_part_that_comes_again_counts_once():
    assert text_of(gathered(part(0), part(0), part(1, last=True))) == "<0><1>"


def test_what_comes_after_the_last_one_is_not_waited_for():
    assert are_all(gathered(part(0, last=True), part(5)))


def test_nothing_is_not_all():
    assert not are_all(())


def test_so_many_parts_are_not_gathered():
    found = gathered(*(part(number) for number in range(1100)))

    assert len(found) == 1000
