#!/usr/bin/env python3
"""Keep the ERPNext contract: add DocTypes and fields to it, check it against checkouts of ERPNext.

    python3 dev/standin/contract.py add "Sales Order" customer status --erpnext V15 --erpnext V16
    python3 dev/standin/contract.py check --erpnext V15 --erpnext V16

`V15` and `V16` are folders that hold ERPNext's source (the one with `pyproject.toml`). Facts are read from the
first checkout that has the DocType or field; what a later checkout lacks is marked with the version that has
it. Only names, types, options and plain properties are taken.
"""

from __future__ import annotations

import argparse
import ast
import json
import sys
from pathlib import Path

CONTRACT = Path(__file__).resolve().parents[2] / "sales_activity" / "erpnext_contract.json"

DOCTYPE_KEYS = (
	"module",
	"autoname",
	"istable",
	"issingle",
	"is_submittable",
	"is_tree",
	"nsm_parent_field",
	"title_field",
	"search_fields",
	"allow_rename",
	"allow_import",
	"track_changes",
)
# Properties that change what the server does, besides type and options.
FIELD_KEYS = (
	"reqd",
	"read_only",
	"no_copy",
	"allow_on_submit",
	"unique",
	"default",
	"fetch_from",
	"search_index",
)
LIST_KEYS = ("in_list_view", "in_standard_filter")
ROLES = (
	"System Manager",
	"Sales User",
	"Sales Manager",
	"Sales Master Manager",
	"Accounts User",
	"Accounts Manager",
	"Stock User",
	"Stock Manager",
	"Item Manager",
	"HR User",
	"HR Manager",
	"Employee",
	"Projects User",
)
RIGHTS = (
	"select",
	"read",
	"write",
	"create",
	"delete",
	"submit",
	"cancel",
	"amend",
	"report",
	"export",
	"import",
	"share",
	"print",
	"email",
)
LAYOUT = ("Section Break", "Column Break", "Tab Break", "HTML", "Button", "Fold", "Heading")


class Checkout:
	"""One checkout of ERPNext: its major version and its DocTypes, read from their JSON files."""

	def __init__(self, path: Path) -> None:
		self.root = path / "erpnext"
		if not (self.root / "__init__.py").exists():
			raise SystemExit(f"{path} holds no ERPNext: expected {self.root / '__init__.py'}.")
		self.version = _version(self.root / "__init__.py").split(".")[0]
		self.doctypes: dict[str, dict] = {}
		for file in self.root.glob("**/doctype/*/*.json"):
			if file.stem == file.parent.name:
				data = json.loads(file.read_text())
				if data.get("doctype") == "DocType":
					self.doctypes[data["name"]] = data

	def field(self, doctype: str, fieldname: str) -> dict | None:
		"""The DocField as ERPNext ships it, or None."""
		fields = self.doctypes.get(doctype, {}).get("fields", [])
		return next((f for f in fields if f["fieldname"] == fieldname), None)

	def function_arguments(self, path: str) -> list[str] | None:
		"""Argument names of a module-level function by its dotted path, or None when it is not there."""
		module, name = path.rsplit(".", 1)
		base = self.root.parent / module.replace(".", "/")
		file = next((f for f in (base.with_suffix(".py"), base / "__init__.py") if f.exists()), None)
		if not file:
			return None
		for node in ast.parse(file.read_text()).body:
			if isinstance(node, ast.FunctionDef) and node.name == name:
				return [a.arg for a in node.args.args]
		return None

	def method_exists(self, doctype: str, method: str) -> bool:
		"""Whether the DocType's class, or any class of ERPNext's controllers, defines the method."""
		module = self.doctypes[doctype]["module"].lower().replace(" ", "_")
		scrubbed = doctype.lower().replace(" ", "_")
		files = [self.root / module / "doctype" / scrubbed / f"{scrubbed}.py"]
		files += sorted((self.root / "controllers").glob("*.py"))
		return any(f"\tdef {method}(" in file.read_text() for file in files if file.exists())


