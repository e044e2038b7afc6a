"""A company with people who hand milestones over, for the tests of hand-offs, their delivery and reminders.

Delivery and reminders commit, so everything here is committed and removed after the class.
"""

from __future__ import annotations

import email
import email.policy
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date

import frappe
from frappe.utils import now, nowdate

from sales_activity.tests import factories
from sales_activity.tests.base import TestCase

COMPANY = "Hand-off Works"
CUSTOMER = "Hand-off Customer"
HOLIDAYS = "Hand-off Holidays"
PROCESS = "Hand-off Process"
ROLE = "Sales Person"

# the tree: who is above whom; those without a user get nothing themselves
HEAD, MEERA, ASHA, BERND, SILENT = "HO Head", "HO Meera", "HO Asha", "HO Bernd", "HO Silent"
ALONE = "HO Alone"
ABOVE = {HEAD: None, MEERA: HEAD, ASHA: MEERA, BERND: MEERA, SILENT: MEERA, ALONE: None}
# person > (e-mail, language, time zone)
USERS = {
	MEERA: ("meera.ho@example.com", "en", "Asia/Kolkata"),
	ASHA: ("asha.ho@example.com", "en", "Asia/Kolkata"),
	BERND: ("bernd.ho@example.com", "de", "America/New_York"),
}
OPERATIONS = "operations.ho@example.com"


def user_of(person: str) -> str:
	"""The user of one of the people above."""
	return USERS[person][0]


def build() -> None:
	"""The company, its people and a process; once, and stays."""
	factories.company(COMPANY, "HOW", "EUR")
	factories.customer(CUSTOMER)
	for person, above in ABOVE.items():
		is_above = person in ABOVE.values()
		factories.sales_person(
			person, above, is_group=is_above, of_company=COMPANY, of_user=_make_user(person)
		)
	factories.user(OPERATIONS, "Sales Operations")
	if not frappe.db.exists("Sales Process", PROCESS):
		doc = frappe.get_doc({"doctype": "Sales Process", "process_name": PROCESS, "escalate_after_days": 2})
		row = {"milestone": "Visit", "step": 1, "sales_role": ROLE, "expected_days": 1, "outcome": "Visited"}
		doc.append("milestones", row)
		doc.insert()
	frappe.db.commit()


def _make_user(person: str) -> str | None:
	if person not in USERS:
		return None
	address, language, time_zone = USERS[person]
	factories.user(address, "Sales User", first_name=person.split()[1], last_name="Ho")
	frappe.db.set_value("User", address, {"language": language, "time_zone": time_zone, "enabled": 1})
	return address


def holiday_list(days: Sequence[date | str] = (), company: str = COMPANY) -> str:
	"""Make these days the company's holidays."""
	if frappe.db.exists("Holiday List", HOLIDAYS):
		doc = frappe.get_doc("Holiday List", HOLIDAYS)
	else:
		doc = frappe.get_doc({"doctype": "Holiday List", "holiday_list_name": HOLIDAYS})
	doc.update({"from_date": "2020-01-01", "to_date": "2035-12-31"})
	doc.set("holidays", [{"holiday_date": day, "description": "Off"} for day in sorted(map(str, days))])
	doc.save()
	company_doc = frappe.get_doc("Company", company)
	company_doc.db_set("default_holiday_list", HOLIDAYS)
	frappe.clear_document_cache("Company", company)
	return HOLIDAYS


def project(**values: object) -> str:
	"""A project of the company, without a process."""
	team = [(ASHA, ROLE), (BERND, "Design Consultant")]
	return factories.sales_project(
		CUSTOMER, team, company=COMPANY, **{"title": "Plant <b>7</b> & more", **values}
	).name


def milestone(of_project: str, turn_of: str = BERND, **values: object) -> frappe._dict:
	"""A milestone as it stands in the database when it is somebody's turn; past the controller, whose moves have
	tests of their own."""
	number = frappe.db.count("Sales Milestone", {"sales_project": of_project}) + 1
	fields = {
		"name": f"{of_project}-{number:02}",
		"milestone": f"Visit {number}",
		"sales_project": of_project,
		"project_title": frappe.db.get_value("Sales Project", of_project, "title"),
		"company": COMPANY,
		"status": "Ready",
		"workflow_state": "Ready",
		"step": number,
		"position": number,
		"responsible": turn_of,
		"turn_of": turn_of,
		"sender": ASHA,
		"sales_role": ROLE,
		"sales_process": PROCESS,
		"due_date": nowdate(),
		"outcome": "A signed <script>list</script>",
		"find_out": "Who decides?\nWho pays?",
		"tell": "What it costs",
		"opened_on": now(),
		"state_since": now(),
	}
	doc = frappe.get_doc({"doctype": "Sales Milestone", **fields, **values})
	doc.set("__newname", doc.name)
	doc.db_insert()
	return stands(doc.name)


def stands(name: str) -> frappe._dict:
	"""The milestone as it is in the database."""
	return frappe.db.get_value("Sales Milestone", name, "*", as_dict=True)


def moved(name: str, status: str, **values: object) -> frappe._dict:
	"""Set a milestone's state in the database; returns it."""
	values = {"status": status, "workflow_state": status, **values}
	frappe.db.set_value("Sales Milestone", name, values, update_modified=False)
	return stands(name)


