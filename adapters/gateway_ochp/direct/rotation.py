"""The tokens of the day: made and uploaded for tomorrow, those of partners fetched, by the clock in UTC."""

from collections.abc import Sequence

from gateway.ports import Job

JOBS: Sequence[Job] = ()
