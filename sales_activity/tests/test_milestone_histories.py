"""Random processes and random moves by random people, on real documents, against a plain model of what holds.

After every move: what was allowed was exactly what the model allows; a step is open if and only if the one
before is done; each milestone is exactly one person's; its times add up to its age, holds included; the
project shows its current milestone; and every answer ever given stands.
"""

from __future__ import annotations

from datetime import timedelta

import frappe
from frappe.model.document import Document
from frappe.model.workflow import apply_workflow
from frappe.utils import now_datetime
from hypothesis import given
from hypothesis import strategies as st

from sales_activity.sales_activity.milestones import updating
from sales_activity.tests import factories
from sales_activity.tests.random_histories import histories
from sales_activity.tests.test_milestone_moves import (
	BOSS,
	CALLER,
	DESIGNER,
	OPERATOR,
	OUTSIDER,
	PEOPLE,
	REFUSALS,
	SELLER,
	MilestoneCase,
)

ROLES = ("Tele-sales", "Sales Person", "Design Consultant")
PERSONS = ("Path Caller", "Path Seller", "Path Designer")
INTEREST = {"condition_on": "Field of the Project", "condition_field": "level_of_interest"}
FORM = "History Form"
ACTORS = (CALLER, SELLER, DESIGNER, BOSS, OUTSIDER, OPERATOR, "Administrator")
DONE = ("Achieved", "Skipped", "Cancelled")
OPENED = ("Ready", "In Progress", "Returned")
LEADS = {
	"Accept": (("Ready",), "In Progress"),
	"Achieve": (("Ready", "In Progress"), "Achieved"),
	"Return": (("Ready", "In Progress"), "Returned"),
	"Hand Over Again": (("Returned",), "Ready"),
	"Skip": (("Waiting", *OPENED), "Skipped"),
	"Cancel": (("Waiting", *OPENED), "Cancelled"),
}
# clocks of the test and the database run on while a history does
SLACK = 60.0

rows = st.tuples(
	st.integers(1, 4),
	st.sampled_from(ROLES),
	st.sampled_from([None, None, None, "High", "Low"]),
	st.booleans(),
)
teams = st.lists(
	st.tuples(st.sampled_from(PERSONS), st.sampled_from(ROLES), st.sampled_from([30, 40])),
	min_size=1,
	max_size=4,
	unique_by=lambda member: member[:2],
).filter(lambda team: all(sum(m[2] for m in team if m[1] == role) <= 100 for role in ROLES))
moves = st.tuples(
	st.sampled_from(
		[*LEADS, "Achieve", "Achieve", "Achieve", "Delegate", "Wait", "Hold", "Resume", "Change Process"]
	),
	st.integers(0, 6),
	st.sampled_from(["turn", "turn", "turn", *ACTORS]),
	st.integers(1, 50),
)


class TestHistories(MilestoneCase):
	@histories(examples=12)
	@given(
		st.lists(rows, min_size=1, max_size=7),
		teams,
		st.sampled_from(["High", "Low"]),
		st.lists(moves, max_size=25),
	)
	def test_random_histories(self, process_rows: list, team: list, interest: str, steps: list) -> None:
		frappe.db.savepoint("history")
		try:
			history = History(self, process_rows, team, interest)
			history.check()
			for step in steps:
				history.do(*step)
				history.check()
			history.finish()
			history.check()
		finally:
			frappe.set_user("Administrator")
			frappe.db.rollback(save_point="history")
			frappe.clear_document_cache("Sales Process", "Random Process")


