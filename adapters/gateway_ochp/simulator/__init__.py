"""The far side of OCHP, simulated: the clearing house with its rules, and direct partners."""
