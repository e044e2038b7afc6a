"""Runs the example process on sales of the demo company: as the people whose turn it is, with answers and files.

What is done when stands in ``course_plan``; that it happened in the past is the business of ``history``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta

import frappe
from frappe.model.document import Document
from frappe.utils import get_datetime, now_datetime

from sales_activity.demo import catalogue, course_plan
from sales_activity.demo.course_plan import ACHIEVE, AGAIN, RETURN, Act, Task
from sales_activity.demo.history import HAND_OFF, MILESTONE, Timeline
from sales_activity.demo.plan import Sale
from sales_activity.sales_activity.milestones import rules

PROCESS = "Solution Sale"
EMAILS = {person.name: person.email for person in catalogue.PEOPLE}
TO_STATE = {move.action: move.to_state for move in rules.MOVES}


def process() -> list[Task]:
	"""The milestones of the example process; none where the admin has deleted or disabled it."""
	if not frappe.db.exists("Sales Process", {"name": PROCESS, "disabled": 0}):
		return []
	rows = frappe.get_cached_doc("Sales Process", PROCESS).milestones
	return [Task(row.milestone, row.step, row.expected_days, bool(row.achieved_by)) for row in rows]


class Course:
	"""One sale on its way through the process."""

	def __init__(self, sale: Sale, timeline: Timeline, tasks: Sequence[Task]) -> None:
		"""Plan it; ``start`` is the moment at which the process begins."""
		self.sale, self.timeline, self.tasks = sale, timeline, tasks
		self.start, self._early = course_plan.before_documents(sale, tasks)

	def before_documents(self, project: Document) -> None:
		"""Start the process, and do what comes before the first quotation."""
		project.sales_process = PROCESS
		project.save(ignore_permissions=True)
		self._do(project, self._early)

	def after_documents(self, project: Document) -> None:
		"""Do what comes after the order."""
		if self.sale.orders or any(offer.orders for offer in self.sale.offers):
			self._do(project, course_plan.after_documents(self.sale, self.tasks))

	def _do(self, project: Document, acts: Iterable[Act]) -> None:
		"""What lies ahead of now, or can't be done with a milestone as it is, is left."""
		administrator = frappe.session.user
		try:
			for act in acts:
				if act.at < now_datetime():
					self._act(project, act)
		finally:
			frappe.set_user(administrator)

	def _act(self, project: Document, act: Act) -> None:
		row = frappe.db.get_value(
			MILESTONE,
			{"sales_project": project.name, "milestone": act.milestone},
			["name", "status", "turn_of", "sender"],
			as_dict=True,
		)
		if not row or not _is_possible(row, act.action):
			return
		self.timeline.mark(act.at)
		frappe.set_user(EMAILS[row.turn_of])
		doc = frappe.get_doc(MILESTONE, row.name)
		if act.action == ACHIEVE:
			self._fill_in(doc, act)
		elif act.said:
			doc.update({"question" if act.action == RETURN else "reply": act.said})
		doc.workflow_state = TO_STATE[act.action]
		doc.save()

	def _fill_in(self, doc: Document, act: Act) -> None:
		"""The answers to the milestone's form, and the evidence."""
		for fieldname, value in _answers(self.sale, doc.milestone_form, act).items():
			value = _file(doc, "Calculation.txt") if value is FILE else value
			doc.append("answers", {"fieldname": fieldname, "value": value})
		if doc.evidence_required:
			doc.evidence = _file(doc, f"{doc.milestone}.txt")


def _is_possible(row: Mapping, action: str) -> bool:
	if action == RETURN and row["sender"] in (None, row["turn_of"]):
		return False
	return bool(rules.move_between(row["status"], TO_STATE[action])) and (
		action == AGAIN or row["status"] != rules.RETURNED
	)


FILE = object()


def _answers(sale: Sale, form: str | None, act: Act) -> dict[str, object]:
	"""What the people of the demo know, by the forms that the app brings along."""
	day = act.at.date()
	size = sum(line.qty * line.rate for line in sale.lines)
	answers = {
		"Tele-sales Call": {
			"spoken_to": "The head of IT",
			"part_in_decision": "Influences",
			"need": f"{sale.title}: what they have is too slow and out of warranty.",
			"visit_wanted": "Yes",
			"visit_on": str(get_datetime(act.at) + timedelta(days=3))[:19],
		},
		"Visit": {
			"visited_on": str(act.at)[:19],
			"people_met": "The head of IT and the works manager",
			"who_decides": "The works manager",
			"met_decider": 1,
			"number_of_sites": 1 + len(sale.title) % 5,
			"pains": "Two failures last quarter, each stopped the work for half a day.",
			"analysis_agreed": "Yes",
			"analysis_on": str(day + timedelta(days=4)),
		},
		"Needs Analysis": {
			"requirements": "No single point of failure; room for a third more users; one vendor.",
			"product_category": next(iter(catalogue.ITEM_GROUPS)),
			"quantity": sum(line.qty for line in sale.lines),
			"needed_by": str(day + timedelta(days=90)),
			"budget": round(size * 1.1, 2),
		},
		"Cost Estimate": {
			"material_cost": round(size * 0.6, 2),
			"labour_cost": round(size * 0.15, 2),
			"margin": 25,
			"price": round(size, 2),
			"weeks_to_deliver": 6,
			"valid_until": str(day + timedelta(days=30)),
			"calculation": FILE,
		},
		"Advance": {
			"advance_amount": round(size * 0.3, 2),
			"banked_on": str(day),
			"paid_by": "Bank Transfer",
			"payment_reference": f"ADV {day:%y%m%d}",
		},
	}
	return answers.get(form or "", {})


def _file(doc: Document, file_name: str) -> str:
	file = frappe.get_doc(
		{
			"doctype": "File",
			"file_name": file_name,
			"attached_to_doctype": doc.doctype,
			"attached_to_name": doc.name,
			"content": f"{file_name} of {doc.project_title}. Made up for the demo.",
			"is_private": 1,
		}
	)
	return file.insert(ignore_permissions=True).file_url


def summary(company: str) -> str:
	"""A line for the terminal: how many projects run the process, and what stands still."""
	milestones = frappe.get_all(MILESTONE, {"company": company}, ["status", "due_date", "sales_project"])
	projects = len({row.sales_project for row in milestones})
	done = sum(row.status in rules.DONE for row in milestones)
	returns = frappe.db.count(HAND_OFF, {"company": company, "kind": "Return"})
	return (
		f"Milestones: {projects} projects run the process {PROCESS}; {done} milestones are done, {returns} came "
		"back with a question.\nLook at My Next Steps and the reports Milestone Time, Standing Still, Pipeline "
		"Velocity, Hand-off Quality."
	)
