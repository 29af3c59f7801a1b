"""Stands in for the script that ansible-test downloads to put pip into the environments of its sanity tests.

That download is from a host of its own; Python brings a pip with it.
"""

import subprocess
import sys

subprocess.run([sys.executable, "-m", "ensurepip", "--default-pip"], stdout=subprocess.DEVNULL, check=True)
