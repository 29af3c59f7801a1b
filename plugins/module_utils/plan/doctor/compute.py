# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Link 1: the consumer's instance, its instance profile and the role in that. Pure, no AWS."""

from __future__ import annotations

from collections.abc import Iterator

from ...common.compute import Instance
from ...common.policies import service_trust
from ...common.shapes import InstanceProfile
from .allowance import Command, trusting, with_result_of
from .iam import Request, decide_trust
from .iam_matching import Context, Principal
from .iam_requests import expected_role_name
from .model import B, Finding, Fix, Unreadable, check
from .pair import Pair, is_managed

_NO_CREDENTIALS = (
    ("python", "Unable to locate credentials"),
    ("nodejs", "Could not load credentials from any providers"),
    ("java", "Unable to load credentials from any of the providers in the chain"),
    ("dotnet", "Unable to get IAM security credentials from EC2 Instance Metadata Service"),
    ("go", "failed to refresh cached credentials, no EC2 IMDS role found"),
)
_GOING = ("shutting-down", "terminated")


def _instance(pair: Pair) -> Instance | None:
    found: Instance | None = pair.read_b("instance")
    return found


def _wanted(pair: Pair) -> bool:
    """Tell whether there has to be an instance. Without account B's facts nobody knows."""
    if pair.b is None:
        pair.read_b("instance")
    return bool(pair.b and pair.b["wants_instance"])


@check("compute.instance", "The consumer's instance is there and runs")
def instance_runs(pair: Pair) -> Iterator[Finding]:
    if not _wanted(pair):
        return
    found = _instance(pair)
    region = str(pair.region_b)
    if found is None or found["state"] in _GOING:
        fix = pair.run("run it again: it makes a new instance", True, B)
        if pair.wanted.instance_id:
            fix = Fix("variable", B, f"{pair.wanted.instance_id} is gone: name another one (dax_doctor_instance_id)")
        told = "there is none" if found is None else f"{found['instance_id']} is {found['state']}"
        yield Finding("compute.instance", "broken", B, "the consumer's instance", told, "one that runs", fix)
        return
    name, state = found["instance_id"], found["state"]
    evidence = {"instance_id": name, "state": state}
    if state == "running":
        yield Finding("compute.instance", "ok", B, f"instance {name}", "it runs", evidence=evidence)
        return
    command = ("aws", "ec2", "start-instances", "--instance-ids", name, "--region", region)
    wait = ("aws", "ec2", "wait", "instance-running", "--instance-ids", name, "--region", region)
    stopped = ("aws", "ec2", "wait", "instance-stopped", "--instance-ids", name, "--region", region)
    by_state = {"pending": (wait,), "stopping": (stopped, command, wait)}
    commands = by_state.get(state, (command, wait))
    fix = pair.run("wait for it" if state == "pending" else "start it", False, B, *commands)
    yield Finding("compute.instance", "broken", B, f"instance {name}", f"it is {state}", "running", fix, evidence)


@check("compute.profile", "The instance has the instance profile of the consumer", *_NO_CREDENTIALS)
def has_profile(pair: Pair) -> Iterator[Finding]:
    if not _wanted(pair):
        return
    instance = _instance(pair)
    if instance is None or instance["state"] in _GOING:
        return
    profile: InstanceProfile | None = pair.read_b("instance_profile")
    name, subject = instance["instance_id"], f"instance profile of {instance['instance_id']}"
    managed = is_managed(instance["tags"])
    there = instance["instance_profile_id"]
    if profile is None:
        fix = pair.run("run it again: it makes the profile and gives it to the instance", True, B)
        if pair.wanted.instance_id:
            fix = Fix("manual", B, "give it an instance profile with a role that may assume account A's")
        told = "there is no such instance profile"
        if there:
            told = f"the profile that it was started with ({there}) was deleted"
        yield Finding("compute.profile", "broken", B, subject, told, "an instance profile with the role", fix)
        return
    wanted, region = profile["instance_profile_id"], str(pair.region_b)
    evidence = {"instance_id": name, "found": there, "expected": wanted, "arn": profile["arn"]}
    if there == wanted:
        yield Finding("compute.profile", "ok", B, subject, profile["instance_profile_name"], evidence=evidence)
        return
    give: Command = ("aws", "ec2", "associate-iam-instance-profile", "--instance-id", name, "--region", region)
    give = (*give, "--iam-instance-profile", f"Name={profile['instance_profile_name']}")
    if there is None:
        fix = pair.run("give the instance its profile", managed, B, give)
        yield Finding("compute.profile", "broken", B, subject, "it has none", profile["arn"], fix, evidence)
        return
    same = instance["instance_profile_arn"] == profile["arn"]
    told = f"it has another one, {instance['instance_profile_arn']}"
    if same:
        told = (
            f"the profile was deleted and made anew: the instance still has the old one, {there}, which gives nothing"
        )
    off: Command = ("aws", "ec2", "disassociate-iam-instance-profile", "--region", region, "--association-id")
    which: Command = ("aws", "ec2", "describe-iam-instance-profile-associations", "--region", region)
    which = (*which, "--filters", f"Name=instance-id,Values={name}", "Name=state,Values=associated")
    which = (*which, "--query", "IamInstanceProfileAssociations[0].AssociationId")
    fix = pair.run("take the old one off and give it this one", managed, B, with_result_of(off, which), give)
    yield Finding("compute.profile", "broken", B, subject, told, f"{profile['arn']}, {wanted}", fix, evidence)


