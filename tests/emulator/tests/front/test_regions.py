# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Regions that an account has to enable."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import Account, Control, code_of, message_of

REGION = "eu-south-2"
CALLS = [
    ("sts", "get_caller_identity", {}, "InvalidClientTokenId", 403),
    ("ec2", "describe_vpcs", {}, "AuthFailure", 401),
    ("dax", "describe_clusters", {}, "UnrecognizedClientException", 403),
    ("ssm", "get_parameters", {"Names": ["x"]}, "UnrecognizedClientException", 403),
    ("dynamodb", "list_tables", {}, "UnrecognizedClientException", 403),
]


@pytest.mark.parametrize(("service", "call", "arguments", "code", "status"), CALLS)
def test_a_region_that_is_not_enabled_knows_no_key_of_the_account(
    account: Account, other: Account, control: Control, service: str, call: str, arguments: Any, code: str, status: int
) -> None:
    def method(of: Account, region: str = REGION) -> Any:
        return getattr(of.client(service, region), call)

    method(account)(**arguments)  # by default every account has every region
    control.settings(enabled_regions={other.id: [REGION]})
    assert code_of(method(account), **arguments) == code
    refused = control.calls(account.id)[-1]
    assert (refused["error"], refused["status"]) == (code, status)
    method(other)(**arguments)
    method(account, "eu-central-1")(**arguments)  # is open to everyone
    control.settings(opt_in_regions=["eu-central-1"])
    method(account)(**arguments)
    assert code_of(method(account, "eu-central-1"), **arguments) == code


@pytest.mark.parametrize(
    ("caller", "owner", "code"),
    [
        ([REGION], [REGION], None),
        ([REGION], [], "RegionDisabledException"),
        ([], [REGION], "InvalidClientTokenId"),
        ([], [], "InvalidClientTokenId"),
        (["*"], ["*"], None),
    ],
)
def test_assume_role_needs_the_region_in_both_accounts(
    account: Account, other: Account, control: Control, caller: list[str], owner: list[str], code: str | None
) -> None:
    arn = account.role("dax", f"arn:aws:iam::{other.id}:root")
    control.settings(enabled_regions={other.id: caller, account.id: owner})
    assume = other.client("sts", REGION).assume_role
    wanted = {"RoleArn": arn, "RoleSessionName": "test"}
    if code is None:
        assume(**wanted)
        return
    assert code_of(assume, **wanted) == code
    if code == "RegionDisabledException":
        assert f"STS is not activated in this region for account:{account.id}" in message_of(assume, **wanted)


def test_iam_is_everywhere(account: Account, control: Control) -> None:
    control.settings(preset="realistic")
    account.iam.list_roles()
    assert code_of(account.client("ec2", REGION).describe_vpcs) == "AuthFailure"
    assert code_of(account.client("ec2", "af-south-1").describe_vpcs) == "AuthFailure"


def test_ec2_lists_what_an_account_has_enabled(account: Account, control: Control) -> None:
    ec2 = account.client("ec2", "us-east-1")

    def listed(**arguments: Any) -> dict[str, str]:
        return {item["RegionName"]: item["OptInStatus"] for item in ec2.describe_regions(**arguments)["Regions"]}

    assert listed()[REGION] == "opted-in"
    control.settings(enabled_regions={})
    everywhere = listed(AllRegions=True)
    assert (everywhere[REGION], everywhere["us-east-1"]) == ("not-opted-in", "opt-in-not-required")
    assert REGION not in listed()
    assert "us-east-1" in listed()
