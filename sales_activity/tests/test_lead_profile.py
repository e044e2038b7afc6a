"""What a lead did reaches the salesperson who gets it: in the e-mail of the hand-over, and on what accepting it opens."""

from __future__ import annotations

import email
import email.policy

import frappe

from sales_activity.sales_activity.nurture import personal_data, profile
from sales_activity.tests import lead_house
from sales_activity.tests import response_house as house
from sales_activity.tests.response_house import CLICK, COMPLAINT, FAIR, VISIT
from sales_activity.tests.test_lead_nurture import LeadCase


class ProfileCase(LeadCase):
	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		house.types()

	def setUp(self) -> None:
		super().setUp()
		self.lead = lead_house.lead("Profile Meena")

	def about(self) -> list[str]:
		return [about for _what, about in profile.lines(self.lead)]


class TestProfile(ProfileCase):
	def test_nothing_done(self) -> None:
		self.assertEqual(profile.lines(self.lead), [])

	def test_the_strongest_and_the_latest(self) -> None:
		for number in range(7):
			house.record(self.lead, FAIR, 100 + number, title=f"Fair {number}")
			house.record(self.lead, CLICK, 1 + number, title=f"Click {number}")
		expected = [f"Click {number}" for number in range(5)] + [f"Fair {number}" for number in range(5)]
		self.assertEqual(self.about(), expected)

	def test_both_at_once_is_said_once(self) -> None:
		for number in range(3):
			house.record(self.lead, FAIR, number, title=f"Fair {number}")
		self.assertEqual(self.about(), ["Fair 0", "Fair 1", "Fair 2"])

	def test_machines_are_left_out(self) -> None:
		house.record(self.lead, CLICK, title="A scanner", robot=True)
		house.record(self.lead, COMPLAINT, title="Too loud")
		self.assertEqual(self.about(), ["Too loud"])

	def test_what_it_says(self) -> None:
		day = house.midday()
		house.record(self.lead, FAIR, 0, title="Booth", details="Asked for\na price")
		house.record(self.lead, VISIT, 1, url="https://example.com/page")
		house.record(self.lead, CLICK, 2, details="x" * 2000)
		[(what, about), (_visit, page), (_click, long)] = profile.lines(self.lead)
		self.assertEqual(what, f"{FAIR}, {frappe.utils.format_date(day)}")
		self.assertEqual((about, page), ("Booth: Asked for a price", "https://example.com/page"))
		self.assertEqual(len(long), profile.LONGEST)

	def test_one_statement(self) -> None:
		house.record(self.lead)
		self.assertEqual(self.queries(profile.lines, self.lead), 1)


class TestHandOver(ProfileCase):
	def test_e_mail_and_comments(self) -> None:
		house.record(self.lead, FAIR, title="Pumps & <more>")
		house.record(self.lead, CLICK, title="Scanner", robot=True)
		lead_house.with_sales(self.lead)
		filters = {"reference_doctype": "Lead Nurture", "reference_name": self.lead}
		[message] = frappe.get_all("Email Queue", filters, pluck="message", limit=0)
		sent = email.message_from_string(message, policy=email.policy.default)
		body = sent.get_body(("html",)).get_content()
		for text in ("Decides", FAIR, "Pumps &amp; \u2039more\u203a"):
			self.assertIn(text, body)
		self.assertNotIn("Scanner", body)
		doc = lead_house.act(self.lead, "Converted", lead_house.SAM_USER)
		doc.reload()
		for doctype, name in (("Opportunity", doc.opportunity), ("Sales Project", doc.sales_project)):
			filters = {"reference_doctype": doctype, "reference_name": name, "comment_type": "Comment"}
			[text] = frappe.get_all("Comment", filters, pluck="content", limit=0)
			for part in ("Decides", FAIR, "Pumps &amp; \u2039more\u203a", "(25 points)"):
				self.assertIn(part, text, doctype)
			self.assertNotIn("Scanner", text)
		self.check_forgotten(doc)

	def check_forgotten(self, doc: frappe.model.document.Document) -> None:
		"""When the lead's data are to go, what others say there stays."""
		own = {"doctype": "Comment", "comment_type": "Comment", "content": "Our word"}
		about = {"reference_doctype": "Opportunity", "reference_name": doc.opportunity}
		frappe.get_doc({**own, **about}).insert()
		personal_data.anonymise([self.lead])
		for doctype, name in (("Opportunity", doc.opportunity), ("Sales Project", doc.sales_project)):
			filters = {"reference_doctype": doctype, "reference_name": name, "comment_type": "Comment"}
			texts = frappe.get_all("Comment", filters, pluck="content", order_by="creation", limit=0)
			expected = ["[REDACTED]", "Our word"] if doctype == "Opportunity" else ["[REDACTED]"]
			self.assertEqual(texts, expected)
			repeated = frappe.parse_json(frappe.db.get_value(doctype, name, "_comments"))
			self.assertEqual([comment["comment"] for comment in repeated], expected)
