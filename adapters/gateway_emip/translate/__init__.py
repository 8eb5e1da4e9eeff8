"""Wire ↔ canonical, by subject. Pure functions: no clock, no network, no settings."""
