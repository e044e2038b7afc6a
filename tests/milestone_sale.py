"""A running process of two milestones for the tests from outside: Vinod calls (with a form), Zoe visits (with
evidence). Priya has no part in it, Mara manages Vinod, Olga is in Sales Operations."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from outside import World, explain
from outside_site import SELLER, VINOD, ZOE

FORM, PROCESS, ROLE = "Outside Call", "Outside Process", "Outside Caller"
ROWS = [
	{"milestone": "Call", "step": 1, "sales_role": ROLE, "milestone_form": FORM},
	{"milestone": "Visit", "step": 2, "sales_role": SELLER, "evidence_required": 1},
]


@contextmanager
def running(world: World, questions: list[dict]) -> Iterator[dict[str, str]]:
	"""Make form, process and project, and take them away again; gives the names of project, call and visit."""
	made: list[tuple[str, str]] = []

	def make(doctype: str, **values: Any) -> str:
		answer = world.admin.write("POST", doctype, **values)
		assert answer.ok, explain(answer)
		made.append((doctype, answer.json()["data"]["name"]))
		return made[-1][1]

	try:
		make("Sales Role", sales_role_name=ROLE)
		make("Milestone Form", form_name=FORM, questions=questions, description="Ask, then listen.")
		rows = [{**row, "outcome": "Anybody can check it", "expected_days": 2} for row in ROWS]
		make("Sales Process", process_name=PROCESS, milestones=rows)
		name = make(
			"Sales Project",
			title="Outside milestones",
			company=world.harbour["company"],
			party_type="Customer",
			party=world.harbour["customers"]["clinic"],
			team=[{"sales_person": VINOD, "sales_role": ROLE}, {"sales_person": ZOE, "sales_role": SELLER}],
			sales_process=PROCESS,
		)
		yield {"project": name, "call": f"{name}-01", "visit": f"{name}-02"}
	finally:
		for doctype, document in reversed(made):
			answer = world.admin.write("DELETE", doctype, document)
			assert answer.ok, explain(answer)
