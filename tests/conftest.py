"""Settings of the whole suite."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from gateway.store import migrating
from tests.support import stores

settings.register_profile("gateway", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("gateway")


@pytest.fixture(scope="session", autouse=True)
def _stores_from_a_template() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(migrating, "migrate", stores.migrate)
        yield
