"""What is written by machine is current: schemas, reference pages; and the README's examples are Python."""

import ast
import importlib.util
import re
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

from gateway.connections import adapters
from gateway.publication import published
from gateway.settings import parsed
from tests.support import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")


def _generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs_generate", ROOT / "docs" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_schemas_are_what_the_models_say() -> None:
    shipped = {path.name: path.read_bytes() for path in (ROOT / "schemas").iterdir()}
    assert shipped == dict(published()), "run `roaming-gateway schemas`"


def test_the_reference_pages_are_what_the_tables_say() -> None:
    written = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "docs" / "reference").glob("*.md")}
    assert written == dict(_generator().pages()), "run `python docs/generate.py`"


def test_every_contradiction_that_is_known_is_on_its_page() -> None:
    pages = _generator().pages()
    untold = [
        (name, one.topic)
        for name, adapter in adapters().items()
        for one in adapter.errata
        if one.topic.replace("|", "\\|") not in pages[f"{name}.md"]
    ]
    assert (untold, all(adapter.errata for adapter in adapters().values())) == ([], True)


@pytest.mark.parametrize("block", re.findall(r"```python\n(.*?)```", README, re.DOTALL))
def test_the_examples_of_the_readme_are_python(block: str) -> None:
    assert ast.parse(block).body


def test_the_settings_of_the_readme_are_settings() -> None:
    document = tomllib.loads(re.findall(r"```toml\n(.*?)```", README, re.DOTALL)[0])
    settings = parsed(document)
    assert [section.hub for section in settings.connections.values()] == ["hubject"]


def test_links_between_the_documents_lead_somewhere() -> None:
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    link = re.compile(r"\]\((?!http)([^)#]+)\)")
    targets = [(page, target) for page in pages for target in link.findall(page.read_text(encoding="utf-8"))]
    assert [(page.name, target) for page, target in targets if not (page.parent / target).exists()] == []


def test_no_file_of_the_project_names_a_place_on_some_machine() -> None:
    suspicious = re.compile(r"/(?:root|home)/\w")
    sources = [
        path
        for folder in ("gateway", "adapters", "docs", "mappings", "fixtures")
        for path in Path(ROOT / folder).rglob("*")
    ]
    texts = [path for path in sources if path.suffix in (".py", ".md", ".csv", ".json", ".toml", ".xml")]
    assert [path for path in texts if suspicious.search(path.read_text(encoding="utf-8"))] == []
