"""Programs and leads in them, for the tests. Working hours are the whole day unless a test says otherwise."""

from __future__ import annotations

from datetime import datetime, timedelta
from unittest.mock import patch

import frappe
from frappe.model.document import Document
from frappe.utils import get_datetime

from sales_activity.sales_activity.nurture import enrolment, retrying, stepping
from sales_activity.sales_activity.nurture.programs import ENROLMENT, PROGRAM, RUN
from sales_activity.tests import factories
from sales_activity.tests.base import TestCase
from sales_activity.tests.lead_house import COMPANY, QUALIFIER

TEMPLATE, BAD_TEMPLATE = "Program House Mail", "Program House Bad Mail"
OWNER = "program.owner@example.com"
MONDAY = datetime(2026, 3, 2, 10)
BODY = '<p>Dear {{ first_name }}, <a href="https://example.com/a?x=1&amp;y=2">read</a> {{ link }}</p>'


def build() -> None:
	"""People and templates; once."""
	factories.user(QUALIFIER, "Lead Qualifier", "Sales User")
	factories.user(OWNER, "Sales User")
	template(TEMPLATE, "News for {{ lead_name }}", BODY)
	# written before the program was, and past the checks of both
	template(BAD_TEMPLATE, "News", "<p>{{ first_name.nothing.at_all }}</p>")


def template(name: str, subject: str, body: str) -> str:
	"""An Email Template, as it is given here."""
	if frappe.db.exists("Email Template", name):
		frappe.db.set_value("Email Template", name, {"subject": subject, "response_html": body})
		return name
	values = {"subject": subject, "use_html": 1, "response_html": body, "response": body}
	# past Frappe's checks: templates of old, or imported ones, may have any fault
	doc = frappe.get_doc({"doctype": "Email Template", "name": name, **values})
	doc.db_insert()
	return doc.name


def mail(day: int = 0, title: str = "Mail", **values: object) -> dict:
	"""An e-mail step."""
	return {"day": day, "channel": "E-mail", "title": title, "email_template": TEMPLATE, **values}


def call(day: int = 0, title: str = "Call", **values: object) -> dict:
	"""A step that is a task."""
	return {"day": day, "channel": "Call", "title": title, **values}


def program(*steps: dict, name: str | None = None, **values: object) -> Document:
	"""A running program with these steps; inserted."""
	defaults = {
		"program_name": name or f"Program {frappe.generate_hash(length=8)}",
		"company": COMPANY,
		"status": "Running",
		"work_from": "00:00:00",
		"work_until": "23:59:59",
	}
	doc = frappe.get_doc({"doctype": PROGRAM, **defaults, **values})
	for step in steps or (mail(), call(3), mail(7, "Second Mail")):
		doc.append("steps", step)
	return doc.insert()


def lead(name: str = "Meena", **values: object) -> str:
	"""A lead with its nurture, owned by somebody, with an address of its own."""
	values.setdefault("email_id", f"{frappe.generate_hash(length=10)}@lead.example")
	values.setdefault("lead_owner", OWNER)
	return factories.make("Lead", first_name=name, **{"company": COMPANY, **values}).name


def enrolled(program: Document, *leads: str, at: datetime = MONDAY) -> list[str]:
	"""The runs of leads that were enrolled at a moment."""
	with on(at):
		found = enrolment.enrol(program, leads)
	assert not found.skipped, found
	return found.runs


def on(moment: datetime) -> patch:
	"""It is this moment for programs."""
	return _Clock(moment)


class _Clock:
	"""The modules of programs ask the time by a name of their own."""

	def __init__(self, moment: datetime) -> None:
		self.patches = [
			patch.object(module, "now_datetime", lambda: moment) for module in (enrolment, retrying, stepping)
		]

	def __enter__(self) -> None:
		for one in self.patches:
			one.start()

	def __exit__(self, *error: object) -> None:
		for one in self.patches:
			one.stop()


def sweep(at: datetime = MONDAY, times: int = 1) -> int:
	"""What the sweep does at a moment, so many times."""
	with on(at):
		return sum(stepping.sweep() for _ in range(times))


def retry(at: datetime = MONDAY) -> int:
	"""What the sweep of steps to be tried again does at a moment."""
	with on(at):
		return retrying.sweep()


def later(days: float = 0, hours: float = 0) -> datetime:
	"""So much later than MONDAY."""
	return MONDAY + timedelta(days=days, hours=hours)


def run(name: str) -> frappe._dict:
	"""A run as it stands."""
	return frappe.db.get_value(ENROLMENT, name, "*", as_dict=True)


def log(name: str) -> list[frappe._dict]:
	"""What a run has had, in order."""
	return frappe.get_all(RUN, {"enrolment": name}, ["*"], order_by="done_on, creation, day, number", limit=0)


def had(name: str) -> list[tuple[str, str]]:
	"""Title and outcome of what a run has had."""
	return [(row.title, row.outcome) for row in log(name)]


def mails_to(lead: str) -> list[frappe._dict]:
	"""The e-mails in the queue that refer to a Lead."""
	filters = {"reference_doctype": "Lead", "reference_name": lead}
	return frappe.get_all("Email Queue", filters, ["*"], order_by="creation", limit=0)


def todos_of(lead: str) -> list[frappe._dict]:
	"""The tasks about a lead."""
	filters = {"reference_type": "Lead Nurture", "reference_name": lead}
	return frappe.get_all("ToDo", filters, ["*"], order_by="creation", limit=0)


def moment(value: object) -> datetime:
	"""A stored moment."""
	return get_datetime(value)


def forget() -> None:
	"""Remove everything that the tests of programs committed."""
	frappe.db.rollback()
	leads = frappe.get_all("Lead", {"email_id": ["like", "%@lead.example"]}, pluck="name", limit=0)
	leads += frappe.get_all("Lead", {"lead_owner": OWNER}, pluck="name", limit=0)
	for doctype in (RUN, ENROLMENT):
		frappe.db.delete(doctype, {"program": ["like", "Program %"]})
	for doctype in (f"{PROGRAM} Step", f"{PROGRAM} Rule"):
		frappe.db.delete(doctype, {"parent": ["like", "Program %"]})
	frappe.db.delete(PROGRAM, {"name": ["like", "Program %"]})
	for doctype, field in (
		("Nurture Response", "lead"),
		("Lead Move", "lead"),
		("Lead Nurture", "lead"),
		("ToDo", "reference_name"),
		("Email Queue", "reference_name"),
		("Comment", "reference_name"),
		("Lead", "name"),
	):
		if leads:
			frappe.db.delete(doctype, {field: ["in", leads]})
	frappe.db.delete("Email Unsubscribe", {"email": ["like", "%@lead.example"]})
	frappe.db.commit()


class ProgramCase(TestCase):
	"""Programs commit; what they leave is removed after the class."""

	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		forget()
		build()
		frappe.db.commit()
		cls.addClassCleanup(forget)

	def tearDown(self) -> None:
		frappe.set_user("Administrator")
		frappe.db.rollback()
