# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The real client libraries against the emulator.

Role dax_client puts and builds the programs, once for the whole suite. They run as on an instance: profile and metadata
service, STS, the discovery endpoint of DescribeClusters, a node. A language whose toolchain is not there is skipped by
name, and fails where CI=true. Only .NET need not be there: its C# is always parsed (test_dotnet.py).
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

sys.path.insert(0, str(Path(__file__).parent))

from harness import (
    COMMANDS,
    Emulator,
    Program,
    clean_environment,
    emulator_command,
    missing_tools,
    playbook,
    read_line,
)
from world import ACCOUNT_B, CONSUMER_REGION, REGION, World, build

LANGUAGES = [language for language in COMMANDS if language != "dotnet" or not missing_tools("dotnet")]
PLAY = """
- hosts: localhost
  connection: local
  gather_facts: false
  tasks:
    - ansible.builtin.import_role:
        name: dax.cross_account.dax_client
"""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "language" in metafunc.fixturenames:
        metafunc.parametrize("language", LANGUAGES)


@pytest.fixture(scope="session")
def emulator_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    state = tmp_path_factory.mktemp("emulator") / "state"
    command = [str(emulator_command())]
    subprocess.run([*command, "start", "--port", port, "--state", str(state)], check=True, stdout=subprocess.DEVNULL)
    yield f"http://127.0.0.1:{port}"
    subprocess.run([*command, "stop", "--port", port, "--state", str(state)], check=True, stdout=subprocess.DEVNULL)


@pytest.fixture(scope="session")
def world(emulator_url: str) -> World:
    return build(emulator_url)


@pytest.fixture(scope="session")
def emulator(emulator_url: str, world: World) -> Iterator[Emulator]:
    """The emulator with the metadata service of the client's instance."""
    python = emulator_command().with_name("python")
    command = [python, "-m", "dax_emulator.metadata.imds", "--emulator", emulator_url, "--port", "0"]
    command += ["--account", ACCOUNT_B, "--region", REGION, "--instance-id", world.instance_id]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        yield Emulator(emulator_url, read_line(process, "the instance metadata service").split()[-1])
    finally:
        process.terminate()
        process.wait()


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home directory of the user who runs the programs; the package managers' caches stay the real ones."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="session")
def built(world: World, home: Path) -> Path:
    """The programs of all languages whose toolchain is there, as the role put and built them."""
    languages = [language for language in LANGUAGES if not missing_tools(language)]
    variables = {
        "ansible_python_interpreter": sys.executable,
        "dax_client_cluster": world.documents["plain"],
        "dax_client_languages": languages,
        "dax_client_dest": str(home / "dax-client"),
        "dax_client_aws_config_path": str(home / ".aws/config"),
        "dax_client_python": sys.executable,
        # The consumer is in another region than the cluster.
        "dax_client_sts_region": CONSUMER_REGION,
        "dax_client_install": True,
    }
    play, extra = home / "play.yml", home / "variables.yml"
    play.write_text(PLAY)
    extra.write_text(yaml.safe_dump(variables))
    done = playbook(play, "--extra-vars", f"@{extra}", environment=clean_environment(Path.home()))
    assert done.returncode == 0, done.stdout
    return home / "dax-client"


@pytest.fixture(scope="session")
def environment(emulator: Emulator, home: Path) -> dict[str, str]:
    """What points the SDKs at the emulator, all of it by their own standard variables."""
    trust = emulator.get("dataplane")
    return {
        **clean_environment(home),
        "AWS_EC2_METADATA_SERVICE_ENDPOINT": emulator.metadata,
        "AWS_ENDPOINT_URL_STS": emulator.url,
        "SSL_CERT_FILE": trust["ca_file"],
        "NODE_EXTRA_CA_CERTS": trust["ca_file"],
    }


@pytest.fixture(scope="session")
def programs(built: Path, environment: dict[str, str], emulator: Emulator) -> dict[str, Program]:
    trust = emulator.get("dataplane")
    java_options = (
        f"-Djavax.net.ssl.trustStore={trust['trust_store']}",
        f"-Djavax.net.ssl.trustStorePassword={trust['trust_store_password']}",
    )
    return {
        language: Program(language, built / language, environment, java_options)
        for language in LANGUAGES
        if (built / language).is_dir()
    }


@pytest.fixture
def program(language: str, request: pytest.FixtureRequest) -> Program:
    """The program of one language; skips the test, or fails it in CI, if its toolchain is not there."""
    if missing := missing_tools(language):
        reason = f"{language}: not found: {', '.join(missing)}"
        if os.environ.get("CI") == "true":
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)
    programs: dict[str, Program] = request.getfixturevalue("programs")
    return programs[language]
