# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""AWS answers late: every refusal of the patience table happens, and the runs end well, with nothing made twice."""

from __future__ import annotations

import json
import time
from typing import Any

from ansible_collections.dax.cross_account.plugins.module_utils.common import patience
from ansible_collections.dax.cross_account.plugins.module_utils.common.patience import Passing
from scenario.accounts import Account, new_account
from scenario.emulator import realistic
from scenario.faults import FOREVER, Fault, maybe_faults
from scenario.once import assert_one_of_each
from scenario.owner import Owner, make_owner, trust
from scenario.playbook import SITE, TEARDOWN, converge, run_playbook
from scenario.snapshot import differences, snapshot

BLOCK = "10.1.0.0/24"
ANYTHING = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
LAG = 6  # seconds, after which no read is old
ROLE_B, PROFILE = "AssumeDaxRole", "AssumeDaxInstanceProfile"
TABLES = {"iam": patience.IAM, "ec2": patience.EC2}


def fault(service: str, operation: str, row: Passing, account: Account | None = None, count: int = 1) -> Fault:
    return Fault(account, f"{service}:{operation}", row.code, row.says, count)


ALL = [
    fault(service, operation, row) for service, table in TABLES.items() for row in table for operation in row.operations
]


def change_by_hand(owner: Owner, b: Account) -> None:
    """Change what only a correction writes: the roles, a profile, a route, a rule, the instance's profile."""
    a, iam = owner.account, b.iam
    gone = {"Key": f"dax.cross_account:consumer:{b.id}/gone", "Value": f"arn:aws:iam::{b.id}:role/Gone"}
    a.iam.tag_role(RoleName="DaxCrossAccountRole", Tags=[gone])
    iam.update_assume_role_policy(RoleName=ROLE_B, PolicyDocument=trust("lambda.amazonaws.com"))
    iam.update_role(RoleName=ROLE_B, MaxSessionDuration=7200)
    iam.untag_role(RoleName=ROLE_B, TagKeys=["team"])
    iam.untag_instance_profile(InstanceProfileName=PROFILE, TagKeys=["team"])
    policy = iam.create_policy(PolicyName="Theirs", PolicyDocument=json.dumps(ANYTHING))["Policy"]["Arn"]
    iam.put_role_permissions_boundary(RoleName=ROLE_B, PermissionsBoundary=policy)
    iam.create_instance_profile(InstanceProfileName="Theirs")
    iam.add_role_to_instance_profile(InstanceProfileName="Theirs", RoleName=ROLE_B)
    (association,) = b.ec2.describe_iam_instance_profile_associations()["IamInstanceProfileAssociations"]
    b.ec2.replace_iam_instance_profile_association(
        AssociationId=association["AssociationId"], IamInstanceProfile={"Name": "Theirs"}
    )
    gateway = a.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    a.ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=owner.vpc_id)
    a.ec2.replace_route(RouteTableId=owner.main_table, DestinationCidrBlock=BLOCK, GatewayId=gateway)
    rules = a.ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [owner.group_id]}])
    (rule,) = [each for each in rules["SecurityGroupRules"] if not each["IsEgress"]]
    source = {**rule["ReferencedGroupInfo"], "Description": "by hand"}
    permission = {
        "IpProtocol": "tcp",
        "FromPort": rule["FromPort"],
        "ToPort": rule["ToPort"],
        "UserIdGroupPairs": [{name: source[name] for name in ("GroupId", "UserId", "Description")}],
    }
    a.ec2.update_security_group_rule_descriptions_ingress(GroupId=owner.group_id, IpPermissions=[permission])


def take_back_what_is_theirs(owner: Owner, b: Account) -> None:
    """Remove what ``change_by_hand`` added and a run leaves."""
    a = owner.account
    filters = [{"Name": "attachment.vpc-id", "Values": [owner.vpc_id]}]
    (gateway,) = a.ec2.describe_internet_gateways(Filters=filters)["InternetGateways"]
    a.ec2.detach_internet_gateway(InternetGatewayId=gateway["InternetGatewayId"], VpcId=owner.vpc_id)
    a.ec2.delete_internet_gateway(InternetGatewayId=gateway["InternetGatewayId"])
    b.iam.remove_role_from_instance_profile(InstanceProfileName="Theirs", RoleName=ROLE_B)
    b.iam.delete_instance_profile(InstanceProfileName="Theirs")


def take_away_by_hand(_owner: Owner, b: Account) -> None:
    """Take the boundary off the role, and its profile and its group off the instance."""
    b.iam.delete_role_permissions_boundary(RoleName=ROLE_B)
    (association,) = b.ec2.describe_iam_instance_profile_associations()["IamInstanceProfileAssociations"]
    b.ec2.disassociate_iam_instance_profile(AssociationId=association["AssociationId"])
    (reservation,) = b.ec2.describe_instances(Filters=[{"Name": "instance-state-name", "Values": ["running"]}])[
        "Reservations"
    ]
    (instance,) = reservation["Instances"]
    filters = [{"Name": "vpc-id", "Values": [instance["VpcId"]]}, {"Name": "group-name", "Values": ["default"]}]
    (default,) = b.ec2.describe_security_groups(Filters=filters)["SecurityGroups"]
    b.ec2.modify_instance_attribute(InstanceId=instance["InstanceId"], Groups=[default["GroupId"]])


