#!/usr/bin/python
# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: dax_account_a_reconcile
version_added: 1.0.0
short_description: Bring account A to what the variables of its role say
description:
  - The work of the role P(dax.cross_account.dax_account_a#role), in whose tasks it runs. It takes the role's variables,
    not options of its own.
  - Reads the account with M(dax.cross_account.dax_account_a_info), decides what to do, shows the plan, and refuses it
    before anything is written if it holds a conflict. Then it carries the plan out with modules of C(amazon.aws) and of
    this collection, in stages, and reads the account again where the next stage needs ids that one made.
  - An error that passes by itself is waited for. When the response to a call was lost, the account is read to see
    whether it was carried out.
author:
  - dax.cross_account contributors (!UNKNOWN)
options:
  phase:
    description:
      - V(apply) does all of this, in check mode without writing.
      - V(plan) returns the plan and the document, shows nothing and writes nothing in AWS.
      - V(check) reads more than a plan needs with M(dax.cross_account.dax_account_check_info), shows whether everything
        is there that a first run needs, and writes nothing in AWS.
      - V(doctor) only reads what a call depends on, with M(dax.cross_account.dax_doctor_info).
    type: str
    choices: [apply, plan, check, doctor]
    default: apply
attributes:
  check_mode:
    description: Reports what would change, and changes nothing.
    support: full
  diff_mode:
    description: Returns what changed, or what would change in check mode, when in diff mode.
    support: full
  idempotent:
    description: A second run with the same options, in outwardly the same circumstances, changes nothing.
    support: full
seealso:
  - module: dax.cross_account.dax_account_a_info
  - module: dax.cross_account.dax_account_check_info
  - module: dax.cross_account.dax_doctor_info
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - dax.cross_account.attributes.actiongroup
"""

EXAMPLES = r"""
- name: Grant access
  ansible.builtin.import_role:
    name: dax.cross_account.dax_account_a
"""

RETURN = r"""
plan:
  description: The plan as it was shown.
  returned: success
  type: dict
  contains:
    side:
      description: V(account A) or V(account B).
      type: str
      returned: always
      sample: account A
    state:
      description: V(present) or V(absent).
      type: str
      returned: always
      sample: present
    account_id:
      description: The account.
      type: str
      returned: when the account was read
      sample: "111111111111"
    kind:
      description: V(dax.cross_account/plan).
      type: str
      returned: when the account was read
      sample: dax.cross_account/plan
    schema_version:
      description: The version of C(docs/schemas/plan.schema.json) that this plan fits.
      type: int
      returned: when the account was read
      sample: 1
    region:
      description: The region.
      type: str
      returned: when the account was read
      sample: us-east-1
    cluster_arn:
      description: The cluster.
      type: str
      returned: when the account was read
      sample: arn:aws:dax:us-east-1:111111111111:cache/orders
    consumer:
      description: V(null), as this is account A.
      type: str
      returned: when the account was read
    consumers:
      description: The consumers whose documents the run has, each with C(consumer) and C(role_arn).
      type: list
      elements: dict
      returned: when the account was read
      sample: []
    variables:
      description: The role's variables that decide on what is written; of an external id, a digest.
      type: dict
      returned: when the account was read
    actions:
      description:
        - What is done, and what is to be said of the rest. Each has C(step), C(kind), C(resource_type),
          C(resource_id), C(attribute), C(resource), which is what a person calls it, C(before), C(after) and C(why).
        - The kinds V(create), V(change) and V(remove) are written, V(conflict) refuses the plan, V(warning), V(wait)
          and V(keep) are reported.
      type: list
      elements: dict
      returned: always
      sample:
        - step: routes
          kind: create
          resource_type: route
          resource_id: rtb-0aaaaaaaaaaaaaaaa/10.1.0.0/24
          attribute: null
          resource: route 10.1.0.0/24 in rtb-0aaaaaaaaaaaaaaaa
          before: null
          after: pcx-0cccccccccccccccc
          why: ""
    changes:
      description: How many actions are written.
      type: int
      returned: always
      sample: 1
    steps:
      description: The steps that have something to write, in order.
      type: list
      elements: str
      returned: always
      sample: [routes]
    stages:
      description: These steps, a list for each stage.
      type: list
      elements: list
      returned: always
      sample: [[routes]]
    incomplete:
      description: Whether the account is read and planned again after a stage, whose ids the next one needs.
      type: bool
      returned: always
      sample: false
    writes:
      description: By step, the calls that are made, each with its C(module), its C(args) and the C(resource).
      type: dict
      returned: always
    conflicts:
      description: Why the plan is refused, a line each.
      type: list
      elements: str
      returned: always
      sample: []
    warnings:
      description: What will not work, a line each.
      type: list
      elements: str
      returned: always
      sample: []
    waiting_for:
      description: What is left to the other side, a line each.
      type: list
      elements: str
      returned: always
      sample: []
    lines:
      description: The plan as it is shown.
      type: list
      elements: str
      returned: always
      sample: ["account A: nothing to change"]
    orphans:
      description: The consumers of earlier runs that are not in this one and keep their access.
      type: list
      elements: str
      returned: always
      sample: []
    document:
      description: As RV(document).
      type: dict
      returned: always
document:
  description: The cluster document, as docs/documents.md describes it; V(null) if it is not known.
  returned: success
  type: dict
summary:
  description: What came of the run, for the end of it.
  returned: success
  type: dict
  contains:
    complete:
      description: Whether nothing is left to wait for.
      type: bool
      returned: always
      sample: true
    changed:
      description: How many resources were, or in check mode would be, C(created), C(changed) and C(removed).
      type: dict
      returned: always
      sample: {created: 0, changed: 0, removed: 0}
    account_id:
      description: The account; V(null) if it was not read.
      type: str
      returned: always
      sample: "111111111111"
    endpoint:
      description: The URL of the cluster.
      type: str
      returned: always
      sample: dax://orders.l6fzcv.dax-clusters.us-east-1.amazonaws.com
    role_arn:
      description: The role in account A that is to be assumed.
      type: str
      returned: always
      sample: arn:aws:iam::111111111111:role/DaxCrossAccountRole
    nodes:
      description: The nodes of the cluster, as C(address), C(port) and C(url). Only of account A.
      type: list
      elements: dict
      returned: always
      sample: []
    instance_id:
      description: The client's instance. Only of account B.
      type: str
      returned: always
      sample: i-0eeeeeeeeeeeeeeee
    waiting_for:
      description: What is left to the other side, a line each.
      type: list
      elements: str
      returned: always
      sample: []
    warnings:
      description: What will not work, a line each.
      type: list
      elements: str
      returned: always
      sample: []
    next:
      description: What to do now.
      type: str
      returned: always
      sample: "try it from the client: ansible-playbook dax.cross_account.verify"
    lines:
      description: All of this, as it is shown.
      type: list
      elements: str
      returned: always
doctor:
  description: What the role P(dax.cross_account.dax_doctor#role) judges, C(facts) and what the variables want.
  returned: in phase V(doctor)
  type: dict
check:
  description: Whether everything is there that a first run needs.
  returned: in phase V(check)
  type: dict
  contains:
    side:
      description: V(account A) or V(account B).
      type: str
      returned: always
      sample: account A
    account_id:
      description: The account; V(null) if it could not be reached.
      type: str
      returned: always
      sample: "111111111111"
    region:
      description: The region; V(null) if the account could not be reached.
      type: str
      returned: always
      sample: us-east-1
    complete:
      description: Whether nothing is missing.
      type: bool
      returned: always
      sample: true
    counts:
      description: How many points are C(ok), C(missing), C(warning) and C(unknown).
      type: dict
      returned: always
      sample: {ok: 12, missing: 0, warning: 0, unknown: 1}
    findings:
      description: The points, each with C(point), C(status), C(what) was found and the C(fix).
      type: list
      elements: dict
      returned: always
      sample:
        - point: region af-south-1
          status: missing
          what: account 111111111111 has not enabled it
          fix: aws account enable-region --region-name af-south-1, which takes minutes, at times hours
    lines:
      description: All of this, as it is shown.
      type: list
      elements: str
      returned: always
      sample: ["account A: everything is there"]
"""
