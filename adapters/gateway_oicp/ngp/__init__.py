"""The automation APIs of Next Generation Pricing, v1: EVSE networks, offers and contracts beside OICP.

They are plain REST at the same hosts and with the same client certificate, each with its own spelling of names.
"""
