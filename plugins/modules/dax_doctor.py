#!/usr/bin/python
# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: dax_doctor
version_added: 1.1.0
short_description: Judge every link between a consumer and its DAX cluster
description:
  - The work of the role P(dax.cross_account.dax_doctor#role), in whose tasks it runs. It takes the role's variables,
    not options of its own.
  - Judges what the hosts of the inventory have returned in this run, shows one table, and writes the reports on the
    controller.
author:
  - dax.cross_account contributors (!UNKNOWN)
attributes:
  check_mode:
    description: Reads and writes nothing in AWS, and writes no report in check mode.
    support: full
  diff_mode:
    description: Returns what changed, or what would change in check mode, when in diff mode.
    support: none
  idempotent:
    description: A second run with the same options, in outwardly the same circumstances, changes nothing.
    support: full
seealso:
  - module: dax.cross_account.dax_doctor_info
"""

EXAMPLES = r"""
- name: Judge what was read
  ansible.builtin.import_role:
    name: dax.cross_account.dax_doctor
"""

RETURN = r"""
result:
  description: What is said of all consumers.
  returned: success
  type: dict
  contains:
    verdict:
      description: The worst of all, V(ok), V(unknown), V(warning) or V(broken).
      type: str
      sample: broken
    failed:
      description: Whether the run fails, by O(dax.cross_account.dax_doctor#role:main:dax_doctor_fail_on).
      type: bool
    message:
      description: Why, in one line.
      type: str
    diagnoses:
      description: What is said of each consumer, with its links and findings.
      type: list
      elements: dict
"""
