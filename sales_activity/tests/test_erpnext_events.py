"""What ERPNext knows that a lead did: calls, appointments, events; each is one response, whatever is saved later. And
answers by Web Forms."""

from __future__ import annotations

import json
from unittest.mock import patch

import frappe
from frappe.model.document import Document
from frappe.utils import add_to_date, get_datetime, now_datetime
from frappe.website.doctype.web_form.web_form import accept

from sales_activity.patches import events_as_responses
from sales_activity.sales_activity.nurture import app_responses, erpnext_events
from sales_activity.sales_activity.nurture.scoring import RESPONSE, TYPE
from sales_activity.tests import factories
from sales_activity.tests import response_house as house
from sales_activity.tests.base import TestCase

ADDRESS, NUMBER = "asha.event@example.com", "9198765003"


class EventCase(TestCase):
	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		cls.lead = house.lead("Event Asha", email_id=ADDRESS, mobile_no=f"+{NUMBER}")
		cls.other = house.lead("Event Bela", email_id="bela.event@example.com")

	def kept(self, lead: str | None = None, **filters: object) -> list:
		filters["lead"] = lead or self.lead
		return frappe.get_all(RESPONSE, filters, ["*"], order_by="name", limit=0)

	def kinds(self, lead: str | None = None) -> list[str]:
		return sorted(row.response_type for row in self.kept(lead))

	def contact(self) -> str:
		"""Somebody else at the lead's company."""
		links = [{"link_doctype": "Lead", "link_name": self.lead}]
		return factories.make("Contact", first_name="Event Secretary", links=links).name


class TestCalls(EventCase):
	def call(self, **values: object) -> Document:
		defaults = {"id": frappe.generate_hash(length=8), "type": "Incoming", "status": "Ringing"}
		return factories.make("Call Log", **{**defaults, "from": f"0{NUMBER}", "to": "4000", **values})

	def test_once_when_it_has_ended(self) -> None:
		start = add_to_date(now_datetime(), hours=-1).replace(microsecond=0)
		call = self.call(start_time=start)
		call.status = "In Progress"
		call.save()
		self.assertEqual(self.kept(), [])
		call.update({"status": "Completed", "summary": "Wants <b>two</b> pumps"})
		call.save()
		call.summary = "Wants three"
		call.save()
		[row] = self.kept()
		self.assertEqual((row.response_type, row.source, row.title), ("Call", "ERPNext", "Incoming call"))
		self.assertEqual((row.reference_name, row.responded_on), (call.name, start))
		self.assertEqual(row.details, "Wants \u2039b\u203atwo\u2039/b\u203a pumps")
		self.assertEqual(house.engagement(self.lead), 10)
		self.assertEqual(self.kept(self.other), [])

	def test_which_count(self) -> None:
		for values, counts in (
			({"status": "Completed"}, True),
			({"status": "No Answer"}, True),
			({"status": "Busy"}, True),
			({"status": "Queued"}, False),
			({"status": "Completed", "type": "Outgoing", "from": "4000", "to": NUMBER}, True),
			({"status": "No Answer", "type": "Outgoing", "from": "4000", "to": NUMBER}, False),
			({"status": "Completed", "from": "123"}, False),
		):
			with self.subTest(values=values):
				before = len(self.kept())
				self.call(**values)
				self.assertEqual(len(self.kept()) - before, int(counts))

	def test_linked_later(self) -> None:
		call = self.call(**{"from": "777", "status": "Completed"})
		self.assertEqual(self.kept(), [])
		call.append("links", {"link_doctype": "Contact", "link_name": self.contact()})
		call.append("links", {"link_doctype": "Lead", "link_name": self.other})
		call.save()
		call.save()
		self.assertEqual((self.kinds(), self.kinds(self.other)), (["Call"], ["Call"]))

	def test_what_goes_wrong_keeps_no_call_from_being_saved(self) -> None:
		with patch.object(app_responses.responses, "record_many", side_effect=ValueError("broken")):
			call = self.call(status="Completed")
		self.assertTrue(frappe.db.exists("Call Log", call.name))
		self.assertEqual(self.kept(), [])
		self.assertTrue(frappe.db.exists("Error Log", {"method": ("like", "%could not be recorded%")}))

	def test_no_type_none_recorded(self) -> None:
		frappe.db.set_value(TYPE, "Call", "disabled", 1)
		self.call(status="Completed")
		self.assertEqual(self.kept(), [])


