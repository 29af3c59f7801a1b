# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A DAX data plane: a server for unmodified DAX client libraries. See README.md."""


def install() -> None:
    """Start the data plane inside of the emulator. The server by itself needs no LocalStack, hence the late import."""
    from dax_emulator.dataplane import integration

    integration.install()
