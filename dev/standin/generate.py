#!/usr/bin/env python3
"""Make the app `erpnext` that stands in for ERPNext where ERPNext cannot be fetched.

    python3 dev/standin/generate.py --contract sales_activity/erpnext_contract.json --out FOLDER

DocTypes come from the contract, what documents do comes from `behaviours/` (see README.md there). FOLDER then
holds a Frappe app; running this again writes only what changed, so that Frappe re-imports only that.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
BEHAVIOURS = HERE / "behaviours"
# The version whose fields and behaviour the stand-in has. Build metadata, so that it sorts as that version.
MAJOR = "15"
VERSION = f"{MAJOR}.0.0+standin"
TITLE = "ERPNext (stand-in)"
# Frappe re-imports a DocType when this stamp is newer than the site's; the content hash makes it move.
CREATED = "2023-08-05 00:00:00.000000"
TABLES = ("Table", "Table MultiSelect")
HIDDEN_FIELDS = ("lft", "rgt", "old_parent")


def scrub(name: str) -> str:
	"""Frappe's folder and module name for a label: lower case, underscores."""
	return name.lower().replace(" ", "_").replace("-", "_")


def in_this_version(entry: dict) -> bool:
	"""Whether a DocType or field of the contract exists in the version that the stand-in plays."""
	return entry.get("only") in (None, MAJOR)


def docfield(fieldname: str, entry: dict, siblings: dict, doctypes: dict) -> dict:
	"""One DocField of a DocType's JSON from the contract's entry.

	What refers to fields outside the contract is left out: values fetched from them, the currency to show.
	"""
	field = {"fieldname": fieldname, "fieldtype": entry["type"], "label": label(fieldname)}
	field.update({k: v for k, v in entry.items() if k not in ("type", "only")})
	if "fetch_from" in field:
		link, source = field["fetch_from"].split(".")
		target = doctypes.get(siblings.get(link, {}).get("options"), {"fields": {}})
		if source not in target["fields"]:
			del field["fetch_from"]
	if fieldname in HIDDEN_FIELDS:
		field["hidden"] = 1
	if fieldname == "naming_series":
		field["default"] = entry["options"].strip().split("\n")[0]
	return field


def label(fieldname: str) -> str:
	"""A readable label: "base_net_total" becomes "Base Net Total"."""
	return fieldname.replace("_", " ").title().replace("Uom", "UOM")


def layout(fields: list[dict]) -> list[dict]:
	"""Put the plain fields of each stretch into two columns and every table into a section of its own."""
	laid: list[dict] = []
	stretch: list[dict] = []

	def close_stretch() -> None:
		half = (len(stretch) + 1) // 2
		if laid and stretch:
			laid.append(_break("Section Break", laid))
		laid.extend(stretch[:half])
		if len(stretch) > 1:
			laid.append(_break("Column Break", laid))
		laid.extend(stretch[half:])
		stretch.clear()

	for field in fields:
		if field["fieldtype"] not in TABLES:
			stretch.append(field)
			continue
		close_stretch()
		laid.extend([_break("Section Break", laid), field])
	close_stretch()
	return laid


def _break(kind: str, laid: list[dict]) -> dict:
	return {"fieldname": f"{scrub(kind)}_{len(laid)}", "fieldtype": kind}


def docperms(permissions: dict[str, str]) -> list[dict]:
	"""DocPerm rows from the contract's "role": "right right"."""
	return [{"role": role, **dict.fromkeys(rights.split(), 1)} for role, rights in permissions.items()]


def doctype_json(name: str, entry: dict, doctypes: dict) -> dict:
	"""The DocType as Frappe's JSON file."""
	known = {f: e for f, e in entry["fields"].items() if in_this_version(e)}
	fields = [docfield(f, e, known, doctypes) for f, e in known.items()]
	if not entry.get("istable"):
		fields = layout(fields)
	own = {k: v for k, v in entry.items() if k not in ("fields", "permissions", "only")}
	searched = [f.strip() for f in own.pop("search_fields", "").split(",")]
	own["search_fields"] = ",".join(f for f in searched if f in known)
	return {
		"doctype": "DocType",
		"name": name,
		**own,
		"custom": 0,
		"engine": "InnoDB",
		"editable_grid": 1,
		"creation": CREATED,
		"modified": CREATED,
		"modified_by": "Administrator",
		"owner": "Administrator",
		"sort_field": "modified",
		"sort_order": "DESC",
		"field_order": [f["fieldname"] for f in fields],
		"fields": fields,
		"permissions": docperms(entry.get("permissions", {})),
	}


