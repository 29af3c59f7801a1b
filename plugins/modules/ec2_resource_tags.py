#!/usr/bin/python
# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: ec2_resource_tags
version_added: 1.1.0
short_description: Single tags of many EC2 resources
description:
  - Sets and removes single tags of EC2 resources, and leaves all others as they are.
  - Takes many resources at once, each with tags of its own; M(amazon.aws.ec2_tag) takes one.
author:
  - dax.cross_account contributors (!UNKNOWN)
options:
  resources:
    description: The resources, each once.
    type: list
    elements: dict
    required: true
    suboptions:
      id:
        description: The id of the resource.
        type: str
        required: true
      tags:
        description: Tags to set.
        type: dict
        default: {}
      absent:
        description: Keys of tags to remove, whatever their values; one that O(resources[].tags) sets stays.
        type: list
        elements: str
        default: []
  retry_not_found_seconds:
    description: How many seconds to try again while EC2 does not know a new resource yet.
    type: int
    default: 120
seealso:
  - module: amazon.aws.ec2_tag
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - dax.cross_account.attributes
  - dax.cross_account.attributes.actiongroup
"""

EXAMPLES = r"""
- name: Say who uses a peering connection
  dax.cross_account.ec2_resource_tags:
    region: us-east-1
    resources:
      - id: pcx-0123456789abcdef0
        tags:
          used-by: stock
        absent: [used-by-orders]
"""

RETURN = r"""
changes:
  description: What was changed, or in check mode would be, a resource each.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: The resource.
      type: str
      sample: pcx-0123456789abcdef0
    set:
      description: The tags that were set.
      type: dict
      sample: {used-by: stock}
    removed:
      description: The keys of the tags that were removed.
      type: list
      elements: str
      sample: [used-by-orders]
"""

from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.dax.cross_account.plugins.module_utils.common.aws import run_module
from ansible_collections.dax.cross_account.plugins.module_utils.write.tags import ensure_tags

RESOURCE = {
    "id": {"type": "str", "required": True},
    "tags": {"type": "dict", "default": {}},
    "absent": {"type": "list", "elements": "str", "default": []},
}


def main(module_class: Any = AnsibleAWSModule) -> None:
    module = module_class(
        argument_spec={
            "resources": {"type": "list", "elements": "dict", "required": True, "options": RESOURCE},
            "retry_not_found_seconds": {"type": "int", "default": 120},
        },
        supports_check_mode=True,
    )
    client = module.client("ec2")
    run_module(module, lambda: ensure_tags(client, module.params, module.check_mode))


if __name__ == "__main__":
    main()
