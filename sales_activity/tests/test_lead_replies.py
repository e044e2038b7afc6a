"""What the app notices by itself: replies, unsubscribes, web forms; and what it does not take for one."""

from __future__ import annotations

from unittest.mock import patch

import frappe
from frappe.utils import add_to_date, now_datetime

from sales_activity.sales_activity.nurture import app_responses, responses, robots
from sales_activity.sales_activity.nurture.scoring import NURTURE, RESPONSE, TYPE
from sales_activity.tests import factories
from sales_activity.tests import response_house as house
from sales_activity.tests.base import TestCase

ADDRESS = "ravi.reply@example.com"


class AppCase(TestCase):
	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		cls.lead = house.lead("Reply Ravi", email_id=ADDRESS)
		cls.other = house.lead("Reply Uma", email_id="uma.reply@example.com")

	def kept(self, lead: str | None = None, **filters: object) -> list:
		filters["lead"] = lead or self.lead
		return frappe.get_all(RESPONSE, filters, ["*"], order_by="name", limit=0)


class TestReplies(AppCase):
	def mail(self, **values: object) -> frappe.model.document.Document:
		"""An e-mail as Frappe makes it of one that came in."""
		defaults = {
			"communication_type": "Communication",
			"communication_medium": "Email",
			"sent_or_received": "Received",
			"sender": f"Ravi <{ADDRESS}>",
			"subject": "Re: Our offer",
			"content": "<p>Tell me more.</p>",
		}
		return factories.make("Communication", **{**defaults, **values})

	def test_from_the_address_of_a_lead(self) -> None:
		mail = self.mail(communication_date=add_to_date(now_datetime(), hours=-2))
		(row,) = self.kept()
		self.assertEqual((row.response_type, row.source, row.title), ("Reply", "E-mail", "Re: Our offer"))
		self.assertEqual((row.reference_doctype, row.reference_name), ("Communication", mail.name))
		self.assertEqual((str(row.responded_on), row.robot), (str(mail.communication_date), 0))
		self.assertEqual(house.engagement(self.lead), 15)
		self.assertEqual(self.kept(self.other), [])

	def test_saved_again_it_is_one(self) -> None:
		self.mail().save()
		self.assertEqual(len(self.kept()), 1)

	def test_an_answer_from_another_address(self) -> None:
		"""To an e-mail that went out from the Lead, or from its Lead Nurture: a colleague of theirs counts too."""
		for doctype in ("Lead", NURTURE):
			self.mail(sender="secretary@example.org", reference_doctype=doctype, reference_name=self.lead)
		self.assertEqual(len(self.kept()), 2)

	def test_the_opportunity_made_from_a_lead(self) -> None:
		deal = factories.make(
			"Opportunity", opportunity_from="Lead", party_name=self.lead, company=house.COMPANY, status="Open"
		)
		self.mail(sender="secretary@example.org", reference_doctype="Opportunity", reference_name=deal.name)
		self.assertEqual(len(self.kept()), 1)

	def test_what_is_none(self) -> None:
		colleague = factories.user("reply.colleague@example.com", "Sales User")
		for values in (
			{"sent_or_received": "Sent"},
			{"communication_medium": "Phone"},
			{"communication_type": "Automated Message"},
			{"sender": colleague, "reference_doctype": "Lead", "reference_name": self.lead},
			{"sender": "stranger@example.org"},
			{"sender": ""},
		):
			with self.subTest(values=values):
				self.mail(**values)
				self.assertEqual(self.kept(), [])

	def test_machines_score_nothing(self) -> None:
		self.mail(subject="Automatic reply: Our offer")
		(row,) = self.kept()
		self.assertEqual((row.robot, house.engagement(self.lead)), (1, 0))

	def test_a_clock_that_is_ahead(self) -> None:
		self.mail(communication_date=add_to_date(now_datetime(), days=3))
		(row,) = self.kept()
		self.assertLessEqual(row.responded_on, now_datetime())
		self.assertEqual(house.engagement(self.lead), 15)

	def test_markup_in_a_subject(self) -> None:
		self.mail(subject="<script>alert(1)</script>" + "x" * 200)
		(row,) = self.kept()
		self.assertNotIn("<", row.title)
		self.assertEqual(len(row.title), 140)

	def test_nobody_wants_replies(self) -> None:
		frappe.db.set_value(TYPE, "Reply", "disabled", 1)
		self.mail()
		self.assertEqual(self.kept(), [])

	def test_another_type_is_chosen(self) -> None:
		frappe.db.set_value(TYPE, "Reply", "recorded_when", "")
		frappe.db.set_value(TYPE, "Comment", "recorded_when", "Reply")
		self.mail()
		self.assertEqual([row.response_type for row in self.kept()], ["Comment"])

	def test_the_mail_is_taken_in_whatever_happens(self) -> None:
		with patch.object(responses, "record_many", side_effect=ValueError("broken")):
			with patch.object(frappe, "log_error") as logged:
				mail = self.mail()
		self.assertTrue(frappe.db.exists("Communication", mail.name))
		logged.assert_called_once()
		self.assertEqual(self.kept(), [])

	def test_a_deadlock_is_not_swallowed(self) -> None:
		with patch.object(responses, "record_many", side_effect=frappe.QueryDeadlockError):
			self.assertRaises(frappe.QueryDeadlockError, self.mail)

	def test_a_lead_without_nurture(self) -> None:
		frappe.db.delete(NURTURE, {"lead": self.lead})
		with patch.object(frappe, "log_error") as logged:
			self.mail()
		logged.assert_not_called()


