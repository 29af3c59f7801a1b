# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Account B's IAM: the role of the instance, its policy, and the instance profile that carries it. Pure."""

from __future__ import annotations

from ...common.documents import problem_of_consumer_role
from ...common.ownership import TAG_CLUSTER, TAG_CONSUMER, role_description
from ...common.policies import same_policy, service_trust, trusts_service
from ...common.shapes import FactsB, Identity, InstanceProfile, Role
from ..model import Plan
from ..resources import resource
from ..role import change_settings, check_path, desired_settings, write_role, write_role_removal
from ..tags import check_tag_case
from .desired import Desired
from .owned import own_profiles, own_roles
from .policy import foreign_policies, plan_policy, plan_policy_removal

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
    if not _check_names(plan, facts, desired) or (role and not _fits(plan, role, desired)):
        return
    if problem := problem_of_consumer_role(iam_role_arn(facts, desired)):
        why = f"{problem}; correct dax_account_b_role_path or dax_account_b_role_name"
        plan.conflict("role", resource("role", name=desired.options.role_name), f"its ARN {why}")
        return
    if role is None or desired.is_own_role(role):
        _plan_own_role(plan, role, facts["identity"], desired)
    else:
        _check_adopted_role(plan, role, facts["identity"], desired)
    plan_policy(plan, role, desired)
    _plan_profile(plan, facts, desired)


def _check_names(plan: Plan, facts: FactsB, desired: Desired) -> bool:
    """Refuse names that differ from one that is there in case only: IAM takes them for the same, and makes no other."""
    options = desired.options
    roles = [*([facts["role"]] if facts["role"] else []), *facts["other_roles"]]
    wanted = facts["instance_profile"]
    profiles = [*([wanted] if wanted else []), *facts["other_instance_profiles"]]
    names = (
        ("role", "role_name", options.role_name, [role["role_name"] for role in roles]),
        (
            "instance_profile",
            "instance_profile_name",
            options.instance_profile_name,
            [profile["instance_profile_name"] for profile in profiles],
        ),
    )
    fits = True
    for kind, variable, name, there in names:
        for other in there:
            if other != name and other.lower() == name.lower():
                why = f"differs from {other} in case only, which IAM does not tell apart; give it as it is, or another "
                plan.conflict(kind, resource(kind, name=name), f"{why}dax_account_b_{variable}")
                fits = False
    return fits


def _fits(plan: Plan, role: Role, desired: Desired) -> bool:
    """Refuse a role that another cluster's or another consumer's run made: its policy would lose its grant."""
    cluster, consumer = role["tags"].get(TAG_CLUSTER), role["tags"].get(TAG_CONSUMER)
    if cluster is None or desired.is_own_role(role):
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
    attached, description = list(role["attached_policies"]) if role else [], role_description(*desired.user)
    missing = [arn for arn in _managed_policies(identity, desired) if arn not in attached]
    if role is None:
        plan.add("role", "create", about, after=f"for {service}")
    else:
        check_path(plan, about, role["path"], options.role_path, "dax_account_b_role_path")
        if not same_policy(role["trust"], trust):
            plan.add("role", "change", about.of("trust_policy"), role["trust"].get("Statement"), service)
        if role["description"] != description:
            plan.add("role", "change", about.of("description"), role["description"] or None, description)
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
        name, path = options.role_name, options.role_path
        write_role(plan, role, name, path, trust, tags, settings, attached + missing, description)


def _plan_profile(plan: Plan, facts: FactsB, desired: Desired) -> None:
    profile, options = facts["instance_profile"], desired.options
    about, role_name = resource("instance_profile", name=options.instance_profile_name), options.role_name
    if profile is None:
        plan.add("instance_profile", "create", about, after=f"role {role_name}")
    elif profile in own_profiles(facts, desired):
        check_path(plan, about, profile["path"], options.role_path, "dax_account_b_role_path")
        if profile["role_names"] != [role_name]:
            goes = {role["role_name"] for role in own_roles(facts, desired)}
            stays = [role for role in profile["role_names"] if role not in goes]
            why = f"{', '.join(stays)} stays, delete it if nobody needs it" if stays else ""
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
    """Plan the removal of our profiles and roles, whatever their names, or of our policies from an adopted role."""
    for profile in own_profiles(facts, desired):
        plan_profile_removal(plan, profile, "instance_profile")
    role = facts["role"]
    if role and not desired.is_own_role(role):
        plan_policy_removal(plan, role, desired)
    for own in own_roles(facts, desired):
        about, unmanaged = resource("role", name=own["role_name"]), foreign_policies(own, desired)
        if unmanaged:
            why = f"holds inline policies that would be lost: {', '.join(unmanaged)}; move them first"
            plan.conflict("role", about, why)
            continue
        plan.add("role", "remove", about)
        write_role_removal(plan, own["role_name"])


def plan_profile_removal(plan: Plan, profile: InstanceProfile, step: str, why: str = "") -> None:
    name = profile["instance_profile_name"]
    about = resource("instance_profile", name=name)
    plan.add(step, "remove", about, why=why)
    plan.write(step, PROFILE_MODULE, about, {"state": "absent", "name": name})
