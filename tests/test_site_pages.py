"""The pages of the documentation as text: nothing public is missing from them."""

import importlib
import re
from pathlib import Path

import pytest

import chebtucker as ct

DOCS = Path(__file__).parents[1] / "docs"
HOMES = ["", "angular", "construct", "decompositions", "io", "kernels", "plotting", "potentials"]
HOMES += ["studies", "systems", "tensors"]


def listed():
    """Full names that the pages of the API list."""
    names = set()
    for page in (DOCS / "api").glob("*.md"):
        for block in re.findall(r"```\{eval-rst\}\n(.*?)```", page.read_text(), re.DOTALL):
            module = re.search(r"currentmodule:: (\S+)", block).group(1)
            names |= {f"{module}.{name}" for name in re.findall(r"^   (\w+)$", block, re.MULTILINE)}
    return names


@pytest.mark.parametrize("home", HOMES)
def test_every_public_name_has_a_place_in_the_api(home):
    module = importlib.import_module(f"chebtucker.{home}".rstrip("."))
    known = {name.rpartition(".")[2] for name in listed()} | {"angular", "HOMES"}
    missing = sorted(set(module.__all__) - known)
    assert not missing, f"add them to a page in docs/api/: {missing}"


def test_every_name_in_the_api_exists_and_is_documented():
    for full in listed():
        module, _, name = full.rpartition(".")
        assert getattr(importlib.import_module(module), name).__doc__, full


def test_front_door_names_are_shown_as_such():
    shown = {name.split(".")[1] for name in listed() if name.count(".") == 1}
    assert set(ct.__all__) - {"angular"} == shown
