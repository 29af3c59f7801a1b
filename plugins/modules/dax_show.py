#!/usr/bin/python
# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: dax_show
version_added: 1.0.0
short_description: Show lines of text as they are
description:
  - Shows text, such as the summary of a role, one line after the other, whatever C(callback_result_format) is set to.
  - It can fail after that, so that what came of a run that failed at its end is shown too.
  - Callbacks whose output is for programs, such as C(ansible.posix.json), get the text as the result only.
author:
  - dax.cross_account contributors (!UNKNOWN)
options:
  lines:
    description: The lines. Control characters in them are shown escaped.
    type: list
    elements: str
    default: []
  failure:
    description: Fails with this text when the lines have been shown. Empty for what is no failure.
    type: str
    default: ""
attributes:
  check_mode:
    description: Reports what would change, and changes nothing.
    support: full
  diff_mode:
    description: Returns what changed, or what would change in check mode, when in diff mode.
    support: N/A
    details:
      - It changes nothing.
  idempotent:
    description: A second run with the same options, in outwardly the same circumstances, changes nothing.
    support: full
"""

EXAMPLES = r"""
- name: Show what came of it
  dax.cross_account.dax_show:
    lines: "{{ dax_account_a_summary.lines }}"
"""

RETURN = r"""
msg:
  description: The text, or the failure.
  returned: always
  type: str
  sample: "account A: complete"
"""
