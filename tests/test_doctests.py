"""The examples in docstrings."""

import doctest
import importlib
import pkgutil

import pytest

import chebtucker as ct

MODULES = sorted(
    name
    for _, name, _ in pkgutil.walk_packages(ct.__path__, "chebtucker.")
    if not name.endswith("__main__") and "backends" not in name
)


@pytest.mark.parametrize("name", MODULES)
def test_docstrings(name):
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_there_are_examples():
    count = sum(doctest.testmod(importlib.import_module(name)).attempted for name in MODULES)
    assert count > 50
