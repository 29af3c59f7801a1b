# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the policy simulator is asked: the actions of the generated policies, on resources as a run meets them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, cast

import pytest
from ansible_collections.dax.cross_account.plugins.module_utils.common.prerequisites import Probe
from ansible_collections.dax.cross_account.plugins.module_utils.common.rights import RIGHTS
from ansible_collections.dax.cross_account.plugins.module_utils.plan.check.rights import Side, known_ids, probes
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils import builders as build
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.plan.check.checking import (
    bad,
    decision,
    of_b,
    read,
    value,
)

ROOT = Path(__file__).resolve().parents[6]
SIDES: tuple[Side, ...] = ("a", "b")


def asked(side: Side, facts: dict[str, Any] | None = None, partition: str = "aws", **given: Any) -> list[Probe]:
    account = {"a": build.A, "b": build.B}[side]
    options = build.wanted_a(**given) if side == "a" else build.wanted_b(cluster=build.cluster_document(), **given)
    who = cast(Any, build.identity(account, partition))
    return probes(side, options, who, build.REGION, build.CLUSTER_ARN, known_ids(facts))


def of(found: list[Probe], action: str) -> list[str]:
    return sorted({arn for probe in found if action in probe["actions"] for arn in probe["resources"]})


@pytest.mark.parametrize("side", SIDES)
def test_every_action_of_the_policy_is_asked_about(side: Side) -> None:
    policy = json.loads((ROOT / "docs" / f"permissions_{side}.json").read_text(encoding="utf-8"))
    granted = {action for statement in policy["Statement"] for action in statement["Action"]}
    assert {action for right in RIGHTS[side] for action in right.actions} == granted
    everything = {"ssm_access": True, "sts_access": "vpc_endpoint"} if side == "b" else {}
    assert {action for probe in asked(side, **everything) for action in probe["actions"]} == granted


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("partition", ["aws", "aws-cn"])
def test_resources_are_whole_arns_of_the_account(side: Side, partition: str) -> None:
    account = {"a": build.A, "b": build.B}[side]
    for probe in asked(side, partition=partition):
        for arn in probe["resources"]:
            assert arn == "*" or re.fullmatch(rf"arn:{partition}:(ec2|iam|ssm):[a-z0-9-]*:({account})?:[^*]+", arn), arn


@pytest.mark.parametrize("side", SIDES)
def test_each_action_gets_resources(side: Side) -> None:
    assert [probe["sid"] for probe in asked(side) if not probe["resources"] or not probe["actions"]] == []


def test_names_and_paths_are_those_of_the_variables() -> None:
    found = asked("b", role_name="Client", role_path="/apps/", instance_profile_name="Profile", key_name="ops")
    assert of(found, "iam:CreateRole") == [f"arn:aws:iam::{build.B}:role/apps/Client"]
    assert of(found, "iam:CreateInstanceProfile") == [f"arn:aws:iam::{build.B}:instance-profile/apps/Profile"]
    assert any(arn.endswith(":key-pair/ops") for arn in of(found, "ec2:RunInstances"))
    assert not any("key-pair" in arn for arn in of(asked("b"), "ec2:RunInstances"))
    assert of(asked("a", role_name="Own"), "iam:CreateRole") == [f"arn:aws:iam::{build.A}:role/Own"]
    assert len(of(asked("a", role_per_consumer=True), "iam:CreateRole")) == 2


def test_what_is_there_is_asked_about_by_its_id() -> None:
    found = asked("a", build.facts_a())
    assert of(found, "ec2:CreateRoute") == [
        f"arn:aws:ec2:{build.REGION}:{build.A}:route-table/{table}"
        for table in sorted(set(build.facts_a()["effective_route_tables"].values()))
    ]
    assert f"arn:aws:ec2:{build.REGION}:{build.A}:vpc/{build.VPC_A}" in of(found, "ec2:AcceptVpcPeeringConnection")


def test_an_action_is_asked_about_only_where_it_is_needed() -> None:
    kinds = {arn.rpartition(":")[2].partition("/")[0] for arn in of(asked("b"), "ec2:DeleteVpc")}
    assert kinds == {"vpc"}


@pytest.mark.parametrize(
    ("given", "action"),
    [
        ({"instance": False}, "ec2:RunInstances"),
        ({"image_id": "ami-1"}, "ssm:GetParameters"),
        ({}, "route53:AssociateVPCWithHostedZone"),
        ({}, "iam:AttachRolePolicy"),
    ],
    ids=str,
)
def test_what_the_options_do_not_need_is_not_asked_about(given: dict[str, Any], action: str) -> None:
    only_needed = {probe["sid"]: probe for probe in asked("b", **given) if action in probe["actions"]}
    assert set(only_needed) <= {"Make"}


def test_the_conditions_get_the_values_that_a_run_brings_along() -> None:
    contexts = {probe["sid"]: probe["context"] for probe in asked("b")}
    assert contexts["Make"] == {f"aws:RequestTag/{build.MARK}": build.CLUSTER_ARN}
    assert contexts["Remove"] == {f"aws:ResourceTag/{build.MARK}": build.CLUSTER_ARN}
    assert contexts["PassRole"] == {"iam:PassedToService": "ec2.amazonaws.com"}


def test_denials_are_told_by_statement_with_the_place() -> None:
    subnet = f"arn:aws:ec2:{build.REGION}:{build.B}:subnet/subnet-{'0' * 17}"
    denied = [
        decision("ec2:CreateSubnet", False, resource=subnet),
        decision("ec2:CreateVpc", False),
        decision("iam:CreateRole", False, sid="Role"),
    ]
    findings = of_b(read("b", rights=value([*denied, decision("ec2:DescribeVpcs", sid="Read")])))
    assert bad(findings) == [("rights Make", "missing"), ("rights Role", "missing")]
    (line,) = [line for line in findings.lines() if "rights Make" in line]
    assert "ec2:CreateSubnet, ec2:CreateVpc on subnet/* are not allowed" in line
