# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils import builders as build
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.builders import (
    BLOCK_A,
    BLOCK_B,
    VPC_A,
    adopted_b,
    built_b,
    cluster_document,
    done,
    facts_b,
)
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.plan.account_b.planning import (
    POLICY,
    PROFILE,
    ROLE,
    plan,
)


def test_an_empty_account() -> None:
    result = plan(facts_b())
    assert done(result) == [
        ("create", ROLE),
        ("create", POLICY),
        ("create", PROFILE),
        ("create", "vpc:dax-client"),
        ("create", "subnet:10.1.0.0/24"),
        ("create", "security_group:dax-client"),
        ("create", "internet_gateway:"),
        ("create", "route:0.0.0.0/0"),
        ("create", f"peering_connection:{VPC_A}/{build.A}"),
        ("create", f"route:{BLOCK_A}"),
        ("create", "instance:dax-client"),
    ]
    assert list(result["writes"]) == ["role", "policy", "instance_profile", "vpc"], "the rest needs ids that these make"


def test_check_mode_makes_no_difference() -> None:
    for facts in (facts_b(), built_b(), adopted_b()):
        assert plan(facts, check_mode=True) == plan(facts)


@pytest.mark.parametrize("how", ["ours", "peering"])
def test_a_converged_account_has_nothing_to_change(how: str) -> None:
    result = plan(built_b(vpc_found_by=how))
    assert result["actions"] == []
    assert result["lines"] == ["account B: nothing to change"]
    assert (result["steps"], result["writes"]) == ([], {})


# What is refused before anything is written.


