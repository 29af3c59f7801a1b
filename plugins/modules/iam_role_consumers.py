#!/usr/bin/python
# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: iam_role_consumers
version_added: 1.1.0
short_description: Single consumers of an IAM role that several runs write at once
description:
  - Lets consumers assume a role, and takes that from others, while other runs do the same for consumers of theirs.
  - A consumer is named by a statement of the trust policy whose C(Sid) begins with C(DaxCrossAccount), and registered
    in a tag of the role. Other statements and tags stay as they are.
  - Reads the role before each write, and once more at the end, until it is as this run wants it and no other registered
    consumer is missing. M(amazon.aws.iam_role) writes the whole trust policy and all tags, so that of two runs at the
    same time one loses what it wrote.
author:
  - dax.cross_account contributors (!UNKNOWN)
options:
  state:
    description:
      - V(present) lets in O(consumers), takes access from those in O(removing), and writes O(settings).
      - V(absent) takes access from those in O(removing). Once nobody is left, it also takes away O(policies) and all
        tags of this collection, or with O(delete) the whole role. As long as another run has let somebody in, these
        stay.
    type: str
    choices: [present, absent]
    default: present
  name:
    description: The name of the role.
    type: str
    required: true
  cluster_arn:
    description: The DAX cluster that the role gives access to.
    type: str
    required: true
  consumers:
    description: The consumers to let in.
    type: list
    elements: dict
    default: []
    suboptions:
      key:
        description: The consumer's account and name, as in V(222222222222/payments).
        type: str
        required: true
      role_arn:
        description: The role that it assumes this one with.
        type: str
        required: true
  removing:
    description: The keys of the consumers that lose access.
    type: list
    elements: str
    default: []
  left_out:
    description: The keys of consumers that are registered and that the trust policy does not name. They stay out.
    type: list
    elements: str
    default: []
  known:
    description:
      - The principals that statements of this collection named, or the tags registered, when the run was planned.
      - One of these that is not registered goes. Any other is taken for one that another run is about to register.
    type: list
    elements: str
    default: []
  external_id:
    description: The external id that consumers have to give, or what their own ones are made from.
    type: str
    default: ''
  external_id_per_consumer:
    description: Whether each consumer has an external id of its own.
    type: bool
    default: false
  session_name_pattern:
    description: What the name of a session has to look like, V(*) and V(?) for any.
    type: str
    default: ''
  allow_session_tags:
    description: Whether consumers may set session tags.
    type: bool
    default: false
  settings:
    description:
      - What the role has to be like. Without it, the role has to exist, and keeps its settings.
      - Where the role does not exist, it is created with these.
    type: dict
    suboptions:
      path:
        description: The path of a role that is created; the path of a role cannot be changed.
        type: str
        default: /
      description:
        description: Its description.
        type: str
        default: ''
      max_session_duration:
        description: How many seconds a session lasts at most.
        type: int
        default: 3600
      boundary:
        description: The ARN of its permissions boundary; an empty text or none takes the boundary off.
        type: str
      tags:
        description: Tags that it has to carry; other tags stay.
        type: dict
        default: {}
  policies:
    description: With O(state=absent), the inline policies that go with the last consumer.
    type: list
    elements: str
    default: []
  delete:
    description:
      - With O(state=absent), whether to delete the role once nobody is left, if its tags say that it was made for
        O(cluster_arn), and if its trust policy has no statement of others.
    type: bool
    default: false
  retry_seconds:
    description: For how many seconds to try again when IAM refuses something that it accepts a little later.
    type: int
    default: 120
notes:
  - If two runs overwrite each other's trust policy, at least one of them sees that in its last reading, and writes it
    again.
seealso:
  - module: amazon.aws.iam_role
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - dax.cross_account.attributes
  - dax.cross_account.attributes.actiongroup
"""

EXAMPLES = r"""
- name: Let a consumer assume the role
  dax.cross_account.iam_role_consumers:
    region: us-east-1
    name: DaxCrossAccountRole
    cluster_arn: arn:aws:dax:us-east-1:111111111111:cache/orders
    consumers:
      - key: 222222222222/payments
        role_arn: arn:aws:iam::222222222222:role/AssumeDaxRole
    settings:
      max_session_duration: 3600

- name: Take access from it, and delete the role if it was the last one
  dax.cross_account.iam_role_consumers:
    region: us-east-1
    state: absent
    name: DaxCrossAccountRole
    cluster_arn: arn:aws:dax:us-east-1:111111111111:cache/orders
    removing:
      - 222222222222/payments
    policies:
      - DaxCrossAccountPolicy
    delete: true
"""

RETURN = r"""
changes:
  description:
    - What was written, in order; in check mode the first thing that would be.
    - Something is written more than once when another run has overwritten it.
  returned: success
  type: list
  elements: str
  sample: [trust, register]
exists:
  description: Whether the role is there.
  returned: success, but not in check mode
  type: bool
  sample: true
"""

from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.dax.cross_account.plugins.module_utils.common.aws import run_module
from ansible_collections.dax.cross_account.plugins.module_utils.write.role_consumers import ensure_consumers

# The key that a consumer is registered under is no secret.
CONSUMER = {"key": {"type": "str", "required": True, "no_log": False}, "role_arn": {"type": "str", "required": True}}
SETTINGS = {
    "path": {"type": "str", "default": "/"},
    "description": {"type": "str", "default": ""},
    "max_session_duration": {"type": "int", "default": 3600},
    "boundary": {"type": "str"},
    "tags": {"type": "dict", "default": {}},
}
SPEC = {
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "name": {"type": "str", "required": True},
    "cluster_arn": {"type": "str", "required": True},
    "consumers": {"type": "list", "elements": "dict", "default": [], "options": CONSUMER},
    "removing": {"type": "list", "elements": "str", "default": []},
    "left_out": {"type": "list", "elements": "str", "default": []},
    "known": {"type": "list", "elements": "str", "default": []},
    "external_id": {"type": "str", "default": ""},
    "external_id_per_consumer": {"type": "bool", "default": False},
    "session_name_pattern": {"type": "str", "default": ""},
    "allow_session_tags": {"type": "bool", "default": False},
    "settings": {"type": "dict", "options": SETTINGS},
    "policies": {"type": "list", "elements": "str", "default": []},
    "delete": {"type": "bool", "default": False},
    "retry_seconds": {"type": "int", "default": 120},
}


def main(module_class: Any = AnsibleAWSModule) -> None:
    module = module_class(argument_spec=SPEC, supports_check_mode=True)
    client = module.client("iam")
    run_module(module, lambda: ensure_consumers(client, module.params, module.check_mode))


if __name__ == "__main__":
    main()
