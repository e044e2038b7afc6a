"""Makes a site look used: records of every DocType of the app, and Frappe's own records about them.

	used_site.py SITE

Runs with the bench's Python in `sites/`, and commits.
"""

from __future__ import annotations

import sys

import frappe
from frappe.desk.form.assign_to import add as assign
from frappe.model.document import Document
from frappe.model.workflow import apply_workflow


def main(site: str) -> None:
	"""Use the app on a site, and commit."""
	frappe.init(site=site)
	frappe.connect()
	frappe.flags.in_test = True
	use()
	frappe.db.commit()
	frappe.destroy()


def use() -> None:
	"""A target, a project with its quotation and order, a repost, and what users hang on documents."""
	from sales_activity.tests import factories

	factories.masters()
	factories.item_group("Active Equipment")
	factories.item("SWITCH-48", "Active Equipment")
	person = factories.sales_person("Vinodkumar")
	_target(factories.COMPANY, person)
	project = _project(factories.COMPANY, factories.customer(), person)
	quoted = factories.quotation(
		factories.customer(), [factories.line("SWITCH-48", 2, 25)], sales_project=project.name
	)
	factories.order_from(quoted)
	_repost(factories.COMPANY)
	_hang_records_on(project)


def _target(company: str, person: str) -> None:
	year = frappe.utils.getdate().year
	row = {
		"sales_person": person,
		"sales_role": "Sales Person",
		"item_group": "Active Equipment",
		"target": 500,
	}
	target = frappe.get_doc(
		{
			"doctype": "Sales Target",
			"title": "This year",
			"company": company,
			"from_date": f"{year}-01-01",
			"to_date": f"{year}-12-31",
			"targets": [row],
		}
	).insert()
	for action in ("Submit for Approval", "Approve"):
		target = apply_workflow(target, action)


def _project(company: str, customer: str, person: str) -> Document:
	return frappe.get_doc(
		{
			"doctype": "Sales Project",
			"title": "Network of the new clinic",
			"company": company,
			"party_type": "Customer",
			"party": customer,
			"team": [{"sales_person": person, "sales_role": "Sales Person"}],
		}
	).insert()


def _repost(company: str) -> None:
	frappe.get_doc(
		{"doctype": "Sales Credit Repost", "company": company, "reason": "To see it work"}
	).insert()


def _hang_records_on(project: Document) -> None:
	about = {"reference_doctype": project.doctype, "reference_name": project.name}
	project.add_comment("Comment", "Call them on Monday")
	project.add_tag("hot")
	assign({"assign_to": ["Administrator"], "doctype": project.doctype, "name": project.name})
	frappe.share.add(project.doctype, project.name, "Guest", read=1)
	frappe.get_doc({"doctype": "Communication", "subject": "Re: clinic", "content": "Yes", **about}).insert()
	frappe.get_doc(
		{
			"doctype": "User Permission",
			"user": "Guest",
			"allow": "Sales Project",
			"for_value": project.name,
		}
	).insert()
	project.level_of_interest = "High"
	project.save()


if __name__ == "__main__":
	main(*sys.argv[1:])
