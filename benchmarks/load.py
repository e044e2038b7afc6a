"""Puts the made-up company on the site: masters as documents, the masses in bulk, past all controllers."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice

import frappe
from frappe.utils import add_days, getdate

from benchmarks import company
from benchmarks.company import Deal
from sales_activity.demo import masters
from sales_activity.sales_activity.credit import months

COMPANY, ABBR = "Bench Company", "BNC"
CUSTOMER, TERRITORY = "Bench Customer", "Bench Territory"
HEAD_USER, MANAGER_USER = "bench-head@example.com", "bench-manager@example.com"
CHUNK = 2000

FILLED = {
	"Sales Order": ("Sales Order Item", "Sales Team"),
	"Quotation": ("Quotation Item",),
	"Sales Project": ("Sales Project Member",),
	"Sales Target": ("Sales Target Detail",),
}
LEDGER, SUMS = months.ENTRY, months.MONTH
TEAMS = "Sales Order Credit"

Row = Mapping[str, object]


def make_masters() -> None:
	"""The company, its people, item groups and users. What is there already stays."""
	masters.masters()
	masters.company(COMPANY, ABBR)
	masters.territory(TERRITORY)
	masters.customer(CUSTOMER, territory=TERRITORY)
	for role in company.ROLES:
		masters.make_once("Sales Role", role, sales_role_name=role)
	settings = frappe.get_single("Sales Activity Settings")
	settings.db_set("default_sales_role", company.DEFAULT_ROLE)
	for name, parent in company.groups():
		masters.item_group(name, parent, is_group=parent is None)
	for name in company.leaf_groups():
		masters.item(_item(name), name)
	_make_people()
	frappe.db.commit()


def year() -> int:
	"""The year that the orders lie in: this one."""
	return getdate().year


def fill(count: int) -> None:
	"""Replace everything that was loaded before by a company with ``count`` orders; the ledger stays empty."""
	empty()
	insert("Sales Target", [_target()])
	insert("Sales Target Detail", _target_rows())
	_insert_projects(count)
	_insert_deals("Sales Order", company.orders(count, year()), prefix="PRJ", status="To Deliver and Bill")
	insert("Sales Team", _team_rows("Sales Order", "sales_team", company.orders(count, year())))
	_insert_deals("Quotation", company.open_quotations(count, getdate()), prefix="OPEN", status="Open")
	_insert_deals("Quotation", company.won_quotations(count, year()), prefix="PRJ", status="Ordered")
	frappe.db.commit()
	analyze()


def empty() -> None:
	"""Remove what `fill` put there, and the whole ledger with its monthly sums."""
	for doctype, children in FILLED.items():
		for child in children:
			frappe.db.sql(
				f"delete child from `tab{child}` child join `tab{doctype}` parent on parent.name = child.parent "
				"where parent.company = %s",
				COMPANY,
			)
		frappe.db.delete(doctype, {"company": COMPANY})
	frappe.db.truncate(LEDGER)
	frappe.db.truncate(SUMS)
	frappe.db.truncate(TEAMS)
	frappe.db.delete("Sales Credit Repost", {"company": COMPANY})
	frappe.db.commit()


def analyze() -> None:
	"""Bring the statistics of the optimizer up to date, for all sides alike."""
	children = [child for names in FILLED.values() for child in names]
	for table in (*FILLED, *children, LEDGER, SUMS, TEAMS):
		frappe.db.sql_ddl(f"analyze table `tab{table}`")


def add_erpnext_targets() -> None:
	"""Give the people the same targets in ERPNext's own table, for its own report."""
	masters.monthly_distribution("Bench Distribution")
	frappe.db.delete("Target Detail", {"parent": ["like", "Bench Person %"]})
	fiscal_year = masters.fiscal_year(year())
	insert(
		"Target Detail",
		(
			{
				**child("Sales Person", "targets", person, idx, docstatus=0),
				"item_group": group,
				"fiscal_year": fiscal_year,
				"target_amount": amount,
				"distribution_id": "Bench Distribution",
			}
			for idx, (person, _role, group, amount) in enumerate(company.targets(), start=1)
		),
	)
	frappe.db.commit()


