"""The wheel in a backend that has its own packages called `adapters`, `schemas` and `mappings`."""

import json
import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

from gateway.connections import GROUP
from tests.support import FIXTURES, ROOT

BACKEND = """
import asyncio
import json
import sys
from pathlib import Path

import adapters
import mappings
import schemas

assert (adapters.OWNER, mappings.OWNER, schemas.OWNER) == ("the backend",) * 3

import gateway
from gateway import Gateway, decode
from gateway.connections import adapters as installed
from gateway.model import messages as m
from gateway.publication import published
from gateway.settings import parsed
from gateway.tables import shipped


class Backend:
    async def start_session(self, connection, message):
        return m.CommandResult(status=m.CommandStatus.ACCEPTED)


async def lives():
    urls = {"": "http://127.0.0.1:9"}
    section = {"hub": "hubject", "role": "CPO", "party": "NL*LON", "urls": urls, "insecure_loopback": True}
    settings = parsed({"store": {"dsn": "sqlite://"}, "connections": {"hubject": section}})
    async with Gateway.load(settings, Backend()) as running:
        return sorted(running.hubs)


message = Path(sys.argv[1])
print(json.dumps({
    "home": str(Path(gateway.__file__).parent),
    "shipped": {name: str(shipped(name)) for name in ("mappings", "schemas", "fixtures")},
    "tables": {name: str(adapter.tables) for name, adapter in installed().items()},
    "canonical": decode("oicp", message.read_bytes(), message.name).report()["canonical"],
    "schemas": {name: (shipped("schemas") / name).read_bytes() == content for name, content in published().items()},
    "hubs": asyncio.run(lives()),
}))
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built without a network, from the checkout as it is."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    built = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert built.returncode == 0, built.stdout + built.stderr
    (found,) = folder.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh environment with the wheel and our dependencies, but without the checkout."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False, symlinks=True)
    site = Path(sysconfig.get_path("purelib", vars={"base": str(folder), "platbase": str(folder)}))
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    for package in sorted(Path(sysconfig.get_path("purelib")).iterdir()):
        ours = "roaming_gateway" in package.name or package.suffix == ".pth" or (site / package.name).exists()
        if not ours and package.name != "__pycache__":
            (site / package.name).symlink_to(package)
    return folder / "bin" / "python"


@pytest.fixture
def backend(tmp_path: Path) -> Path:
    for name in ("adapters", "schemas", "mappings"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text('OWNER = "the backend"\n', encoding="utf-8")
    path = tmp_path / "backend.py"
    path.write_text(BACKEND, encoding="utf-8")
    return path


def ran(python: Path, *arguments: object, folder: Path) -> str:
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "ROAMING_GATEWAY"))}
    done = subprocess.run(
        [str(python), *map(str, arguments)],
        capture_output=True, text=True, cwd=folder, env=plain, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_wheel_has_our_packages_alone_and_everything_they_read(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    tops = {name.partition("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {
        "gateway", "gateway_oicp", "gateway_emip", "gateway_ochp",
    }  # fmt: skip
    for folder in ("mappings", "schemas", "fixtures"):
        here = {path.relative_to(ROOT / folder).as_posix() for path in (ROOT / folder).rglob("*") if path.is_file()}
        there = {name.removeprefix(f"gateway/_{folder}/") for name in names if name.startswith(f"gateway/_{folder}/")}
        assert there == here
    assert "gateway/store/migrations/versions/0001_the_first_tables.py" in names


def test_a_backend_with_packages_of_the_same_names_uses_the_gateway(python: Path, backend: Path) -> None:
    message = FIXTURES / "oicp/AuthorizeStart.request.json"
    found = json.loads(ran(python, backend, message, folder=backend.parent))
    home = found["home"]
    assert not home.startswith(str(ROOT))
    assert found["shipped"] == {name: f"{home}/_{name}" for name in ("mappings", "schemas", "fixtures")}
    assert found["tables"] == {name: f"{home}/_mappings/{name}" for name in ("emip", "ochp", "oicp")}
    assert found["canonical"] == json.loads(message.with_name("AuthorizeStart.request.expected.json").read_bytes())
    assert set(found["schemas"].values()) == {True}
    assert found["hubs"] == ["hubject"]


def test_another_protocol_is_another_package_with_an_entry_point(python: Path, tmp_path: Path) -> None:
    """S1.12: nothing in the gateway changes for it."""
    (tmp_path / "toy_protocol.py").write_text(
        "from dataclasses import replace\n"
        "from gateway_oicp import adapter as oicp\n"
        "adapter = replace(oicp, name='toy', title='Toy 1.0', profiles={'toyland': oicp.profiles['hubject']})\n",
        encoding="utf-8",
    )
    information = tmp_path / "toy_protocol-1.0.dist-info"
    information.mkdir()
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: toy-protocol\nVersion: 1.0\n")
    (information / "entry_points.txt").write_text(f"[{GROUP}]\ntoy = toy_protocol:adapter\n")
    script = tmp_path / "which.py"
    script.write_text(
        "from gateway.connections import adapters, profile_of\n"
        "print(*adapters(), profile_of('toyland')[0].title, sep=',')\n"
    )
    assert ran(python, script, folder=tmp_path) == "emip,ochp,oicp,toy,Toy 1.0\n"
