"""Personal data of a lead that is to go: nothing that tells whose it was stays, and what others have stays as it is."""

from __future__ import annotations

import json
from unittest.mock import patch

import frappe
from frappe.website.doctype.personal_data_deletion_request.personal_data_deletion_request import (
	PersonalDataDeletionRequest,
)

from sales_activity.sales_activity.nurture import personal_data
from sales_activity.sales_activity.nurture.scoring import NURTURE, RESPONSE
from sales_activity.tests import factories, lead_house
from sales_activity.tests import response_house as house
from sales_activity.tests.base import TestCase
from sales_activity.tests.response_house import CLICK, FAIR

ADDRESS = "pia.private@example.com"
SECRETS = ("Pia", "Private", ADDRESS, "villa", "7777", "shy")
KEPT_HERE = (
	*(NURTURE, RESPONSE, "Lead Answer", "Lead Move", "Version", "ToDo", "Notification Log", "Comment"),
	*("Communication", "Email Queue"),
)


class PrivateCase(TestCase):
	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		lead_house.build()
		house.types()
		criteria = [*lead_house.rows(), lead_house.question("Remarks", "Text", 0)]
		lead_house.definition(criteria)
		values = {"last_name": "Private", "mobile_no": "7777777777", "email_id": ADDRESS}
		cls.lead = lead_house.lead("Pia", **values)
		cls.other = lead_house.lead("Otto Open", email_id="otto.open@example.com")

	def setUp(self) -> None:
		super().setUp()
		for lead in (self.lead, self.other):
			lead_house.act(
				lead, "Qualifying", answers={"decides": "Yes", "remarks": "Lives in a villa, like Pia"}
			)
			lead_house.act(lead, "Disqualified", reason="Pia is too shy")
			for number, kind in enumerate((CLICK, FAIR)):
				house.record(
					lead,
					kind,
					title="Pia asked",
					details="From the villa",
					url="https://example.com/?who=pia.private@example.com",
					key=f"{number} {lead} {ADDRESS}",
				)

			self.say_and_assign(lead)

	def say_and_assign(self, lead: str) -> None:
		"""A colleague's words on the lead's own record, and a task: Frappe writes what it is about into a comment."""
		about = {"reference_doctype": NURTURE, "reference_name": lead}
		factories.make("Comment", comment_type="Comment", content="Pia called from her villa", **about)
		sender = frappe.db.get_value(
			"Lead", lead, "email_id"
		)  # Frappe itself goes after its address, wherever it is
		mail = {"communication_medium": "Email", "sent_or_received": "Received", "sender": sender}
		factories.make("Communication", subject="From Pia", content="The villa", **mail, **about)
		task = {"reference_type": NURTURE, "reference_name": lead, "description": "Call Pia"}
		factories.make("ToDo", allocated_to=lead_house.QUALIFIER, **task)

	def contents(self, lead: str) -> str:
		"""Everything that our records hold of a lead, and Frappe's about them."""
		found = []
		for doctype in KEPT_HERE:
			for field in ("lead", "lead_nurture", "parent", "docname", "reference_name", "document_name"):
				if field in frappe.db.get_table_columns(doctype):
					found += frappe.get_all(doctype, {field: lead}, ["*"], limit=0)
		return json.dumps(found, default=str)


class TestRequest(PrivateCase):
	def test_a_deletion_request(self) -> None:
		factories.user(ADDRESS, first_name="Pia", last_name="Private")
		before, score = self.contents(self.other), house.engagement(self.lead)
		for secret in SECRETS[:2] + SECRETS[3:4]:
			self.assertIn(secret, self.contents(self.lead))
		request = frappe.get_doc(
			{"doctype": "Personal Data Deletion Request", "email": ADDRESS, "status": "Pending Approval"}
		)
		with (
			patch.object(PersonalDataDeletionRequest, "send_verification_mail"),
			patch.object(PersonalDataDeletionRequest, "notify_user_after_deletion"),
			patch.object(frappe, "in_test", True, create=True),  # 16 asks for it
		):
			request.insert(ignore_permissions=True)
			request.status = "Pending Approval"
			request.save(ignore_permissions=True)
			request.trigger_data_deletion()
		self.assertEqual(frappe.db.get_value(request.doctype, request.name, "status"), "Deleted")
		lead = json.dumps(frappe.get_all("Lead", {"name": self.lead}, ["*"]), default=str)
		for secret in SECRETS:
			self.assertNotIn(secret, lead)
			self.assertNotIn(secret, self.contents(self.lead))
		self.assertEqual(self.contents(self.other), before)
		self.check_what_stays(score)

	def check_what_stays(self, score: object) -> None:
		rows = frappe.get_all(RESPONSE, {"lead": self.lead}, ["response_type", "key_digest"], order_by="name")
		self.assertEqual(sorted(row.response_type for row in rows), sorted([CLICK, FAIR, "Reply"]))
		self.assertTrue(all(row.key_digest for row in rows))
		self.assertEqual(house.engagement(self.lead), score)
		with self.assertRaises(frappe.ValidationError):
			house.record(self.lead, CLICK, title="Pia asked", key=f"0 {self.lead} {ADDRESS}")

	def test_requests_that_are_not_carried_out(self) -> None:
		before = self.contents(self.lead)
		for status in ("Pending Verification", "Pending Approval", "On Hold"):
			personal_data.follow(frappe._dict(status=status, email=ADDRESS, name="deleted-user@example.com"))
		personal_data.follow(frappe._dict(status="Deleted", email="nobody@example.com", name="x@example.com"))
		self.assertEqual(self.contents(self.lead), before)


class TestOthers(PrivateCase):
	def test_what_has_nothing_to_do_with_the_lead_stays(self) -> None:
		"""A call that somebody noted, about nothing and about the other lead: neither has a Message-Id."""
		names = [self.note(), self.note(reference_doctype="Lead", reference_name=self.other)]
		own = self.note(reference_doctype="Lead", reference_name=self.lead)
		personal_data.anonymise([self.lead])
		frappe.delete_doc("Lead", self.lead)
		for name in (*names, own):
			self.assertEqual(frappe.db.get_value("Communication", name, "subject"), "A call")

	def note(self, **about: str) -> str:
		values = {"communication_medium": "Phone", "subject": "A call", "content": "Nothing"}
		return factories.make("Communication", sender="", **values, **about).name


class TestDeletion(PrivateCase):
	def test_with_its_lead(self) -> None:
		before = self.contents(self.other)
		frappe.delete_doc("Lead", self.lead)
		for doctype in (NURTURE, RESPONSE, "Lead Move"):
			self.assertEqual(frappe.db.count(doctype, {"lead": self.lead}), 0, doctype)
		self.assertEqual(frappe.db.count("Lead Answer", {"parent": self.lead}), 0)
		self.assertFalse(frappe.db.exists("Deleted Document", {"deleted_doctype": NURTURE}))
		self.assertEqual(self.contents(self.other), before)
