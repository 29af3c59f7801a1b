# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """What the modules of this collection say of themselves: how they keep to check mode, diff mode and their group."""

    # A module that writes.
    DOCUMENTATION = r"""
options: {}
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
"""

    # A module that only reads.
    INFO_MODULE = r"""
options: {}
attributes:
  check_mode:
    description: Reports what would change, and changes nothing.
    support: full
    details:
      - This module only reads.
  diff_mode:
    description: Returns what changed, or what would change in check mode, when in diff mode.
    support: N/A
    details:
      - This module only reads.
  idempotent:
    description: A second run with the same options, in outwardly the same circumstances, changes nothing.
    support: full
    details:
      - This module only reads.
"""

    # Every module.
    ACTIONGROUP = r"""
options: {}
attributes:
  action_group:
    description: Use C(group/dax.cross_account.aws) in C(module_defaults) to set the AWS options once for this module.
    support: full
    details:
      - The group also holds all modules of C(amazon.aws), so one entry serves both collections.
    membership:
      - dax.cross_account.aws
"""
