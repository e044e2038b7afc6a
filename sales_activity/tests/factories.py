"""Records for tests, made the same way on ERPNext 15, 16 and the stand-in.

Masters (company, item, customer...) are made once: a factory returns the name of the record that is already
there. Documents (quotation, order...) are new at every call and come back as documents, submitted unless
`submit=False`. Call `masters()` first, once for a class or session: a site whose set-up wizard never ran has
no groups, units, price lists or fiscal years.

What the demo data needs too lives in `sales_activity.demo`; here is the rest, and every name in one place.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

import frappe
from frappe.model.document import Document
from frappe.utils import getdate

from sales_activity.demo.documents import (  # noqa: F401
	Line,
	Lines,
	amend,
	cancel,
	close,
	deliver,
	finish,
	fresh,
	line,
	lose,
	opportunity,
	order_from,
	post_note,
	quotation,
	quotation_from,
	reopen,
	rows_of,
	sales_order,
	set_order_status,
	submitted,
	team_rows,
)
from sales_activity.demo.masters import (  # noqa: F401
	ABBR,
	BOX,
	COMPANY,
	COUNTRY,
	CURRENCY,
	MONTHS,
	ROOTS,
	UOM,
	YEARS_AHEAD,
	YEARS_BACK,
	Day,
	company,
	customer,
	customer_group,
	employee,
	exchange_rate,
	fiscal_year,
	groundwork,
	item,
	item_group,
	lead,
	make,
	make_once,
	masters,
	monthly_distribution,
	price_list,
	prospect,
	receivable,
	root,
	sales_person,
	sales_stage,
	selling_settings,
	territory,
	uom,
	user,
	warehouse,
)


def bill(
	order: Document, quantities: dict[str, float] | None = None, on: Day = None, submit: bool = True
) -> Document:
	"""An invoice of everything open, or of these quantities by name of the order's line."""
	from erpnext.selling.doctype.sales_order.sales_order import make_sales_invoice

	doc = make_sales_invoice(order.name)
	doc.debit_to = receivable(order.company, order.currency)
	return post_note(doc, "so_detail", quantities, on or order.transaction_date, submit)


def take_back(
	note: Document, quantities: dict[str, float] | None = None, on: Day = None, submit: bool = True
) -> Document:
	"""A return of a delivery note or invoice: all of it, or these (positive) quantities by name of its line.

	A credit note lowers what the order shows as billed (ERPNext does so only when asked to).
	"""
	if note.doctype == "Delivery Note":
		from erpnext.stock.doctype.delivery_note.delivery_note import make_sales_return

		link = "dn_detail"
	else:
		from erpnext.accounts.doctype.sales_invoice.sales_invoice import make_sales_return

		link = "sales_invoice_item"
	doc = make_sales_return(note.name)
	if note.doctype == "Sales Invoice":
		doc.update_billed_amount_in_sales_order = 1
	back = quantities and {name: -1 * qty for name, qty in quantities.items()}
	draft = post_note(doc, link, back, on or note.posting_date, submit=False)
	# ERPNext looks at `is_return` while the document is loaded, so submit it as loaded from the database.
	return submitted(fresh(draft)) if submit else draft


def hold(order: Document) -> Document:
	"""Put the order on hold."""
	return set_order_status(order, "On Hold")


def update_items(
	order: Document,
	changes: dict[str, dict] | None = None,
	remove: Iterable[str] = (),
	add: Lines = (),
) -> Document:
	"""What the button Update Items does: changed values by name of the line, lines removed, lines added."""
	from erpnext.controllers.accounts_controller import update_child_qty_rate

	rows = []
	for row in fresh(order).items:
		if row.name in set(remove):
			continue
		fields = ("item_code", "qty", "rate", "uom", "conversion_factor", "delivery_date")
		rows.append(
			{"docname": row.name, **{f: row.get(f) for f in fields}, **(changes or {}).get(row.name, {})}
		)
	rows += [{"uom": UOM, "conversion_factor": 1, **row} for row in rows_of(add)]
	for number, row in enumerate(rows, start=1):
		row["idx"] = number
	update_child_qty_rate(order.doctype, json.dumps(rows, default=str), order.name)
	return fresh(order)


# --- the app's own records -----------------------------------------------------------------------------------


def sales_role(name: str, disabled: bool = False) -> str:
	"""A Sales Role."""
	return make_once("Sales Role", name, sales_role_name=name, disabled=int(disabled))