def _version(init_file: Path) -> str:
	for line in init_file.read_text().splitlines():
		if line.startswith("__version__"):
			return line.split("=")[1].strip().strip("\"'")
	raise SystemExit(f"{init_file} states no __version__.")


def load() -> dict:
	"""The contract as a dict."""
	return json.loads(CONTRACT.read_text())


def save(contract: dict) -> None:
	"""Write the contract with one line a field, so that a change shows as one line."""
	CONTRACT.write_text(_dump(contract, 0) + "\n")


def _dump(value: object, depth: int) -> str:
	flat = json.dumps(value, ensure_ascii=False)
	leaf = isinstance(value, dict) and not any(isinstance(v, dict) for v in value.values())
	if not isinstance(value, dict) or (leaf and depth > 2) or not value:
		return flat
	pad = "\t" * (depth + 1)
	rows = [f"{pad}{json.dumps(k)}: {_dump(v, depth + 1)}" for k, v in value.items()]
	return "{\n" + ",\n".join(rows) + "\n" + "\t" * depth + "}"


def describe_doctype(checkouts: list[Checkout], doctype: str) -> dict:
	"""The contract's entry for a DocType, without fields."""
	holders = [c for c in checkouts if doctype in c.doctypes]
	if not holders:
		raise SystemExit(f'No checkout has the DocType "{doctype}".')
	source = holders[0].doctypes[doctype]
	entry = {key: source[key] for key in DOCTYPE_KEYS if source.get(key)}
	# What a later version changed (title fields, for instance) is nothing to rely on.
	for other in holders[1:]:
		entry = {k: v for k, v in entry.items() if k in ("module",) or other.doctypes[doctype].get(k) == v}
	if len(holders) < len(checkouts):
		entry["only"] = holders[0].version
	permissions = shared_permissions([c.doctypes[doctype] for c in holders])
	if permissions:
		entry["permissions"] = permissions
	entry["fields"] = {}
	return entry


def shared_permissions(sources: list[dict]) -> dict[str, str]:
	"""Rights at level 0 that every version gives, by role."""
	shared: dict[str, str] = {}
	for role in ROLES:
		rights = [_rights(source, role) for source in sources]
		common = [r for r in RIGHTS if all(r in given for given in rights)]
		if common:
			shared[role] = " ".join(common)
	return shared


def _rights(source: dict, role: str) -> set[str]:
	rows = [p for p in source.get("permissions", []) if p["role"] == role and not p.get("permlevel")]
	return {right for row in rows for right in RIGHTS if row.get(right)}


def describe_field(checkouts: list[Checkout], doctype: str, fieldname: str) -> dict:
	"""The contract's entry for a field; Select keeps only values that every version knows."""
	found = [(c, f) for c in checkouts if (f := c.field(doctype, fieldname))]
	if not found:
		raise SystemExit(f'No checkout has the field "{fieldname}" in {doctype}.')
	source = found[0][1]
	entry = {"type": source["fieldtype"]}
	if options := _options([f for _c, f in found]):
		entry["options"] = options
	for key in FIELD_KEYS:
		values = {str(f.get(key) or "") for _c, f in found}
		if len(values) == 1 and source.get(key):
			entry[key] = source[key]
	entry.update({key: 1 for key in LIST_KEYS if source.get(key)})
	holders = [c for c in checkouts if doctype in c.doctypes]
	if len(found) < len(holders):
		entry["only"] = found[0][0].version
	return entry


def _options(fields: list[dict]) -> str:
	options = [(f.get("options") or "") for f in fields]
	if fields[0]["fieldtype"] != "Select":
		# A Currency field's options only choose the symbol: where versions differ, nothing is relied on.
		return options[0] if len(set(options)) == 1 else ""
	shared = [v for v in options[0].split("\n") if all(v in other.split("\n") for other in options)]
	return "\n".join(shared)


def add(checkouts: list[Checkout], contract: dict, doctype: str, fieldnames: list[str]) -> None:
	"""Add a DocType (all its permissions) and the named fields to the contract; refresh those it has."""
	old = contract["doctypes"].get(doctype, {}).get("fields", {})
	entry = describe_doctype(checkouts, doctype)
	for fieldname in [*old, *(f for f in fieldnames if f not in old)]:
		entry["fields"][fieldname] = describe_field(checkouts, doctype, fieldname)
	contract["doctypes"][doctype] = entry


