"""Properties are checked on machines that do other work as well: no deadlines."""

from hypothesis import settings

settings.register_profile("steady", deadline=None)
settings.load_profile("steady")
