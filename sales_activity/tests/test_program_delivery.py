"""What becomes of a program's e-mails in Frappe's queue and on the Lead's timeline; how mail programs unsubscribe."""

from __future__ import annotations

import email
import email.policy
import json
from datetime import timedelta
from unittest.mock import patch

import frappe
from frappe.utils import now_datetime

from sales_activity.sales_activity.nurture import (
	personal_data,
	program_delivery,
	program_links,
	program_responses,
)
from sales_activity.sales_activity.nurture.program_links import UNSUBSCRIBE, BadLinkError, Link
from sales_activity.tests import factories
from sales_activity.tests import program_house as house

QUEUE, COMMUNICATION, RECIPIENT = "Email Queue", "Communication", "Email Queue Recipient"
TRACEBACK = (
	'Traceback (most recent call last):\n  File "email_queue.py", line 1, in send\n'
	"smtplib.SMTPRecipientsRefused: {'meena@lead.example': (550, b'No such user')}\n"
)


class DeliveryCase(house.ProgramCase):
	def setUp(self) -> None:
		self.lead = house.lead()
		[self.run] = house.enrolled(house.program(house.mail()), self.lead)
		house.sweep()
		[self.step], [self.mail] = house.log(self.run), house.mails_to(self.lead)
		self.address = frappe.db.get_value("Lead", self.lead, "email_id")

	def outcome(self) -> tuple[str, str | None]:
		[step] = house.log(self.run)
		return step.outcome, step.why

	def queued(self, **values: object) -> None:
		frappe.db.set_value(QUEUE, self.mail.name, values, update_modified=False)


class TestQueue(DeliveryCase):
	def test_what_was_given_up_and_sent_after_all(self) -> None:
		program_delivery.follow_queue()
		self.assertEqual(self.outcome(), ("Sent", None))
		self.queued(status="Error", error=TRACEBACK)
		self.assertEqual(program_delivery.follow_queue(), 1)
		self.assertEqual(self.outcome(), ("Not Delivered", TRACEBACK.splitlines()[-1]))
		self.assertEqual(program_delivery.follow_queue(), 0)
		self.queued(status="Sent")
		program_delivery.follow_queue()
		self.assertEqual(self.outcome(), ("Sent", None))

	def test_a_worker_that_died(self) -> None:
		self.queued(status="Sending", modified=now_datetime() - timedelta(minutes=50))
		self.assertEqual(program_delivery.follow_queue(), 0)
		self.queued(modified=now_datetime() - timedelta(minutes=61))
		self.assertEqual(program_delivery.follow_queue(), 1)
		outcome, why = self.outcome()
		self.assertEqual(outcome, "Not Delivered")
		self.assertIn("may have arrived", why)

	def test_why_it_failed(self) -> None:
		only_frames = '  File "email_queue.py", line 1, in send\n    self.connect()\n'
		for error, why in (
			(TRACEBACK, TRACEBACK.splitlines()[-1]),
			("The lead has unsubscribed.", "The lead has unsubscribed."),
			(only_frames, "Frappe could not send it. The Email Queue says why."),
			(None, "Frappe could not send it. The Email Queue says why."),
			(
				"smtplib.SMTPServerDisconnected: " + "x" * 900,
				("smtplib.SMTPServerDisconnected: " + "x" * 900)[:500],
			),
		):
			with self.subTest(error=error):
				self.assertEqual(program_delivery.why_of(error), why)


class TestTimeline(DeliveryCase):
	def test_the_lead_has_the_e_mail_without_its_signed_links(self) -> None:
		kept = frappe.get_doc(COMMUNICATION, self.mail.communication)
		self.assertEqual((kept.reference_doctype, kept.reference_name), ("Lead", self.lead))
		self.assertEqual((kept.communication_type, kept.sent_or_received), ("Automated Message", "Sent"))
		self.assertEqual((kept.message_id, kept.recipients), (self.step.message_id, self.address))
		self.assertIn("example.com/a?x=1", kept.content)
		self.assertNotIn("program_links", kept.content)
		self.assertFalse(frappe.db.exists("Nurture Response", {"lead": self.lead}))


