"""Gireve's platform IOP, simulated: `iop.Iop` answers, each file beside it has the rules of one concern."""
