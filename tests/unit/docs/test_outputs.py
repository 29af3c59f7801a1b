# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Holds what is documented of the roles' outputs to what they return: the facts, the keys of plan and summary."""

from __future__ import annotations

import re
from pathlib import Path
from types import ModuleType

import pytest
import yaml
from ansible_collections.dax.cross_account.plugins.module_utils.plan.account_a.plan import plan_a
from ansible_collections.dax.cross_account.plugins.module_utils.plan.account_b.plan import plan_b
from ansible_collections.dax.cross_account.plugins.module_utils.plan.option_types import Options
from ansible_collections.dax.cross_account.plugins.module_utils.plan.options import ConsumerOptions, OwnerOptions
from ansible_collections.dax.cross_account.plugins.module_utils.plan.published import Header
from ansible_collections.dax.cross_account.plugins.module_utils.plan.report import Summary
from ansible_collections.dax.cross_account.plugins.modules import dax_account_a_reconcile, dax_account_b_reconcile
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils import builders as build

ROOT = Path(__file__).parents[3]
ROLES = ROOT / "roles"
SUMMARY = sorted(Summary.__annotations__)


def rows(kind: type[Options], head: str) -> list[str]:
    """Return the first cells of the table with this head in the README of a role."""
    page = (ROLES / kind.PREFIX.rstrip("_") / "README.md").read_text(encoding="utf-8")
    table = re.search(rf"^\| {head} \|.*\n\|.*\n((?:\|.*\n)+)", page, re.MULTILINE)
    assert table is not None
    return re.findall(r"^\| `(\w+)` \|", table[1], re.MULTILINE)


@pytest.mark.parametrize("kind", [OwnerOptions, ConsumerOptions])
def test_the_readme_lists_the_outputs_and_the_keys_of_the_summary(kind: type[Options]) -> None:
    assert sorted(rows(kind, "Fact")) == sorted(f"{kind.PREFIX}{name}" for name in kind.OUTPUTS)
    assert sorted(rows(kind, "Key")) == SUMMARY


@pytest.mark.parametrize("module", [dax_account_a_reconcile, dax_account_b_reconcile])
def test_the_modules_document_the_keys_of_the_summary(module: ModuleType) -> None:
    assert sorted(yaml.safe_load(module.RETURN)["summary"]["contains"]) == SUMMARY


@pytest.mark.parametrize("side", ["a", "b"])
def test_module_and_filter_document_the_keys_of_the_plan(side: str) -> None:
    made = plan_a(build.facts_a(), build.wanted_a()) if side == "a" else plan_b(build.facts_b(), build.wanted_b())
    module = {"a": dax_account_a_reconcile, "b": dax_account_b_reconcile}[side]
    page = yaml.safe_load((ROOT / "plugins" / "filter" / f"plan_{side}.yml").read_text(encoding="utf-8"))
    assert sorted(page["RETURN"]["_value"]["contains"]) == sorted(made)
    assert sorted(yaml.safe_load(module.RETURN)["plan"]["contains"]) == sorted([*made, *Header.__annotations__])