def member_rows(team: Iterable[tuple]) -> list[dict]:
	"""Rows of a project's team from (person, role) or (person, role, percent)."""
	fields = ("sales_person", "sales_role", "credit_percent")
	return [dict(zip(fields, (*member, 100)[:3], strict=True)) for member in team]


def sales_project(party: str, team: Iterable[tuple] = (), **values: object) -> Document:
	"""An open project with a customer (or `party_type`); `team` of (person, role) or (person, role, percent)."""
	defaults = {"title": f"Project with {party}", "company": COMPANY, "party_type": "Customer"}
	return make("Sales Project", **{**defaults, "party": party, **values}, team=member_rows(team))


def process_rows(rows: Iterable[tuple]) -> list[dict]:
	"""Rows of a process from (milestone, step, role) or those and a dict of further fields."""
	plain = {"outcome": "Anybody can check it", "expected_days": 2, "probability": 50}
	return [
		{**plain, "milestone": milestone, "step": step, "sales_role": role, **(more[0] if more else {})}
		for milestone, step, role, *more in rows
	]


def sales_process(name: str, rows: Iterable[tuple], **values: object) -> str:
	"""A Sales Process of (milestone, step, role) or (milestone, step, role, further fields)."""
	return make_once("Sales Process", name, process_name=name, milestones=process_rows(rows), **values)


def milestones_of(project: Document | str) -> list[Document]:
	"""The milestones of a project as documents, in their order."""
	name = project if isinstance(project, str) else project.name
	names = frappe.get_all(
		"Sales Milestone", {"sales_project": name}, pluck="name", order_by="position", limit=0
	)
	return [frappe.get_doc("Sales Milestone", milestone) for milestone in names]


def remove_mails(names: Sequence[str], doctype: str = "Sales Milestone") -> None:
	"""Take mails about these documents out of the queue: Frappe keeps them when a document is deleted, the next one may
	get the same name, and a test that sends mails would send them too."""
	about = {"reference_doctype": doctype, "reference_name": ("in", names or ["none"])}
	queued = frappe.get_all("Email Queue", about, pluck="name", limit=0) or [""]
	frappe.db.delete("Email Queue Recipient", {"parent": ("in", queued)})
	frappe.db.delete("Email Queue", {"name": ("in", queued)})


def move(milestone: Document | str, action: str, as_user: str | None = None, **values: object) -> Document:
	"""Move a milestone by an action of its workflow, as a user (default: the session's), who fills in further
	fields (``reason``, ``answers`` as a dict of values by field name...) in the same save."""
	from sales_activity.sales_activity.milestones import rules

	session_user = frappe.session.user
	try:
		frappe.set_user(as_user or session_user)
		name = milestone if isinstance(milestone, str) else milestone.name
		doc = frappe.get_doc("Sales Milestone", name)
		for fieldname, value in values.pop("answers", {}).items():
			doc.append("answers", {"fieldname": fieldname, "value": value})
		doc.update(values)
		doc.workflow_state = next(move.to_state for move in rules.MOVES if move.action == action)
		return doc.save()
	finally:
		frappe.set_user(session_user)


def discard(doc: Document) -> None:
	"""What Frappe 16 offers for drafts; on 15 the event that comes first, for there is no more."""
	doc.discard() if hasattr(doc, "discard") else doc.run_method("before_discard")


def sales_target(rows: Iterable[tuple], approve: bool = True, **values: object) -> Document:
	"""A target for this calendar year, approved unless `approve=False`; rows of (person, role, item group,
	target) or those and a Monthly Distribution. An approved one is walked along the workflow by Administrator.
	"""
	from frappe.model.workflow import apply_workflow

	year = getdate().year
	defaults = {"title": "Target", "company": COMPANY, "basis": "Value"}
	defaults.update({"from_date": f"{year}-01-01", "to_date": f"{year}-12-31"})
	fields = ("sales_person", "sales_role", "item_group", "target", "monthly_distribution")
	targets = [dict(zip(fields, (*row, None)[:5], strict=True)) for row in rows]
	doc = make("Sales Target", **{**defaults, **values}, targets=targets)
	for action in ("Submit for Approval", "Approve") if approve else ():
		doc = apply_workflow(fresh(doc), action)
	return fresh(doc)


def kept_team(order: str) -> list[tuple[str, str, float]]:
	"""Person, role and percent of those with whom an order was won."""
	fields = ["sales_person", "sales_role", "credit_percent"]
	rows = frappe.get_all("Sales Order Credit", {"sales_order": order}, fields, order_by="idx", as_list=True)
	return [tuple(row) for row in rows]
