"""Responses of leads: scores made again from all of them, and one more recorded, each against the least that could do
it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta

import frappe
from frappe.utils import getdate, now_datetime

from benchmarks import load
from benchmarks.measure import Cost, Meter, middle, new_request, queries
from sales_activity.sales_activity.nurture import rescoring, responses, scoring
from sales_activity.sales_activity.nurture.response_rules import Response
from sales_activity.sales_activity.nurture.scoring import NURTURE, RESPONSE, TYPE

PREFIX = "BENCH-LEAD"
OF_A_LEAD = 20  # responses, on average
DAYS = 400
ROBOTS = 0.05

# what the leads' responses are worth today, asked straight: no caps, no rounding, nothing written
PLAIN_SQL = f"""
	select lead_nurture, sum(points) from (
		select response.lead_nurture, response.response_type,
			sum(type.points * if(type.half_life_days = 0, 1,
				pow(0.5, datediff(%(on)s, response.responded_on) / type.half_life_days))) points
		from `tab{RESPONSE}` response join `tab{TYPE}` type on type.name = response.response_type
		where response.robot = 0 and response.lead_nurture like %(leads)s
		group by response.lead_nurture, response.response_type
	) by_type group by lead_nurture
"""


def fill(count: int) -> None:
	"""Replace what was loaded before by ``count`` responses of a twentieth as many leads."""
	empty()
	leads = max(count // OF_A_LEAD, 1)
	load.insert(NURTURE, (_nurture(number) for number in range(leads)))
	load.insert(RESPONSE, _responses(count, leads))
	for doctype in (NURTURE, RESPONSE):
		frappe.db.sql_ddl(f"analyze table `tab{doctype}`")


def empty() -> None:
	"""Take the leads and their responses away."""
	for doctype in (RESPONSE, NURTURE):
		frappe.db.delete(doctype, {"lead": ["like", f"{PREFIX}-%"]})
		frappe.db.commit()


def plain_sql() -> tuple:
	"""The aggregate that rescoring is measured against."""
	new_request()
	return frappe.db.sql(PLAIN_SQL, {"on": getdate(), "leads": f"{PREFIX}-%"})


def rescore_all() -> int:
	"""What happens after midnight: every lead's score is of yesterday."""
	new_request()
	return rescoring.rescore()


def make_stale() -> None:
	"""As it is at midnight."""
	frappe.db.sql(f"update `tab{NURTURE}` set scored_on = null where company = %s", load.COMPANY)
	frappe.db.commit()


def compare(meter: Meter, rounds: int) -> dict[str, Cost]:
	"""The median costs of the plain aggregate and of rescoring everything, in turns."""
	costs: dict[str, list[Cost]] = {"plain SQL": [], "rescoring": []}
	for number in range(rounds + 1):
		plain = meter.cost(plain_sql)
		make_stale()
		ours = meter.cost(rescore_all)
		if number:
			costs["plain SQL"].append(plain)
			costs["rescoring"].append(ours)
	return {way: middle(found) for way, found in costs.items()}


def longest_batch() -> float:
	"""Seconds for which rescoring holds the locks of a batch, at most."""
	make_stale()
	original, longest = scoring.refresh, 0.0

	def refresh(*args: object) -> None:
		nonlocal longest
		started = now_datetime()
		original(*args)
		frappe.db.commit()
		longest = max(longest, (now_datetime() - started).total_seconds())

	scoring.refresh = refresh
	try:
		rescore_all()
	finally:
		scoring.refresh = original
	return longest


class RecordContest:
	"""Records one response, or inserts its row and no more, in turns; each is committed."""

	def __init__(self, meter: Meter, rounds: int) -> None:
		"""The leads are there (``fill``)."""
		self.meter, self.rounds = meter, rounds
		self.leads = frappe.get_all(
			NURTURE, {"lead": ["like", f"{PREFIX}-%"]}, pluck="name", limit=rounds + 2
		)

	def run(self) -> tuple[dict[str, Cost], dict[str, int]]:
		"""The median costs and the numbers of statements."""
		counts = {"insert": queries(lambda: self._insert(0)), "record": queries(lambda: self._record(0))}
		costs: dict[str, list[Cost]] = {way: [] for way in counts}
		for number in range(1, self.rounds + 1):
			for way, action in (("insert", self._insert), ("record", self._record)):
				costs[way].append(self.meter.cost(lambda action=action, number=number: action(number)))
		return {way: middle(found) for way, found in costs.items()}, counts

	def _record(self, number: int) -> None:
		lead = self.leads[number % len(self.leads)]
		responses.record(
			Response(lead, "Reply", "API", title="Prices", key=f"{PREFIX}-{number}-{now_datetime()}")
		)
		frappe.db.commit()

	def _insert(self, number: int) -> None:
		"""The same row, with a key of its own."""
		lead, name = self.leads[-1 - number % len(self.leads)], load.hash_name(f"{number} {now_datetime()}")
		row = _response(name, lead, "Reply", now_datetime(), robot=0)
		row.update(title="Prices", idempotency_key=name, key_digest=name)
		columns = ", ".join(f"`{column}`" for column in row)
		marks = ", ".join(["%s"] * len(row))
		frappe.db.sql(f"insert into `tab{RESPONSE}` ({columns}) values ({marks})", list(row.values()))
		frappe.db.commit()


def _nurture(number: int) -> load.Row:
	name = f"{PREFIX}-{number:06}"
	state = {"status": "Nurturing", "workflow_state": "Nurturing"}
	return {
		**load.document(name, docstatus=0),
		"lead": name,
		"lead_name": name,
		"fit_score": number % 50,
		**state,
	}


def _responses(count: int, leads: int) -> Iterator[load.Row]:
	"""Of leads that respond more or less often, on days of a bit more than a year, the same at each run."""
	dice, today = random.Random(4), getdate()
	kinds = frappe.get_all(TYPE, {"disabled": 0}, pluck="name", order_by="name")
	for number in range(count):
		lead = f"{PREFIX}-{int(leads * dice.random() ** 1.5):06}"
		moment = datetime(today.year, today.month, today.day) - timedelta(days=DAYS * dice.random())
		yield _response(f"bench{number:09x}", lead, dice.choice(kinds), moment, int(dice.random() < ROBOTS))


def _response(name: str, lead: str, kind: str, moment: datetime, robot: int) -> load.Row:
	return {
		**load.document(name, docstatus=0),
		"lead_nurture": lead,
		"lead": lead,
		"response_type": kind,
		"responded_on": moment,
		"source": "API",
		"robot": robot,
	}
