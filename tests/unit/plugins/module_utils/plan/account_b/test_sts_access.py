# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.builders import (
    adopted_b,
    built_b,
    facts_b,
)
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.plan.account_b.planning import (
    NAMED,
    actions,
    args,
    plan,
)

GATEWAY = "internet_gateway:igw-1"


def gateway(**more: Any) -> dict[str, Any]:
    return {"internet_gateway_id": "igw-1", "attached": True, "tags": NAMED, **more}


@pytest.mark.parametrize(
    ("gateways", "expected", "given_id"),
    [
        pytest.param([gateway()], [], None, id="there"),
        pytest.param([], [("create", "internet_gateway:")], None, id="missing"),
        pytest.param([gateway(tags={})], [("change", f"{GATEWAY}#tags")], "igw-1", id="tags"),
        pytest.param([gateway(attached=False)], [("change", f"{GATEWAY}#attachment")], "igw-1", id="detached"),
    ],
)
def test_an_internet_gateway(gateways: list[Any], expected: list[tuple[str, str]], given_id: str | None) -> None:
    result = plan(built_b(internet_gateways=gateways))
    assert actions(result, "internet_gateway", "endpoints") == expected
    given = {"state": "present", "vpc_id": "vpc-b", "tags": NAMED, "purge_tags": False}
    given |= {"internet_gateway_id": given_id} if given_id else {}
    assert args(result, "internet_gateway") == ([given] if expected else [])
    assert all("once" in call or given_id for call in result["writes"].get("internet_gateway", []))


def test_a_gateway_of_a_vpc_that_is_still_to_be_made_is_planned_and_not_written() -> None:
    result = plan(facts_b())
    assert actions(result, "internet_gateway") == [("create", "internet_gateway:")]
    assert args(result, "internet_gateway") == []


def test_an_adopted_vpc_gets_no_gateway() -> None:
    assert actions(plan(adopted_b()), "internet_gateway") == []
