#!/usr/bin/python
# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: dax_subnet_group
version_added: 1.0.0
short_description: Create, update and delete subnet groups of Amazon DynamoDB Accelerator (DAX)
description:
  - Creates, updates and deletes DAX subnet groups, the subnets that the nodes of a cluster may live in.
  - Options that are not given are left as they are.
  - DAX knows no tags of subnet groups.
author:
  - dax.cross_account contributors (!UNKNOWN)
options:
  name:
    description: The name of the subnet group. DAX keeps it in lower case.
    type: str
    required: true
    aliases: [subnet_group_name]
  state:
    description:
      - Whether the subnet group is to be there. One that a cluster uses cannot be deleted.
    type: str
    choices: [present, absent]
    default: present
  description:
    description: The description of the subnet group.
    type: str
  subnet_ids:
    description: The subnets, all of them, of one VPC. Needed to create the group.
    type: list
    elements: str
seealso:
  - module: dax.cross_account.dax_subnet_group_info
  - module: dax.cross_account.dax_cluster
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - dax.cross_account.attributes
  - dax.cross_account.attributes.actiongroup
"""

EXAMPLES = r"""
- name: Let nodes live in three subnets
  dax.cross_account.dax_subnet_group:
    region: us-east-1
    name: orders
    description: Orders
    subnet_ids:
      - subnet-0aaaaaaaaaaaaaaaa
      - subnet-0bbbbbbbbbbbbbbbb
      - subnet-0cccccccccccccccc

- name: Delete the group
  dax.cross_account.dax_subnet_group:
    name: orders
    state: absent
"""

RETURN = r"""
subnet_group:
  description:
    - The subnet group.
    - V(null) when it is not there, and when it would be created in check mode.
  returned: success
  type: dict
  contains:
    subnet_group_name:
      description: The name.
      type: str
      returned: always
      sample: orders
    description:
      description: The description.
      type: str
      returned: when the group has one
      sample: Orders
    vpc_id:
      description: The VPC of the subnets.
      type: str
      returned: always
      sample: vpc-0123456789abcdef0
    subnets:
      description: The subnets.
      type: list
      elements: dict
      returned: always
      contains:
        subnet_identifier:
          description: The id of the subnet.
          type: str
          returned: always
          sample: subnet-0123456789abcdef0
        subnet_availability_zone:
          description: The availability zone of the subnet.
          type: str
          returned: always
          sample: us-east-1a
        supported_network_types:
          description: The IP families that a cluster can have here, of V(ipv4), V(ipv6) and V(dual_stack).
          type: list
          elements: str
          returned: always
          sample: [ipv4]
    supported_network_types:
      description: The IP families that a cluster can have in all of the subnets.
      type: list
      elements: str
      returned: always
      sample: [ipv4]
"""

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.dax.cross_account.plugins.module_utils.common.aws import run_module
from ansible_collections.dax.cross_account.plugins.module_utils.write.subnet_group import ensure_subnet_group


def main() -> None:
    module = AnsibleAWSModule(
        argument_spec={
            "name": {"type": "str", "required": True, "aliases": ["subnet_group_name"]},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "description": {"type": "str"},
            "subnet_ids": {"type": "list", "elements": "str"},
        },
        supports_check_mode=True,
    )
    run_module(module, lambda: ensure_subnet_group(module.client("dax"), module.params, module.check_mode))


if __name__ == "__main__":
    main()
