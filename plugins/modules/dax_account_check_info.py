#!/usr/bin/python
# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: dax_account_check_info
version_added: 1.0.0
short_description: What decides in an account whether a first run will get through
description:
  - Reads what the roles P(dax.cross_account.dax_account_a#role) and P(dax.cross_account.dax_account_b#role) need to get
    through, beside what they plan on, and writes nothing.
  - That is the enabled regions, quotas and their use, and what the caller's policies allow.
  - What the credentials may not read is told as such, and the rest is read all the same.
  - The playbook C(dax.cross_account.check) judges it.
author:
  - dax.cross_account contributors (!UNKNOWN)
options:
  regions:
    description: Whether to read which regions are enabled.
    type: bool
    default: false
  usage:
    description: Whether to read how much there is of what quotas count, and IAM's own quotas.
    type: bool
    default: false
  probes:
    description: What to ask IAM's policy simulator about the caller.
    type: list
    elements: dict
    default: []
    suboptions:
      sid:
        description: A name for the result.
        type: str
        required: true
      actions:
        description: The actions.
        type: list
        elements: str
        required: true
      resources:
        description: The ARNs, each of which is tried with each action.
        type: list
        elements: str
        required: true
      context:
        description: Condition keys that the calls bring along, with their values.
        type: dict
        default: {}
  quotas:
    description: The quotas to read from Service Quotas.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: A name for the result.
        type: str
        required: true
      service:
        description: The code of the service.
        type: str
        required: true
      code:
        description: The code of the quota.
        type: str
        required: true
  instance_type:
    description: The instance type whose vCPUs to read.
    type: str
seealso:
  - module: dax.cross_account.dax_account_a_info
  - module: dax.cross_account.dax_account_b_info
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - dax.cross_account.attributes
  - dax.cross_account.attributes.actiongroup
  - dax.cross_account.attributes.info_module
"""

EXAMPLES = r"""
- name: Ask whether the credentials may make a VPC, and how many vCPUs t3.micro has
  dax.cross_account.dax_account_check_info:
    region: us-east-1
    instance_type: t3.micro
    probes:
      - sid: Make
        actions: [ec2:CreateVpc]
        resources: ["arn:aws:ec2:us-east-1:222222222222:vpc/*"]
  register: found

- name: Show the answer
  ansible.builtin.debug:
    var: found.facts.rights.value
"""

RETURN = r"""
facts:
  description:
    - What was read. A reading is a dictionary of C(value) and C(problem), one of which is V(null).
  returned: success
  type: dict
  contains:
    identity:
      description: Who the credentials are, as C(account_id), C(arn) and C(partition).
      type: dict
      returned: always
      sample: {account_id: "222222222222", arn: "arn:aws:iam::222222222222:user/ops", partition: aws}
    region:
      description: The region that was read.
      type: str
      returned: always
      sample: us-east-1
    regions:
      description: A reading, of each region whether it is enabled.
      type: dict
      returned: always
      sample: {value: {us-east-1: opt-in-not-required}, problem: null}
    principal:
      description: The user or role whose policies count for the caller.
      type: str
      returned: with O(probes)
      sample: arn:aws:iam::222222222222:user/ops
    rights:
      description:
        - A reading, what the simulator says of each action on each resource, C(sid), C(action), C(resource),
          C(allowed), C(by) and C(missing_keys).
        - Empty for the root user, of which it cannot be asked.
      type: dict
      returned: with O(probes)
      sample:
        value:
          - sid: Make
            action: ec2:CreateVpc
            resource: "arn:aws:ec2:us-east-1:222222222222:vpc/*"
            allowed: true
            by: policy
            missing_keys: []
        problem: null
    quotas:
      description: By name, a reading of a quota.
      type: dict
      returned: always
      sample: {vpcs: {value: 5.0, problem: null}}
    iam:
      description: A reading, IAM's summary of the account, with its own quotas.
      type: dict
      returned: with O(usage)
      sample: {value: {Roles: 12, RolesQuota: 1000}, problem: null}
    usage:
      description: Readings of how many C(internet_gateways), open C(peering_requests) and C(standard_vcpus) are in use.
      type: dict
      returned: with O(usage)
      sample: {internet_gateways: {value: 1, problem: null}}
    vcpus:
      description: A reading, the vCPUs of the instance type; V(0) for one that is not there.
      type: dict
      returned: with O(instance_type)
      sample: {value: 2, problem: null}
"""

from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.dax.cross_account.plugins.module_utils.facts.check import CheckQuery, gather_check
from ansible_collections.dax.cross_account.plugins.module_utils.facts.session import run_facts

TEXT = {"type": "str", "required": True}
TEXTS = {"type": "list", "elements": "str", "required": True}


def main(module_class: Any = AnsibleAWSModule) -> None:
    probe = {"sid": TEXT, "actions": TEXTS, "resources": TEXTS, "context": {"type": "dict", "default": {}}}
    quota = {"name": TEXT, "service": TEXT, "code": TEXT}
    options = {
        "regions": {"type": "bool", "default": False},
        "usage": {"type": "bool", "default": False},
        "probes": {"type": "list", "elements": "dict", "default": [], "options": probe},
        "quotas": {"type": "list", "elements": "dict", "default": [], "options": quota},
        "instance_type": {"type": "str"},
    }
    module = module_class(argument_spec=dict(options), supports_check_mode=True)
    query = CheckQuery(**{name: module.params[name] for name in options})
    run_facts(module, lambda clients, identity, region: gather_check(clients, identity, region, query))


if __name__ == "__main__":
    main()
