# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The oldest ansible-core that this collection runs on."""

from __future__ import annotations

from ansible.release import __version__ as core_version

# Before this one, Ansible ran templates in whatever a plugin returned: a document of the other team would have run code
# on the controller.
OLDEST_CORE = (2, 19)


class OldCore(Exception):
    """The message is one line that says which version is needed and why."""


def require_core() -> None:
    """Refuse an ansible-core that is older.

    :raises OldCore: when it is.
    """
    if tuple(map(int, core_version.split(".")[:2])) < OLDEST_CORE:
        oldest = ".".join(map(str, OLDEST_CORE))
        raise OldCore(
            f"dax.cross_account needs ansible-core {oldest} or newer, this is {core_version}: older ones would run "
            "templates in the other team's documents; upgrade ansible-core"
        )
