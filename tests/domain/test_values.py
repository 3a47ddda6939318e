"""Values that are changed by making another one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voltaro.domain.values import Value, changed


class Item(Value, kw_only=True):
    a: int
    b: str = "b"
    item: int | None = None


FIELDS = {"a": st.integers(), "b": st.text(), "item": st.none() | st.integers()}


@given(st.fixed_dictionaries(FIELDS), st.fixed_dictionaries({}, optional=FIELDS))
def test_a_changed_value_has_what_was_named_and_all_else_of_the_old_one(before, changes):
    value = Item(**before)

    assert changed(value, **changes) == Item(**before | changes)
    assert value == Item(**before)


def test_a_field_that_does_not_exist_cannot_be_changed():
    with pytest.raises(TypeError, match="no field 'c'"):
        changed(Item(a=1), a=2, c=3)


def test_no_value_is_changed_in_place():
    value = Item(a=1)

    with pytest.raises(AttributeError, match="immutable"):
        value.a = 2

    assert value == Item(a=1)


def test_values_of_different_kinds_are_different():
    class Other(Value, kw_only=True):
        a: int
        b: str = "b"
        item: int | None = None

    assert Other(a=1) != Item(a=1)


def test_values_that_are_equal_are_one_in_a_set():
    assert len({Item(a=1), Item(a=1), Item(a=2)}) == 2
