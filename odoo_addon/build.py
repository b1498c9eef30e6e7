#!/usr/bin/env python3
"""
Makes the installable addons from the one source: dist/odoo_addon/<series>/<addon>.

    python3 odoo_addon/build.py [--out FOLDER] [17.0 18.0 19.0]

The Python is the same for every series of Odoo; XML that differs lies in versions/<series>.
"""
import argparse
import ast
import re
import shutil
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
SERIES = ("17.0", "18.0", "19.0")
VERSION = re.compile(r'("version": )"(\d+\.\d+\.\d+)"')
LEFT_OUT = shutil.ignore_patterns("__pycache__", "*.pyc")


def addons():
    return sorted(path.parent for path in HERE.glob("*/__manifest__.py"))


def build(addon, series, out):
    """One addon for one series; what was there before is replaced."""
    target = out / series / addon.name
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(addon, target, ignore=LEFT_OUT)
    overlay = HERE / "versions" / series / addon.name
    if overlay.exists():
        shutil.copytree(overlay, target, dirs_exist_ok=True, ignore=LEFT_OUT)
    shutil.copy(HERE / "LICENSE", target / "LICENSE")
    manifest = target / "__manifest__.py"
    text, count = VERSION.subn(rf'\g<1>"{series}.\g<2>"', manifest.read_text())
    if count != 1:
        sys.exit(f"{addon.name}/__manifest__.py has no version of the form 1.0.0.")
    manifest.write_text(text)
    missing = [name for name in ast.literal_eval(text).get("data", ()) if not (target / name).is_file()]  # a manifest is one Python literal
    if missing:
        sys.exit(f"{addon.name} for {series} lacks {', '.join(missing)}.")
    return target


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("series", nargs="*", default=SERIES)
    parser.add_argument("--out", type=Path, default=HERE.parent / "dist" / "odoo_addon")
    options = parser.parse_args()
    unknown = set(options.series) - set(SERIES)
    if unknown:
        parser.error(f"unknown series {', '.join(sorted(unknown))}: choose from {', '.join(SERIES)}")
    for series in options.series:
        for addon in addons():
            print(build(addon, series, options.out))


if __name__ == "__main__":
    main()