def differences(contract: dict, checkout: Checkout) -> list[str]:
	"""Every statement of the contract that does not hold in one checkout, as a sentence."""
	wrong = []
	for doctype, entry in contract["doctypes"].items():
		wrong += _doctype_differences(doctype, entry, checkout)
	for path, arguments in contract["functions"].items():
		real = checkout.function_arguments(path)
		if real is None or real[: len(arguments)] != arguments:
			wrong.append(f"{path}({', '.join(arguments)}) is {real}")
	for doctype, methods in contract["methods"].items():
		wrong += [f"{doctype}.{m}() is missing" for m in methods if not checkout.method_exists(doctype, m)]
	return wrong


def _doctype_differences(doctype: str, entry: dict, checkout: Checkout) -> list[str]:
	if entry.get("only") not in (None, checkout.version):
		return [f"{doctype} is not only in {entry['only']}"] if doctype in checkout.doctypes else []
	if doctype not in checkout.doctypes:
		return [f"{doctype} is missing"]
	source = checkout.doctypes[doctype]
	wrong = [
		f"{doctype}: {key} is {source.get(key)!r}, not {entry[key]!r}"
		for key in DOCTYPE_KEYS
		if key in entry and source.get(key) != entry[key]
	]
	for role, rights in entry.get("permissions", {}).items():
		missing = set(rights.split()) - _rights(source, role)
		wrong += [f"{doctype}: {role} lacks {' '.join(sorted(missing))}"] if missing else []
	for fieldname, expected in entry["fields"].items():
		wrong += _field_differences(doctype, fieldname, expected, checkout)
	return wrong


def _field_differences(doctype: str, fieldname: str, expected: dict, checkout: Checkout) -> list[str]:
	name = f"{doctype}.{fieldname}"
	field = checkout.field(doctype, fieldname)
	if expected.get("only") not in (None, checkout.version):
		return [f"{name} is not only in {expected['only']}"] if field else []
	if not field:
		return [f"{name} is missing"]
	wrong = []
	if field["fieldtype"] != expected["type"]:
		wrong.append(f"{name} is {field['fieldtype']}, not {expected['type']}")
	options, wanted = field.get("options") or "", expected.get("options") or ""
	if expected["type"] == "Select":
		lacking = set(wanted.split("\n")) - set(options.split("\n")) - {""}
		wrong += [f"{name} lacks the values {sorted(lacking)}"] if lacking else []
	elif options != wanted and (wanted or expected["type"] != "Currency"):
		wrong.append(f"{name} has the options {options!r}, not {wanted!r}")
	for key in FIELD_KEYS:
		if key in expected and field.get(key) != expected[key]:
			wrong.append(f"{name}: {key} is {field.get(key)!r}, not {expected[key]!r}")
	return wrong


def main(arguments: list[str] | None = None) -> int:
	"""Command line; returns 1 when the check finds a difference."""
	parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
	commands = parser.add_subparsers(dest="command", required=True)
	adding = commands.add_parser("add", help="add a DocType and fields")
	adding.add_argument("doctype")
	adding.add_argument("fields", nargs="*")
	checking = commands.add_parser("check", help="compare the contract with checkouts of ERPNext")
	for command in (adding, checking):
		command.add_argument("--erpnext", action="append", required=True, type=Path, metavar="FOLDER")
	options = parser.parse_args(arguments)
	contract = load()
	checkouts = [Checkout(path) for path in options.erpnext]
	if options.command == "add":
		add(checkouts, contract, options.doctype, options.fields)
		save(contract)
		return 0
	failed = False
	for checkout in checkouts:
		wrong = differences(contract, checkout)
		print(f"ERPNext {checkout.version}: {len(contract['doctypes'])} DocTypes, {len(wrong)} differences")
		print("".join(f"  {line}\n" for line in wrong), end="")
		failed = failed or bool(wrong)
	return int(failed)


if __name__ == "__main__":
	sys.exit(main())
