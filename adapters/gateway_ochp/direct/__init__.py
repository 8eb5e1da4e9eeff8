"""OCHPdirect 0.2: partners who call each other, at addresses and with tokens exchanged through the clearing house."""