class TestAppointments(EventCase):
	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		settings = frappe.get_meta("Appointment Booking Settings") if cls.is_whole_erpnext() else None
		if settings:  # 0 agents: as many in a slot as come
			frappe.db.set_single_value("Appointment Booking Settings", "number_of_agents", 0)

	@staticmethod
	def is_whole_erpnext() -> bool:
		return bool(frappe.db.exists("DocType", "Appointment Booking Settings"))

	def book(self, **values: object) -> Document:
		defaults = {"customer_name": "Asha", "customer_email": ADDRESS, "status": "Open"}
		when = add_to_date(now_datetime(), days=3)
		return factories.make("Appointment", **{**defaults, "scheduled_time": when, **values})

	def test_booked_and_held(self) -> None:
		booked = self.book(customer_details="About pumps")
		[row] = self.kept()
		self.assertEqual((row.response_type, row.source), ("Appointment", "ERPNext"))
		self.assertEqual((row.reference_name, row.details), (booked.name, "About pumps"))
		self.assertLessEqual(row.responded_on, now_datetime())
		self.assertEqual(house.engagement(self.lead), 30)
		booked.reload()
		booked.status = "Closed"
		booked.save()
		self.assertEqual(self.kinds(), ["Appointment"])
		event = frappe.get_doc("Event", booked.calendar_event)
		event.status = "Closed"
		event.save()
		self.assertEqual(self.kinds(), ["Appointment", "Event Attended"])

	def test_who_is_not_confirmed_has_not_booked(self) -> None:
		address = "new.event@example.com"
		with patch("frappe.sendmail"):
			booked = self.book(customer_email=address, customer_name="Event New")
		self.assertEqual(frappe.db.count(RESPONSE, {"reference_name": booked.name}), 0)
		frappe.flags.company = house.COMPANY
		with patch.object(frappe.db, "commit"):
			booked.set_verified(address)
		lead = frappe.db.get_value("Lead", {"email_id": address})
		self.assertEqual(booked.party, lead)
		if frappe.db.exists("Lead Nurture", lead):
			self.assertEqual(self.kinds(lead), ["Appointment"])


class TestEvents(EventCase):
	def event(self, *leads: str, **values: object) -> Document:
		rows = [{"reference_doctype": "Lead", "reference_docname": lead} for lead in leads or (self.lead,)]
		defaults = {"subject": "Fair in Pune", "event_type": "Public", "status": "Open"}
		start = add_to_date(now_datetime(), days=-2).replace(microsecond=0)
		return factories.make(
			"Event", **{**defaults, "starts_on": start, "event_participants": rows, **values}
		)

	def test_when_it_is_over_once_for_each(self) -> None:
		event = self.event(self.lead, self.other)
		self.assertEqual(self.kept(), [])
		event.status = "Closed"
		event.save()
		event.subject = "Fair in Goa"
		event.save()
		for lead in (self.lead, self.other):
			[row] = self.kept(lead)
			self.assertEqual((row.response_type, row.title), ("Event Attended", "Fair in Pune"))
			self.assertEqual(get_datetime(row.responded_on), get_datetime(event.starts_on))

	def test_what_kind(self) -> None:
		for category, expected in (
			("Meeting", ["Event Attended"]),
			("Call", ["Call", "Event Attended"]),
			("Sent/Received Email", ["Call", "Event Attended"]),
		):
			self.event(event_category=category, status="Closed")
			self.assertEqual(self.kinds(), expected)

	def test_cancelled_or_of_others(self) -> None:
		self.event(status="Cancelled")
		self.event(self.other, status="Closed")
		self.assertEqual(self.kept(), [])

	def test_over_early(self) -> None:
		self.event(status="Closed", starts_on=add_to_date(now_datetime(), days=2))
		self.assertLessEqual(self.kept()[0].responded_on, now_datetime())

	def test_a_contact_of_the_lead(self) -> None:
		rows = [{"reference_doctype": "Contact", "reference_docname": self.contact()}]
		self.event(status="Closed", event_participants=rows)
		self.assertEqual(self.kinds(), ["Event Attended"])

	def test_long_names_have_short_keys(self) -> None:
		event = frappe._dict(doctype="Event", name="E" * 140)
		keys = {app_responses.key_of(event, lead) for lead in (self.lead, self.other)}
		self.assertEqual(len(keys), 2)
		self.assertLessEqual(max(map(len, keys)), 140)


