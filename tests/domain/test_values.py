"""Values that are changed by making another one."""

from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voltaro.domain.values import changed, valueclass


@valueclass(frozen=True, slots=True, kw_only=True)
class Value:
    a: int
    b: str = "b"
    item: int | None = None


VALUES = st.builds(Value, a=st.integers(), b=st.text(), item=st.none() | st.integers())
CHANGES = st.fixed_dictionaries(
    {}, optional={"a": st.integers(), "b": st.text(), "item": st.none() | st.integers()}
)


@given(VALUES, CHANGES)
def test_a_changed_value_is_what_dataclasses_replace_makes_of_it(value, changes):
    before = replace(value)

    assert changed(value, **changes) == replace(value, **changes)
    assert value == before


def test_a_field_that_does_not_exist_cannot_be_changed():
    with pytest.raises(TypeError, match="Value has no c, d"):
        changed(Value(a=1), d=1, a=2, c=3)


def test_a_value_of_another_kind_with_the_same_fields_stays_of_its_kind():
    @dataclass(frozen=True)
    class Other:
        a: int

    assert changed(Other(1), a=2) == Other(2)
    assert changed(Value(a=1), a=2) == Value(a=2)
