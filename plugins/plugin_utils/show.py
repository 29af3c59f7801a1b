# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Text for a person, shown as it is, whatever the format of results is set to."""

from __future__ import annotations

from ansible import constants
from ansible.utils.display import Display

from ..module_utils.common.text import printable

# Callbacks whose output is read by a program; a line between would break it. The text is in the result all the same.
_FOR_PROGRAMS = ("json", "jsonl", "null", "junit")

_display = Display()


def show(lines: list[str]) -> None:
    """Show lines under the name of the task that is running, what a terminal would act on escaped."""
    callback = str(constants.config.get_config_value("DEFAULT_STDOUT_CALLBACK")).rpartition(".")[2]
    if callback not in _FOR_PROGRAMS:
        _display.display("\n".join(map(printable, lines)))