def project_name(prefix: str, number: int) -> str:
	"""The name of a project: "PRJ" is won, "OPEN" open."""
	return f"BENCH-{prefix}-{number:06}"


def _make_people() -> None:
	users = dict(zip((name for name, _manager in company.people()), (HEAD_USER, MANAGER_USER), strict=False))
	groups = {manager for _name, manager in company.people()}
	for name, manager in company.people():
		user = users.get(name)
		if user:
			masters.user(user, "Sales User", "Sales Manager")
		masters.sales_person(name, manager, of_user=user, is_group=name in groups, of_company=COMPANY)


def _insert_projects(count: int) -> None:
	won = company.project_teams(count, year())
	opened = {deal.project: deal.team for deal in company.open_quotations(count, getdate())}
	for status, prefix, teams in (("Won", "PRJ", won), ("Open", "OPEN", opened)):
		names = {number: project_name(prefix, number) for number in teams}
		insert("Sales Project", (_project(name, status) for name in names.values()))
		rows = ((names[number], team) for number, team in teams.items())
		insert("Sales Project Member", _member_rows(rows))


def _insert_deals(doctype: str, deals: Iterable[Deal], prefix: str, status: str) -> None:
	"""Insert orders or quotations, a chunk with its lines at a time. ``prefix`` is that of their projects."""
	deals = iter(deals)
	while chunk := list(islice(deals, CHUNK)):
		insert(doctype, (_header(doctype, deal, prefix, status) for deal in chunk))
		insert(
			f"{doctype} Item",
			(_line(doctype, deal, prefix, index) for deal in chunk for index in range(len(deal.lines))),
		)


def _name(doctype: str, deal: Deal, prefix: str) -> str:
	return f"BENCH-SO-{deal.number:06}" if doctype == "Sales Order" else _quotation_name(prefix, deal.project)


def _quotation_name(prefix: str, project: int) -> str:
	return f"BENCH-QTN-{prefix}-{project:06}"


def _header(doctype: str, deal: Deal, prefix: str, status: str) -> Row:
	if doctype == "Sales Order":
		more = {"customer": CUSTOMER, "delivery_date": deal.day}
	else:
		more = {"quotation_to": "Customer", "party_name": CUSTOMER, "valid_till": add_days(deal.day, 30)}
	return {
		**document(_name(doctype, deal, prefix)),
		**money(deal.total),
		**more,
		"customer_name": CUSTOMER,
		"territory": TERRITORY,
		"transaction_date": deal.day,
		"status": status,
		"order_type": "Sales",
		"sales_project": None if deal.project is None else project_name(prefix, deal.project),
	}


def money(total: int) -> Row:
	"""The totals of an order or quotation in the company's currency."""
	return {
		"currency": masters.CURRENCY,
		"conversion_rate": 1,
		"net_total": total,
		"base_net_total": total,
		"grand_total": total,
		"base_grand_total": total,
	}


def _line(doctype: str, deal: Deal, prefix: str, index: int) -> Row:
	line = deal.lines[index]
	amount = line.qty * line.rate
	return {
		**child(doctype, "items", _name(doctype, deal, prefix), index + 1),
		**(_order_line(deal, index) if doctype == "Sales Order" else {"is_alternative": 0}),
		"item_code": _item(line.item_group),
		"item_name": _item(line.item_group),
		"description": f"{_item(line.item_group)}, as described in the catalogue, with mounting",
		"item_group": line.item_group,
		"uom": masters.UOM,
		"stock_uom": masters.UOM,
		"conversion_factor": 1,
		"qty": line.qty,
		"stock_qty": line.qty,
		**dict.fromkeys(("rate", "base_rate", "net_rate", "base_net_rate"), line.rate),
		**dict.fromkeys(("amount", "base_amount", "net_amount", "base_net_amount"), amount),
		"is_free_item": 0,
	}


