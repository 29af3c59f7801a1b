# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Instance profiles of instances."""

from __future__ import annotations

import time
from typing import Any

from conftest import Account, Control, code_of, message_of
from launching import AL2023, launch, profile, shown


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


def test_the_role_in_a_profile_is_seen_later_than_the_profile(account: Account, control: Control) -> None:
    _, [subnet] = account.vpc("10.0.0.0/16", 1)
    arn = profile(account)
    bare = launch(account, subnet)["InstanceId"]
    account.iam.remove_role_from_instance_profile(InstanceProfileName="client", RoleName="client")
    time.sleep(4)  # more than a call takes
    added = time.monotonic()
    account.iam.add_role_to_instance_profile(InstanceProfileName="client", RoleName="client")

    def run() -> Any:
        return launch(account, subnet, IamInstanceProfile={"Name": "client"})

    def associate() -> Any:
        wanted = {"InstanceId": bare, "IamInstanceProfile": {"Name": "client"}}
        return account.ec2.associate_iam_instance_profile(**wanted)

    for call in (run, associate):
        # the role was added less long ago than that, the profile was made longer ago
        control.settings(visibility_seconds=time.monotonic() - added + 3)
        assert message_of(call) == f'IAM Instance Profile "{arn}" has no associated IAM Roles'
    control.settings(visibility_seconds=0)
    run()
    associate()


def test_an_instance_keeps_the_id_of_the_profile_that_it_was_given(account: Account) -> None:
    _, [subnet] = account.vpc("10.0.0.0/16", 1)
    arn = profile(account)
    instance = launch(account, subnet, IamInstanceProfile={"Arn": arn})["InstanceId"]
    first = shown(account, instance)["IamInstanceProfile"]["Id"]
    account.iam.remove_role_from_instance_profile(InstanceProfileName="client", RoleName="client")
    account.iam.delete_instance_profile(InstanceProfileName="client")
    made = account.iam.create_instance_profile(InstanceProfileName="client")["InstanceProfile"]
    account.iam.add_role_to_instance_profile(InstanceProfileName="client", RoleName="client")
    assert made["InstanceProfileId"] != first
    assert shown(account, instance)["IamInstanceProfile"] == {"Arn": arn, "Id": first}
    [association] = account.ec2.describe_iam_instance_profile_associations()["IamInstanceProfileAssociations"]
    assert association["IamInstanceProfile"]["Id"] == first
    account.ec2.replace_iam_instance_profile_association(
        AssociationId=association["AssociationId"], IamInstanceProfile={"Arn": arn}
    )
    assert shown(account, instance)["IamInstanceProfile"] == {"Arn": arn, "Id": made["InstanceProfileId"]}
