# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module from its options to its facts; what is read is tested with module_utils."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.dax.cross_account.plugins.modules import dax_doctor_info

A = {"side": "a", "cluster_name": "Orders", "role_name": "DaxCrossAccountRole"}
B = {"side": "b", "name": "payments", "cluster_arn": "arn:aws:dax:us-east-1:111111111111:cache/orders"}


@pytest.mark.parametrize("options", [{}, {"side": "c"}, {"side": "a", "role_name": "x"}, {"side": "b", "name": "x"}])
def test_what_each_side_needs(options: dict[str, Any], run_module: Any, fake_aws: Any) -> None:
    result = run_module(dax_doctor_info, options, sts=fake_aws("sts"))
    assert result["failed"] and "\n" not in result["msg"]


# What each side calls, whatever it is told.
CALLS = {
    "a": {"dax": ["DescribeClusters"], "iam": ["GetRole"]},
    "b": {"ec2": ["DescribeVpcs", "DescribeInstances"], "iam": ["GetRole", "GetInstanceProfile"]},
}


@pytest.mark.parametrize("options", [A, {**B, "role_name": "x", "instance_profile_name": "x"}], ids=["a", "b"])
def test_what_is_refused_is_a_problem_of_its_own_that_names_the_right(
    options: dict[str, Any], run_module: Any, fake_aws: Any, aws_error: Any
) -> None:
    clients = {name: fake_aws(name) for name in ("sts", "ec2", "dax", "iam", "route53")}
    arn = "arn:aws:iam::111111111111:user/x"
    clients["sts"].on("GetCallerIdentity", {"Account": "111111111111", "Arn": arn, "UserId": "x"})
    refused = aws_error("AccessDenied", "User: x is not authorized")
    for service, operations in CALLS[options["side"]].items():
        for operation in operations:
            clients[service].on(operation, refused)
    result = run_module(dax_doctor_info, options, **clients)
    assert not result["failed"], result
    assert result["changed"] is False
    facts = result["facts"]
    assert (facts["side"], facts["identity"]["account_id"]) == (options["side"], "111111111111")
    readings = [*facts["readings"].values(), *facts.get("roles", {}).values()]
    problems = {item["problem"] for item in readings if item["problem"]}
    assert len(problems) > 1 and all("AccessDenied" in problem for problem in problems)
    rights = {"a": ("dax:DescribeClusters", "iam:GetRole"), "b": ("ec2:DescribeVpcs", "iam:GetRole")}
    for right in rights[options["side"]]:
        assert any(right in problem for problem in problems), (right, problems)