def _order_line(deal: Deal, index: int) -> Row:
	"""What only an order's line has; one of a project names the quotation's line that it came from."""
	quotation = None if deal.project is None else _quotation_name("PRJ", deal.project)
	return {
		"delivered_qty": 0,
		"billed_amt": 0,
		"delivery_date": deal.day,
		"prevdoc_docname": quotation,
		"quotation_item": quotation and child("Quotation", "items", quotation, index + 1)["name"],
	}


def _team_rows(doctype: str, parentfield: str, deals: Iterable[Deal]) -> Iterator[Row]:
	for deal in deals:
		for idx, member in enumerate(deal.team, start=1):
			yield {
				**child(doctype, parentfield, _name(doctype, deal, ""), idx),
				"sales_person": member.person,
				"allocated_percentage": member.percent,
				"allocated_amount": deal.total * member.percent / 100,
			}


def _project(name: str, status: str) -> Row:
	return {
		**document(name, docstatus=0),
		"title": name,
		"party_type": "Customer",
		"party": CUSTOMER,
		"party_name": CUSTOMER,
		"customer": CUSTOMER,
		"territory": TERRITORY,
		"status": status,
		"workflow_state": status,
	}


def _member_rows(teams: Iterable[tuple[str, tuple[company.Member, ...]]]) -> Iterator[Row]:
	for project, team in teams:
		for idx, member in enumerate(team, start=1):
			yield {
				**child("Sales Project", "team", project, idx, docstatus=0),
				"sales_person": member.person,
				"sales_role": member.role,
				"credit_percent": member.percent,
			}


def _target() -> Row:
	return {
		**document("BENCH-TARGET"),
		"title": "Benchmark",
		"basis": "Value",
		"from_date": f"{year()}-01-01",
		"to_date": f"{year()}-12-31",
		"workflow_state": "Approved",
	}


def _target_rows() -> Iterator[Row]:
	for idx, (person, role, group, amount) in enumerate(company.targets(), start=1):
		yield {
			**child("Sales Target", "targets", "BENCH-TARGET", idx),
			"sales_person": person,
			"sales_role": role,
			"item_group": group,
			"target": amount,
		}


def document(name: str, docstatus: int = 1) -> Row:
	"""What every document of the company begins with."""
	return {"name": name, "docstatus": docstatus, "company": COMPANY}


def child(doctype: str, parentfield: str, parent: str, idx: int, docstatus: int = 1) -> Row:
	"""What every row of a document's table begins with."""
	return {
		"name": hash_name(f"{parentfield} {parent} {idx}"),
		"docstatus": docstatus,
		"parenttype": doctype,
		"parentfield": parentfield,
		"parent": parent,
		"idx": idx,
	}


def hash_name(key: str) -> str:
	"""Ten characters without order, as Frappe names children: 15 puts the time first, but it wraps every day."""
	return base64.b32hexencode(hashlib.blake2b(key.encode(), digest_size=10).digest())[:10].decode().lower()


def _item(group: str) -> str:
	return group.replace("Group", "Item")


def insert(doctype: str, rows: Iterable[Row]) -> None:
	"""Insert rows, many in a statement. Frappe's `bulk_insert` builds each row as objects: ten times slower."""
	rows = iter(rows)
	while chunk := list(islice(rows, CHUNK)):
		columns = [*chunk[0], "creation", "modified", "owner", "modified_by"]
		mark = f"({', '.join(['%s'] * len(chunk[0]))}, now(6), now(6), 'Administrator', 'Administrator')"
		names = ", ".join(f"`{column}`" for column in columns)
		values = [value for row in chunk for value in row.values()]
		frappe.db.sql(f"insert into `tab{doctype}` ({names}) values {', '.join([mark] * len(chunk))}", values)
	frappe.db.commit()
