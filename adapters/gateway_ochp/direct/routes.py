"""What partners call: one address, the body's element decides."""

from collections.abc import Sequence

from gateway.ports import Route

ROUTES: Sequence[Route] = ()
