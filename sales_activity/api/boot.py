"""What the desk knows of us when it starts (``frappe.boot.sales_activity``)."""

from __future__ import annotations

import frappe
from frappe.utils import getdate

from sales_activity import compat
from sales_activity.sales_activity.milestones.people import own_persons


def extend(bootinfo: frappe._dict) -> None:
	"""Add the company and the fiscal year of today, which our reports begin with, the DocTypes of a Lead's source and
	campaign, and the Sales Persons that the user is, whose milestones are theirs (hook ``extend_bootinfo``)."""
	company = default_company()
	year = current_fiscal_year(company)
	bootinfo.sales_activity = {
		"company": company,
		"fiscal_year": year and {"name": year.name, "start": str(year.start), "end": str(year.end)},
		"lead_origin": compat.lead_origin_doctypes(),
		"persons": sorted(own_persons(frappe.session.user)),
	}


def default_company() -> str | None:
	"""The user's default company, else the first one that the user may see."""
	company = frappe.defaults.get_user_default("company")
	if company or not frappe.has_permission("Company", "read"):
		return company
	found = frappe.get_list("Company", pluck="name", order_by="creation", limit=1)
	return found[0] if found else None


def current_fiscal_year(company: str | None = None) -> frappe._dict | None:
	"""Name, start and end of the enabled fiscal year of the company that holds today; a year without
	companies is everybody's. None where there is none. One query."""
	year, member = frappe.qb.DocType("Fiscal Year"), frappe.qb.DocType("Fiscal Year Company")
	today = getdate()
	rows = (
		frappe.qb.from_(year)
		.left_join(member)
		.on((member.parent == year.name) & (member.parenttype == "Fiscal Year"))
		.select(year.name, year.year_start_date.as_("start"), year.year_end_date.as_("end"))
		.where((year.disabled == 0) & (year.year_start_date <= today) & (year.year_end_date >= today))
		.where(member.company.isnull() | (member.company == (company or "")))
		.orderby(year.year_start_date)
		.limit(1)
	).run(as_dict=True)
	return rows[0] if rows else None


def may_use_app() -> bool:
	"""Whether the apps screen shows us to the user: those who may see projects (hook ``add_to_apps_screen``)."""
	return bool(frappe.has_permission("Sales Project", "read"))
