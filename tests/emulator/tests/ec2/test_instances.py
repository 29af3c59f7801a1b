# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Instances, their images and metadata options, and requests that are repeated."""

from __future__ import annotations

import pytest
from conftest import Account, code_of
from launching import AL2023, launch, profile, shown


@pytest.mark.parametrize("region", ["us-east-1", "cn-north-1", "us-gov-west-1"])
def test_the_amazon_linux_image_is_found_by_its_parameter(account: Account, region: str) -> None:
    value = account.client("ssm", region).get_parameter(Name=AL2023)["Parameter"]["Value"]
    [image] = account.client("ec2", region).describe_images(ImageIds=[value])["Images"]
    assert (image["State"], image["Architecture"], image["RootDeviceName"]) == ("available", "x86_64", "/dev/xvda")
    assert image["Name"].startswith("al2023-ami-")


def test_an_image_must_exist(account: Account) -> None:
    _, [subnet] = account.vpc("10.0.0.0/16", 1)
    wanted = {"account": account, "subnet": subnet}
    assert code_of(launch, image="ami-00000000000000000", **wanted) == "InvalidAMIID.NotFound"
    assert code_of(launch, image="resolve:ssm:/no/such/parameter", **wanted) == "InvalidParameterValue"


def test_a_repeated_request_starts_nothing(account: Account) -> None:
    _, [subnet] = account.vpc("10.0.0.0/16", 1)
    first = launch(account, subnet, ClientToken="once")
    again = launch(account, subnet, ClientToken="once")
    assert first["InstanceId"] == again["InstanceId"]
    assert again["NetworkInterfaces"] == first["NetworkInterfaces"]
    assert launch(account, subnet)["InstanceId"] != first["InstanceId"]


def test_a_repeated_termination_and_removal_are_answered(account: Account) -> None:
    _, [subnet] = account.vpc("10.0.0.0/16", 1)
    instance = launch(account, subnet)["InstanceId"]
    for _ in range(2):
        (ended,) = account.ec2.terminate_instances(InstanceIds=[instance])["TerminatingInstances"]
        assert ended["InstanceId"] == instance
    profile(account)
    remove = account.iam.remove_role_from_instance_profile
    remove(InstanceProfileName="client", RoleName="client")
    assert code_of(remove, InstanceProfileName="client", RoleName="client") == "NoSuchEntity"


def test_metadata_options(account: Account) -> None:
    _, [subnet] = account.vpc("10.0.0.0/16", 1)
    instance = launch(account, subnet, MetadataOptions={"HttpTokens": "required"})["InstanceId"]
    options = shown(account, instance)["MetadataOptions"]
    assert (options["HttpTokens"], options["HttpPutResponseHopLimit"]) == ("required", 1)
    account.ec2.modify_instance_metadata_options(InstanceId=instance, HttpPutResponseHopLimit=2)
    options = shown(account, instance)["MetadataOptions"]
    assert (options["HttpTokens"], options["HttpPutResponseHopLimit"]) == ("required", 2)
    missing = {"InstanceId": "i-00000000000000000", "HttpTokens": "required"}
    assert code_of(account.ec2.modify_instance_metadata_options, **missing) == "InvalidInstanceID.NotFound"
