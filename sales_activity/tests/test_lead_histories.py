"""Random histories of a lead, on real documents, against a plain model of what holds.

Whatever happens, by whomever and by whatever way: the lead is in exactly one state, the one that the model says; what
was allowed was exactly what the model allows; its log leads from state to state and its times add up to its age; and
ERPNext's Lead says the same.
"""

from __future__ import annotations

from datetime import timedelta

import frappe
from frappe import client
from frappe.model.workflow import apply_workflow
from frappe.utils import flt, get_datetime, now_datetime
from hypothesis import given
from hypothesis import strategies as st

from sales_activity.tests import lead_house
from sales_activity.tests.lead_house import MAX_USER, NILS_USER, OPERATIONS, QUALIFIER, SAM, SAM_USER, nurture
from sales_activity.tests.random_histories import histories
from sales_activity.tests.test_lead_nurture import REFUSALS, LeadCase

# clocks of the test and the database run on while a history does
SLACK = 60.0
STATES = (
	*("New", "Qualifying", "Qualified", "With Sales", "Nurturing", "Converted", "Disqualified"),
	"Do Not Contact",
)
TEAM, SALES = {QUALIFIER, OPERATIONS, "Administrator"}, {SAM_USER, MAX_USER}
# action: from these states, to that one, by these users, with a reason
ACTIONS = {
	"Start": ({"New", "Nurturing", "Disqualified"}, "Qualifying", TEAM, False),
	"Qualify": ({"Qualifying"}, "Qualified", TEAM, False),
	"Hand Over": ({"Qualified"}, "With Sales", TEAM, False),
	"Accept": ({"With Sales"}, "Converted", SALES, False),
	"Reject": ({"With Sales"}, "Qualifying", SALES, True),
	"Nurture": ({"New", "Qualifying"}, "Nurturing", TEAM, False),
	"Disqualify": ({"New", "Qualifying", "Nurturing"}, "Disqualified", TEAM, True),
	"Do Not Contact": (set(STATES) - {"Converted", "Do Not Contact"}, "Do Not Contact", TEAM | SALES, True),
	"Contact Again": ({"Do Not Contact"}, "Qualifying", {OPERATIONS, "Administrator"}, True),
}
LIKELY = ("Start", "Start", "Qualify", "Qualify", "Hand Over", "Accept", "Reject", "Contact Again")
steps = st.tuples(
	st.sampled_from([*ACTIONS, *LIKELY, "Answer", "Answer", "Lead Stopped", "Lead Saved", "Forge", "Wait"]),
	st.sampled_from(
		[QUALIFIER, QUALIFIER, SAM_USER, SAM_USER, OPERATIONS, MAX_USER, NILS_USER, "Administrator"]
	),
	st.booleans(),
	st.sampled_from(STATES),
)
RARE = st.sampled_from([None, None, None, "Opportunity"])


class TestHistories(LeadCase):
	@histories(examples=12)
	@given(st.lists(steps, min_size=3, max_size=18), st.booleans(), RARE)
	def test_random_histories(self, history: list, routed: bool, at_last: str | None) -> None:
		frappe.db.savepoint("history")
		try:
			frappe.db.delete("Lead Routing Rule")
			if routed:
				lead_house.routing(SAM)
			model = Model(self, routed)
			model.check()
			for step in history:
				model.do(*step)
				model.check()
			if at_last:
				model.sell()
				model.check()
		finally:
			lead_house.as_user("Administrator")
			frappe.db.rollback(save_point="history")


