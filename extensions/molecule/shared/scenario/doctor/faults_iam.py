# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults of the links that IAM decides: the compute, both roles, and what the cluster itself may do."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from botocore.exceptions import ClientError

from ..owner import trust as trust_of
from .fault import (
    Fault,
    Happen,
    attached,
    boundary,
    delete_role,
    inline,
    make_role,
    on_condition,
    run,
    trust,
)
from .world import PROFILE, ROLE_A, ROLE_B, World, allow

SERVICE_ROLE = "DaxService"
POLICY_A, POLICY_B = "DaxCrossAccountPolicy", "AssumeDaxRolePolicy"
DAX = ["dax:GetItem", "dax:BatchGetItem", "dax:Query", "dax:Scan", "dax:PutItem", "dax:UpdateItem", "dax:DeleteItem"]
MFA = {"Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}
EVERY_TABLE = {"cluster.blast_radius": "the command opens all tables, until a person names some"}
DENIED, NO_CREDENTIALS = "AccessDenied", "no credentials"


def deny(action: Any, **more: Any) -> dict[str, Any]:
    return {**allow(action, **more), "Effect": "Deny"}


@contextmanager
def stopped(world: World) -> Iterator[None]:
    world.b.ec2.stop_instances(InstanceIds=[world.pair.instance])
    yield


@contextmanager
def without_profile(world: World) -> Iterator[None]:
    ec2 = world.b.ec2
    for found in ec2.describe_iam_instance_profile_associations()["IamInstanceProfileAssociations"]:
        if found["InstanceId"] == world.pair.instance:
            ec2.disassociate_iam_instance_profile(AssociationId=found["AssociationId"])
    yield
    ec2.associate_iam_instance_profile(InstanceId=world.pair.instance, IamInstanceProfile={"Name": PROFILE})


@contextmanager
def profile_made_anew(world: World) -> Iterator[None]:
    iam, ec2 = world.b.iam, world.b.ec2
    old = iam.get_instance_profile(InstanceProfileName=PROFILE)["InstanceProfile"]
    iam.remove_role_from_instance_profile(InstanceProfileName=PROFILE, RoleName=ROLE_B)
    iam.delete_instance_profile(InstanceProfileName=PROFILE)
    iam.create_instance_profile(InstanceProfileName=PROFILE, Path=old["Path"], Tags=old["Tags"])
    iam.add_role_to_instance_profile(InstanceProfileName=PROFILE, RoleName=ROLE_B)
    yield
    (found,) = ec2.describe_iam_instance_profile_associations()["IamInstanceProfileAssociations"]
    ec2.replace_iam_instance_profile_association(
        AssociationId=found["AssociationId"], IamInstanceProfile={"Name": PROFILE}
    )


@contextmanager
def profile_without_role(world: World) -> Iterator[None]:
    world.b.iam.remove_role_from_instance_profile(InstanceProfileName=PROFILE, RoleName=ROLE_B)
    yield
    world.b.iam.add_role_to_instance_profile(InstanceProfileName=PROFILE, RoleName=ROLE_B)


@contextmanager
def profile_with_another_role(world: World) -> Iterator[None]:
    iam = world.b.iam
    with suppress(ClientError):
        iam.create_role(RoleName="Other", AssumeRolePolicyDocument=trust_of("ec2.amazonaws.com"))
    iam.remove_role_from_instance_profile(InstanceProfileName=PROFILE, RoleName=ROLE_B)
    iam.add_role_to_instance_profile(InstanceProfileName=PROFILE, RoleName="Other")
    yield
    iam.remove_role_from_instance_profile(InstanceProfileName=PROFILE, RoleName="Other")
    iam.add_role_to_instance_profile(InstanceProfileName=PROFILE, RoleName=ROLE_B)


def deleted(where: str, anew: bool = False) -> Happen:
    """Delete a role; ``anew``: and make it again, under its name and with all that it had."""

    @contextmanager
    def happen(world: World) -> Iterator[None]:
        account, name = (world.a, ROLE_A) if where == "A" else (world.b, ROLE_B)
        trusting = world.a.iam.get_role(RoleName=ROLE_A)["Role"]["AssumeRolePolicyDocument"]
        had = delete_role(account, name)
        if anew:
            make_role(account, had)
        yield
        if not anew:
            make_role(account, had)
        world.a.iam.update_assume_role_policy(RoleName=ROLE_A, PolicyDocument=json.dumps(trusting))

    return happen


@contextmanager
def service_role_deleted(world: World) -> Iterator[None]:
    had = delete_role(world.a, SERVICE_ROLE)
    yield
    delete_role(world.a, SERVICE_ROLE)
    make_role(world.a, had)


def another_service(service: str) -> Any:
    return lambda _world, _document: json.loads(trust_of(service))


def another_role(world: World, document: dict[str, Any]) -> dict[str, Any]:
    with suppress(ClientError):
        world.b.iam.create_role(RoleName="Other", AssumeRolePolicyDocument=trust_of("ec2.amazonaws.com"))
    document["Statement"][0]["Principal"] = {"AWS": f"arn:aws:iam::{world.b.id}:role/Other"}
    return document


def with_deny(_world: World, document: dict[str, Any]) -> dict[str, Any]:
    statement = {"Sid": "No", "Effect": "Deny", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
    return {**document, "Statement": [*document["Statement"], statement]}


@contextmanager
def long_session(world: World) -> Iterator[None]:
    world.client["dax_client_session_duration"] = 7200
    yield
    del world.client["dax_client_session_duration"]


FAULTS: dict[str, Fault] = {
    "stopped": Fault("compute.instance", stopped, says="stopped"),
    "no profile": run("compute.profile", without_profile, refusal=NO_CREDENTIALS),
    "profile made anew": run("compute.profile", profile_made_anew, says="made anew"),
    "profile without role": run("compute.profile_role", profile_without_role, refusal=NO_CREDENTIALS),
    "profile with another role": run("compute.profile_role", profile_with_another_role, refusal=DENIED),
    "role for another service": run("compute.role_trust", trust("B", another_service("lambda.amazonaws.com"))),
    "role deleted": run(
        "assume.role",
        deleted("B"),
        refusal=NO_CREDENTIALS,
    ),
    "no policy": run("assume.permission", inline("B", POLICY_B), refusal=DENIED),
    "wrong role": run(
        "assume.permission",
        inline("B", POLICY_B, allow("sts:AssumeRole", "arn:aws:iam::111111111111:role/Old")),
        says="role/Old",
        refusal=DENIED,
    ),
    "asks for MFA": run("assume.conditions", inline("B", POLICY_B, allow("sts:AssumeRole", **MFA)), refusal=DENIED),
    "inline deny": Fault("assume.deny", inline("B", "No", deny("sts:*")), refusal=DENIED),
    "deny beside others": Fault(
        "assume.deny", inline("B", "No", allow("s3:ListAllMyBuckets"), deny("sts:AssumeRole")), refusal=DENIED
    ),
    "attached deny": Fault("assume.deny", attached("B", deny("sts:AssumeRole")), refusal=DENIED),
    "boundary without sts": Fault("assume.boundary", boundary("B", allow("s3:*")), refusal=DENIED),
    "boundary denies": Fault("assume.boundary", boundary("B", allow("*"), deny("sts:*")), refusal=DENIED),
    "no role in A": run("trust.role", deleted("A"), refusal=DENIED),
    "trusts another role": run("trust.principal", trust("A", another_role), says="role/Other", refusal=DENIED),
    "trusts a service": run("trust.principal", trust("A", another_service("ec2.amazonaws.com")), refusal=DENIED),
    "role made anew": run("trust.dead", deleted("B", anew=True), says="AROA", refusal=DENIED),
    "trust denies": Fault("trust.deny", trust("A", with_deny), refusal=DENIED),
    "external id": run(
        "trust.external_id", trust("A", on_condition("StringEquals", "sts:ExternalId", "orders-7")), refusal=DENIED
    ),
    "session name": run(
        "trust.session_name", trust("A", on_condition("StringLike", "sts:RoleSessionName", "app-*")), refusal=DENIED
    ),
    "trust asks for MFA": run(
        "trust.conditions", trust("A", on_condition("Bool", "aws:MultiFactorAuthPresent", "true")), refusal=DENIED
    ),
    "long session": Fault(
        "trust.duration",
        long_session,
        fix="variable",
        heals="none",
        why="it is the client's variable",
        says="an hour",
    ),
    "no dax policy": run("rights.actions", inline("A", POLICY_A), says="dax:GetItem", refusal=DENIED),
    "no dax:GetItem": run("rights.actions", inline("A", POLICY_A, allow(DAX[1:])), says="dax:GetItem", refusal=DENIED),
    "another cluster": run(
        "rights.actions",
        inline("A", POLICY_A, allow("dax:*", "arn:aws:dax:us-east-1:111111111111:cache/stock")),
        says="cache/stock",
        refusal=DENIED,
    ),
    "rights on a condition": run(
        "rights.conditions",
        inline("A", POLICY_A, allow("dax:*", Condition={"StringEquals": {"aws:PrincipalTag/x": "y"}})),
        refusal=DENIED,
    ),
    "rights denied": Fault("rights.deny", inline("A", "No", deny(["dax:GetItem", "dax:PutItem"])), refusal=DENIED),
    "boundary in A": Fault("rights.boundary", boundary("A", allow("dynamodb:*")), refusal=DENIED),
    "boundary in A denies": Fault("rights.boundary", boundary("A", allow("*"), deny("dax:GetItem")), refusal=DENIED),
    "no service role": Fault("cluster.service_role", service_role_deleted, leaves=EVERY_TABLE),
    "service role of another": Fault(
        "cluster.service_role", trust("A", another_service("ec2.amazonaws.com"), role=SERVICE_ROLE)
    ),
    "service role without rights": Fault(
        "cluster.service_rights", inline("A", "tables", allow("s3:*"), role=SERVICE_ROLE), leaves=EVERY_TABLE
    ),
    "every table is open": Fault(
        "cluster.blast_radius",
        inline("A", "All", allow("dynamodb:*"), role=SERVICE_ROLE),
        fix=None,
        heals="none",
        why="which tables are meant, only a person knows",
        verdict="warning",
    ),
}


def _tagging(where: str, name: str) -> Happen:
    """Let one side alone do with session tags what both have to."""

    def allowed(_world: World, document: dict[str, Any]) -> dict[str, Any]:
        for statement in document["Statement"]:
            statement["Action"] = ["sts:AssumeRole", "sts:TagSession"]
        return document

    return trust("A", allowed) if where == "A" else inline("B", name, allow("sts:TagSession"))


TAGS = {"dax_account_b_allow_session_tags": True}
FAULTS |= {
    "no tags in B": run("assume.session_tags", _tagging("A", ""), variables=TAGS),
    "no tags in A": run("trust.session_tags", _tagging("B", "Tags"), variables=TAGS),
}