class TestUnsubscribes(AppCase):
	def test_from_everything_and_from_one(self) -> None:
		factories.make("Email Unsubscribe", email=ADDRESS, global_unsubscribe=1)
		about = {"reference_doctype": "Lead", "reference_name": self.lead}
		factories.make("Email Unsubscribe", email=ADDRESS, **about)
		rows = self.kept(response_type="Unsubscribe")
		self.assertEqual([row.title or "" for row in rows], ["", self.lead])
		self.assertEqual({row.source for row in rows}, {"E-mail"})
		self.assertEqual(self.kept(self.other), [])


class TestWebForms(AppCase):
	def test_a_lead_that_came_by_one(self) -> None:
		with patch.dict(frappe.flags, {"in_web_form": True}):
			lead = factories.make("Lead", first_name="Reply Wahida", company=house.COMPANY)
			lead.save(ignore_permissions=True)
		(row,) = self.kept(lead.name)
		self.assertEqual((row.response_type, row.source), ("Web Form", "Web Form"))
		other = factories.make("Lead", first_name="Reply Not So", company=house.COMPANY)
		self.assertEqual(self.kept(other.name), [])


class TestRobots(TestCase):
	"""Needs no site."""

	def test_automatic_mail(self) -> None:
		for subject, sender in (
			("Automatic reply: Our offer", ADDRESS),
			("Out of Office: back on Monday", ADDRESS),
			("Automatische Antwort: Angebot", ADDRESS),
			("Abwesenheitsnotiz", ADDRESS),
			("Undelivered Mail Returned to Sender", ADDRESS),
			("Anything", "MAILER-DAEMON@mx.example.com"),
			("Anything", "no-reply@example.com"),
			("Anything", "bounces+123@example.com"),
		):
			with self.subTest(subject=subject, sender=sender):
				self.assertTrue(robots.is_automatic_mail(subject, sender))

	def test_people(self) -> None:
		for subject, sender in (
			("Re: Our offer", ADDRESS),
			("Is your office out of reach?", ADDRESS),
			("", ADDRESS),
			("Noreplyable question", "noreen@example.com"),
		):
			with self.subTest(subject=subject, sender=sender):
				self.assertFalse(robots.is_automatic_mail(subject, sender))

	def test_no_responses(self) -> None:
		app_responses.record("Reply", [])
