import frappe

from sales_activity.rows import RowOfDocument


class SalesProjectMember(RowOfDocument):
	"""Who plays which role on a Sales Project, and what share they are credited with."""


def on_doctype_update() -> None:
	"""Whether somebody is on a team, which every list of projects asks (``permissions/queries.py``), without the
	rows."""
	frappe.db.add_index("Sales Project Member", ["parent", "parenttype", "sales_person"], "project_member")
