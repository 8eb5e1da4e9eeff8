"""CDRs between a hub and the backend: their life, the answers to them, fetching them, page by page."""
