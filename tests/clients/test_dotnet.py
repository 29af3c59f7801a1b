# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The C# program is parsed with a C# grammar everywhere; where `dotnet` is found all other tests run it as well."""

from __future__ import annotations

import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
import tree_sitter
import tree_sitter_c_sharp
import yaml
from harness import clean_environment, missing_tools, playbook
from world import ACCOUNT_A, REGION

HOST = "orders.abc123.dax-clusters.us-east-1.amazonaws.com"
GRAMMAR = tree_sitter.Language(tree_sitter_c_sharp.language())
DOCUMENT = {
    "kind": "dax.cross_account/cluster",
    "version": 1,
    "account_id": ACCOUNT_A,
    "partition": "aws",
    "region": REGION,
    "cluster_name": "orders",
    "cluster_arn": f"arn:aws:dax:{REGION}:{ACCOUNT_A}:cache/orders",
    "endpoint": {"address": HOST, "port": 9111, "url": f"daxs://{HOST}"},
    "encryption_type": "TLS",
    "network_type": "ipv4",
    "vpc_id": "vpc-0123456789abcdef0",
    "cidr_blocks": ["10.0.0.0/16"],
    "role_arn": f"arn:aws:iam::{ACCOUNT_A}:role/DaxCrossAccountRole",
    "external_id": "shared=1,2.3@x:/-_+",
}


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("dotnet")
    play = {
        "hosts": "localhost",
        "connection": "local",
        "gather_facts": False,
        "vars": {
            "ansible_python_interpreter": sys.executable,
            "dax_client_cluster": DOCUMENT,
            "dax_client_languages": ["dotnet"],
            "dax_client_dest": str(home / "dax-client"),
            "dax_client_aws_config_path": "",
        },
        "tasks": [{"import_role": {"name": "dax.cross_account.dax_client"}}],
    }
    (home / "play.yml").write_text(yaml.safe_dump([play]))
    done = playbook(home / "play.yml", environment=clean_environment(Path.home()))
    assert done.returncode == 0, done.stdout
    return home / "dax-client/dotnet"


def errors(node: tree_sitter.Node) -> list[str]:
    """What the grammar does not know, with its place."""
    own = (
        [f"line {node.start_point.row + 1}: {node.type}: {node.text!r:.60}"] if node.is_error or node.is_missing else []
    )
    return own + [error for child in node.children for error in errors(child)]


def texts(node: tree_sitter.Node, kind: str) -> list[str]:
    own = [(node.text or b"").decode()] if node.type == kind else []
    return own + [text for child in node.children for text in texts(child, kind)]


def test_syntax(directory: Path) -> None:
    sources = sorted(directory.glob("*.cs"))
    assert [source.name for source in sources] == ["DynamoDbJson.cs", "Program.cs"]
    for source in sources:
        tree = tree_sitter.Parser(GRAMMAR).parse(source.read_bytes())
        assert errors(tree.root_node) == [], source.name


def test_grammar_finds_mistakes(directory: Path) -> None:
    """The parser is no yes-man: the same source with one bracket less does not parse."""
    source = (directory / "Program.cs").read_bytes().replace(b"Explain(error);", b"Explain(error;", 1)
    assert errors(tree_sitter.Parser(GRAMMAR).parse(source).root_node)


def test_rendered_values(directory: Path) -> None:
    tree = tree_sitter.Parser(GRAMMAR).parse((directory / "Program.cs").read_bytes())
    literals = texts(tree.root_node, "string_literal")
    assert f'"daxs://{HOST}:9111"' in literals
    assert f'"{DOCUMENT["role_arn"]}"' in literals
    assert f'"{DOCUMENT["external_id"]}"' in literals
    created = texts(tree.root_node, "object_creation_expression")
    assert any(text.startswith("new AssumeRoleAWSCredentials(") for text in created)
    assert any(text.startswith("new ClusterDaxClient(") for text in created)


def test_build_file(directory: Path) -> None:
    packages = ElementTree.parse(directory / "DaxClient.csproj").iter("PackageReference")
    versions = {package.get("Include"): package.get("Version") or "" for package in packages}
    assert set(versions) == {"AWSSDK.DAX.Client", "AWSSDK.DynamoDBv2", "AWSSDK.SecurityToken"}
    assert all(version.startswith("4.") and version.replace(".", "").isdigit() for version in versions.values())


def test_dotnet_is_there() -> None:
    """Names what is not run: the other tests run .NET only with its SDK."""
    if missing := missing_tools("dotnet"):
        pytest.skip(f"dotnet: not found: {', '.join(missing)}; the C# program was parsed, not compiled")