class TestOneClick(DeliveryCase):
	def header(self) -> str:
		"""As Frappe's sending writes it: parsed and put together again."""
		parsed = email.message_from_string(self.mail.message, policy=email.policy.SMTP)
		raw = email.message_from_string(parsed.as_string())
		self.assertEqual(raw["List-Unsubscribe-Post"].strip(), "List-Unsubscribe=One-Click")
		return raw["List-Unsubscribe"]

	def test_what_the_header_says(self) -> None:
		url = program_links.one_click_url(self.step.name)
		self.assertEqual(self.header().strip(), f"<{url}>")
		path = url.split("/", 3)[3]
		self.assertEqual(program_links.read_one_click(f"/{path}"), Link(UNSUBSCRIBE, self.step.name, 0))
		for wrong in (
			*(path[:-1] + ("A" if path[-1] != "A" else "B"), path.replace("u/", "v/"), "u/", "u", ""),
			*(f"u/{'x' * 32}", "u/\u00e4\u00f6\u00fc" + path[5:], f"u/{path[3:]}"),
		):
			with self.subTest(path=wrong), self.assertRaises(BadLinkError):
				program_links.read_one_click(wrong)

	def test_a_long_host_is_broken_not_spoilt(self) -> None:
		host = "https://a-rather-long-name.of-a-company.with-many.sub-domains.example.com"
		with patch.object(program_links, "get_url", lambda path: host + path):
			url = program_links.one_click_url(self.step.name)
			self.mail.message = program_links.headers(self.step.name) + "Subject: News\n\nText\n"
		self.assertEqual("".join(self.header().split()), f"<{url}>")


class TestPersonalData(DeliveryCase):
	def setUp(self) -> None:
		super().setUp()
		self.answer = factories.make(
			COMMUNICATION,
			communication_type="Communication",
			communication_medium="Email",
			sent_or_received="Received",
			sender="secretary@example.org",
			subject="Re: News",
			content="Meena is ill.",
			reference_doctype="Lead",
			reference_name=self.lead,
			in_reply_to=self.mail.communication,
		).name

	def check_queue(self) -> None:
		found = frappe.db.get_value(QUEUE, self.mail.name, ["status", "message"], as_dict=True)
		self.assertEqual((found.status, found.message), ("Error", personal_data.REDACTED))
		self.assertFalse(frappe.db.exists(RECIPIENT, {"recipient": self.address}))

	def test_made_anonymous(self) -> None:
		personal_data.anonymise([self.lead])
		self.check_queue()
		for name in (self.mail.communication, self.answer):
			kept = frappe.db.get_value(COMMUNICATION, name, ["subject", "content", "recipients"])
			self.assertEqual(set(kept), {personal_data.REDACTED})

	def test_nothing_names_the_address(self) -> None:
		"""Neither why it failed nor what came back with it, nor what was attached, nor who answered for the lead."""
		file = self.attached()
		self.queued(status="Error", error=TRACEBACK.replace("meena@lead.example", self.address))
		program_delivery.follow_queue()
		frappe.db.set_value(
			house.RUN, self.step.name, "links", f'["https://example.com/?who={self.address}"]'
		)
		frappe.db.set_value(house.ENROLMENT, self.run, "problem", f"No route to {self.address}")
		personal_data.anonymise([self.lead])
		kept = [*house.log(self.run), house.run(self.run), *house.mails_to(self.lead)]
		kept.append(frappe.db.get_value(COMMUNICATION, self.answer, "*", as_dict=True))
		for secret in (self.address, "secretary@example.org"):
			self.assertNotIn(secret, json.dumps(kept, default=str))
		self.assertFalse(frappe.db.exists("File", file))
		with self.assertRaises(program_responses.UnknownLinkError):
			program_responses.address_of(Link(program_links.CLICK, self.step.name, 0))

	def attached(self) -> str:
		values = {"attached_to_doctype": COMMUNICATION, "attached_to_name": self.answer, "is_private": 1}
		return factories.make("File", file_name=f"{self.answer}.txt", content=self.answer, **values).name

	def test_deleted(self) -> None:
		file = self.attached()
		frappe.delete_doc("Lead", self.lead)
		self.assertFalse(frappe.db.exists("File", file))
		self.check_queue()
		for name in (self.mail.communication, self.answer):
			self.assertFalse(frappe.db.exists(COMMUNICATION, name))

	def test_another_lead_s_e_mails_stay(self) -> None:
		other = house.lead("Uma")
		house.enrolled(house.program(house.mail()), other)
		house.sweep()
		before = house.mails_to(other)
		personal_data.anonymise([self.lead])
		self.assertEqual(house.mails_to(other), before)
