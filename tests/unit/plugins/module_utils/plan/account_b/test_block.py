# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.dax.cross_account.plugins.module_utils.plan.account_b.block import block_request, choose_block
from ansible_collections.dax.cross_account.plugins.module_utils.plan.account_b.plan import plan_b
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.builders import (
    BLOCK_B,
    built_b,
    facts_b,
    vpc,
    wanted_b,
)
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.plan.account_b.planning import (
    actions,
    args,
    plan,
)


@pytest.mark.parametrize(
    ("facts", "cluster", "options", "block"),
    [
        pytest.param({}, {}, {}, "10.1.0.0/24", id="after account A's"),
        pytest.param({}, {"cidr_blocks": ["192.168.0.0/16"]}, {}, "10.0.0.0/24", id="the first of all"),
        pytest.param({}, {"cidr_blocks": ["10.0.0.0/16", "10.1.0.0/16"]}, {}, "10.2.0.0/24", id="secondary of A"),
        pytest.param({}, {"routed_cidr_blocks": ["10.1.0.0/16"]}, {}, "10.2.0.0/24", id="A routes it"),
        pytest.param({}, {"routed_cidr_blocks": ["2001:db8::/32"]}, {}, "10.1.0.0/24", id="IPv6 does not count"),
        pytest.param({"routed_cidr_blocks": ["10.1.0.0/20"]}, {}, {}, "10.1.16.0/24", id="B routes it"),
        pytest.param({"vpcs": [vpc("vpc-x", "10.1.0.0/24", "10.1.1.0/24")]}, {}, {}, "10.1.2.0/24", id="B's own VPCs"),
        pytest.param({}, {}, {"vpc_prefix": 16}, "10.1.0.0/16", id="a larger one"),
        pytest.param({}, {}, {"vpc_prefix": 28}, "10.1.0.0/28", id="a smaller one"),
        pytest.param({}, {}, {"vpc_pools": ["100.64.0.0/10"]}, "100.64.0.0/24", id="another pool"),
        pytest.param({}, {}, {"vpc_pools": []}, "10.1.0.0/24", id="no pools are the private ones"),
        pytest.param({}, {}, {"vpc_cidr": "10.77.0.0/20"}, "10.77.0.0/20", id="given"),
    ],
)
def test_the_first_block_free_of_everything_is_chosen(
    facts: dict[str, Any], cluster: dict[str, Any], options: dict[str, Any], block: str
) -> None:
    result = plan(facts_b(**facts), cluster, **options)
    assert [given["cidr_block"] for given in args(result, "vpc")] == [block]
    assert result["document"]["cidr_blocks"] == [block]
    assert result["conflicts"] == []


def test_the_choice_is_stable_once_made() -> None:
    """The VPC is there: what is free now, and what else is taken by then, do not count any more."""
    cluster = {"routed_cidr_blocks": [BLOCK_B], "cidr_blocks": ["172.20.0.0/16"]}
    result = plan(built_b(), cluster)
    assert actions(result, "vpc") == []
    assert result["document"]["cidr_blocks"] == [BLOCK_B]


def test_a_given_block_that_is_routed_elsewhere_is_a_warning() -> None:
    result = plan(
        facts_b(routed_cidr_blocks=["10.7.0.0/16"]), {"routed_cidr_blocks": ["10.8.0.0/16"]}, vpc_cidr="10.7.1.0/24"
    )
    assert len(result["warnings"]) == 1
    assert "10.7.0.0/16" in result["warnings"][0]


def test_several_new_consumers_of_one_run_choose_apart_and_in_order() -> None:
    given: list[dict[str, Any]] = [{}, {}, {"vpc_cidr": "10.1.1.0/24"}, {"vpc_prefix": 16}]
    options = [wanted_b(name=f"c{number}", **item) for number, item in enumerate(given)]
    requests = [block_request(facts_b(), item) for item in options]
    blocks = []
    for number, item in enumerate(options):
        item = replace(item, earlier_requests=requests[:number], later_requests=requests[number + 1 :])
        blocks.append(plan_b(facts_b(), item)["document"]["cidr_blocks"][0])
    assert blocks == ["10.1.0.0/24", "10.1.2.0/24", "10.1.1.0/24", "10.2.0.0/16"]


def test_a_consumer_that_has_its_vpc_keeps_its_block_from_the_others() -> None:
    there = block_request(built_b(), wanted_b(vpc_prefix=99))
    assert there["blocks"] == [BLOCK_B]
    new = block_request(facts_b(), wanted_b())
    assert choose_block(new, [there], []) == choose_block(new, [], [there]) == "10.1.1.0/24"


def test_options_that_are_refused_do_not_stop_the_other_consumers() -> None:
    bad = [block_request(facts_b(), wanted_b(**item)) for item in ({"vpc_cidr": "x"}, {"vpc_pools": ["y"]})]
    assert choose_block(block_request(facts_b(), wanted_b()), bad, bad) == "10.1.0.0/24"