@check("compute.profile_role", "The instance profile has the consumer's role", *_NO_CREDENTIALS)
def profile_has_role(pair: Pair) -> Iterator[Finding]:
    if not _wanted(pair):
        return
    profile: InstanceProfile | None = pair.read_b("instance_profile")
    if profile is None:
        return
    roles, wanted = profile["role_names"], expected_role_name(pair)
    name = profile["instance_profile_name"]
    subject, evidence = f"instance profile {name}", {"role_names": roles, "expected": wanted}
    if roles and (not wanted or wanted in roles):
        yield Finding("compute.profile_role", "ok", B, subject, f"it has the role {roles[0]}", evidence=evidence)
        return
    found = pair.consumer_role()
    if found is None and wanted:
        return  # assume.role says so
    told = f"it has the role {roles[0]}" if roles else "it has no role"
    if found is None:
        fix = Fix("manual", B, "put a role into it that may assume account A's")
        yield Finding("compute.profile_role", "broken", B, subject, told, "a role", fix, evidence)
        return
    role = wanted or found["role_name"]
    out = ("aws", "iam", "remove-role-from-instance-profile", "--instance-profile-name", name, "--role-name")
    put = ("aws", "iam", "add-role-to-instance-profile", "--instance-profile-name", name, "--role-name", role)
    commands = ((*out, roles[0]), put) if roles else (put,)
    fix = pair.run(f"put the role {role} into it", is_managed(profile["tags"]), B, *commands)
    yield Finding("compute.profile_role", "broken", B, subject, told, f"the role {role}", fix, evidence)


@check("compute.role_trust", "The consumer's role trusts the service that runs its compute", *_NO_CREDENTIALS)
def role_trusts_compute(pair: Pair) -> Iterator[Finding]:
    if not _wanted(pair):
        return
    role, name = pair.consumer_role(), expected_role_name(pair)
    if role is None or (name and role["role_name"] != name):
        return
    service = "ec2.amazonaws.com"
    partition = str(role["arn"]).split(":")[1]
    services = (service, f"{service}.cn") if partition == "aws-cn" else (service,)
    decisions = [
        decide_trust(role["trust"], Request("sts:AssumeRole", role["arn"], Context({}), Principal(item)))
        for item in services
    ]
    subject, evidence = f"trust policy of {role['role_name']}", {"trust": role["trust"]}
    if any(decision.allowed for decision in decisions):
        yield Finding("compute.role_trust", "ok", B, subject, f"it trusts {service}", evidence=evidence)
        return
    unknown = next((decision for decision in decisions if decision.result == "unknown"), None)
    if unknown:
        raise Unreadable(B, subject, unknown.words())
    command = trusting(role, service_trust(service))
    fix = pair.run(f"let it trust {service}", is_managed(role["tags"]), B, command)
    found = "it does not" if decisions[0].result == "implicit_deny" else decisions[0].words()
    yield Finding("compute.role_trust", "broken", B, subject, found, f"it trusts {service}", fix, evidence)