class History:
	"""One project, what the model knows of it, and its checks."""

	def __init__(self, case: MilestoneCase, process_rows: list, team: list, interest: str) -> None:
		self.case = case
		factories.make_once(
			"Milestone Form",
			FORM,
			form_name=FORM,
			questions=[{"label": "Known", "fieldname": "known", "fieldtype": "Data"}],
		)
		table = [self.row(number, *row) for number, row in enumerate(process_rows)]
		self.process = factories.make(
			"Sales Process", process_name="Random Process", milestones=factories.process_rows(table)
		)
		self.project = factories.sales_project(
			case.customer, team, sales_process=self.process.name, level_of_interest=interest
		).name
		self.interest = interest
		self.team = team
		self.answers: dict[str, str] = {}
		self.held: dict[str, float] = {}
		self.aged: dict[str, float] = {}
		self.standing = False
		self.added: list[str] = []

	def row(self, number: int, step: int, role: str, interest: str | None, with_form: bool) -> tuple:
		fields = {"probability": 10 * number + 5}
		if interest:
			fields.update({**INTEREST, "condition_operator": "=", "condition_value": interest})
		if with_form:
			fields["milestone_form"] = FORM
		return (f"Milestone {number}", step, role, fields)

	# --- what happens --------------------------------------------------------------------------------------

	def do(self, action: str, index: int, actor: str, number: int) -> None:
		if action == "Wait":
			self.age(number * 3600)
		elif action in ("Hold", "Resume"):
			self.hold(action)
		elif action == "Change Process":
			self.change_process(index, number)
		else:
			milestones = self.milestones()
			milestone = milestones[index % len(milestones)]
			if actor == "turn":
				actor = next(user for user, person in PEOPLE.items() if person == milestone.turn_of)
			self.try_move(milestone, action, actor, number)

	def try_move(self, milestone: Document, action: str, actor: str, number: int) -> None:
		if action in LEADS and LEADS[action][1] == milestone.status:
			return  # saving it as it is
		if action == "Delegate" and milestone.delegated_to == self.delegate_of(number):
			return
		values = {"question": f"Q{number}", "reply": f"R{number}", "reason": f"Why {number}"}
		needed = {"Return": "question", "Hand Over Again": "reply", "Skip": "reason", "Cancel": "reason"}
		said = {needed[action]: values[needed[action]]} if action in needed else {}
		if action == "Achieve" and milestone.milestone_form and not milestone.answers:
			said["answers"] = {"known": f"Answer {number}"}
		allowed = self.allows(milestone, action, actor, self.delegate_of(number))
		frappe.db.savepoint("history_step")
		try:
			if action == "Delegate":
				self.delegate(milestone, actor, number)
			else:
				factories.move(milestone, action, actor, **said)
		except REFUSALS as error:
			frappe.db.rollback(save_point="history_step")
			frappe.clear_messages()
			self.case.assertFalse(
				allowed, f"{action} of {milestone.as_dict()} by {actor} was refused: {error}"
			)
			return
		finally:
			frappe.set_user("Administrator")
		self.case.assertTrue(allowed, f"{action} of {milestone.status} by {actor} was not refused")
		if "answers" in said:
			self.answers[milestone.name] = said["answers"]["known"]

	def delegate_of(self, number: int) -> str | None:
		return (*PERSONS, "Path Outsider", None)[number % 5]

	def delegate(self, milestone: Document, actor: str, number: int) -> None:
		frappe.set_user(actor)
		milestone.delegated_to = self.delegate_of(number)
		milestone.reason = f"Why {number}"
		milestone.save()

	def allows(self, milestone: Document, action: str, actor: str, delegate: str | None) -> bool:
		"""The model's own word on who may do what."""
		person = PEOPLE.get(actor)
		below_boss = {name for name in PEOPLE.values() if name != "Path Outsider"}
		concerned = {milestone.turn_of, milestone.responsible}
		works = person in concerned or (actor == BOSS and bool(concerned & below_boss))
		if action == "Delegate":
			timely = milestone.status in ("Waiting", "Ready", "In Progress")
			return timely and delegate != milestone.responsible and (works or actor == OPERATOR)
		sources, target = LEADS[action]
		if milestone.status not in sources or self.standing:
			return False
		if target in ("Skipped", "Cancelled"):
			return actor == OPERATOR or (actor == BOSS and milestone.responsible in below_boss)
		return works and (action != "Return" or milestone.sender != milestone.turn_of)

	def hold(self, action: str) -> None:
		if (action == "Hold") == self.standing:
			return
		apply_workflow(frappe.get_doc("Sales Project", self.project), action)
		self.standing = action == "Hold"

	def change_process(self, index: int, number: int) -> None:
		"""The admin changes the process; the project takes it over, if it isn't standing."""
		process = frappe.get_doc("Sales Process", self.process.name)
		row = process.milestones[index % len(process.milestones)]
		if number % 3 == 0 and len(process.milestones) > 1:
			process.remove(row)
		elif number % 3 == 1 and len(process.milestones) < 9:
			self.added.append(row.name)
			process.append(
				"milestones",
				factories.process_rows([(f"New {len(self.added)}", row.step, ROLES[0])])[0],
			)
		else:
			row.update({"outcome": f"Changed {number}", "step": 1 + number % 4})
		process.save()
		if self.standing:
			return
		before = {row.name: row.as_dict() for row in self.milestones()}
		told = updating.preview_update(self.project)
		self.case.assertEqual(updating.update_from_process(self.project), told)
		after = {row.name: row.as_dict() for row in self.milestones()}
		self.case.assertEqual(set(after) - set(before), {n for n in after if n not in before})
		self.case.assertEqual(len(after) - len(before), len(told["added"]))
		touched = {row["name"] for row in (*told["removed"], *told["changed"])}
		for name, milestone in before.items():
			if milestone.status != "Waiting":
				self.case.assertNotIn(name, touched)
				self.case.assertEqual(milestone.modified, after[name].modified)
		again = updating.preview_update(self.project)
		self.case.assertEqual([again["added"], again["removed"]], [[], []])

	def age(self, seconds: int) -> None:
		"""Time goes by: everything that was is so much longer ago."""
		ago = timedelta(seconds=seconds)
		for doctype, fields in (
			("Sales Milestone", ("creation", "state_since", "opened_on", "achieved_on")),
			("Milestone Move", ("at",)),
		):
			for name in frappe.get_all(doctype, {"sales_project": self.project}, pluck="name", limit=0):
				was = frappe.db.get_value(doctype, name, fields, as_dict=True)
				moved = {field: value - ago for field, value in was.items() if value}
				frappe.db.set_value(doctype, name, moved, update_modified=False)
		stopped = frappe.db.get_value("Sales Project", self.project, "clock_stopped_on")
		if stopped:
			frappe.db.set_value(
				"Sales Project", self.project, "clock_stopped_on", stopped - ago, update_modified=False
			)
		for row in self.milestones():
			self.aged[row.name] = self.aged.get(row.name, 0.0) + seconds
			if self.standing and row.status not in DONE:
				self.held[row.name] = self.held.get(row.name, 0.0) + seconds

	def finish(self) -> None:
		"""Everything comes to an end, by whose turn it is."""
		self.hold("Resume")
		for _round in range(60):
			opened = [row for row in self.milestones() if row.status in OPENED]
			if not opened:
				break
			for row in opened:
				action = "Hand Over Again" if row.status == "Returned" else "Achieve"
				actor = next(user for user, person in PEOPLE.items() if person == row.turn_of)
				self.try_move(row, action, actor, 7)
		self.case.assertEqual({row.status for row in self.milestones()} - set(DONE), set())

	# --- what must hold ------------------------------------------------------------------------------------

	def milestones(self) -> list[Document]:
		return factories.milestones_of(self.project)

	def check(self) -> None:
		milestones = self.milestones()
		self.check_steps(milestones)
		self.check_owners(milestones)
		self.check_times(milestones)
		self.check_project(milestones)
		for name, answer in self.answers.items():
			found = frappe.get_all("Milestone Answer", {"parent": name, "fieldname": "known"}, pluck="value")
			self.case.assertEqual(found, [answer])

	def check_steps(self, milestones: list[Document]) -> None:
		"""Nothing waits whose time has come; nothing opened before its time."""
		open_steps = [row.step for row in milestones if row.status not in DONE]
		for row in milestones:
			if row.status == "Waiting":
				self.case.assertGreater(row.step, min(open_steps))
		log = frappe.get_all(
			"Milestone Move",
			{"sales_project": self.project},
			["sales_milestone", "from_state", "to_state", "at", "via"],
			limit=0,
		)
		done_at = {row.sales_milestone: row.at for row in log if row.to_state in DONE}
		made_at = {row.sales_milestone: row.at for row in log if not row.from_state}
		steps = {row.name: row.step for row in milestones}
		for move in log:
			if move.from_state == "Waiting" and (move.to_state == "Ready" or move.via == "Process"):
				for name, step in steps.items():
					# one that was added or put into an earlier step later could not be waited for
					if (
						step < steps[move.sales_milestone]
						and made_at[name] <= move.at
						and name in self.fixed()
					):
						self.case.assertLessEqual(done_at.get(name, now_datetime()), move.at)

	def fixed(self) -> set[str]:
		"""Milestones whose step no change of the process has moved."""
		return {
			row.name
			for row in self.milestones()
			if not (row.outcome or "").startswith("Changed") and row.status != "Waiting"
		}

	def check_owners(self, milestones: list[Document]) -> None:
		for row in milestones:
			self.case.assertEqual(row.status, row.workflow_state)
			self.case.assertIn(row.turn_of, PEOPLE.values())
			if row.status == "Returned":
				self.case.assertEqual(row.turn_of, row.sender)
			elif row.status not in DONE:
				self.case.assertEqual(row.turn_of, row.delegated_to or row.responsible)

	def check_times(self, milestones: list[Document]) -> None:
		project = frappe.db.get_value("Sales Project", self.project, "clock_stopped_on")
		self.case.assertEqual(bool(project), self.standing)
		now = now_datetime()
		for row in milestones:
			log = frappe.get_all(
				"Milestone Move", {"sales_milestone": row.name}, ["seconds", "held_seconds"], limit=0
			)
			spent = sum(move.seconds + move.held_seconds for move in log)
			age = (now - row.creation).total_seconds()
			self.case.assertAlmostEqual(spent + (now - row.state_since).total_seconds(), age, places=3)
			held = sum(move.held_seconds for move in log)
			if row.status not in DONE:
				held += row.held_seconds
				held += (now - max(project, row.state_since)).total_seconds() if project else 0
			self.case.assertAlmostEqual(held, self.held.get(row.name, 0.0), delta=SLACK)
			self.case.assertTrue(all(move.seconds >= 0 and move.held_seconds >= 0 for move in log))

	def check_project(self, milestones: list[Document]) -> None:
		opened = [row for row in milestones if row.status in OPENED]
		first = min(opened, key=lambda row: (row.step, row.position), default=None)
		shown = frappe.db.get_value(
			"Sales Project", self.project, ["current_milestone", "milestone_probability"]
		)
		expected = (first.name, first.probability) if first else (None, 0)
		self.case.assertEqual(shown, expected)
