"""Exact amounts in JSON: nothing passes through a float."""

from decimal import Decimal

import pytest

from sandbox.core.jsontext import dumps_exact, loads_exact


@pytest.mark.parametrize("text", ["0.10", "123456789012345678.123456", "-3.00", "0.000000001", "1200"])
def test_a_number_keeps_every_digit(text: str) -> None:
    assert dumps_exact({"a": loads_exact(text)}) == f'{{"a":{text}}}'.encode()


def test_exponents_are_written_out_and_texts_stay_texts() -> None:
    assert dumps_exact([Decimal("1E+3"), "\\u00001\\u0000", "1.0", None, True]) == (
        b'[1000,"\\\\u00001\\\\u0000","1.0",null,true]'
    )


def test_what_json_cannot_say_is_refused() -> None:
    with pytest.raises(TypeError, match="Decimal"):
        dumps_exact(Decimal("NaN"))
    with pytest.raises(TypeError, match="set"):
        dumps_exact({1})
    with pytest.raises(ValueError, match="Expecting"):
        loads_exact(b"{")
