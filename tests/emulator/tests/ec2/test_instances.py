# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Instances with an instance profile."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import Account, Control, code_of, message_of

AL2023 = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
EC2 = {"Service": "ec2.amazonaws.com"}


def profile(account: Account, name: str = "client") -> str:
    account.role(name, EC2)
    arn = account.iam.create_instance_profile(InstanceProfileName=name)["InstanceProfile"]["Arn"]
    account.iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName=name)
    return str(arn)


def launch(account: Account, subnet: str, image: str = f"resolve:ssm:{AL2023}", **options: Any) -> dict[str, Any]:
    wanted = {"ImageId": image, "SubnetId": subnet, "InstanceType": "t3.micro", "MinCount": 1, "MaxCount": 1}
    return dict(account.ec2.run_instances(**wanted, **options)["Instances"][0])


def shown(account: Account, instance: str) -> dict[str, Any]:
    found = account.ec2.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"]
    return dict(found[0])


@pytest.mark.parametrize("region", ["us-east-1", "cn-north-1", "us-gov-west-1"])
def test_the_amazon_linux_image_is_found_by_its_parameter(account: Account, region: str) -> None:
    value = account.client("ssm", region).get_parameter(Name=AL2023)["Parameter"]["Value"]
    [image] = account.client("ec2", region).describe_images(ImageIds=[value])["Images"]
    assert (image["State"], image["Architecture"], image["RootDeviceName"]) == ("available", "x86_64", "/dev/xvda")
    assert image["Name"].startswith("al2023-ami-")


def test_an_instance_shows_its_profile(account: Account) -> None:
    _, [subnet] = account.vpc("10.0.0.0/16", 1)
    arn = profile(account)
    instance = launch(account, subnet, IamInstanceProfile={"Name": "client"})
    assert instance["ImageId"] == account.ssm.get_parameter(Name=AL2023)["Parameter"]["Value"]
    profile_id = account.iam.get_instance_profile(InstanceProfileName="client")["InstanceProfile"]["InstanceProfileId"]
    assert shown(account, instance["InstanceId"])["IamInstanceProfile"] == {"Arn": arn, "Id": profile_id}
    other_arn = profile(account, "another")
    [association] = account.ec2.describe_iam_instance_profile_associations()["IamInstanceProfileAssociations"]
    account.ec2.replace_iam_instance_profile_association(
        AssociationId=association["AssociationId"], IamInstanceProfile={"Arn": other_arn}
    )
    assert shown(account, instance["InstanceId"])["IamInstanceProfile"]["Arn"] == other_arn
    account.ec2.disassociate_iam_instance_profile(AssociationId=association["AssociationId"])
    assert "IamInstanceProfile" not in shown(account, instance["InstanceId"])
    account.ec2.associate_iam_instance_profile(InstanceId=instance["InstanceId"], IamInstanceProfile={"Name": "client"})
    assert shown(account, instance["InstanceId"])["IamInstanceProfile"]["Arn"] == arn


def test_a_profile_must_exist_hold_a_role_and_be_seen(account: Account, control: Control) -> None:
    _, [subnet] = account.vpc("10.0.0.0/16", 1)

    def run() -> Any:
        return launch(account, subnet, IamInstanceProfile={"Name": "client"})

    assert code_of(run) == "InvalidParameterValue"
    assert "Invalid IAM Instance Profile name" in message_of(run)
    account.iam.create_instance_profile(InstanceProfileName="client")
    assert "has no associated IAM Roles" in message_of(run)
    account.iam.delete_instance_profile(InstanceProfileName="client")
    control.settings(visibility_seconds=600)
    profile(account)
    assert "Invalid IAM Instance Profile name" in message_of(run)
    control.settings(visibility_seconds=0)
    run()


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
