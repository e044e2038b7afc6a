"""Pressing Submit on an order: with the app, without its document events, and without its fields too."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import permutations
from typing import TypeVar

import frappe
from frappe.desk.form.save import savedocs
from frappe.model.meta import Meta
from frappe.utils import getdate

from benchmarks import company, load
from benchmarks.measure import Action, Cost, Meter, middle, new_request, queries
from sales_activity.demo import documents

APP, MODULE = "sales_activity", "Sales Activity"
DOCTYPE = "Sales Order"
WITH, WITHOUT_EVENTS, WITHOUT = "with the app", "without its events", "without the app"
FIELDS = ("sales_project",)
Result = TypeVar("Result")


class Contest:
	"""Submits equal orders in each of the three ways, in turns."""

	def __init__(self, meter: Meter, rounds: int) -> None:
		"""Save the drafts that will be submitted; teams of one and of two take turns."""
		self.meter, self.rounds = meter, rounds
		self._meta, self._bare_meta = frappe.get_meta(DOCTYPE), _meta_without_app()
		projects = _projects()
		self._drafts = iter([_draft(projects[number // 3 % 2]) for number in range(3 * (rounds + 3))])
		frappe.db.commit()

	def run(self) -> tuple[dict[str, Cost], dict[str, int]]:
		"""The median costs and the number of statements (team of two) of each way."""
		orders = list(permutations((WITH, WITHOUT_EVENTS, WITHOUT)))
		for way in orders[0]:  # warms up
			self._submit(way, lambda action: action())
		counts = {way: self._submit(way, queries) for way in orders[0]}
		costs: dict[str, list[Cost]] = {way: [] for way in orders[0]}
		for number in range(self.rounds):
			for way in orders[number % len(orders)]:
				costs[way].append(self._submit(way, self.meter.cost))
		return {way: middle(found) for way, found in costs.items()}, counts

	def _submit(self, way: str, measured: Callable[[Action], Result]) -> Result:
		draft = next(self._drafts)
		if way == WITHOUT:
			draft = {key: value for key, value in draft.items() if key not in FIELDS}
		text = frappe.as_json(draft)
		with self._ground(way):
			return measured(lambda: _press_submit(text))

	@contextmanager
	def _ground(self, way: str) -> Iterator[None]:
		"""The beginning of a request on a site that is as the way wants it."""
		new_request()
		frappe.local.response = frappe._dict({"docs": []})
		everything = frappe.get_doc_hooks()
		if way != WITH:
			frappe.local.doc_events_hooks = _others(everything)
		if way == WITHOUT:
			_keep_meta(self._bare_meta)
		try:
			yield
		finally:
			frappe.local.doc_events_hooks = everything
			if way == WITHOUT:
				_keep_meta(self._meta)


def _press_submit(document: str) -> None:
	"""What the desk asks the server to do."""
	savedocs(document, "Submit")
	frappe.db.commit()


def _others(hooks: dict[str, dict[str, list[str]]]) -> dict[str, dict[str, list[str]]]:
	"""The document events of the other apps."""
	return {
		doctype: {
			event: [handler for handler in handlers if not handler.startswith(f"{APP}.")]
			for event, handlers in events.items()
		}
		for doctype, events in hooks.items()
	}


def _projects() -> tuple[str, str]:
	"""A won project with a team of one, and one with a team of two."""
	sizes = frappe.db.sql(
		"""
			select member.parent, count(*) from `tabSales Project Member` member
			join `tabSales Project` project on project.name = member.parent
			where project.company = %s and project.status = 'Won' group by member.parent order by member.parent
		""",
		load.COMPANY,
	)
	return tuple(next(name for name, size in sizes if size == wanted) for wanted in (1, 2))


def _draft(project: str) -> dict:
	"""An order of three lines that belongs to the project, saved."""
	lines = [documents.line(name.replace("Group", "Item"), 2, 100) for name in company.leaf_groups()[:3]]
	person = next(name for name, _manager in company.people())
	return documents.sales_order(
		load.CUSTOMER,
		lines,
		on=getdate(),
		submit=False,
		company=load.COMPANY,
		sales_project=project,
		sales_team={person: 100},
	).as_dict()


def _meta_without_app() -> Meta:
	"""The order's DocType as it is on a site without the app; its Custom Fields stay where they are."""
	frappe.db.delete("Custom Field", {"module": MODULE})
	meta = Meta(DOCTYPE)
	frappe.db.rollback()
	return meta


def _keep_meta(meta: Meta) -> None:
	"""Put it where `frappe.get_meta` finds it."""
	if hasattr(frappe, "client_cache"):  # Frappe 16
		frappe.client_cache.set_value(f"doctype_meta::{DOCTYPE}", meta)
	else:
		frappe.cache.hset("doctype_meta", DOCTYPE, meta)
