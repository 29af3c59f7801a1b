# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a fault is, and what breaks things of a kind. Each makes the change, lets it be looked at, and takes it back."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Literal

from botocore.exceptions import ClientError

from ..accounts import Account
from .world import ROLE_A, ROLE_B, World, policy

Happen = Callable[[World], AbstractContextManager[Any]]
# What takes a fault away: the printed commands of the AWS CLI; the run that is printed; or, with the reason, neither.
Heals = Literal["command", "run", "none"]


@dataclass(frozen=True)
class Fault:
    """One thing that is broken in AWS.

    :ivar check: the check that has to be the headline; of a warning, the only one that says anything.
    :ivar fix: the kind of fix that it prints; None for a warning without one.
    :ivar heals: see :data:`Heals`. ``why`` is the reason for ``none``.
    :ivar follows: checks that are broken besides, since they follow from it, and why.
    :ivar leaves: checks that warn after its fix, and why.
    :ivar says: a part of what is found.
    :ivar refusal: a part of what a client says then; "" where the data plane cannot tell.
    :ivar variables: of account B's host, besides.
    """

    check: str
    happen: Happen
    fix: str | None = "command"
    heals: Heals = "command"
    why: str = ""
    follows: dict[str, str] = field(default_factory=dict)
    leaves: dict[str, str] = field(default_factory=dict)
    says: str = ""
    refusal: str = ""
    variables: dict[str, Any] = field(default_factory=dict)
    verdict: str = "broken"


def run(check: str, happen: Happen, **more: Any) -> Fault:
    """A fault in what this collection made, which the run that is printed takes away."""
    return Fault(check, happen, fix="run", heals="run", **more)


def side(world: World, name: str) -> tuple[Account, str]:
    """Return an account and its role: what consumers assume in A, the client's own in B."""
    return (world.a, ROLE_A) if name == "A" else (world.b, ROLE_B)


def inline(where: str, name: str, *statements: dict[str, Any], role: str = "") -> Happen:
    """Give a role an inline policy, or one of its own another text; without statements take it away."""

    @contextmanager
    def happen(world: World) -> Iterator[None]:
        account, usual = side(world, where)
        iam, holder = account.iam, role or usual
        before = None
        with suppress(ClientError):
            before = iam.get_role_policy(RoleName=holder, PolicyName=name)["PolicyDocument"]
        if statements:
            iam.put_role_policy(RoleName=holder, PolicyName=name, PolicyDocument=policy(*statements))
        else:
            iam.delete_role_policy(RoleName=holder, PolicyName=name)
        yield
        for made in iam.list_role_policies(RoleName=holder)["PolicyNames"]:
            if made == name or made.startswith("DaxCrossAccountDoctor"):
                iam.delete_role_policy(RoleName=holder, PolicyName=made)
        if before is not None:
            iam.put_role_policy(RoleName=holder, PolicyName=name, PolicyDocument=json.dumps(before))

    return happen


def _delete_policy(account: Account, arn: str) -> None:
    for version in account.iam.list_policy_versions(PolicyArn=arn)["Versions"]:
        if not version["IsDefaultVersion"]:
            account.iam.delete_policy_version(PolicyArn=arn, VersionId=version["VersionId"])
    account.iam.delete_policy(PolicyArn=arn)


@contextmanager
def _own_policy(account: Account, name: str, statements: tuple[dict[str, Any], ...]) -> Iterator[str]:
    """Make a managed policy for a while, and yield its ARN."""
    arn = str(account.iam.create_policy(PolicyName=name, PolicyDocument=policy(*statements))["Policy"]["Arn"])
    yield arn
    _delete_policy(account, arn)


def attached(where: str, *statements: dict[str, Any]) -> Happen:
    """Attach a managed policy."""

    @contextmanager
    def happen(world: World) -> Iterator[None]:
        account, role = side(world, where)
        with _own_policy(account, "Attached", statements) as arn:
            account.iam.attach_role_policy(RoleName=role, PolicyArn=arn)
            yield
            with suppress(ClientError):
                account.iam.detach_role_policy(RoleName=role, PolicyArn=arn)

    return happen


def boundary(where: str, *statements: dict[str, Any]) -> Happen:
    """Set a permissions boundary."""

    @contextmanager
    def happen(world: World) -> Iterator[None]:
        account, role = side(world, where)
        with _own_policy(account, "Boundary", statements) as arn:
            account.iam.put_role_permissions_boundary(RoleName=role, PermissionsBoundary=arn)
            yield
            with suppress(ClientError):
                account.iam.delete_role_permissions_boundary(RoleName=role)

    return happen


def trust(where: str, change: Callable[[World, dict[str, Any]], dict[str, Any]], role: str = "") -> Happen:
    """Write another trust policy, made of the one that is there."""

    @contextmanager
    def happen(world: World) -> Iterator[None]:
        account, usual = side(world, where)
        name = role or usual
        before = account.iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"]
        new = json.dumps(change(world, json.loads(json.dumps(before))))
        account.iam.update_assume_role_policy(RoleName=name, PolicyDocument=new)
        yield
        account.iam.update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps(before))

    return happen


def on_condition(operator: str, key: str, value: str) -> Callable[[World, dict[str, Any]], dict[str, Any]]:
    """Let the statement of the consumer ask for one more thing."""

    def change(_world: World, document: dict[str, Any]) -> dict[str, Any]:
        for statement in document["Statement"]:
            statement.setdefault("Condition", {}).setdefault(operator, {})[key] = value
        return document

    return change


def delete_role(account: Account, name: str) -> dict[str, Any]:
    """Delete a role out of its profiles, and return what :func:`make_role` needs to make it anew."""
    iam = account.iam
    role = iam.get_role(RoleName=name)["Role"]
    policies = {
        each: iam.get_role_policy(RoleName=name, PolicyName=each)["PolicyDocument"]
        for each in iam.list_role_policies(RoleName=name)["PolicyNames"]
    }
    found = iam.list_instance_profiles_for_role(RoleName=name)["InstanceProfiles"]
    profiles = [item["InstanceProfileName"] for item in found]
    for profile in profiles:
        iam.remove_role_from_instance_profile(InstanceProfileName=profile, RoleName=name)
    for each in policies:
        iam.delete_role_policy(RoleName=name, PolicyName=each)
    iam.delete_role(RoleName=name)
    return {"role": role, "policies": policies, "profiles": profiles}


def make_role(account: Account, had: dict[str, Any]) -> None:
    iam, role = account.iam, had["role"]
    name = role["RoleName"]
    iam.create_role(
        RoleName=name,
        Path=role["Path"],
        Description=role.get("Description", ""),
        AssumeRolePolicyDocument=json.dumps(role["AssumeRolePolicyDocument"]),
        Tags=role.get("Tags", []),
    )
    for each, document in had["policies"].items():
        iam.put_role_policy(RoleName=name, PolicyName=each, PolicyDocument=json.dumps(document))
    for profile in had["profiles"]:
        iam.add_role_to_instance_profile(InstanceProfileName=profile, RoleName=name)
