"""The simulated Hubject: `hub.OicpHub` answers, each file beside it has the rules of one concern."""
