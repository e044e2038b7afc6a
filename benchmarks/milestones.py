"""Milestones: starting a process, achieving one milestone, and the reports on many, each against the least that could
do it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import frappe
from frappe.utils import getdate, now_datetime

from benchmarks import company, course, load
from benchmarks.measure import Action, Cost, Meter, middle, new_request, queries
from sales_activity.sales_activity.milestones import starting
from sales_activity.sales_activity.report.hand_off_quality import hand_off_quality
from sales_activity.sales_activity.report.milestone_time import milestone_time
from sales_activity.sales_activity.report.pipeline_velocity import pipeline_velocity
from sales_activity.sales_activity.report.standing_still import standing_still

# --- starting a process ----------------------------------------------------------------------------------------


class StartContest:
	"""Starts a process of ten milestones on projects, and inserts the rows that came of it again, in turns."""

	def __init__(self, meter: Meter, projects: int, rounds: int) -> None:
		"""Make the projects; they have a team of two and no process."""
		self.meter, self.rounds = meter, rounds
		course.empty()
		self.names = [f"{course.PREFIX}-START-{number:05}" for number in range(projects)]
		load.insert("Sales Project", (_bare_project(name) for name in self.names))
		load.insert("Sales Project Member", (row for name in self.names for row in _team(name)))
		self.columns: dict[str, list[str]] = {}
		self.rows: dict[str, list[tuple]] = {}

	def run(self) -> tuple[dict[str, Cost], dict[str, int]]:
		"""The median costs of both ways, and how many rows each table gets."""
		costs: dict[str, list[Cost]] = {"start": [], "inserts": []}
		for number in range(self.rounds + 1):
			started = self._measured(self._start)
			if not self.rows:
				self._keep_rows()
			inserted = self._measured(self._insert)
			if number:
				costs["start"].append(started)
				costs["inserts"].append(inserted)
		self._undo()
		return {way: middle(found) for way, found in costs.items()}, {
			doctype: len(rows) for doctype, rows in self.rows.items()
		}

	def _measured(self, action: Action) -> Cost:
		self._undo()
		new_request()
		return self.meter.cost(action)

	def _start(self) -> None:
		starting.start(self.names, course.PROCESSES[0])
		frappe.db.commit()

	def _keep_rows(self) -> None:
		"""The rows that the start wrote, with the columns that hold anything."""
		for doctype in course.TABLES:
			rows = frappe.db.sql(
				f"select * from `tab{doctype}` where company = %s", load.COMPANY, as_dict=True
			)
			columns = [name for name in rows[0] if any(row[name] is not None for row in rows)] if rows else []
			self.columns[doctype] = columns
			self.rows[doctype] = [tuple(row[name] for name in columns) for row in rows]

	def _insert(self) -> None:
		"""As few statements as the packets of MariaDB allow: 2,000 rows in each."""
		for doctype, rows in self.rows.items():
			names = ", ".join(f"`{name}`" for name in self.columns[doctype])
			mark = f"({', '.join(['%s'] * len(self.columns[doctype]))})"
			for first in range(0, len(rows), load.CHUNK):
				some = rows[first : first + load.CHUNK]
				values = [value for row in some for value in row]
				frappe.db.sql(
					f"insert into `tab{doctype}` ({names}) values {', '.join([mark] * len(some))}", values
				)
		frappe.db.commit()

	def _undo(self) -> None:
		for doctype in course.TABLES:
			frappe.db.delete(doctype, {"company": load.COMPANY})
		frappe.db.set_value(
			"Sales Project",
			{"name": ("in", self.names)},
			{"process_started_on": None, "current_milestone": None, "sales_process": None},
			update_modified=False,
		)
		frappe.db.commit()


def _bare_project(name: str) -> load.Row:
	return {
		**load.document(name, docstatus=0),
		"title": name,
		"party_type": "Customer",
		"party": load.CUSTOMER,
		"party_name": load.CUSTOMER,
		"customer": load.CUSTOMER,
		"territory": load.TERRITORY,
		"status": "Open",
		"workflow_state": "Open",
	}


def _team(name: str) -> Iterator[load.Row]:
	people = [person for person, _manager in company.people()]
	for idx, person in enumerate((people[20], people[21]), start=1):
		yield {
			**load.child("Sales Project", "team", name, idx, docstatus=0),
			"sales_person": person,
			"sales_role": company.role_of(person),
			"credit_percent": 100,
		}


# --- achieving a milestone ---------------------------------------------------------------------------------------


class AchieveContest:
	"""Saves milestones: with another remark, and as achieved, in turns. Both as the head of all 200 people, who
	may do it for everybody."""

	def __init__(self, meter: Meter, rounds: int) -> None:
		"""Start the process on enough projects."""
		self.meter, self.rounds = meter, rounds
		course.empty()
		names = [f"{course.PREFIX}-SAVE-{number:05}" for number in range(2 * rounds + 4)]
		load.insert("Sales Project", (_bare_project(name) for name in names))
		load.insert("Sales Project Member", (row for name in names for row in _team(name)))
		starting.start(names, course.PROCESSES[0])
		frappe.db.commit()
		self._milestones = iter([starting.milestone_name(name, 1) for name in names])

	def run(self) -> tuple[dict[str, Cost], dict[str, int]]:
		"""The median costs and the numbers of statements."""
		counts = {way: self._save(way, queries) for way in ("plain", "achieve")}  # warms up
		counts = {way: self._save(way, queries) for way in counts}
		costs: dict[str, list[Cost]] = {way: [] for way in counts}
		for number in range(self.rounds):
			for way in sorted(counts, reverse=bool(number % 2)):
				costs[way].append(self._save(way, self.meter.cost))
		course.empty()
		return {way: middle(found) for way, found in costs.items()}, counts

	def _save(self, way: str, measured: Callable[[Action], object]) -> object:
		doc = frappe.get_doc("Sales Milestone", next(self._milestones))
		with _as(load.HEAD_USER):
			return measured(lambda: _save(doc, way))


def _save(doc: object, way: str) -> None:
	if way == "achieve":
		doc.workflow_state = "Achieved"
	doc.remark = "They want it before the summer."
	doc.save()
	frappe.db.commit()


@contextmanager
def _as(user: str) -> Iterator[None]:
	new_request(user)
	try:
		yield
	finally:
		frappe.set_user("Administrator")


# --- reports -----------------------------------------------------------------------------------------------------

# what each report shows, asked straight: no permissions, no filters, nothing but the figures
PLAIN_SQL = {
	"Pipeline Velocity": """
		select flow.*, won.worth, won.middle from (
			select sales_process,
				sum(process_started_on >= %(start)s) started,
				sum(status = 'Won' and closed_on >= %(start)s) won,
				sum(status = 'Lost' and closed_on >= %(start)s) lost,
				sum(timestampdiff(second, greatest(process_started_on, %(start)s), least(coalesce(closed_on, %(now)s), %(now)s)))
			from `tabSales Project` where company = %(company)s and process_started_on is not null group by 1
		) flow left join (
			select distinct sales_process, sum(value) over (partition by sales_process) worth,
				percentile_cont(0.5) within group (order by cycle) over (partition by sales_process) middle
			from (
				select project.sales_process, timestampdiff(second, process_started_on, closed_on) cycle,
					(select sum(base_net_total) from `tabSales Order` o
					where o.sales_project = project.name and o.docstatus = 1) value
				from `tabSales Project` project
				where company = %(company)s and status = 'Won' and closed_on >= %(start)s
			) cycles
		) won on won.sales_process = flow.sales_process
	""",
	"Milestone Time": """
		select sales_process, milestone, min(count), min(lates), min(expected), min(median), min(p90) from (
			select sales_process, milestone, count(*) over (partition by sales_process, milestone) count,
				sum(late) over (partition by sales_process, milestone) lates,
				avg(expected_days) over (partition by sales_process, milestone) expected,
				percentile_cont(0.5) within group (order by seconds) over (partition by sales_process, milestone) median,
				percentile_cont(0.9) within group (order by seconds) over (partition by sales_process, milestone) p90
			from (
				select milestone.sales_process, milestone.milestone, milestone.expected_days,
					date(milestone.achieved_on) > milestone.due_date late, sum(move.seconds) seconds
				from `tabSales Milestone` milestone
				join `tabMilestone Move` move on move.sales_milestone = milestone.name
					and move.from_state in ('Ready', 'In Progress', 'Returned')
				where milestone.company = %(company)s and milestone.status = 'Achieved'
					and milestone.achieved_on >= %(start)s
				group by milestone.name
			) spent
		) figures group by 1, 2
	""",
	"Standing Still": """
		select milestone.sales_project, project.title, project.party_name, milestone.name, milestone.milestone,
			milestone.turn_of, milestone.status, milestone.sales_role, milestone.expected_days, milestone.due_date,
			milestone.state_since, datediff(%(today)s, milestone.due_date) days_over,
			timestampdiff(second, milestone.opened_on, %(now)s),
			(select sum(base_net_total) from `tabSales Order` o
			where o.sales_project = project.name and o.docstatus = 1) ordered,
			(select sum(base_net_total) from `tabQuotation` q
			where q.sales_project = project.name and q.docstatus = 1) offered
		from `tabSales Milestone` milestone
		join `tabSales Project` project on project.name = milestone.sales_project
		where milestone.company = %(company)s and milestone.status in ('Ready', 'In Progress', 'Returned')
			and milestone.due_date < %(today)s and project.status in ('Open', 'Won')
		order by days_over desc, ordered desc
	""",
	"Hand-off Quality": """
		select distinct from_role, from_milestone, to_role, to_milestone,
			count(*) over (partition by from_role, from_milestone, to_role, to_milestone) hand_offs,
			sum(returns > 0) over (partition by from_role, from_milestone, to_role, to_milestone) returned,
			sum(reminders) over (partition by from_role, from_milestone, to_role, to_milestone) reminded,
			sum(escalations) over (partition by from_role, from_milestone, to_role, to_milestone) escalated,
			percentile_cont(0.5) within group (order by waited)
				over (partition by from_role, from_milestone, to_role, to_milestone) middle
		from (
			select origin.sales_role from_role, origin.milestone from_milestone, milestone.sales_role to_role,
				milestone.milestone to_milestone, sum(h.kind = 'Return') returns, sum(h.kind = 'Reminder') reminders,
				sum(h.kind = 'Escalation') escalations,
				max(if(h.kind = 'Hand-off', timestampdiff(second, h.sent_on, h.settled_on), null)) waited
			from `tabMilestone Hand-off` h
			join `tabSales Milestone` milestone on milestone.name = h.sales_milestone
			left join `tabSales Milestone` origin on origin.name = h.from_milestone
			where h.company = %(company)s and h.sent_on >= %(start)s group by h.sales_milestone
		) handed
	""",
}
REPORTS = {
	"Pipeline Velocity": pipeline_velocity.execute,
	"Milestone Time": milestone_time.execute,
	"Standing Still": standing_still.execute,
	"Hand-off Quality": hand_off_quality.execute,
}
USERS = {"everybody": "Administrator", "head of all": load.HEAD_USER, "manager of 20": load.MANAGER_USER}


def run_report(name: str, user: str, **filters: object) -> tuple:
	"""The report on the last year, as a user's browser would ask for it."""
	today = getdate()
	period = {"from_date": str(today.replace(year=today.year - 1)), "to_date": str(today)}
	asked = {"company": load.COMPANY, **({} if name == "Standing Still" else period), **filters}
	with _as(user):
		return REPORTS[name](asked)


def plain_sql(name: str) -> list[tuple]:
	"""The figures of the report, straight."""
	today = getdate()
	return frappe.db.sql(
		PLAIN_SQL[name],
		{
			"company": load.COMPANY,
			"start": today.replace(year=today.year - 1),
			"now": now_datetime(),
			"today": today,
		},
	)


def compare(meter: Meter, name: str, rounds: int) -> dict[str, Cost]:
	"""The median costs of the plain SQL and of the report for each user, in turns."""
	return meter.take_turns(
		{
			"plain SQL": lambda: plain_sql(name),
			**{who: lambda user=user: run_report(name, user) for who, user in USERS.items()},
		},
		rounds,
	)