def controller(name: str, entry: dict) -> str:
	"""The class of a DocType that has no behaviour of its own: a tree, or a plain document."""
	class_name = name.replace(" ", "").replace("-", "")
	if not entry.get("is_tree"):
		return (
			f'"""{name}: stored as it is."""\n\nfrom frappe.model.document import Document\n\n\n'
			f"class {class_name}(Document):\n\tpass\n"
		)
	return (
		f'"""{name}: a tree."""\n\nfrom frappe.utils.nestedset import NestedSet\n\n\n'
		f"class {class_name}(NestedSet):\n\tnsm_parent_field = {json.dumps(entry['nsm_parent_field'])}\n"
	)


def app_files(contract: dict) -> dict[str, str]:
	"""Every file of the app by its path: DocTypes from the contract, behaviours laid over them."""
	doctypes = {n: e for n, e in contract["doctypes"].items() if in_this_version(e)}
	modules = sorted({e["module"] for e in doctypes.values()})
	files = {
		"pyproject.toml": PYPROJECT,
		"setup.py": "from setuptools import setup\n\nsetup()\n",
		"README.md": README,
		"erpnext/modules.txt": "\n".join(modules) + "\n",
		"erpnext/patches.txt": "",
	}
	for name, entry in doctypes.items():
		folder = f"erpnext/{scrub(entry['module'])}/doctype/{scrub(name)}"
		files[f"{folder}/{scrub(name)}.json"] = (
			json.dumps(doctype_json(name, entry, doctypes), indent=1) + "\n"
		)
		files[f"{folder}/{scrub(name)}.py"] = controller(name, entry)
	for file in sorted(BEHAVIOURS.rglob("*")):
		if file.suffix in (".py", ".js"):
			text = file.read_text().replace("@VERSION@", VERSION).replace("@TITLE@", TITLE)
			files[str(file.relative_to(BEHAVIOURS))] = text
	for path in list(files):
		for parent in Path(path).parents:
			if parent.parts[:1] == ("erpnext",):
				files.setdefault(f"{parent}/__init__.py", "")
	return files


def write(files: dict[str, str], out: Path) -> int:
	"""Write what changed, delete what is no longer generated; returns the number of files written."""
	written = 0
	for path, text in files.items():
		target = out / path
		if target.exists() and target.read_text() == text:
			continue
		target.parent.mkdir(parents=True, exist_ok=True)
		target.write_text(text)
		written += 1
	for old in (out / "erpnext").rglob("*"):
		if old.suffix in (".py", ".js", ".json") and str(old.relative_to(out)) not in files:
			old.unlink()
	return written


PYPROJECT = f"""[project]
name = "erpnext"
authors = [{{ name = "Sales Activity contributors" }}]
description = "A stand-in for ERPNext, generated from what Sales Activity relies on. Not ERPNext."
requires-python = ">=3.10"
version = "{VERSION}"
dependencies = []

[build-system]
requires = ["flit_core >=3.4,<4"]
build-backend = "flit_core.buildapi"
"""

README = """# A stand-in for ERPNext

Generated by Sales Activity's `dev/standin` to try that app where ERPNext cannot be fetched. It has a small part of
ERPNext's fields and does a small part of what ERPNext does. Never run a company on it.
"""


def main(arguments: list[str] | None = None) -> int:
	"""Command line."""
	parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
	parser.add_argument(
		"--contract", type=Path, default=HERE.parents[1] / "sales_activity/erpnext_contract.json"
	)
	parser.add_argument("--out", type=Path, required=True, help="folder of the app, such as apps/erpnext")
	options = parser.parse_args(arguments)
	files = app_files(json.loads(options.contract.read_text()))
	written = write(files, options.out)
	print(f"ERPNext stand-in {VERSION}: {len(files)} files, {written} changed, in {options.out}")
	return 0


if __name__ == "__main__":
	sys.exit(main())
