"""When lanes are drained, and by whom.

| Store | Engine |
|---|---|
| SQLite | in this process, which is the only one |
| PostgreSQL | jobs of procrastinate, in as many processes as there are |
"""

from importlib.util import find_spec

from gateway.engines.inprocess import InProcess
from gateway.engines.port import TOGETHER, Engine, Lanes
from gateway.log import logger
from gateway.store import Database

__all__ = ["TOGETHER", "Engine", "InProcess", "Lanes", "engine_for"]
_log = logger(__name__)


def engine_for(database: Database, lanes: Lanes, *, together: int = TOGETHER) -> Engine:
    """The engine that fits the store, not started. Raises Invalid."""
    if database.is_sqlite:
        return InProcess(lanes, together=together)
    if find_spec("procrastinate") is None:
        _log.warning("procrastinate is not installed: lanes are found by sweeps alone")
        return InProcess(lanes, together=together)
    from gateway.engines.cluster import Cluster
    from gateway.engines.jobs import conninfo, prepare

    prepare(database)
    return Cluster(lanes, conninfo(database), together=together)
