# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Holds the descriptions of the roles' variables to what the options enforce, and the variables to being used.

That both have the same variables of the same types is in plugins/module_utils/plan/test_options.py.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
import yaml
from ansible_collections.dax.cross_account.plugins.module_utils.plan.option_types import Options
from ansible_collections.dax.cross_account.plugins.module_utils.plan.options import (
    ClientOptions,
    ConsumerOptions,
    OwnerOptions,
)

ROOT = Path(__file__).parents[3]
ROLES = ROOT / "roles"
KINDS: list[type[Options]] = [OwnerOptions, ConsumerOptions, ClientOptions]
# Where options are read.
READERS = ("plugins/action/*.py", "plugins/plugin_utils/side.py", "plugins/module_utils/plan/**/*.py")


@pytest.mark.parametrize("kind", KINDS)
def test_a_description_says_what_is_enforced(kind: type[Options]) -> None:
    path = ROLES / kind.PREFIX.rstrip("_") / "meta" / "argument_specs.yml"
    entries = yaml.safe_load(path.read_text(encoding="utf-8"))["argument_specs"].values()
    specs = {name: option for entry in entries for name, option in entry["options"].items()}
    left_out = []
    for name, field in kind.variables().items():
        given = specs[name]["description"]
        text = re.sub(r"\b[CVO]\(([^)]*)\)", r"\1", given if isinstance(given, str) else " ".join(given))
        rules = field.metadata
        said = [rules["rule"]] if rules.get("rule") else []
        # An empty one may stand for more than nothing, so the description has words of its own for it.
        said = [re.sub(r", or empty.*", ", or empty", rule) for rule in said]
        said += [f"{rules['low']} to {rules['high']}"] if rules.get("low") is not None else []
        left_out += [f"{name}: {words}" for words in said if words.lower() not in text.lower()]
    assert left_out == []


def test_every_variable_is_used() -> None:
    trees = [ast.parse(path.read_text(encoding="utf-8")) for glob in READERS for path in ROOT.glob(glob)]
    read = {node.attr for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    # The tasks of dax_client read what its action returns.
    files = [path for path in (ROLES / "dax_client").rglob("*") if path.suffix in (".yml", ".j2")]
    read |= {name for path in files for name in re.findall(r"\.options\.(\w+)", path.read_text(encoding="utf-8"))}
    fields = {field.name for kind in KINDS for field in kind.variables().values()}
    assert sorted(fields - read) == []
