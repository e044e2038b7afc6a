"""What this app needs of ERPNext, checked against the site, and what differs between versions.

`erpnext_contract.json` lists every DocType, field and function of ERPNext that the app relies on.
`install.before_install` calls `assert_contract`, so that a site which lacks something says so at once and by name.
"""

from __future__ import annotations

import inspect
import json
import re
from functools import lru_cache
from pathlib import Path

import frappe
from frappe import _
from frappe.utils.caching import site_cache

CONTRACT_FILE = Path(__file__).with_name("erpnext_contract.json")


class ContractError(frappe.ValidationError):
	"""ERPNext on this site lacks something that the app relies on."""


@lru_cache(maxsize=1)
def contract() -> dict:
	"""The contract as read from its file; see dev/standin/README.md for its form."""
	return json.loads(CONTRACT_FILE.read_text())


def erpnext_version() -> str | None:
	"""The version of ERPNext installed on this site, such as "15.71.1", or None."""
	if "erpnext" not in frappe.get_installed_apps():
		return None
	return frappe.get_attr("erpnext.__version__")


def major(version: str) -> str:
	"""The part of a version before the first dot."""
	return version.split(".")[0]


def counted(doctype: str) -> str | dict[str, str]:
	"""The field of ``frappe.get_list`` that counts records, as ``total``: Frappe 16 takes no SQL."""
	expression = f"count(`tab{doctype}`.`name`) as total"
	return {"COUNT": "name", "as": "total"} if int(major(frappe.__version__)) >= 16 else expression


@site_cache
def can_skip_locked() -> bool:
	"""Whether the database can pass over rows that somebody else has locked (``SKIP LOCKED``): MariaDB can since
	10.6; Frappe 15 runs on older ones too."""
	version = frappe.db.sql("select version()")[0][0]
	found = re.match(r"(\d+)\.(\d+)", version)
	return not ("MariaDB" in version and found and tuple(map(int, found.groups())) < (10, 6))


def lead_origin() -> dict[str, str]:
	"""Where a Lead says what it came by: ``source`` and ``campaign`` > the field's name. ERPNext 16 calls them
	utm_source and utm_campaign."""
	if frappe.get_meta("Lead").has_field("utm_source"):
		return {"source": "utm_source", "campaign": "utm_campaign"}
	return {"source": "source", "campaign": "campaign_name"}


def lead_origin_doctypes() -> dict[str, str]:
	"""What a Lead's ``source`` and ``campaign`` link to: Lead Source and Campaign; in ERPNext 16 UTM Source and UTM
	Campaign."""
	meta = frappe.get_meta("Lead")
	return {name: meta.get_field(fieldname).options for name, fieldname in lead_origin().items()}


def advance_reference() -> str | None:
	"""The field in which a GL Entry names the document that an advance was paid for; None where it is named as what the
	entry is against (``against_voucher_type``), as in ERPNext 15.71."""
	field = "advance_voucher_type"
	return field if frappe.get_meta("GL Entry").has_field(field) else None


def check_contract() -> list[str]:
	"""Everything that the app relies on and this site lacks, a sentence each; empty when all is well."""
	version = erpnext_version()
	if not version:
		return [_("ERPNext is not installed on this site.")]
	supported = contract()["versions"]
	if major(version) not in supported:
		return [_("ERPNext {0} is not supported, only {1}.").format(version, ", ".join(supported))]
	return [*_missing_fields(major(version)), *_missing_functions()]


def assert_contract() -> None:
	"""Raise ContractError that names whatever is missing, the version found, and what to do."""
	missing = check_contract()
	if not missing:
		return
	found = erpnext_version() or _("none")
	text = _("Sales Activity cannot work with this site's ERPNext (version found: {0}).").format(found)
	advice = _(
		"Install or update ERPNext to the newest release of version {0}, run 'bench migrate' on this site, "
		"and try again."
	).format(_(" or ").join(contract()["versions"]))
	frappe.throw(
		"<br>".join([text, *missing, advice]), ContractError, title=_("ERPNext lacks what is needed")
	)


def expected_in(entry: dict, version: str) -> bool:
	"""Whether a DocType or field of the contract is to be found in this major version of ERPNext."""
	return entry.get("only") in (None, version)


def _missing_fields(version: str) -> list[str]:
	"""DocTypes and fields that are absent or of another type, as ERPNext ships them (not as customised)."""
	doctypes = {name: e for name, e in contract()["doctypes"].items() if expected_in(e, version)}
	present = set(frappe.get_all("DocType", {"name": ("in", list(doctypes))}, pluck="name"))
	fields = _shipped_fields(list(present))
	missing = [_("The DocType {0} is missing.").format(name) for name in doctypes if name not in present]
	for name in doctypes:
		for fieldname, expected in doctypes[name]["fields"].items():
			if name in present and expected_in(expected, version):
				missing += _field_problem(name, fieldname, expected, fields.get((name, fieldname)))
	return missing


def _shipped_fields(doctypes: list[str]) -> dict[tuple[str, str], dict]:
	rows = frappe.get_all(
		"DocField",
		{"parent": ("in", doctypes), "parenttype": "DocType"},
		["parent", "fieldname", "fieldtype", "options"],
		order_by="idx",
	)
	return {(row.parent, row.fieldname): row for row in rows}


def _field_problem(doctype: str, fieldname: str, expected: dict, found: dict | None) -> list[str]:
	if not found:
		return [_("{0} has no field {1}.").format(doctype, fieldname)]
	if found["fieldtype"] != expected["type"]:
		text = _("{0}.{1} is of the type {2}, not {3}.")
		return [text.format(doctype, fieldname, found["fieldtype"], expected["type"])]
	options, wanted = found["options"] or "", expected.get("options") or ""
	if expected["type"] == "Select":
		lacking = set(wanted.split("\n")) - set(options.split("\n")) - {""}
		text = _("{0}.{1} does not offer {2}.")
		return [text.format(doctype, fieldname, ", ".join(sorted(lacking)))] if lacking else []
	if wanted and options != wanted:
		text = _("{0}.{1} refers to {2}, not to {3}.")
		return [text.format(doctype, fieldname, options or _("nothing"), wanted)]
	return []


def _missing_functions() -> list[str]:
	missing = []
	for path, arguments in contract()["functions"].items():
		try:
			found = list(inspect.signature(frappe.get_attr(path)).parameters)
		except (ImportError, AttributeError, frappe.AppNotInstalledError):
			missing.append(_("The function {0} is missing.").format(path))
			continue
		if found[: len(arguments)] != arguments:
			text = _("The function {0} takes other arguments: {1}.")
			missing.append(text.format(path, ", ".join(found)))
	for doctype, methods in contract()["methods"].items():
		if not frappe.db.exists("DocType", doctype):
			continue  # reported with the fields
		controller = frappe.get_meta(doctype) and frappe.model.base_document.get_controller(doctype)
		missing += [
			_("{0} has no method {1}.").format(doctype, method)
			for method in methods
			if not hasattr(controller, method)
		]
	return missing
