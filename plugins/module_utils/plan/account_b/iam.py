# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Account B's IAM: the role of the instance, its policy, and the instance profile that carries it. Pure."""

from __future__ import annotations

from typing import Any

from ..model import Plan, compare_tags
from ...common.ownership import TAG_CLUSTER, TAG_CONSUMER, is_ours
from ..role import compare_settings, role_write, wanted_settings
from ...common.policies import assume_role_policy, same_policy, service_trust, trusts_service


def ec2_service(partition: str) -> str:
    """Return the name under which EC2 assumes roles; in China it has the suffix of that partition."""
    return "ec2.amazonaws.com.cn" if partition == "aws-cn" else "ec2.amazonaws.com"


def iam_role_arn(facts: dict[str, Any], wanted: dict[str, Any]) -> str:
    """Return the ARN that account A has to trust: the role's own, or the one that it is going to have."""
    if facts["role"]:
        return str(facts["role"]["arn"])
    identity = facts["identity"]
    path = f"{wanted['role_path']}{wanted['role_name']}"
    return f"arn:{identity['partition']}:iam::{identity['account_id']}:role{path}"


def plan_iam(plan: Plan, facts: dict[str, Any], wanted: dict[str, Any]) -> None:
    """Plan the role, its inline policy and its instance profile. An adopted role gets our policy and nothing else."""
    role, name = facts["role"], wanted["role_name"]
    if role and not _fits(plan, role, wanted):
        return
    ours = role is None or _ours(role, wanted)
    service = ec2_service(facts["identity"]["partition"])
    managed = [f"arn:{facts['identity']['partition']}:iam::aws:policy/AmazonSSMManagedInstanceCore"]
    managed = managed if wanted["ssm_access"] else []
    if ours:
        _plan_own_role(plan, role, wanted, managed, service)
    elif role:
        if not trusts_service(role["trust"], service):
            plan.warn("role", f"role {name}", f"was adopted as it is, and does not trust {service}")
        for arn in [arn for arn in managed if arn not in role["attached_policies"]]:
            plan.warn("role", f"role {name}", f"was adopted as it is, and lacks {arn} (dax_account_b_ssm_access)")
    policy = assume_role_policy(wanted["assumed_role_arn"])
    current = role["inline_policies"].get(wanted["policy_name"]) if role else None
    if not same_policy(current, policy):
        resource = f"policy {wanted['policy_name']} of role {name}"
        if current:
            plan.add("policy", "change", resource, current["Statement"], policy["Statement"])
        else:
            plan.add("policy", "create", resource, after=f"assume {wanted['assumed_role_arn']}")
    plan.writes["policy"] = {"state": "present", "role": name, "name": wanted["policy_name"], "document": policy}
    _plan_profile(plan, facts, wanted)


def _fits(plan: Plan, role: dict[str, Any], wanted: dict[str, Any]) -> bool:
    """Refuse a role that another cluster's or another consumer's run made: its policy would lose its grant."""
    cluster, consumer = role["tags"].get(TAG_CLUSTER), role["tags"].get(TAG_CONSUMER)
    if cluster is None or _ours(role, wanted):
        return True
    why = f"belongs to consumer {consumer} of {cluster}; give this one another dax_account_b_role_name"
    plan.conflict("role", f"role {wanted['role_name']}", f"{why} and dax_account_b_instance_profile_name")
    return False


def _plan_own_role(
    plan: Plan, role: dict[str, Any] | None, wanted: dict[str, Any], managed: list[str], service: str
) -> None:
    resource = f"role {wanted['role_name']}"
    trust = service_trust(service)
    settings = wanted_settings(wanted)
    tags = {**(role["tags"] if role else {}), **wanted["all_tags"]}
    attached = list(role["attached_policies"]) if role else []
    missing = [arn for arn in managed if arn not in attached]
    if role is None:
        plan.add("role", "create", resource, after=f"for {service}")
    else:
        if not same_policy(role["trust"], trust):
            plan.add("role", "change", f"trust policy of {resource}", role["trust"].get("Statement"), service)
        compare_settings(plan, resource, role, settings)
        compare_tags(plan, "role", resource, role["tags"], wanted["all_tags"])
        if missing:
            plan.add("role", "change", f"managed policies of {resource}", attached, attached + missing)
    write = role_write(role, wanted["role_name"], wanted["role_path"], trust, tags, settings)
    plan.writes["role"] = {**write, "managed_policies": attached + missing}


def _plan_profile(plan: Plan, facts: dict[str, Any], wanted: dict[str, Any]) -> None:
    profile, name = facts["instance_profile"], wanted["instance_profile_name"]
    resource, role_name = f"instance profile {name}", wanted["role_name"]
    path = profile["path"] if profile else wanted["role_path"]
    tags = {**(profile["tags"] if profile else {}), **wanted["all_tags"]}
    ours = profile is None or _ours(profile, wanted)
    if profile is None:
        plan.add("instance_profile", "create", resource, after=f"role {role_name}")
    elif not ours:
        if profile["role_names"] != [role_name]:
            held = ", ".join(profile["role_names"]) or "no role"
            why = f"is not ours and holds {held}, not {role_name}; correct dax_account_b_instance_profile_name"
            plan.conflict("instance_profile", resource, f"{why} or dax_account_b_role_name")
        return
    else:
        if profile["role_names"] != [role_name]:
            plan.add("instance_profile", "change", f"role of {resource}", profile["role_names"], [role_name])
        compare_tags(plan, "instance_profile", resource, profile["tags"], wanted["all_tags"])
    plan.writes["instance_profile"] = {"state": "present", "name": name, "role": role_name, "path": path, "tags": tags}


def plan_iam_end(plan: Plan, facts: dict[str, Any], wanted: dict[str, Any]) -> None:
    role, profile = facts["role"], facts["instance_profile"]
    if profile and _ours(profile, wanted):
        plan.add("instance_profile", "remove", f"instance profile {profile['instance_profile_name']}")
        plan.writes["instance_profile"] = {"state": "absent", "name": profile["instance_profile_name"]}
    if role and _ours(role, wanted):
        foreign = [name for name in role["inline_policies"] if name != wanted["policy_name"]]
        if foreign:
            why = f"holds inline policies that would be lost: {', '.join(foreign)}; move them first"
            plan.conflict("role", f"role {wanted['role_name']}", why)
            return
        plan.add("role", "remove", f"role {wanted['role_name']}")
        plan.writes["role"] = {"state": "absent", "name": wanted["role_name"]}
    elif role and _is_our_policy(role, wanted):
        plan.add("policy", "remove", f"policy {wanted['policy_name']} of role {wanted['role_name']}")
        plan.writes["policy"] = {"state": "absent", "role": wanted["role_name"], "name": wanted["policy_name"]}


def _is_our_policy(role: dict[str, Any], wanted: dict[str, Any]) -> bool:
    """Tell whether an adopted role's policy of our name is what we put there: policies carry no marks."""
    current = role["inline_policies"].get(wanted["policy_name"])
    return bool(current and wanted["assumed_role_arn"]) and same_policy(
        current, assume_role_policy(wanted["assumed_role_arn"])
    )


def _ours(tagged: dict[str, Any], wanted: dict[str, Any]) -> bool:
    return is_ours(tagged["tags"], wanted["cluster"]["cluster_arn"], wanted["name"])