class Model:
	"""One lead, what the model knows of it, and its checks."""

	def __init__(self, case: LeadCase, routed: bool) -> None:
		self.case, self.routed = case, routed
		self.name = lead_house.lead("History")
		self.state, self.answered, self.moves, self.aged = "New", False, ["New"], 0.0

	# --- what happens --------------------------------------------------------------------------------------

	def do(self, action: str, user: str, with_reason: bool, state: str) -> None:
		if action == "Answer":
			self.answer(user)
		elif action == "Lead Stopped":
			self.stop()
		elif action == "Lead Saved":
			frappe.get_doc("Lead", self.name).update({"company_name": state}).save()
		elif action == "Forge":
			self.forge(user, state)
		elif action == "Wait":
			self.wait()
		else:
			self.act(action, user, with_reason)

	def act(self, action: str, user: str, with_reason: bool) -> None:
		from_states, to_state, users, needs_reason = ACTIONS[action]
		allowed = self.state in from_states and user in users
		# sales have a say in the leads that they have
		allowed = allowed and (user in TEAM or self.state == "With Sales")
		# a reason said before, and not used up by another move, still stands
		stood = nurture(self.name).reason
		allowed = allowed and (with_reason or bool(stood) or not needs_reason)
		allowed = allowed and (action != "Qualify" or self.answered)
		happened = self.attempt(user, self.apply, action, with_reason)
		self.case.assertEqual(happened, allowed, f"{action} by {user} from {self.state}")
		if happened:
			self.went(to_state)
			if action == "Qualify" and self.routed:
				self.went("With Sales")

	def apply(self, action: str, with_reason: bool) -> None:
		doc = nurture(self.name)
		if action == "Hand Over" and doc.status == "Qualified":
			doc.sales_person = SAM
			doc.save()
		elif with_reason and ACTIONS[action][3]:
			doc.reason = f"Because of {action}"
			doc.save()
		apply_workflow(doc, action)

	def answer(self, user: str) -> None:
		from sales_activity.api import leads as api

		happened = self.attempt(user, api.answer, self.name, lead_house.RIPE)
		changes = self.state == "Qualifying" or self.answered
		self.case.assertEqual(
			happened, (user in TEAM and changes) or (self.sees_sales(user) and self.answered)
		)
		self.answered = self.answered or happened

	def sees_sales(self, user: str) -> bool:
		"""Sales may save what they don't change."""
		return self.state == "With Sales" and user in SALES

	def stop(self) -> None:
		doc = frappe.get_doc("Lead", self.name)
		was = doc.status
		doc.status = "Do Not Contact"
		doc.save()
		if self.state not in ("Converted", "Do Not Contact") and was != "Do Not Contact":
			self.went("Do Not Contact")

	def forge(self, user: str, state: str) -> None:
		"""The state set by hand, on the way of a client: as good as the move, no better."""
		if state == self.state:
			return
		moves = [
			action for action, (froms, to, *_rest) in ACTIONS.items() if self.state in froms and to == state
		]
		before = nurture(self.name)
		happened = self.attempt(user, client.set_value, "Lead Nurture", self.name, "workflow_state", state)
		if happened:
			_froms, to_state, users, needs_reason = ACTIONS[moves[0]]
			self.case.assertIn(user, users)
			self.case.assertTrue(before.reason or not needs_reason)
			self.went(to_state)
			if moves[0] == "Qualify" and self.routed:
				self.went("With Sales")

	def wait(self) -> None:
		since = get_datetime(nurture(self.name).state_since) - timedelta(hours=1)
		frappe.db.set_value("Lead Nurture", self.name, "state_since", since, update_modified=False)
		self.aged += 3600

	def sell(self) -> None:
		from erpnext.crm.doctype.lead.lead import make_opportunity

		doc = make_opportunity(self.name)
		doc.company = lead_house.COMPANY
		doc.insert()
		if self.state not in ("Converted", "Do Not Contact"):
			self.went("Converted")

	def attempt(self, user: str, call: object, *args: object) -> bool:
		frappe.db.savepoint("attempt")
		lead_house.as_user(user)
		try:
			call(*args)
			return True
		except REFUSALS:
			frappe.db.rollback(save_point="attempt")
			frappe.flags.currently_saving = []
			return False
		finally:
			frappe.clear_messages()
			lead_house.as_user("Administrator")

	def went(self, state: str) -> None:
		self.state = state
		self.moves.append(state)

	# --- what holds ----------------------------------------------------------------------------------------

	def check(self) -> None:
		case, kept = self.case, nurture(self.name)
		case.assertEqual((kept.status, kept.workflow_state), (self.state, self.state))
		case.assertEqual(frappe.db.count("Lead Nurture", {"lead": self.name}), 1)
		case.assertEqual(lead_house.moves(self.name), self.moves)
		rows = frappe.get_all("Lead Move", {"lead": self.name}, ["*"], order_by="at, creation, seconds")
		case.assertEqual([row.from_state for row in rows], ["", *self.moves[:-1]])
		in_state = (now_datetime() - get_datetime(kept.state_since)).total_seconds()
		age = (now_datetime() - get_datetime(kept.creation)).total_seconds() + self.aged
		case.assertAlmostEqual(sum(flt(row.seconds) for row in rows) + in_state, age, delta=SLACK)
		self.check_lead(kept)

	def check_lead(self, kept: frappe.model.document.Document) -> None:
		case, lead = self.case, frappe.get_doc("Lead", self.name)
		ripe = self.state in ("Qualified", "With Sales", "Converted")
		wanted = "Qualified" if ripe else "In Process" if self.state == "Qualifying" else "Unqualified"
		case.assertEqual(lead.qualification_status, wanted)
		case.assertEqual(lead.qualified_by, kept.qualified_by)
		if self.state != "Converted":
			case.assertEqual(lead.status == "Do Not Contact", self.state == "Do Not Contact")
		case.assertTrue(not kept.sales_person or ripe)
		case.assertEqual(bool(kept.accept_by), self.state == "With Sales")
