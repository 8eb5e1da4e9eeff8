import pytest

from tests.scenarios import toy


@pytest.fixture
def toy_protocol(monkeypatch: pytest.MonkeyPatch) -> None:
    toy.install(monkeypatch)
