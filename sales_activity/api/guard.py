"""What whitelisted methods begin with: the check of permission, and of names that were sent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import frappe
from frappe import _, share
from frappe.model.document import Document
from frappe.permissions import get_role_permissions

MOST_NAMES = 1000


def require(doctype: str, ptype: str) -> None:
	"""Raise PermissionError unless the user's roles give ``ptype`` on the DocType.

	Early releases of Frappe 15 raise a plain ValidationError from ``frappe.has_permission(throw=True)``.
	"""
	if not frappe.has_permission(doctype, ptype):
		frappe.throw(
			_("You have no permission to {0} a {1}.").format(_(ptype), _(doctype)), frappe.PermissionError
		)


def document(doctype: str, name: str, ptype: str, modified: str | None = None) -> Document:
	"""A document on which the user has a right. ``modified``: as the client knew it; where somebody has saved meanwhile,
	saving it is refused. Raises PermissionError, DoesNotExistError."""
	require(doctype, ptype)
	doc = frappe.get_doc(doctype, name)
	doc.check_permission(ptype)
	if modified:
		doc._original_modified = doc.modified = modified
	return doc


def names_of(raw: Any, most: int = MOST_NAMES) -> list[str]:
	"""Names as they were sent, each once: a list, a list as JSON text, or one name alone. Raises ValidationError for
	anything else, for no name and for more than ``most``."""
	if isinstance(raw, str):
		raw = _parsed(raw) if raw.lstrip().startswith("[") else [raw]
	if not isinstance(raw, list | tuple) or not all(isinstance(name, str) and name.strip() for name in raw):
		frappe.throw(_("That is no list of names. Send one name, or a list of them."), frappe.ValidationError)
	names = list(dict.fromkeys(raw))
	if not names or len(names) > most:
		frappe.throw(
			_("Choose at least one and at most {0}; {1} were chosen.").format(most, len(names)),
			frappe.ValidationError,
		)
	return names


def writable(doctype: str, names: Sequence[str]) -> set[str]:
	"""Those of these documents that the user may write; two queries, and some for each that was shared with them.

	A list shows what may be read. What it shows because of the user's role may be written if that role may write; what
	was shared is asked about one by one, be it listed (to those with User Permissions) or not
	(``frappe.model.db_query.DatabaseQuery.build_match_conditions``).
	"""
	if not names:
		return set()
	seen = set(frappe.get_list(doctype, filters={"name": ["in", names]}, pluck="name", limit=0))
	of_these = [["share_name", "in", list(names)]]
	doubtful = set(share.get_shared(doctype, rights=["read"], filters=of_these))
	if not get_role_permissions(frappe.get_meta(doctype)).get("write"):
		doubtful |= seen
	return (seen - doubtful) | {name for name in doubtful if frappe.has_permission(doctype, "write", name)}


def _parsed(raw: str) -> Any:
	try:
		return frappe.parse_json(raw)
	except ValueError:
		return None
