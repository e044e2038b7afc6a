"""Program Performance: exact rows, steps that are gone, what each user sees; what really was sent, opened and ended."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import frappe

from sales_activity.sales_activity.nurture import program_responses, responses
from sales_activity.sales_activity.nurture.program_links import Link
from sales_activity.sales_activity.nurture.programs import ENROLMENT, PROGRAM, RUN
from sales_activity.sales_activity.nurture.response_rules import Response
from sales_activity.sales_activity.nurture.scoring import RESPONSE
from sales_activity.tests import lead_house, lead_rows, program_house
from sales_activity.tests.base import TestCase
from sales_activity.tests.lead_house import MAX_USER, OPERATIONS, QUALIFIER, SAM_USER
from sales_activity.tests.lead_report_house import COMPANY, NORTH, SPAN, YEAR, House, ReportChecks
from sales_activity.tests.lead_rows import DAY
from sales_activity.tests.test_reports import execute, forget_requests
from sales_activity.tests.test_velocity_reports import listed

PERFORMANCE = "Program Performance"
NEWS, OFFER = "Performance News", "Performance Offer"
START = datetime(YEAR, 5, 1, 12)
REMOVED = "removed-key"


class ProgramHouse(House):
	"""Six leads in one program, one of them in another too."""

	def __init__(self) -> None:
		super().__init__()
		program_house.build()
		steps = (
			program_house.mail(0, "Welcome"),
			program_house.call(3, "Call"),
			program_house.mail(7, "Price List"),
		)
		news = program_house.program(*steps, name=NEWS, company=COMPANY)
		offer = program_house.program(program_house.mail(0, "Offer"), name=OFFER, company=COMPANY)
		self.click, self.reply = (responses.type_for(event) for event in ("Link Clicked", "Reply"))
		self.rows_of = {
			row.step_key: row
			for program in (news, offer)
			for row in frappe.get_doc(PROGRAM, program.name).steps
		}
		self.welcome, self.call, self.prices = (row.step_key for row in news.steps)
		(self.offer,) = (row.step_key for row in offer.steps)
		self.make_runs()
		self.make_later_ones()

	def make_runs(self) -> None:
		"""One went through it and bought, one unsubscribed, one replied."""
		run = self.run(NEWS, self.sold, "Completed")
		mail = self.step(run, self.welcome, "Sent", 0)
		self.step(run, self.call, "Task", 3)
		prices = self.step(run, self.prices, "Sent", 7)
		for step, day, robot in ((mail, 0.1, 0), (mail, 0.2, 0), (mail, 0.01, 1), (prices, 8, 0)):
			self.response(self.sold, self.click, day, robot=robot, step=step)
		self.response(self.sold, self.reply, 9)
		run = self.run(NEWS, self.rejected, "Stopped", "Unsubscribed", 4)
		self.response(self.rejected, self.click, 1, step=self.step(run, self.welcome, "Sent", 0))
		self.step(run, self.call, "Task", 3)
		run = self.run(NEWS, self.new, "Stopped", "Replied", 1)
		self.step(run, self.welcome, "Sent", 0)
		self.response(self.new, self.reply, -1)
		self.response(self.new, self.reply, 0.5)
		self.response(self.new, self.reply, 0.6)
		self.response(self.new, self.reply, 2)

	def make_later_ones(self) -> None:
		"""What failed, a step that is gone, one that unsubscribed at once, another program, another year."""
		run = self.run(NEWS, self.unfit, "Active")
		self.step(run, self.welcome, "Failed", 0)
		self.step(run, REMOVED, "Task", 1, title="Old Webinar", channel="Webinar", day=1, number=1)
		self.step(run, self.call, "Left Out", 3)
		run = self.run(NEWS, self.open, "Paused")
		self.step(run, self.welcome, "Not Delivered", 0)
		self.response(self.open, self.reply, 1, robot=1)
		self.run(NEWS, self.old, "Stopped", "Unsubscribed", 0)
		self.step(self.run(OFFER, self.sold, "Completed"), self.offer, "Sent", 0)
		run = self.run(OFFER, self.rejected, "Active", at=datetime(YEAR - 1, 5, 1))
		self.step(run, self.offer, "Sent", 0)

	def run(
		self,
		program: str,
		lead: str,
		status: str,
		reason: str | None = None,
		stopped: float | None = None,
		at: datetime = START,
	) -> str:
		values = {"program": program, "lead_nurture": lead, "lead": lead, "company": COMPANY}
		stopped_on = None if stopped is None else at + stopped * DAY
		values |= {"status": status, "stop_reason": reason, "stopped_on": stopped_on, "enrolled_on": at}
		(name,) = lead_rows.insert(ENROLMENT, [{**values, "run_key": f"{program} {lead}"}], at)
		return name

	def step(self, run: str, key: str, outcome: str, after: float, **values: Any) -> str:
		of = frappe.db.get_value(ENROLMENT, run, ["program", "lead_nurture", "lead", "company"], as_dict=True)
		row = self.rows_of.get(key)
		if row:
			values = {name: row.get(name) for name in ("day", "number", "channel", "title")} | values
		values |= {"enrolment": run, "step_key": key, "outcome": outcome, "done_on": START + after * DAY}
		(name,) = lead_rows.insert(RUN, [{**of, **values}], START)
		return name

	def response(self, lead: str, kind: str, day: float, robot: int = 0, step: str | None = None) -> None:
		moment = START + day * DAY
		values = {"lead_nurture": lead, "lead": lead, "company": COMPANY, "response_type": kind}
		values |= {"responded_on": moment, "robot": robot}
		if step:
			values |= {"reference_doctype": RUN, "reference_name": step}
		lead_rows.insert(RESPONSE, [values], moment)


class PerformanceTests(ReportChecks):
	reports = (PERFORMANCE,)
	filters = {PERFORMANCE: ("program", "source", "campaign", "territory", "qualifier")}
	RUNS = ("label", "enrolled", "active", "paused", "completed", "stopped", "reasons")
	GOT = (
		*("label", "sent", "tasks", "failed", "undelivered", "left_out", "responded", "rate"),
		*("responses", "robots", "replied", "unsubscribed"),
	)

	def totals(self, **filters: Any) -> dict[str, int]:
		return {
			row["program"]: row["enrolled"] for row in self.rows(PERFORMANCE, **filters) if not row["indent"]
		}

	def test_runs(self) -> None:
		rows = [row for row in self.rows(PERFORMANCE) if row["indent"] == 0]
		self.assertEqual(
			self.table(rows, *self.RUNS),
			[
				(NEWS, 6, 1, 1, 1, 3, "has unsubscribed: 2, has replied: 1"),
				(OFFER, 1, 0, 0, 1, 0, ""),
			],
		)

	def test_steps(self) -> None:
		self.assertEqual(
			self.table(self.rows(PERFORMANCE), *self.GOT),
			[
				(NEWS, 4, 3, 1, 1, 1, 2, 33.33, 4, 1, 2, 2),
				("Day 0: Welcome", 3, 0, 1, 1, 0, 2, 66.67, 3, 1, 1, 0),
				("Day 1: Old Webinar (removed)", 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0),
				("Day 3: Call", 0, 2, 0, 0, 1, 0, 0, 0, 0, 0, 1),
				("Day 7: Price List", 1, 0, 0, 0, 0, 1, 100, 1, 0, 1, 0),
				(OFFER, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0),
				("Day 0: Offer", 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0),
			],
		)

	def test_a_step_that_nobody_got_yet_is_there(self) -> None:
		frappe.db.delete(RUN, {"step_key": self.house.prices})
		(row,) = [row for row in self.rows(PERFORMANCE) if row["label"] == "Day 7: Price List"]
		self.assertEqual((row["sent"], row["rate"], row["replied"]), (0, None, 0))
		(call,) = [row for row in self.rows(PERFORMANCE) if row["label"] == "Day 3: Call"]
		self.assertEqual(call["replied"], 1)  # the last step that the lead had got

	def test_a_step_is_called_what_it_is_called_now(self) -> None:
		"""One that is gone: what it was called last."""
		frappe.db.set_value(f"{PROGRAM} Step", {"step_key": self.house.welcome}, "title", "Hello")
		run = frappe.db.get_value(ENROLMENT, {"program": NEWS, "lead": self.house.open})
		self.house.step(run, REMOVED, "Task", 9, title="Webinar", channel="Webinar", day=1, number=1)
		labels = [row["label"] for row in self.rows(PERFORMANCE)]
		self.assertIn("Day 0: Hello", labels)
		self.assertIn("Day 1: Webinar (removed)", labels)

	def test_cards_and_charts_of_one_and_of_several(self) -> None:
		chart, summary = execute(PERFORMANCE, SPAN)[3:5]
		self.assertEqual([card["value"] for card in summary], [7, 2, 5, 2, 3, 2])
		self.assertEqual(chart["data"]["labels"], [NEWS, OFFER])
		self.assertEqual(chart["data"]["datasets"][0]["values"], [6, 1])
		chart = execute(PERFORMANCE, {**SPAN, "program": NEWS})[3]
		self.assertEqual(chart["data"]["labels"][0], "0: Welcome")
		self.assertEqual(chart["data"]["datasets"][0]["values"], [3, 1, 2, 1])

	def test_filters(self) -> None:
		for filters, wanted in (
			({"program": OFFER}, {OFFER: 1}),
			({"source": "Web"}, {NEWS: 2, OFFER: 1}),
			({"source": "Fair"}, {NEWS: 2}),
			({"campaign": "Spring"}, {NEWS: 2, OFFER: 1}),
			({"territory": NORTH}, {NEWS: 2, OFFER: 1}),
			({"qualifier": OPERATIONS}, {NEWS: 1}),
			({"from_date": f"{YEAR}-05-02"}, {}),
			({"from_date": f"{YEAR}-05-01", "to_date": f"{YEAR}-05-01"}, {NEWS: 6, OFFER: 1}),
			({"from_date": f"{YEAR - 1}-01-01"}, {NEWS: 6, OFFER: 2}),
			({"company": lead_house.COMPANY}, {}),
		):
			with self.subTest(filters):
				self.assertEqual(self.totals(**filters), wanted)

	def test_what_each_user_sees(self) -> None:
		for user, wanted in (
			(QUALIFIER, {NEWS: 6, OFFER: 1}),
			(OPERATIONS, {NEWS: 6, OFFER: 1}),
			(MAX_USER, {NEWS: 2, OFFER: 1}),
			(SAM_USER, {NEWS: 3, OFFER: 1}),
		):
			with self.subTest(user):
				self.as_user(user)
				self.assertEqual(self.totals(), wanted)
		(total, *_steps) = self.rows(PERFORMANCE, program=NEWS)
		self.assertEqual((total["responses"], total["replied"], total["unsubscribed"]), (3, 1, 0))

	def test_runs_lead_to_their_list(self) -> None:
		followed = 0
		for user in ("Administrator", OPERATIONS, SAM_USER):
			self.as_user(user)
			for filters in ({}, {"program": NEWS}, {"from_date": f"{YEAR - 1}-01-01"}, {"source": "Web"}):
				columns, rows = execute(PERFORMANCE, {**SPAN, **filters})[:2]
				for row in rows:
					for column in columns:
						documents = column.get("documents")
						if row["indent"] or not documents or not row[column["fieldname"]]:
							continue
						self.assertNotIn("source", filters)
						asked = {**documents["filters"], **row["documents"]["runs"]}
						with self.subTest(user=user, asked=asked):
							self.assertEqual(len(listed(ENROLMENT, asked)), row[column["fieldname"]])
						followed += 1
		self.assertGreater(followed, 20)

	def test_the_index_that_it_reads_from(self) -> None:
		self.assertTrue(frappe.db.has_index(f"tab{RESPONSE}", "response_reference"))


class TestProgramPerformance(PerformanceTests, TestCase):
	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		cls.house = ProgramHouse()

	def setUp(self) -> None:
		super().setUp()
		forget_requests()


class TestPerformanceOfRealPrograms(program_house.ProgramCase):
	def test_what_really_happened(self) -> None:
		program = program_house.program(
			program_house.mail(0, "First"), program_house.call(3, "Call"), stop_on_reply=1
		)
		leads = [program_house.lead(f"Performance {number}") for number in range(3)]
		program_house.enrolled(program, *leads)
		program_house.sweep()
		first = [frappe.db.get_value(RUN, {"program": program.name, "lead": lead}) for lead in leads]
		for link, robot in ((Link("click", first[0], 0), False), (Link("click", first[1], 0), True)):
			program_responses.clicked(link, program_responses.address_of(link), robot)
		program_responses.unsubscribe(Link("unsubscribe", first[1], 0))
		responses.record(Response(leads[2], responses.type_for("Reply"), "Desk", title="Call me"))
		frappe.db.commit()
		program_house.sweep(program_house.later(3))
		day = str(program_house.MONDAY.date())
		asked = {"company": program.company, "from_date": day, "to_date": day, "program": program.name}
		total, mail, call = execute(PERFORMANCE, asked)[1]
		names = ("enrolled", "active", "completed", "stopped", "sent", "tasks", "responded", "robots")
		self.assertEqual([total[name] for name in names], [3, 1, 0, 2, 2, 1, 1, 1])
		self.assertEqual((total["replied"], total["unsubscribed"], total["rate"]), (1, 1, 33.33))
		# whoever unsubscribed before Frappe sent the e-mail didn't get it
		names = ("sent", "undelivered", "responses", "rate", "replied", "unsubscribed")
		self.assertEqual([mail[name] for name in names], [2, 1, 1, 50, 1, 1])
		self.assertEqual((call["tasks"], call["responses"], call["rate"]), (1, 0, 0))
