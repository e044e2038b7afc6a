"""Each Lead has one nurture, which is kept equal and moved by the right people, whatever way they come."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from unittest.mock import patch

import frappe
from frappe import client
from frappe.desk.doctype.bulk_update.bulk_update import submit_cancel_or_update_docs
from frappe.model.document import Document
from frappe.model.workflow import WorkflowPermissionError, apply_workflow
from frappe.utils import get_datetime, now_datetime

from sales_activity.rows import LoneRowError
from sales_activity.sales_activity.doctype.lead_move.lead_move import LeadMoveIsHistoryError
from sales_activity.sales_activity.nurture import rules
from sales_activity.sales_activity.nurture.moves import LeadLockedError, LeadMoveError
from sales_activity.tests import factories, lead_house
from sales_activity.tests.base import TestCase
from sales_activity.tests.lead_house import (
	MAX_USER,
	NILS_USER,
	OPERATIONS,
	QUALIFIER,
	SAM,
	SAM_USER,
	SARA,
	SARA_USER,
	act,
	lead,
	nurture,
)

REFUSALS = (frappe.PermissionError, frappe.ValidationError, WorkflowPermissionError)


class LeadCase(TestCase):
	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		lead_house.build()
		frappe.db.set_value(
			"Universal Lead Definition", {"company": lead_house.COMPANY}, "status", "Replaced"
		)
		cls.definition = lead_house.definition().name

	def refuse(
		self, action: Callable, *args: object, error: type | tuple = REFUSALS, **kwargs: object
	) -> str:
		"""The call is refused; returns the message. What was written until then is undone, as a request would."""
		frappe.db.savepoint("refused")
		with self.assertRaises(error) as caught:
			action(*args, **kwargs)
		frappe.db.rollback(save_point="refused")
		frappe.clear_messages()
		frappe.flags.currently_saving = []
		return str(caught.exception)

	def of_lead(self, name: str, *fields: str) -> tuple:
		return frappe.db.get_value("Lead", name, fields or ("status", "qualification_status"))

	def queries(self, action: Callable, *args: object) -> int:
		"""How many statements a call sends."""
		sent: list[str] = []
		original = frappe.db.sql

		def counted(query: str, *more: object, **kwargs: object) -> object:
			sent.append(query)
			return original(query, *more, **kwargs)

		frappe.db.sql = counted
		try:
			action(*args)
		finally:
			frappe.db.sql = original
		return len(sent)


class TestMaking(LeadCase):
	def test_each_lead_gets_one(self) -> None:
		name = lead("Ravi", territory=factories.territory("Lead North"), company_name="Ravi & Sons <b>")
		doc = nurture(name)
		self.assertEqual((doc.lead, doc.status, doc.workflow_state), (name, "New", "New"))
		self.assertEqual((doc.lead_name, doc.company_name), self.of_lead(name, "lead_name", "company_name"))
		self.assertEqual((doc.territory, doc.company), ("Lead North", lead_house.COMPANY))
		self.assertEqual((doc.definition, doc.fit_score, doc.qualifies), (self.definition, 10, 0))
		self.assertEqual(doc.missing, "Decides")
		self.assertEqual(lead_house.moves(name), ["New"])
		self.assertEqual(self.of_lead(name, "qualification_status"), "Unqualified")

	def test_by_whatever_way_it_comes(self) -> None:
		values = {"doctype": "Lead", "first_name": "By API", "company": lead_house.COMPANY}
		by_user = factories.user("lead.api@example.com", "Sales User")
		frappe.set_user(by_user)
		first = client.insert(json.dumps(values))
		frappe.flags.in_import = True
		try:
			second = frappe.get_doc(
				{**values, "qualification_status": "Qualified", "status": "Lead"}
			).insert()
		finally:
			frappe.flags.in_import = False
		frappe.set_user("Administrator")
		for doc in (first, second):
			self.assertEqual(nurture(doc["name"] if isinstance(doc, dict) else doc.name).status, "New")
		self.assertEqual(self.of_lead(second.name, "qualification_status"), "Unqualified")
		self.assertEqual(frappe.db.get_value("Lead Move", {"lead": second.name}, "user"), by_user)

	def test_a_lead_without_a_company_belongs_to_the_first(self) -> None:
		name = lead(company=None)
		self.assertTrue(nurture(name).company)

	def test_not_by_hand_and_not_twice(self) -> None:
		name = lead()
		new = {"doctype": "Lead Nurture", "lead": name, "company": lead_house.COMPANY}
		self.refuse(client.insert, json.dumps(new), error=LeadLockedError)
		frappe.get_doc("Lead", name).save()
		self.assertEqual(frappe.db.count("Lead Nurture", {"lead": name}), 1)

	def test_one_that_is_missing_is_made_when_the_lead_is_saved(self) -> None:
		name = lead()
		frappe.db.delete("Lead Nurture", {"name": name})
		frappe.db.delete("Lead Move", {"lead_nurture": name})
		frappe.get_doc("Lead", name).save()
		self.assertEqual(nurture(name).status, "New")

	def test_what_it_costs(self) -> None:
		"""Beside what ERPNext needs for a Lead."""
		doc = frappe.get_doc("Lead", lead())
		plain = self.queries(frappe.get_doc("Lead", doc.name).db_update)
		self.assertEqual(plain, 1)
		with_nurture = self.queries(doc.save)
		doc.reload()
		without = ("follow", "keep_true", "keep_stopped")
		with patch.multiple("sales_activity.overrides.lead.leads", follow=lambda doc: None):
			with patch.multiple(
				"sales_activity.overrides.lead.truth", **{name: lambda doc: None for name in without[1:]}
			):
				alone = self.queries(doc.save)
		self.assertLessEqual(with_nurture - alone, 6)


class TestKeptEqual(LeadCase):
	def test_what_the_lead_says(self) -> None:
		name = lead()
		doc = frappe.get_doc("Lead", name)
		doc.update({"first_name": "Renamed", "company_name": "New House", "annual_revenue": 5})
		doc.territory = factories.territory("Lead South")
		doc.save()
		kept = nurture(name)
		self.assertEqual(
			(kept.lead_name, kept.company_name, kept.territory, kept.fit_score),
			("Renamed", "New House", "Lead South", 0),
		)

	def test_a_new_lead_is_measured_by_what_is_active(self) -> None:
		name = lead()
		newer = lead_house.definition([lead_house.tick("Budget")]).name
		self.assertEqual(nurture(name).definition, self.definition)
		frappe.get_doc("Lead", name).save()
		self.assertEqual((nurture(name).definition, nurture(name).fit_score), (newer, 0))

	def test_the_fit_of_a_decided_lead_stays(self) -> None:
		name = lead()
		lead_house.qualified(name)
		frappe.get_doc("Lead", name).update({"annual_revenue": 0}).save()
		self.assertEqual(nurture(name).fit_score, 50)

	def test_the_qualification_is_not_set_in_the_lead(self) -> None:
		name = lead()
		doc = frappe.get_doc("Lead", name)
		doc.update(
			{"qualification_status": "Qualified", "qualified_by": QUALIFIER, "qualified_on": "2026-01-01"}
		)
		doc.save()
		self.assertEqual(
			self.of_lead(name, "qualification_status", "qualified_by", "qualified_on"),
			("Unqualified", None, None),
		)
		self.assertIn("Lead Nurture", json.dumps(frappe.get_message_log()))
		act(name, "Qualifying")
		self.assertEqual(self.of_lead(name, "qualification_status"), "In Process")
		act(name, "Qualified", answers=lead_house.RIPE)
		values = self.of_lead(name, "qualification_status", "qualified_by", "qualified_on")
		self.assertEqual(values, ("Qualified", QUALIFIER, now_datetime().date()))
		frappe.get_doc("Lead", name).save()
		self.assertEqual(self.of_lead(name, "qualification_status", "qualified_by", "qualified_on"), values)

	def test_do_not_contact_both_ways(self) -> None:
		name = lead()
		frappe.set_user(SARA_USER)
		doc = frappe.get_doc("Lead", name)
		doc.status = "Do Not Contact"
		doc.save()
		frappe.set_user("Administrator")
		self.assertEqual(nurture(name).status, "Do Not Contact")
		self.assertEqual(lead_house.moves(name), ["New", "Do Not Contact"])
		self.assertEqual(
			frappe.db.get_value("Lead Move", {"lead": name, "from_state": "New"}, "user"), SARA_USER
		)
		doc.reload()
		doc.status = "Open"
		doc.save()
		self.assertEqual((doc.status, self.of_lead(name, "status")), ("Do Not Contact", "Do Not Contact"))
		other = lead("Other")
		act(other, "Do Not Contact", reason="Asked us to stop")
		self.assertEqual(self.of_lead(other), ("Do Not Contact", "Unqualified"))

	def test_a_lead_that_begins_as_do_not_contact(self) -> None:
		frappe.set_user(SAM_USER)
		name = lead(status="Do Not Contact")
		self.assertEqual(
			(nurture(name).status, lead_house.moves(name)), ("Do Not Contact", ["New", "Do Not Contact"])
		)

	def test_an_opportunity_does_not_lift_do_not_contact(self) -> None:
		name = lead()
		act(name, "Do Not Contact", reason="Asked us to stop")
		self.opportunity(name)
		self.assertEqual(nurture(name).status, "Do Not Contact")
		self.assertEqual(self.of_lead(name, "status"), "Do Not Contact")
		frappe.get_doc("Lead", name).save()
		self.assertEqual(self.of_lead(name, "status"), "Do Not Contact")

	def opportunity(self, name: str) -> Document:
		from erpnext.crm.doctype.lead.lead import make_opportunity

		doc = make_opportunity(name)
		doc.company = lead_house.COMPANY
		return doc.insert()

	def test_lifting_is_for_sales_operations_with_a_reason(self) -> None:
		name = lead()
		act(name, "Do Not Contact", reason="Asked us to stop")
		self.refuse(act, name, "Qualifying", QUALIFIER, reason="They called")
		doc = nurture(name)
		doc.reason = None
		self.refuse(act, name, "Qualifying", OPERATIONS, reason="", error=LeadMoveError)
		act(name, "Qualifying", OPERATIONS, reason="They called us")
		self.assertEqual(self.of_lead(name), ("Open", "In Process"))

	def test_unsubscribed_is_not_ours_to_set(self) -> None:
		name = lead(unsubscribed=1)
		act(name, "Do Not Contact", reason="x")
		act(name, "Qualifying", OPERATIONS, reason="y")
		self.assertEqual(self.of_lead(name, "unsubscribed"), 1)

	def test_converted_by_erpnext(self) -> None:
		name = lead()
		doc = self.opportunity(name)
		kept = nurture(name)
		self.assertEqual((kept.status, kept.opportunity), ("Converted", doc.name))
		self.assertEqual(self.of_lead(name), ("Opportunity", "Qualified"))
		other = lead("Bought at Once")
		customer = factories.customer("Bought at Once", lead_name=other)
		self.assertEqual(nurture(other).status, "Converted")
		self.assertEqual(
			frappe.db.get_value("Lead Move", {"lead": other, "to_state": "Converted"}, "via"), "Customer"
		)
		frappe.get_doc("Customer", customer).save()
		self.assertEqual(lead_house.moves(other), ["New", "Converted"])

	def test_renamed_with_its_lead(self) -> None:
		name = lead()
		frappe.rename_doc("Lead", name, "LEAD-RENAMED", force=True)
		self.assertEqual(nurture("LEAD-RENAMED").lead, "LEAD-RENAMED")
		self.assertEqual(lead_house.moves("LEAD-RENAMED"), ["New"])
		self.refuse(frappe.rename_doc, "Lead Nurture", "LEAD-RENAMED", "X", force=True)

	def test_two_leads_become_one(self) -> None:
		stopped, stays, other = lead("Stopped"), lead("Stays"), lead("Other")
		act(stopped, "Do Not Contact", reason="Asked us to stop")
		frappe.rename_doc("Lead", other, stays, merge=True)
		self.assertEqual((nurture(stays).status, lead_house.moves(stays)), ("New", ["New"]))
		frappe.rename_doc("Lead", stopped, stays, merge=True)
		self.assertEqual(lead_house.moves(stays), ["New", "Do Not Contact"])
		self.assertEqual(self.of_lead(stays, "status"), "Do Not Contact")
		self.assertEqual(frappe.db.count("Lead Nurture", {"lead": ("in", [stopped, stays, other])}), 1)

	def test_the_sale_it_led_to_can_be_deleted(self) -> None:
		name = lead()
		lead_house.with_sales(name)
		doc = act(name, "Converted", SAM_USER)
		frappe.delete_doc("Sales Project", doc.sales_project)
		frappe.delete_doc("Opportunity", doc.opportunity)
		kept = nurture(name)
		self.assertEqual((kept.status, kept.opportunity, kept.sales_project), ("Converted", None, None))

	def test_deleted_with_its_lead(self) -> None:
		name = lead()
		self.refuse(frappe.delete_doc, "Lead Nurture", name, error=LeadLockedError)
		frappe.delete_doc("Lead", name)
		self.assertFalse(
			frappe.db.exists("Lead Nurture", name) or frappe.db.exists("Lead Move", {"lead": name})
		)


class TestMoves(LeadCase):
	def test_the_way_to_sales_and_its_times(self) -> None:
		name = lead()
		lead_house.with_sales(name)
		act(name, "Qualifying", SAM_USER, reason="Nobody there")
		kept = nurture(name)
		self.assertEqual((kept.rejections, kept.qualified_by, kept.sales_person), (1, None, None))
		self.assertEqual((kept.reason, kept.qualifier), ("Nobody there", QUALIFIER))
		states = ["New", "Qualifying", "Qualified", "With Sales", "Qualifying"]
		self.assertEqual(lead_house.moves(name), states)
		rows = frappe.get_all("Lead Move", {"lead": name}, ["*"], order_by="at, creation")
		self.assertEqual([row.from_state for row in rows], ["", *states[:-1]])
		age = get_datetime(kept.state_since) - get_datetime(rows[0].at)
		self.assertAlmostEqual(sum(row.seconds for row in rows), age.total_seconds(), 4)
		self.assertEqual(
			(rows[-1].user, rows[-1].sales_person, rows[-1].reason), (SAM_USER, SAM, "Nobody there")
		)
		self.assertEqual(self.of_lead(name, "qualification_status"), "In Process")

	def test_who_may_what(self) -> None:
		name = lead()
		for user in (SAM_USER, NILS_USER, MAX_USER):
			self.refuse(act, name, "Qualifying", user)
		lead_house.with_sales(name)
		for user in (QUALIFIER, OPERATIONS, NILS_USER, SARA_USER, "Administrator"):
			self.refuse(act, name, "Converted", user)
			self.refuse(act, name, "Qualifying", user, reason="Mine")
		act(name, "Qualifying", MAX_USER, reason="Manager above")
		for state in rules.STATES:
			if state not in ("Qualifying", "Nurturing", "Disqualified", "Do Not Contact", "Qualified"):
				self.refuse(act, name, state, QUALIFIER, sales_person=None)

	def test_words_are_wanted(self) -> None:
		for state in ("Disqualified", "Do Not Contact"):
			name = lead()
			self.assertIn("Reason", self.refuse(act, name, state, error=LeadMoveError))
			self.refuse(act, name, state, reason="  ", error=LeadMoveError)
			act(name, state, reason="Competitor")
		self.refuse(act, lead(), "Disqualified", reason="x" * 2001, error=LeadMoveError)

	def test_from_new_to_anything_by_hand(self) -> None:
		"""The state set by hand, by every way."""
		name = lead()
		frappe.set_user(QUALIFIER)
		for state in ("Qualified", "With Sales", "Converted"):
			self.refuse(client.set_value, "Lead Nurture", name, "workflow_state", state)
			self.refuse(client.set_value, "Lead Nurture", name, "status", state)
			sent = {
				**nurture(name).as_dict(convert_dates_to_str=True),
				"workflow_state": state,
				"status": state,
			}
			self.refuse(client.save, json.dumps(sent, default=str))
		frappe.set_user("Administrator")
		self.assertEqual(nurture(name).status, "New")

	def test_bulk_edit_and_bulk_update(self) -> None:
		"""Both end a transaction for each document; here a savepoint stands for it."""
		name = lead()
		frappe.set_user(QUALIFIER)
		frappe.db.savepoint("bulk")
		back = frappe.db.rollback

		def undo(save_point: str | None = None, **_more: object) -> None:
			back(save_point=save_point or "bulk")

		with patch.object(frappe.db, "commit"), patch.object(frappe.db, "rollback", undo):
			for field in ("status", "workflow_state"):
				edit = json.dumps({field: "Converted"})
				failed = submit_cancel_or_update_docs("Lead Nurture", json.dumps([name]), "update", edit)
				self.assertEqual(failed, [name])
				update = [{"doctype": "Lead Nurture", "docname": name, field: "Converted"}]
				self.assertTrue(client.bulk_update(json.dumps(update))["failed_docs"])
		frappe.set_user("Administrator")
		frappe.flags.currently_saving = []
		self.assertEqual(frappe.db.get_value("Lead Nurture", name, "status"), "New")
		self.assertEqual(lead_house.moves(name), ["New"])

	def test_the_workflow_and_the_kanban(self) -> None:
		name = lead()
		frappe.set_user(QUALIFIER)
		apply_workflow(nurture(name), "Start")
		client.set_value("Lead Nurture", name, "status", "Nurturing")
		frappe.set_user("Administrator")
		self.assertEqual(lead_house.moves(name), ["New", "Qualifying", "Nurturing"])
		self.assertEqual(nurture(name).workflow_state, "Nurturing")

	def test_data_import_updates_nothing_past_the_rules(self) -> None:
		name = lead()
		frappe.set_user(QUALIFIER)
		frappe.flags.in_import = True
		try:
			self.refuse(client.set_value, "Lead Nurture", name, "workflow_state", "Converted")
			self.refuse(client.set_value, "Lead Nurture", name, "rejections", 5)
		finally:
			frappe.flags.in_import = False

	def test_what_the_app_keeps(self) -> None:
		name = lead_house.with_sales(lead()).name
		frappe.set_user(QUALIFIER)
		for field, value in (
			("accept_by", "2030-01-01 00:00:00"),
			("rejections", 7),
			("opportunity", None),
			("qualified_by", SAM_USER),
			("state_since", "2020-01-01 00:00:00"),
			("definition", "ULD-X"),
			("sales_person", SARA),
		):
			if nurture(name).get(field) != value:
				self.refuse(client.set_value, "Lead Nurture", name, field, value)
		client.set_value("Lead Nurture", name, {"fit_score": 99, "score": 99, "lead_name": "Forged"})
		frappe.set_user("Administrator")
		kept = nurture(name)
		self.assertEqual((kept.fit_score, kept.score, kept.lead_name), (50, 50, "Meena Rao"))

	def test_the_log_is_nobodys_to_write(self) -> None:
		move = frappe.get_doc("Lead Move", {"lead": lead()})
		move.to_state = "Converted"
		self.refuse(move.save, error=LeadMoveIsHistoryError)
		self.refuse(frappe.delete_doc, "Lead Move", move.name, error=LeadMoveIsHistoryError)
		self.refuse(frappe.get_doc({**move.as_dict(), "name": None}).insert, error=LeadMoveIsHistoryError)

	def test_two_who_have_it_open(self) -> None:
		name = lead()
		stale = nurture(name)
		act(name, "Qualifying")
		stale.workflow_state = "Nurturing"
		self.refuse(stale.save, error=frappe.TimestampMismatchError)

	def test_a_qualifier_has_the_role(self) -> None:
		name = lead()
		frappe.set_user(OPERATIONS)
		client.set_value("Lead Nurture", name, "qualifier", QUALIFIER)
		self.refuse(client.set_value, "Lead Nurture", name, "qualifier", SAM_USER, error=LeadMoveError)

	def test_times_in_the_past_add_up(self) -> None:
		name = lead()
		past = now_datetime() - timedelta(days=3)
		frappe.db.set_value("Lead Nurture", name, "state_since", past, update_modified=False)
		act(name, "Qualifying")
		seconds = frappe.db.get_value("Lead Move", {"lead": name, "to_state": "Qualifying"}, "seconds")
		self.assertAlmostEqual(float(seconds), 3 * 86400, delta=60)


class TestSeeing(LeadCase):
	def test_who_sees_what(self) -> None:
		own, handed, nobodys = lead("Own", lead_owner=SARA_USER), lead("Handed"), lead("Nobody's")
		lead_house.with_sales(handed)
		wanted = {
			SARA_USER: {own},
			SAM_USER: {handed},
			MAX_USER: {handed},
			NILS_USER: set(),
			QUALIFIER: {own, handed, nobodys},
			OPERATIONS: {own, handed, nobodys},
		}
		for user, names in wanted.items():
			with self.subTest(user):
				lead_house.as_user(user)
				filters = {"name": ("in", [own, handed, nobodys])}
				self.assertEqual(set(frappe.get_list("Lead Nurture", filters, pluck="name")), names)
				moved = frappe.get_list("Lead Move", {"lead": filters["name"]}, pluck="lead")
				self.assertEqual(set(moved), names)
				for name in (own, handed, nobodys):
					self.assertEqual(bool(nurture(name).has_permission("read")), name in names)

	def test_answers_are_as_secret_as_their_lead(self) -> None:
		name = lead()
		lead_house.qualified(name)
		row = nurture(name).answers[0].name
		lead_house.as_user(NILS_USER)
		found = frappe.get_list("Lead Answer", {"parent": name}, parent_doctype="Lead Nurture", pluck="name")
		self.assertEqual(found, [])
		lead_house.as_user("Administrator")
		self.refuse(frappe.get_doc("Lead Answer", row).save, error=LoneRowError)

	def test_a_user_permission_on_company_holds(self) -> None:
		name = lead()
		other = factories.company("Lead Fourth House", abbr="LFH")
		frappe.permissions.add_user_permission("Company", other, QUALIFIER)
		self.addCleanup(frappe.clear_cache, user=QUALIFIER)
		lead_house.as_user(QUALIFIER)
		self.assertFalse(nurture(name).has_permission("read"))
		self.assertNotIn(name, frappe.get_list("Lead Nurture", pluck="name", limit=0))
