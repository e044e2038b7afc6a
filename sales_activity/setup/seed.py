"""Records that are the admin's from the moment they are made: Workflows, Sales Roles, default settings.

Each is made once in the life of a site. What the admin edits stays edited, what the admin deletes stays
deleted: the seeder remembers what it made, in the settings, and never looks at it again. It is called by
``after_install``, and for records of a later version by a dated patch; never by a migrate as such.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

import frappe

SETTINGS = "Sales Activity Settings"
APP = Path(__file__).parent.parent
WORKFLOWS = APP / "sales_activity" / "workflows"
MASTERS = APP / "setup" / "masters"


def seed() -> list[str]:
	"""Make every record that was never made on this site; returns their keys ("DocType: name")."""
	made = _seeded()
	new = []
	for record in _records():
		key = _key(record)
		if key in made:
			continue
		if not frappe.db.exists(record["doctype"], _name(record)):
			_insert(record)
		new.append(key)
	if new:
		frappe.db.set_single_value(SETTINGS, "seeded", json.dumps(sorted({*made, *new}), indent=1))
	return new


def seeded_names(doctype: str) -> list[str]:
	"""The names of the records of one DocType that the files of this version seed."""
	return [_name(record) for record in _records() if record["doctype"] == doctype]


def records_in(*folders: Path) -> Iterator[dict]:
	"""The records of every JSON file of the folders, in the order of the file names."""
	for folder in folders:
		for path in sorted(folder.glob("*.json")):
			yield from _as_list(json.loads(path.read_text()))


def _records() -> Iterator[dict]:
	return records_in(MASTERS, WORKFLOWS)


def _insert(record: dict) -> None:
	doc = frappe.get_doc(record)
	if doc.doctype == "Workflow":
		_make_workflow_masters(doc)
		doc.is_active = 0 if _has_workflow(doc.document_type) else 1
	if not _fit_links(doc):
		return
	doc.insert(ignore_permissions=True)


def _fit_links(doc: frappe.model.document.Document) -> bool:
	"""Leave out links to records that this site doesn't have, such as a Sales Stage that ERPNext's set-up wizard
	would have made. False where a record can't do without: it needs one that the admin deleted."""
	for row in (doc, *doc.get_all_children()):
		for field in row.meta.get_link_fields():
			value = row.get(field.fieldname)
			if not value or frappe.db.exists(field.options, value):
				continue
			if field.reqd or field.mandatory_depends_on:
				return False
			row.set(field.fieldname, None)
	return True


def _has_workflow(doctype: str) -> bool:
	"""An admin's own active Workflow stays: saving an active one would switch it off."""
	return bool(frappe.db.exists("Workflow", {"document_type": doctype, "is_active": 1}))


def _make_workflow_masters(workflow: frappe.model.document.Document) -> None:
	"""States and actions are masters that all Workflows of a site share: add what is missing."""
	for state in workflow.states:
		if not frappe.db.exists("Workflow State", state.state):
			style = _STYLES.get(state.state, "")
			frappe.get_doc(
				{"doctype": "Workflow State", "workflow_state_name": state.state, "style": style}
			).insert(ignore_permissions=True)
	for transition in workflow.transitions:
		if not frappe.db.exists("Workflow Action Master", transition.action):
			frappe.get_doc(
				{"doctype": "Workflow Action Master", "workflow_action_name": transition.action}
			).insert(ignore_permissions=True)


_STYLES = {
	"Won": "Success",
	"Approved": "Success",
	"Lost": "Danger",
	"On Hold": "Warning",
	"Open": "Primary",
	"Ready": "Primary",
	"In Progress": "Warning",
	"Achieved": "Success",
	"Returned": "Danger",
	"New": "Primary",
	"Qualifying": "Warning",
	"Qualified": "Success",
	"With Sales": "Success",
	"Converted": "Success",
	"Disqualified": "Inverse",
	"Do Not Contact": "Danger",
	"Draft": "Inverse",
	"Pending Area Manager": "Warning",
	"Clarification": "Warning",
	"Denied": "Danger",
	"With Accounts": "Primary",
	"Returned to Area Manager": "Warning",
	"Approved and Locked": "Success",
	"Denied and Locked": "Danger",
}


# what the records of the seeded DocTypes are named by
_NAMES = (
	*("name", "sales_role_name", "form_name", "process_name", "workflow_name"),
	*("response_type_name", "program_name", "expense_type_name"),
)


def _seeded() -> set[str]:
	return set(json.loads(frappe.db.get_single_value(SETTINGS, "seeded") or "[]"))


def _key(record: dict) -> str:
	return f"{record['doctype']}: {_name(record)}"


def _name(record: dict) -> str:
	for field in _NAMES:
		if record.get(field):
			return record[field]
	raise KeyError(f"a seed record of {record['doctype']} has no name")


def _as_list(content: dict | list) -> Iterable[dict]:
	return content if isinstance(content, list) else [content]
