#!/usr/bin/python
# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: dax_subnet_group_info
version_added: 1.0.0
short_description: Read subnet groups of Amazon DynamoDB Accelerator (DAX)
description:
  - Returns DAX subnet groups with their subnets.
  - DAX knows no tags of subnet groups.
author:
  - dax.cross_account contributors (!UNKNOWN)
options:
  names:
    description:
      - The names of the subnet groups. Those that do not exist are left out of the result.
      - Without names, all subnet groups of the account and region are returned.
    type: list
    elements: str
    aliases: [name, subnet_group_name]
seealso:
  - module: dax.cross_account.dax_subnet_group
  - module: dax.cross_account.dax_cluster_info
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - dax.cross_account.attributes.info_module
  - dax.cross_account.attributes.actiongroup
"""

EXAMPLES = r"""
- name: Read all subnet groups
  dax.cross_account.dax_subnet_group_info:
    region: us-east-1
  register: result

- name: Read one subnet group
  dax.cross_account.dax_subnet_group_info:
    name: orders
  register: result

- name: Show its VPC
  ansible.builtin.debug:
    msg: "{{ result.subnet_groups[0].vpc_id }}"
"""

RETURN = r"""
subnet_groups:
  description: The subnet groups.
  returned: success
  type: list
  elements: dict
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
from ansible_collections.dax.cross_account.plugins.module_utils.facts.dax import describe_subnet_groups


def main() -> None:
    module = AnsibleAWSModule(
        argument_spec={"names": {"type": "list", "elements": "str", "aliases": ["name", "subnet_group_name"]}},
        supports_check_mode=True,
    )
    run_module(
        module,
        lambda: {
            "changed": False,
            "subnet_groups": describe_subnet_groups(module.client("dax"), module.params["names"]),
        },
    )


if __name__ == "__main__":
    main()