def leave(_owner: Owner, _b: Account) -> None:
    """Nothing is left of others."""


def with_boundary(b: Account) -> dict[str, Any]:
    policy = b.iam.create_policy(PolicyName="Boundary", PolicyDocument=json.dumps(ANYTHING))["Policy"]["Arn"]
    return {
        "dax_account_b_sts_access": "vpc_endpoint",
        "dax_account_b_ssm_access": True,
        "dax_account_b_permissions_boundary": policy,
        "dax_account_a_dns_resolution": True,
        "dax_account_b_dns_resolution": True,
    }


def test_every_refusal_of_the_table_passes() -> None:
    """Whatever the table says happens in one of the runs, to calls of our modules and of amazon.aws's, once each."""
    left = ALL
    worlds: list[tuple[Any, Any, Any, int]] = [
        (
            lambda _b: {
                "dax_account_a_force_routes": True,
                "dax_account_a_prune": True,
                "dax_account_b_tags": {"team": "apps"},
            },
            change_by_hand,
            take_back_what_is_theirs,
            1,
        ),
        (with_boundary, take_away_by_hand, leave, 0),
    ]
    for make_variables, change, tidy, gateways in worlds:
        a, b = new_account(), new_account()
        owner = make_owner(a, dns_hostnames=True)
        before = {"A": snapshot(a), "B": snapshot(b)}
        variables = make_variables(b)
        with maybe_faults(*left) as remaining:
            converge(SITE, a, b, variables=variables)
            left = remaining()
        assert_one_of_each(owner, a, b, gateways)
        assert converge(SITE, a, b, variables=variables).writes() == []
        change(owner, b)
        with maybe_faults(*left) as remaining:
            assert converge(SITE, a, b, variables=variables).writes() != []
            left = remaining()
        tidy(owner, b)
        assert_one_of_each(owner, a, b, gateways)
        with maybe_faults(*left) as remaining:
            converge(TEARDOWN, a, b, variables=variables)
            left = remaining()
        assert differences(before, {"A": snapshot(a), "B": snapshot(b)}) == []
    assert not left, "\n".join(f"{each.action} {each.error} {each.message}" for each in left)


def test_replicas_that_disagree() -> None:
    """Every second read is up to five seconds old, what is new is not seen, what is removed is held for a while."""
    a, b = new_account(), new_account()
    owner = make_owner(a, dns_hostnames=True)
    before = {"A": snapshot(a), "B": snapshot(b)}
    variables = with_boundary(b)
    with realistic():
        converge(SITE, a, b, variables=variables)
        time.sleep(LAG)
        assert converge(SITE, a, b, variables=variables).writes() == []
    assert_one_of_each(owner, a, b, gateways=0)
    with realistic():
        converge(TEARDOWN, a, b, variables=variables)
    assert differences(before, {"A": snapshot(a), "B": snapshot(b)}) == []


LIMITS = [
    ("site", "iam", "PutRolePolicy", "NoSuchEntity", "policy: policy AssumeDaxRolePolicy", "the role"),
    ("site", "ec2", "CreateRoute", "InvalidGatewayID.NotFound", "routes: route 0.0.0.0/0 in rtb-", "it to be seen"),
    ("site", "ec2", "RunInstances", "InvalidSubnetID.NotFound", "instance: instance dax-client", "the subnet"),
    (
        "teardown",
        "ec2",
        "DetachInternetGateway",
        "DependencyViolation",
        "internet_gateway: internet gateway",
        "address",
    ),
    ("teardown", "iam", "DeleteRole", "DeleteConflict", "role: role AssumeDaxRole", "what uses it to let go"),
]


def test_past_the_limit_one_line_says_what_was_waited_for_and_the_next_run_goes_on() -> None:
    a, b = new_account(), new_account()
    owner = make_owner(a)
    before = {"A": snapshot(a), "B": snapshot(b)}
    variables = {"dax_account_b_wait_timeout": 3}
    for playbook, service, operation, code, resource, waited_for in LIMITS:
        (row,) = [row for row in TABLES[service] if row.code == code and operation in row.operations][:1]
        play = SITE if playbook == "site" else TEARDOWN
        with maybe_faults(fault(service, operation, row, b, FOREVER)):
            run = run_playbook(play, a, b, variables=variables)
        assert run.rc != 0
        (told,) = run.failures
        assert "\n" not in told
        assert told.startswith(f"Account {b.id} (account_b): {resource}")
        for part in (waited_for, "waited ", " seconds for ", code, operation, row.says):
            assert part in told, told
        if operation == "RunInstances":
            converge(SITE, a, b)
            assert_one_of_each(owner, a, b)
    converge(TEARDOWN, a, b)
    assert differences(before, {"A": snapshot(a), "B": snapshot(b)}) == []
