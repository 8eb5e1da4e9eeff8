"""Between the wire and the canonical model: one file for each concern, two functions for each message."""
