"""What happens to deliveries when processes, hubs and databases fail: `python -m tests.faults`."""
