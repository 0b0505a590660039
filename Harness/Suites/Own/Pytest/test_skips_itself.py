import pytest

pytest.importorskip("a_module_that_nobody_has")


def test_never_seen():
    raise AssertionError
