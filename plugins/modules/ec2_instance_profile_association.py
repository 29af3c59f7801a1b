#!/usr/bin/python
# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: ec2_instance_profile_association
version_added: 1.1.0
short_description: The instance profile of an EC2 instance, by its id
description:
  - Associates an instance with an instance profile, or replaces the association that it has.
  - Compares ids. A profile that was deleted and made anew under its name is another one, and an instance that had the
    old one is without credentials; M(amazon.aws.ec2_instance) compares names, and leaves it so.
author:
  - dax.cross_account contributors (!UNKNOWN)
options:
  instance_id:
    description: The instance.
    type: str
    required: true
  instance_profile_name:
    description: The name of the instance profile.
    type: str
    required: true
  wait_timeout:
    description: How many seconds to try again while EC2 does not know a new profile, or the role in it, yet.
    type: int
    default: 120
seealso:
  - module: amazon.aws.ec2_instance
  - module: amazon.aws.iam_instance_profile
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - dax.cross_account.attributes
  - dax.cross_account.attributes.actiongroup
"""

EXAMPLES = r"""
- name: Give an instance its credentials back
  dax.cross_account.ec2_instance_profile_association:
    region: us-east-1
    instance_id: i-0123456789abcdef0
    instance_profile_name: AssumeDaxInstanceProfile
"""

RETURN = r"""
instance_id:
  description: The instance.
  returned: success
  type: str
  sample: i-0123456789abcdef0
instance_profile_id:
  description: The id of the instance profile that it is associated with now.
  returned: success
  type: str
  sample: AIPAEXAMPLEEXAMPLE456
previous_instance_profile_id:
  description: The id of the one before; V(null) if there was none.
  returned: success
  type: str
  sample: AIPAEXAMPLEEXAMPLE123
"""

from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.dax.cross_account.plugins.module_utils.common.aws import run_module
from ansible_collections.dax.cross_account.plugins.module_utils.write.instance_profiles import ensure_association


def main(module_class: Any = AnsibleAWSModule) -> None:
    module = module_class(
        argument_spec={
            "instance_id": {"type": "str", "required": True},
            "instance_profile_name": {"type": "str", "required": True},
            "wait_timeout": {"type": "int", "default": 120},
        },
        supports_check_mode=True,
    )
    ec2, iam = module.client("ec2"), module.client("iam")
    run_module(module, lambda: ensure_association(ec2, iam, module.params, module.check_mode))


if __name__ == "__main__":
    main()
