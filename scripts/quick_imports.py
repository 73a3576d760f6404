"""Import this before anything of Jupyter: it spares every process a second and a half.

jsonschema, which nbformat imports, builds a grammar of the internationalised addresses (IRIs) of
RFC 3987 where the package rfc3987_syntax is there. No schema of a notebook asks for one, and
jsonschema does without.
"""

import sys

sys.modules["rfc3987_syntax"] = None  # an import of it fails
