"""One Lead Nurture for each of ERPNext's Leads: made by itself, kept equal, gone with it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import now_datetime

from sales_activity import compat
from sales_activity.sales_activity.nurture import (
	definition,
	enrolment,
	moves,
	personal_data,
	qualifying,
	records,
	rules,
	scoring,
	truth,
)
from sales_activity.sales_activity.nurture.records import NURTURE

# field of the nurture > field of the Lead; source and campaign have other names in each version
_COPIED = {"lead_name": "lead_name", "company_name": "company_name", "territory": "territory"}


# --- the nurture of a lead -----------------------------------------------------------------------------------


def make(lead: Document) -> Document | None:
	"""The nurture of a Lead that was just made, or has none; inserted. None on a site without any company, where a
	nurture can't be kept yet. Who may make Leads is ERPNext's question; theirs comes by itself."""
	row = frappe.db.get_value("Lead", lead.name, "*", as_dict=True)
	if not company_of(row):
		return None
	user, at = frappe.session.user, now_datetime()
	nurture = frappe.new_doc(NURTURE)
	nurture.update(new_values(row, rules.NEW, at, definition.active(company_of(row))))
	nurture.flags.by_app = True
	nurture.insert(ignore_permissions=True)
	records.write_moves([records.first_move(nurture, at, user)], user, at)
	if row.qualification_status != rules.UNQUALIFIED or row.qualified_by or row.qualified_on:
		truth.show(nurture)  # whoever made the Lead did not qualify it
	return nurture


def new_values(lead: Mapping, state: str, at: datetime, measure: str | None) -> dict[str, object]:
	"""What a nurture begins with. ``lead``: the row of its Lead; ``measure``: the active definition of its company."""
	values = {
		"lead": lead["name"],
		**copies(lead),
		"company": company_of(lead),
		"status": state,
		"workflow_state": state,
		"state_since": at,
		"definition": measure,
	}
	return {**values, **qualifying.measured(measure, lead, ())}


def copies(lead: Mapping) -> dict[str, object]:
	"""What a nurture repeats of its Lead, to be filtered and permitted by."""
	fields = {**_COPIED, **compat.lead_origin()}
	return {field: lead.get(source) or None for field, source in fields.items()}


def company_of(lead: Mapping) -> str | None:
	"""The company that a lead is for: its own, else the site's default, else the first."""
	return (
		lead.get("company")
		or frappe.get_attr("erpnext.get_default_company")()
		or frappe.db.get_value("Company", {}, "name", order_by="creation")
	)


# --- when a Lead is saved ------------------------------------------------------------------------------------


def follow(lead: Document) -> None:
	"""After a Lead was written: its nurture is there, repeats what it says, is measured by it, and stops with it.
	Call it in ``on_update``, which comes after ``after_insert`` too."""
	row = records.lock(lead.name)
	if row:
		_take_over(row, frappe.db.get_value("Lead", lead.name, "*", as_dict=True))
	else:
		row = make(lead)
	before = lead.get_doc_before_save()
	was_stopped = bool(before) and before.status == rules.DO_NOT_CONTACT
	if row and lead.status == rules.DO_NOT_CONTACT and not was_stopped:
		follow_erpnext(row, rules.DO_NOT_CONTACT, _("Lead"), _("Set in the Lead."))


def converted(lead: str, via: str, **values: object) -> None:
	"""ERPNext made an Opportunity or a Customer of a Lead: it is Converted. ``values``: what is known of the sale."""
	records.lock_lead(lead)
	row = records.lock(lead)
	if row and not follow_erpnext(row, rules.CONVERTED, via, **values):
		truth.show(row)


def follow_erpnext(row: Mapping, to_state: str, via: str, reason: str = "", **values: object) -> bool:
	"""Take a locked nurture where ERPNext says that it is; False where it doesn't go there (``rules.is_followed``)."""
	if not rules.is_followed(row.get("status"), to_state):
		return False
	moves.move_by_app(row, to_state, via, reason, **values)
	return True


# --- when it goes --------------------------------------------------------------------------------------------


def rename(old: str, new: str) -> None:
	"""A nurture is named by its Lead."""
	if frappe.db.exists(NURTURE, old):
		frappe.flags.renaming_lead = True
		try:
			frappe.rename_doc(NURTURE, old, new, force=True, show_alert=False)
		finally:
			frappe.flags.renaming_lead = False
		enrolment.follow_new_name(new)


def rename_origin(field: str, old: str, new: str) -> None:
	"""A source or campaign (``field``) has another name, or is one with another: nurtures repeat what their Leads say,
	and reports group by it."""
	nurture = frappe.qb.DocType(NURTURE)
	frappe.qb.update(nurture).set(nurture[field], new).where(nurture[field] == old).run()


def merge(old: str, new: str) -> None:
	"""One Lead is merged into another: what it did counts for the other, whose nurture goes on as it is. Who must not be
	contacted under one name must not be under the other."""
	for lead in sorted((old, new)):
		records.lock_lead(lead)
	gone, stays = records.lock(old), records.lock(new)
	if not gone:
		return
	if stays:
		responses = frappe.qb.DocType(scoring.RESPONSE)
		query = frappe.qb.update(responses).set(responses.lead_nurture, new).set(responses.lead, new)
		query.set(responses.company, stays.company).where(responses.lead_nurture == old).run()
		enrolment.merge(old, new)
		if gone.status == rules.DO_NOT_CONTACT:
			reason = gone.reason or _("So it was for {0}.").format(old)
			follow_erpnext(stays, rules.DO_NOT_CONTACT, _("Merged"), reason)
		scoring.refresh([new])
	delete(old)


def forget_sale(fieldname: str, name: str) -> None:
	"""The Opportunity or Sales Project (``fieldname``) of a converted lead is deleted: what it led to is gone, that it
	was converted stays."""
	nurture = frappe.qb.DocType(NURTURE)
	frappe.qb.update(nurture).set(nurture[fieldname], None).where(nurture[fieldname] == name).run()


def delete(lead: str) -> None:
	"""A nurture goes with its Lead, and with it all that was kept of it."""
	personal_data.forget([lead])
	if frappe.db.exists(NURTURE, lead):
		records.delete([lead])
		# no copy among the deleted documents: it can't be restored, and would keep the answers
		frappe.delete_doc(
			NURTURE,
			lead,
			force=True,
			ignore_permissions=True,
			delete_permanently=True,
			flags={"with_lead": True},
		)


# --- steps ---------------------------------------------------------------------------------------------------


def _take_over(row: Mapping, lead: Mapping) -> None:
	"""Repeat what the Lead says; measure it again, as long as its fit is open."""
	values = {**copies(lead), "company": company_of(lead) or row.get("company")}
	if row.get("status") in rules.MEASURED:
		is_new = row.get("status") == rules.NEW
		wanted = definition.active(values["company"]) if is_new else row.get("definition")
		answers = qualifying.answers_of(row.get("name")) if wanted else ()
		values.update(definition=wanted, **qualifying.measured(wanted, lead, answers))
	changed = {
		field: value for field, value in values.items() if truth.plain(row.get(field)) != truth.plain(value)
	}
	if changed:
		records.update(row, changed, now_datetime(), frappe.session.user)
	if "fit_score" in changed:
		scoring.refresh([row.get("name")])