def answer(milestone_name: str, by: str, at: str, **values: object) -> None:
	"""An answer that a milestone brought, achieved by a user at a moment (the site's time)."""
	fields = {"fieldname": "fact", "label": "Fact", "fieldtype": "Data", **values}
	row = frappe.get_doc(
		{
			"doctype": "Milestone Answer",
			"parent": milestone_name,
			"parenttype": "Sales Milestone",
			"parentfield": "answers",
			"idx": 1,
			**fields,
		}
	)
	row.db_insert()
	moved(milestone_name, "Achieved", achieved_user=by, achieved_on=at)


def rows(milestone_name: str, **filters: object) -> list[frappe._dict]:
	"""The hand-offs of a milestone, oldest first."""
	return frappe.get_all(
		"Milestone Hand-off",
		filters={"sales_milestone": milestone_name, **filters},
		fields=["*"],
		order_by="sent_on, name",
		limit=0,
	)


def row(name: str) -> frappe._dict:
	"""One hand-off."""
	return frappe.db.get_value("Milestone Hand-off", name, "*", as_dict=True)


class Made(dict):
	"""What a delivery made for a milestone: lists of ``todos``, ``notifications``, ``emails``."""

	@classmethod
	def of(cls, milestone_name: str) -> Made:
		"""Read it from the database."""
		todo = {"reference_type": "Sales Milestone", "reference_name": milestone_name}
		log = {"document_type": "Sales Milestone", "document_name": milestone_name}
		queued = {"reference_doctype": "Sales Milestone", "reference_name": milestone_name}
		return cls(
			todos=frappe.get_all("ToDo", todo, ["*"], order_by="creation", limit=0),
			notifications=frappe.get_all("Notification Log", log, ["*"], order_by="creation", limit=0),
			emails=[
				Email(found) for found in frappe.get_all("Email Queue", queued, ["*"], order_by="creation")
			],
		)

	@property
	def counts(self) -> tuple[int, int, int]:
		"""How many ToDos, notifications and e-mails."""
		return len(self["todos"]), len(self["notifications"]), len(self["emails"])


class Email:
	"""A row of the Email Queue, taken apart."""

	def __init__(self, found: frappe._dict) -> None:
		self.queued = found
		self.mail = email.message_from_string(found.message, policy=email.policy.default)
		self.subject = self.mail["Subject"]
		self.reply_to = self.mail["Reply-To"]
		self.to = frappe.get_all("Email Queue Recipient", {"parent": found.name}, pluck="recipient")
		self.html, self.text = (
			self.mail.get_body((kind,)).get_content().replace("\r\n", "\n") for kind in ("html", "plain")
		)


@contextmanager
def no_email_account() -> Iterator[None]:
	"""As on a site whose admin has set up no outgoing e-mail: nothing is muted, nothing is configured."""
	accounts = frappe.get_all("Email Account", {"enable_outgoing": 1}, pluck="name")
	keys = ("mute_emails", "mail_server")
	before = {key: frappe.conf.get(key) for key in keys}
	flag = frappe.flags.mute_emails
	for name in accounts:
		frappe.db.set_value("Email Account", name, "enable_outgoing", 0)
	frappe.conf.update(dict.fromkeys(keys))
	frappe.flags.mute_emails = False
	frappe.local.outgoing_email_account = {}
	try:
		yield
	finally:
		frappe.conf.update(before)
		frappe.flags.mute_emails = flag
		frappe.local.outgoing_email_account = {}
		for name in accounts:
			frappe.db.set_value("Email Account", name, "enable_outgoing", 1)
		frappe.db.commit()


@contextmanager
def real_email_account() -> Iterator[None]:
	"""As on a site that sends e-mail: not muted, a default outgoing account."""
	name = "Hand-off Mail"
	values = {"email_id": "sales@example.com", "enable_outgoing": 1, "default_outgoing": 1}
	with no_email_account():
		frappe.get_doc({"doctype": "Email Account", "name": name, **values}).db_insert()
		try:
			yield
		finally:
			frappe.db.delete("Email Account", {"name": name})


class HandOffCase(TestCase):
	"""Tests that commit; what they made is deleted after each."""

	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		build()

	def setUp(self) -> None:
		super().setUp()
		remove()
		holiday_list()
		frappe.db.commit()
		self.addCleanup(remove)

	def tearDown(self) -> None:
		"""There may be no savepoint any more to go back to."""
		frappe.set_user("Administrator")
		frappe.db.rollback()


def remove() -> None:
	"""Delete the projects of the company and all that hangs on them; people and masters stay."""
	frappe.set_user("Administrator")
	frappe.db.rollback()
	milestones = frappe.get_all("Sales Milestone", {"company": COMPANY}, pluck="name", limit=0) or [""]
	factories.remove_mails(milestones)
	frappe.db.delete("ToDo", {"reference_type": "Sales Milestone", "reference_name": ("in", milestones)})
	frappe.db.delete(
		"Comment", {"reference_doctype": "Sales Milestone", "reference_name": ("in", milestones)}
	)
	frappe.db.delete("Notification Log", {"document_name": ("in", milestones)})
	frappe.db.delete("Milestone Answer", {"parent": ("in", milestones)})
	for doctype in ("Milestone Hand-off", "Milestone Move", "Sales Milestone"):
		frappe.db.delete(doctype, {"company": COMPANY})
	projects = frappe.get_all("Sales Project", {"company": COMPANY}, pluck="name", limit=0) or [""]
	frappe.db.delete("Sales Project Member", {"parent": ("in", projects)})
	frappe.db.delete("Sales Project", {"name": ("in", projects)})
	for person in USERS:
		frappe.db.set_value("User", user_of(person), "enabled", 1)
	frappe.db.commit()
