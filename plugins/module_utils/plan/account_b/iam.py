# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Account B's IAM: the role of the instance, its policy, and the instance profile that carries it. Pure."""

from __future__ import annotations

from typing import Any

from ...common.documents import problem_of_consumer_role
from ...common.ownership import TAG_CLUSTER, TAG_CONSUMER
from ...common.policies import same_policy, service_trust, trusts_service
from ...common.shapes import FactsB, Identity, Role
from ..model import Plan
from ..resources import resource
from ..role import change_settings, check_path, desired_settings, write_policy, write_role, write_role_removal
from ..tags import check_tag_case
from .desired import Desired

PROFILE_MODULE = "amazon.aws.iam_instance_profile"
SSM_POLICY = "AmazonSSMManagedInstanceCore"


def ec2_service(partition: str) -> str:
    """Return the name under which EC2 assumes roles; in China it has the suffix of that partition."""
    return "ec2.amazonaws.com.cn" if partition == "aws-cn" else "ec2.amazonaws.com"


def iam_role_arn(facts: FactsB, desired: Desired) -> str:
    """Return the ARN that account A has to trust: the role's own, or the one that it is going to have."""
    if facts["role"]:
        return facts["role"]["arn"]
    identity, options = facts["identity"], desired.options
    path = f"{options.role_path}{options.role_name}"
    return f"arn:{identity['partition']}:iam::{identity['account_id']}:role{path}"


def plan_iam(plan: Plan, facts: FactsB, desired: Desired) -> None:
    """Plan the role, its inline policy and its instance profile. An adopted role gets the policy and nothing else."""
    role = facts["role"]
    if role and not _fits(plan, role, desired):
        return
    if problem := problem_of_consumer_role(iam_role_arn(facts, desired)):
        why = f"{problem}; correct dax_account_b_role_path or dax_account_b_role_name"
        plan.conflict("role", resource("role", name=desired.options.role_name), f"its ARN {why}")
        return
    if role is None or desired.is_owned(role["tags"]):
        _plan_own_role(plan, role, facts["identity"], desired)
    else:
        _check_adopted_role(plan, role, facts["identity"], desired)
    _plan_policy(plan, role, desired)
    _plan_profile(plan, facts, desired)


def _fits(plan: Plan, role: Role, desired: Desired) -> bool:
    """Refuse a role that another cluster's or another consumer's run made: its policy would lose its grant."""
    cluster, consumer = role["tags"].get(TAG_CLUSTER), role["tags"].get(TAG_CONSUMER)
    if cluster is None or desired.is_owned(role["tags"]):
        return True
    why = f"belongs to consumer {consumer} of {cluster}; give this one another dax_account_b_role_name"
    about = resource("role", name=desired.options.role_name)
    plan.conflict("role", about, f"{why} and dax_account_b_instance_profile_name")
    return False


def _managed_policies(identity: Identity, desired: Desired) -> list[str]:
    """Return the ARNs of the managed policies that the role has to have."""
    managed = f"arn:{identity['partition']}:iam::aws:policy/{SSM_POLICY}"
    return [managed] if desired.options.ssm_access else []


def _check_adopted_role(plan: Plan, role: Role, identity: Identity, desired: Desired) -> None:
    """Warn of what an adopted role lacks, which stays as its owner made it."""
    about, service = resource("role", name=desired.options.role_name), ec2_service(identity["partition"])
    if not trusts_service(role["trust"], service):
        plan.warn("role", about, f"was adopted as it is, and does not trust {service}")
    for arn in _managed_policies(identity, desired):
        if arn not in role["attached_policies"]:
            plan.warn("role", about, f"was adopted as it is, and lacks {arn} (dax_account_b_ssm_access)")


def _plan_own_role(plan: Plan, role: Role | None, identity: Identity, desired: Desired) -> None:
    options, service = desired.options, ec2_service(identity["partition"])
    about, trust, settings = resource("role", name=options.role_name), service_trust(service), desired_settings(options)
    attached = list(role["attached_policies"]) if role else []
    missing = [arn for arn in _managed_policies(identity, desired) if arn not in attached]
    if role is None:
        plan.add("role", "create", about, after=f"for {service}")
    else:
        check_path(plan, about, role["path"], options.role_path, "dax_account_b_role_path")
        if not same_policy(role["trust"], trust):
            plan.add("role", "change", about.of("trust_policy"), role["trust"].get("Statement"), service)
        change_settings(plan, about, role, settings)
        check_tag_case(plan, "role", about, role["tags"], desired.tags, "dax_account_b_tags")
        plan.change_tags("role", about, role["tags"], desired.tags)
        if missing:
            plan.add("role", "change", about.of("managed_policies"), attached, attached + missing)
        if SSM_POLICY in [arn.rpartition("/")[2] for arn in attached] and not options.ssm_access:
            why = f"{SSM_POLICY} stays, although dax_account_b_ssm_access is false: others may need it"
            plan.add("role", "keep", about.of("managed_policies"), why=why)
    if "role" in plan.steps():
        tags = {**(role["tags"] if role else {}), **desired.tags}
        write_role(plan, role, options.role_name, options.role_path, trust, tags, settings, attached + missing)