@pytest.mark.parametrize(
    ("facts", "cluster", "options", "says"),
    [
        pytest.param(facts_b(), {}, {"account_id": build.C}, [build.B, "dax_account_b_account_id"], id="wrong account"),
        pytest.param(
            facts_b(identity=build.identity(build.A)),
            {},
            {},
            ["both sides", "dax_account_b_connection"],
            id="same account",
        ),
        pytest.param(
            facts_b(identity=build.identity(build.B, "aws-cn")),
            {},
            {},
            ["aws-cn", "dax_account_b_connection"],
            id="partition",
        ),
        pytest.param(
            facts_b(), {"kind": "x"}, {}, ["the cluster document", "dax_account_b_cluster"], id="bad document"
        ),
        pytest.param(facts_b(), {}, {"name": "a b"}, ["'a b'", "dax_account_b_name"], id="name"),
        pytest.param(
            facts_b(), {}, {"vpc_cidr": "10.0.9.0/24"}, ["10.0.9.0/24", BLOCK_A, "dax_account_b_vpc_cidr"], id="overlap"
        ),
        pytest.param(
            facts_b(),
            {"cidr_blocks": [BLOCK_A, "100.64.0.0/16"]},
            {"vpc_cidr": "100.64.9.0/24"},
            ["100.64.9.0/24", "100.64.0.0/16"],
            id="overlaps the secondary",
        ),
        pytest.param(
            adopted_b(),
            {"cidr_blocks": ["10.1.0.0/16"]},
            {},
            [BLOCK_B, "10.1.0.0/16", "dax_account_b_vpc_id"],
            id="adopted",
        ),
        pytest.param(
            built_b(peerings=[]), {"cidr_blocks": ["10.1.0.0/16"]}, {}, [BLOCK_B, "dax_account_b_vpc_cidr"], id="ours"
        ),
        pytest.param(
            built_b(), {}, {"vpc_cidr": "10.9.0.0/24"}, [BLOCK_B, "10.9.0.0/24", "teardown"], id="another block now"
        ),
        pytest.param(
            built_b(),
            {},
            {"owner_account_id": build.C},
            [f"is of account {build.A}, not of {build.C}", "dax_account_b_owner_account_id"],
            id="another owner than pinned",
        ),
        pytest.param(
            built_b(),
            {"account_id": build.C, "role_arn": f"arn:aws:iam::{build.C}:role/Steal"},
            {},
            [build.CLUSTER_ARN, f"arn:aws:dax:us-east-1:{build.C}:cache/orders", "dax_account_b_cluster"],
            id="H6: account and ARN do not agree",
        ),
        pytest.param(
            built_b(), {"region": "eu-west-1"}, {}, ["arn:aws:dax:eu-west-1"], id="H6: region and ARN do not agree"
        ),
        pytest.param(
            built_b(), {"cluster_name": "stock"}, {}, ["cache/stock"], id="H6: cluster name and ARN do not agree"
        ),
        pytest.param(
            built_b(),
            {"cidr_blocks": [BLOCK_A, "10.9.0.0/16"]},
            {},
            ["10.9.0.0/16", "pcx-1", BLOCK_A, "dax_account_b_cluster"],
            id="H4: a block beyond what EC2 shows",
        ),
        pytest.param(
            built_b(),
            {"network_type": "dual_stack", "ipv6_cidr_blocks": ["2001:db8:a::/56"]},
            {},
            ["2001:db8:a::/56", "pcx-1"],
            id="H4: an IPv6 block that EC2 does not show",
        ),
        *[
            pytest.param(facts_b(), {"cidr_blocks": [block]}, {}, [block], id=f"H4: {block}")
            for block in ("54.0.0.0/8", "169.254.169.254/32", "0.0.0.0/0")
        ],
        pytest.param(
            facts_b(), {}, {"vpc_cidr": "10.1.0.1/24"}, ["host bits", "dax_account_b_vpc_cidr"], id="host bits"
        ),
        pytest.param(facts_b(), {}, {"vpc_cidr": "ten"}, ["dax_account_b_vpc_cidr"], id="no block"),
        pytest.param(facts_b(), {}, {"vpc_cidr": "2001:db8::/56"}, ["dax_account_b_vpc_cidr"], id="IPv6 block"),
        pytest.param(
            facts_b(), {}, {"vpc_cidr": "11.0.0.0/8"}, ["/8", "/16 to /28", "dax_account_b_vpc_cidr"], id="large"
        ),
        pytest.param(facts_b(), {}, {"vpc_prefix": 29}, ["/29", "dax_account_b_vpc_prefix"], id="small"),
        pytest.param(facts_b(), {}, {"vpc_pools": ["10.0.0.0/33"]}, ["dax_account_b_vpc_pools"], id="pools"),
        pytest.param(
            facts_b(),
            {},
            {"vpc_pools": [BLOCK_A]},
            ["a free /24", BLOCK_A, "dax_account_b_vpc_prefix"],
            id="nothing free",
        ),
        pytest.param(
            facts_b(),
            {},
            {"vpc_prefix": 28, "subnet_count": 2},
            ["too small", "dax_account_b_subnet_count"],
            id="subnets",
        ),
        pytest.param(
            built_b(), {}, {"subnet_count": 40}, ["too small", "dax_account_b_subnet_count"], id="subnets, later"
        ),
        pytest.param(
            built_b(), {}, {"subnet_count": 2}, ["no free /25", "dax_account_b_subnet_count"], id="no room for another"
        ),
        pytest.param(
            adopted_b(),
            {},
            {"subnet_ids": ["subnet-9"]},
            ["subnet-9", "subnet-1, subnet-2", "dax_account_b_subnet_ids"],
        ),
        pytest.param(adopted_b(subnets=[], effective_route_tables={}), {}, {}, ["no subnet"], id="adopted, no subnet"),
        pytest.param(
            adopted_b(), {}, {"security_group_id": "sg-9"}, ["sg-9", "dax_account_b_security_group_id"], id="group"
        ),
    ],
)
def test_what_cannot_be_is_refused(
    facts: dict[str, Any], cluster: dict[str, Any], options: dict[str, Any], says: list[str]
) -> None:
    result = plan(facts, cluster, **options)
    assert len(result["conflicts"]) == 1, result["conflicts"]
    assert [text for text in says if text not in result["conflicts"][0]] == []
    assert result["lines"][0] == "account B: refused, nothing has been written"


def test_acls_of_the_clients_subnets_are_reported() -> None:
    facts = built_b(network_acls=[build.acl(), build.acl(acl_id="acl-2", subnets=("subnet-9",))])
    endpoint = {**cluster_document()["endpoint"], "port": 9111}
    warnings = plan(facts, {"endpoint": endpoint, "encryption_type": "TLS"})["warnings"]
    assert len(warnings) == 2
    assert f"acl-1: TCP 1024-65535 from {BLOCK_A}" in warnings[0]
    assert f"acl-1: TCP 9111 to {BLOCK_A}" in warnings[1]
