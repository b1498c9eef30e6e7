"""Tests of the addon's plain Python: python3 -m unittest discover -s odoo_addon/tests_pure -t odoo_addon"""
import sys
from pathlib import Path

# The package `gatehouse` itself needs Odoo; its `lib` does not.
sys.path.insert(0, str(Path(__file__).parent.parent / "gatehouse"))
