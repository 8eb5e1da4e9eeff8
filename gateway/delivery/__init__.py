"""Owed messages → hubs: what is owed, in which lane, what is sent next, and what became of it."""
