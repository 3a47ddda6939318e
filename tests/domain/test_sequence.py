"""Which events of a transaction never came, whatever their order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voltaro.domain.sequence import Sequence

NUMBERS = st.lists(st.integers(min_value=0, max_value=30), min_size=1)


def heard(*numbers):
    sequence = Sequence()
    for number in numbers:
        sequence = sequence.heard(number)
    return sequence


@pytest.mark.parametrize(
    ("numbers", "gaps"),
    [
        ((), ()),
        ((None, None), ()),
        ((0, 1, 2), ()),
        ((7, 8), ()),
        ((0, 0, 0), ()),
        ((0, 3), ((1, 2),)),
        ((0, 3, 1), ((2, 2),)),
        ((0, 3, 2, 1), ()),
        ((0, 4, 2), ((1, 1), (3, 3))),
        ((4, 0), ((1, 3),)),
        ((5, 9, 2), ((3, 4), (6, 8))),
    ],
)
def test_what_is_missing_lies_between_what_was_heard(numbers, gaps):
    assert heard(*numbers).gaps == gaps


@given(NUMBERS)
def test_every_number_between_the_first_and_the_last_was_heard_or_is_missing(numbers):
    sequence = heard(*numbers)

    missing = {n for first, last in sequence.gaps for n in range(first, last + 1)}
    assert (sequence.first, sequence.last) == (min(numbers), max(numbers))
    assert missing == set(range(min(numbers), max(numbers) + 1)) - set(numbers)


def test_a_station_that_counts_in_its_own_way_does_not_fill_the_memory():
    assert len(heard(*range(0, 10_000, 2)).gaps) == 20
