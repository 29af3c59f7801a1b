# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The commands that README and docs tell a reader to type, in the order in which the test types them."""

from __future__ import annotations

import re
from pathlib import Path

from .playbook import ROOT

SITE = "ansible-playbook -i inventories/mine playbooks/site.yml"
TEARDOWN = "ansible-playbook -i inventories/mine playbooks/teardown.yml"
INSTALL = '(cd ~ && ansible-galaxy collection install "$OLDPWD"/dist/dax-cross_account-1.0.0.tar.gz)'

# In a checkout, before the inventory is filled in.
BEGINNING = [
    "make setup",
    'export PATH="$PWD/.venv/bin:$PATH"',
    "make build",
    INSTALL,
    "cp -r inventories/example inventories/mine",
]
# In the same checkout, with an inventory that is filled in.
JOINED = [
    "ansible-playbook -i inventories/mine playbooks/check.yml",
    f"{SITE} --check",
    SITE,
    f"{SITE} --limit dax_account_a,payments",
    f"{SITE} -e dax_account_a_prune=true",
    f"{TEARDOWN} --limit dax_account_a,payments",
    TEARDOWN,
    "make aws-check",
]
# In an empty folder, with the collection installed: a folder `inventory` and one for documents.
INSTALLED = [
    "ansible-doc dax.cross_account.dax_cluster",
    "ansible-doc dax.cross_account.dax_account_a_reconcile",
    "ansible-doc dax.cross_account.dax_account_b_reconcile",
    "ansible-doc -t role dax.cross_account.dax_account_a",
    "ansible-doc -t filter dax.cross_account.plan_a",
    "ansible-playbook -i inventory dax.cross_account.check",
    "ansible-playbook -i inventory dax.cross_account.site",
    "ansible-playbook -i inventory dax.cross_account.doctor -e dax_doctor_report_path=report.html",
]
ACCOUNT_A = "ansible-playbook -i inventory dax.cross_account.account_a"
ACCOUNT_B = "ansible-playbook -i inventory dax.cross_account.account_b"

# In a copy of an example's folder: the scenario examples types them, as the example's README has them.
OF_EXAMPLES = [
    "ansible-playbook -i inventory -e @credentials.yml dax.cross_account.site --check -e dax_plan_path=plans",
    "ansible-playbook -i inventory -e @credentials.yml dax.cross_account.site -e dax_plan_file=plans",
]

_SUITE = "a suite of tests, or a tool for those who change the collection, which CI runs by itself"
_CLIENT = "needs a host that reaches a cluster: make client-test runs the playbook on the emulator's data plane"
_AWS = "needs two accounts of AWS: the scenario aws runs the suite on the emulator"
_CONTROLLER = "needs a controller: the scenario awx runs the playbook against a stub of AWX's API"
_AWS_CLI = "a command of AWS's own command line, which is no part of the collection"
# Those that no test types as they stand, and why.
NOT_TYPED = {
    "ansible-galaxy collection install dax.cross_account": "needs Galaxy, where it has to be published first",
    "pip install 'boto3>=1.40.38' 'botocore>=1.40.38'": "needs a package index; make setup does it from the lock",
    **dict.fromkeys(OF_EXAMPLES, "the scenario examples types it, as it stands"),
    "make demo": "the scenario demo runs it, as it stands",
    "ansible-galaxy collection build": "a command that is weighed, not one to type: make build runs it",
    "make demo-broken": "the scenario demo runs it, as it stands",
    "make demo-down": "the scenario demo runs it, as it stands",
    "ansible-builder build --tag dax/cross_account_ee": "needs a container engine: the unit tests make its context",
    "ansible-galaxy collection publish": "needs Galaxy, and a version that is released",
    "ansible-vault encrypt_string": "asks for a password at the terminal",
    **dict.fromkeys(
        (
            "ansible-test sanity",
            "make test",
            "make lint",
            "make unit",
            "make emulator-test",
            "make sanity",
            "make install-test",
            "make client-test",
            "make molecule",
            "make format",
            "make generate",
            "make molecule SCENARIO=site KEEP=1",
            "make changelog",
            "make browser-test",
            "make browser-picture",
            "make iam-oracle",
            'make iam-oracle ARGS="--count 300 --record"',
            "make docs",
            "make matrix",
            'make matrix ROWS="preview"',
            "make version-test",
            'make lint CHECKS="ruff ruff-format yamllint"',
            'make lint CHECKS="ansible-lint antsibull-docs licences"',
            "make lint CHECKS=modules",
            "make release-check",
            "make release-check SKIP=addresses,changelog",
            "make lock",
            "make lock UPGRADE=1",
        ),
        _SUITE,
    ),
    **dict.fromkeys(
        (
            "ansible-playbook -i inventory dax.cross_account.verify",
            "ansible-playbook -i inventory dax.cross_account.verify -e dax_client_install_packages=true",
            "ansible-playbook -i inventories/mine playbooks/verify.yml -e dax_verify_table=orders "
            """-e '{"dax_verify_key": {"pk": {"S": "1"}}}'""",
        ),
        _CLIENT,
    ),
    **dict.fromkeys(
        (
            "make aws-test",
            "make aws-test PROFILE_A=owner PROFILE_B=client BUDGET=1",
            "make aws-test PROFILE_A=owner PROFILE_B=client REGION=eu-west-1",
            "make aws-test PROFILE_A=owner PROFILE_B=client SWEEP=1",
        ),
        _AWS,
    ),
    **dict.fromkeys(
        (
            "aws sso login",
            "aws sts assume-role",
            "aws service-quotas request-service-quota-increase",
            "aws dax reboot-node",
            "aws dax update-cluster --security-group-ids",
        ),
        _AWS_CLI,
    ),
    **dict.fromkeys(
        (
            "export CONTROLLER_HOST=https://awx.example.com CONTROLLER_OAUTH_TOKEN=…",
            "ansible-playbook -i localhost, -e @mine.yml "
            "extensions/patterns/join_accounts/playbooks/configure_controller.yml",
        ),
        _CONTROLLER,
    ),
}

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *ROOT.glob("docs/*.md"), *ROOT.glob("roles/*/README.md")]
_FENCE = re.compile(r"^(?P<indent> *)```(?P<kind>\w*)\n(?P<text>.*?)^(?P=indent)```$", re.MULTILINE | re.DOTALL)
_COMMAND = re.compile(r"(\(cd|cp|export|make|pip|aws|ansible-\w+) \S")


def told(page: Path) -> set[str]:
    """Return the commands of a page: lines of its consoles, and words between backticks."""
    text = page.read_text(encoding="utf-8")
    lines = [
        line.strip()
        for found in _FENCE.finditer(text)
        if found["kind"] in ("console", "shell")
        for line in found["text"].splitlines()
    ]
    spans = [" ".join(span.split()) for span in re.findall(r"`([^`]+)`", _FENCE.sub("", text))]
    return {command for command in (*lines, *spans) if _COMMAND.match(command)}


def ran() -> set[str]:
    return {*BEGINNING, *JOINED, *INSTALLED, ACCOUNT_A, ACCOUNT_B}