class TestWebForms(EventCase):
	"""Through Frappe's own ``web_form.accept``."""

	def setUp(self) -> None:
		super().setUp()
		self.addCleanup(frappe.flags.pop, "in_web_form", None)

	def form(self, doctype: str, *fields: str) -> str:
		name = f"event-house-{frappe.scrub(doctype).replace('_', '-')}"
		values = {"title": f"Ask us ({doctype})", "route": name, "doc_type": doctype, "published": 1}
		meta = frappe.get_meta(doctype)
		rows = [{"fieldname": name, "fieldtype": "Data", "label": meta.get_label(name)} for name in fields]
		return factories.make("Web Form", **values, name=name, module="Website", web_form_fields=rows).name

	def send(self, form: str, **values: str) -> None:
		# the rate limit of Frappe counts addresses
		frappe.local.form_dict = frappe._dict(web_form=form, data=json.dumps(values))
		frappe.local.request_ip = "127.0.0.1"
		accept(**frappe.form_dict)

	def test_an_answer_of_a_lead_by_its_address(self) -> None:
		form = self.form("Communication", "subject", "sender")
		self.send(form, subject="A question", sender=ADDRESS)
		rows = [row for row in self.kept() if row.source == "Web Form"]
		self.assertEqual(
			[(row.response_type, row.title) for row in rows], [("Web Form", "Ask us (Communication)")]
		)
		self.assertEqual(self.kept(self.other), [])

	def test_of_strangers_and_past_web_forms(self) -> None:
		form = self.form("Communication", "subject", "sender")
		before = frappe.db.count(RESPONSE)
		self.send(form, subject="A question", sender="nobody.event@example.com")
		frappe.flags.in_web_form = False
		factories.make("Communication", subject="By hand", sender=ADDRESS)
		self.assertEqual(frappe.db.count(RESPONSE), before)

	def test_what_frappe_makes_beside_is_none(self) -> None:
		frappe.flags.in_web_form = True
		factories.make(
			"Contact", first_name="Event Beside", email_ids=[{"email_id": ADDRESS, "is_primary": 1}]
		)
		self.assertEqual(self.kept(), [])


class TestOldSites(EventCase):
	"""What the patch fills in, and what it leaves as the admin has it."""

	def setUp(self) -> None:
		super().setUp()
		for name in events_as_responses.EVENTS:
			frappe.db.set_value(TYPE, name, "recorded_when", None, update_modified=False)

	def events(self) -> list[str | None]:
		return [frappe.db.get_value(TYPE, name, "recorded_when") for name in events_as_responses.EVENTS]

	def test_types_that_nobody_touched(self) -> None:
		for name in events_as_responses.EVENTS:
			creation = frappe.db.get_value(TYPE, name, "creation")
			frappe.db.set_value(TYPE, name, "modified", creation, update_modified=False)
		for _ in range(2):
			events_as_responses.execute()
			self.assertEqual(self.events(), list(events_as_responses.EVENTS.values()))

	def test_what_the_admin_changed_or_deleted_stays(self) -> None:
		call, appointment, _event = events_as_responses.EVENTS
		frappe.db.set_value(TYPE, call, "points", 3)
		frappe.delete_doc(TYPE, appointment)
		own = factories.make(TYPE, response_type_name="House Gathering", recorded_when=erpnext_events.EVENT)
		events_as_responses.execute()
		self.assertFalse(frappe.db.exists(TYPE, appointment))
		self.assertEqual(self.events()[0], None)
		self.assertEqual(self.events()[2], None)
		self.assertEqual(own.recorded_when, erpnext_events.EVENT)
