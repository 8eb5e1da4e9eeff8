"""The canonical model: frozen dataclasses on the standard library alone.

Words are those of the OCPI 2.2.1 glossary; what two hubs share beyond OCPI has a place of its own. Every value may be
absent: a partner's hole is reported as a finding, it never costs the record.
"""