def _plan_policy(plan: Plan, role: Role | None, desired: Desired) -> None:
    options, policy = desired.options, desired.policy
    current = role["inline_policies"].get(options.policy_name) if role else None
    if policy is None:
        return
    if not same_policy(current, policy):
        about = resource("policy", role=options.role_name, name=options.policy_name)
        if current:
            plan.add("policy", "change", about, current["Statement"], policy["Statement"])
        else:
            plan.add("policy", "create", about, after=f"assume {desired.assumed_role_arn}")
        write_policy(plan, options.role_name, options.policy_name, policy)
    if role and desired.is_owned(role["tags"]):
        _remove_renamed_policies(plan, role, policy, desired)


def _remove_renamed_policies(plan: Plan, role: Role, policy: dict[str, Any], desired: Desired) -> None:
    """Plan the removal of what an earlier run wrote under another dax_account_b_policy_name: the very same policy."""
    options = desired.options
    for name, document in role["inline_policies"].items():
        if name != options.policy_name and same_policy(document, policy):
            about = resource("policy", role=options.role_name, name=name)
            plan.add("policy", "remove", about, why=f"it is {options.policy_name} now, dax_account_b_policy_name")
            write_policy(plan, options.role_name, name, None)


def _plan_profile(plan: Plan, facts: FactsB, desired: Desired) -> None:
    profile, options = facts["instance_profile"], desired.options
    about, role_name = resource("instance_profile", name=options.instance_profile_name), options.role_name
    if profile is None:
        plan.add("instance_profile", "create", about, after=f"role {role_name}")
    elif desired.is_owned(profile["tags"]):
        check_path(plan, about, profile["path"], options.role_path, "dax_account_b_role_path")
        if profile["role_names"] != [role_name]:
            held = ", ".join(profile["role_names"])
            why = f"{held} stays, delete it if nobody needs it" if held else ""
            plan.add("instance_profile", "change", about.of("role"), profile["role_names"], [role_name], why)
        check_tag_case(plan, "instance_profile", about, profile["tags"], desired.tags, "dax_account_b_tags")
        plan.change_tags("instance_profile", about, profile["tags"], desired.tags)
    elif profile["role_names"] != [role_name]:
        held = ", ".join(profile["role_names"]) or "no role"
        why = f"is not ours and holds {held}, not {role_name}; correct dax_account_b_instance_profile_name"
        plan.conflict("instance_profile", about, f"{why} or dax_account_b_role_name")
    if "instance_profile" in plan.steps():
        args = {
            "state": "present",
            "name": options.instance_profile_name,
            "path": profile["path"] if profile else options.role_path,
            "role": role_name,
            "tags": {**(profile["tags"] if profile else {}), **desired.tags},
        }
        plan.write("instance_profile", PROFILE_MODULE, about, args)


def plan_iam_removal(plan: Plan, facts: FactsB, desired: Desired) -> None:
    role, profile, options = facts["role"], facts["instance_profile"], desired.options
    if profile and desired.is_owned(profile["tags"]):
        name = profile["instance_profile_name"]
        about = resource("instance_profile", name=name)
        plan.add("instance_profile", "remove", about)
        plan.write("instance_profile", PROFILE_MODULE, about, {"state": "absent", "name": name})
    if role and desired.is_owned(role["tags"]):
        _plan_role_removal(plan, role, desired)
    elif role and _has_our_policy(role, desired):
        plan.add("policy", "remove", resource("policy", role=options.role_name, name=options.policy_name))
        write_policy(plan, options.role_name, options.policy_name, None)


def _plan_role_removal(plan: Plan, role: Role, desired: Desired) -> None:
    options = desired.options
    about = resource("role", name=options.role_name)
    unmanaged = [name for name in role["inline_policies"] if name != options.policy_name]
    if unmanaged:
        why = f"holds inline policies that would be lost: {', '.join(unmanaged)}; move them first"
        plan.conflict("role", about, why)
        return
    plan.add("role", "remove", about)
    write_role_removal(plan, options.role_name)


def _has_our_policy(role: Role, desired: Desired) -> bool:
    """Tell whether an adopted role's policy of our name is the one that we wrote: policies carry no tags."""
    current = role["inline_policies"].get(desired.options.policy_name)
    return bool(current and desired.policy) and same_policy(current, desired.policy)
