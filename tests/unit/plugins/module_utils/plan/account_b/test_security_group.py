# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils import builders as build
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.builders import adopted_b, built_b, facts_b
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.plan.account_b.planning import (
    NAMED,
    actions,
    args,
    plan,
)

CREATED = [("create", "security_group:dax-client")]


@pytest.mark.parametrize(
    ("facts", "groups", "options", "expected", "used"),
    [
        pytest.param(built_b, [], {}, CREATED, None, id="missing"),
        pytest.param(built_b, [build.group("sg-1", name="dax-client", tags=NAMED)], {}, [], "sg-1", id="owned"),
        pytest.param(
            built_b,
            [build.group("sg-1", name="dax-client")],
            {},
            [("change", "security_group:sg-1#tags")],
            "sg-1",
            id="by its name",
        ),
        pytest.param(adopted_b, [build.group("sg-1", name="dax-client")], {}, [], "sg-1", id="adopted by its name"),
        pytest.param(
            adopted_b,
            [build.group("sg-1", name="x")],
            {"security_group_id": "sg-1"},
            [],
            "sg-1",
            id="the user's choice",
        ),
        pytest.param(adopted_b, [build.group("sg-1", name="x")], {}, CREATED, None, id="none"),
    ],
)
def test_the_security_group(
    facts: Any, groups: list[dict[str, Any]], options: dict[str, Any], expected: list[tuple[str, str]], used: str | None
) -> None:
    result = plan(facts(security_groups=[build.group("sg-d", name="default"), *groups]), **options)
    assert actions(result, "security_group") == expected
    assert result["document"]["security_group_id"] == used
    given = {
        "state": "present",
        "name": "dax-client",
        "description": "dax-client" if used else "DAX clients of orders",
        "vpc_id": "vpc-b",
        "tags": NAMED,
        "purge_tags": False,
        "purge_rules": False,
        "purge_rules_egress": False,
        **({"group_id": used} if used else {}),
    }
    assert args(result, "security_group") == ([given] if expected else [])


@pytest.mark.parametrize(
    "named", [[], [build.group("sg-0", name="dax-client")]], ids=["alone", "beside one of the name"]
)
def test_a_group_of_ours_is_not_renamed(named: list[dict[str, Any]]) -> None:
    result = plan(built_b(security_groups=[*named, build.group("sg-1", name="x", tags=NAMED)]))
    assert actions(result, "security_group") == [("conflict", "security_group:sg-1")], "tags go before names"
    assert "named x" in result["conflicts"][0] and "dax_account_b_security_group_name" in result["conflicts"][0]


def test_a_group_in_a_vpc_that_is_still_to_be_made_is_planned_and_not_written() -> None:
    result = plan(facts_b())
    assert actions(result, "security_group") == CREATED
    assert args(result, "security_group") == []
