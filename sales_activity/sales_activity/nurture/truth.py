"""What ERPNext's Lead says of its qualification: what its Lead Nurture says.

``qualification_status``, ``qualified_by`` and ``qualified_on`` are never set by ERPNext itself. ``status`` it works out
anew at every save (``erpnext/crm/doctype/lead/lead.py``), even over Do Not Contact; so that is set again whenever a Lead
is saved or its status is set.
"""

from __future__ import annotations

from collections.abc import Mapping

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cstr, getdate

from sales_activity.sales_activity.nurture import records, rules

QUALIFICATION = ("qualification_status", "qualified_by", "qualified_on")
_AFTER_LIFTING = "Open"


def keep_true(lead: Document) -> None:
	"""Before a Lead is written: what it says of its qualification is what the nurture says now, even if that has changed
	since this transaction began. Call it in ``validate``, where Frappe has locked the Lead."""
	nurture = None if lead.is_new() else records.lock(lead.name)
	if not nurture:
		return
	before = lead.get_doc_before_save()
	wanted = shown(nurture)
	if before and any(plain(lead.get(field)) != plain(before.get(field)) for field in QUALIFICATION):
		if any(plain(lead.get(field)) != plain(wanted[field]) for field in QUALIFICATION):
			frappe.msgprint(
				_("The qualification of {0} is kept in its Lead Nurture, and was not changed here.").format(
					frappe.bold(lead.name)
				),
				alert=True,
			)
	lead.update({field: wanted[field] for field in QUALIFICATION})


def keep_stopped(lead: Document) -> None:
	"""Whatever ERPNext worked out as the status: a lead that must not be contacted says so. Call it in ``on_change``,
	which comes after every save and after ``set_status``; the status is written past events, so it isn't called again."""
	if lead.status == rules.DO_NOT_CONTACT:
		return
	nurture = records.lock(lead.name)
	if not nurture or nurture.status != rules.DO_NOT_CONTACT:
		return
	before = lead.get_doc_before_save()
	if before and before.status == rules.DO_NOT_CONTACT:
		frappe.msgprint(
			_("{0} must not be contacted. Sales Operations can lift that in its Lead Nurture.").format(
				frappe.bold(lead.name)
			),
			alert=True,
		)
	lead.status = rules.DO_NOT_CONTACT
	frappe.db.set_value("Lead", lead.name, "status", rules.DO_NOT_CONTACT, update_modified=False)


def show(row: Mapping) -> None:
	"""Write into the Lead what its nurture has become. Past its events, and leaving ``modified``: whoever has the Lead
	open can still save it."""
	values = shown(row)
	if row.get("status") == rules.DO_NOT_CONTACT:
		values["status"] = rules.DO_NOT_CONTACT
	frappe.db.set_value("Lead", row.get("lead"), values, update_modified=False)


def lift(lead: str) -> None:
	"""A lead may be contacted again: its status is what ERPNext makes of it."""
	frappe.db.set_value("Lead", lead, "status", _AFTER_LIFTING, update_modified=False)
	frappe.get_doc("Lead", lead).set_status(update=True, update_modified=False)


def shown(row: Mapping) -> dict[str, object]:
	"""The fields of the Lead that its qualification is seen by."""
	on = row.get("qualified_on")
	return {
		"qualification_status": rules.qualification_status(row.get("status")),
		"qualified_by": row.get("qualified_by"),
		"qualified_on": getdate(on) if on else None,
	}


def plain(value: object) -> str:
	"""Values compared whatever type they came in; nothing, empty text and 0 are the same."""
	if isinstance(value, float | int):
		return cstr(float(value)) if value else ""
	return cstr(value)
