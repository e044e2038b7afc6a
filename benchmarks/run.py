"""Measures what README.md describes and prints it. `make benchmark` runs it in `sites/` with the bench's Python.

run.py [--sizes 1000,10000,100000] [--rounds 5] [--submits 42] [--variance-up-to 10000]
	[--milestones 100000] [--started 1000] [--responses 1000000] [--leads 50000]
	[--claims 100000]
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from itertools import pairwise
from pathlib import Path
from types import ModuleType

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import frappe

from benchmarks import (
	course,
	expenses,
	lead_reports,
	load,
	measure,
	milestones,
	rebuild,
	report,
	responses,
	submit,
)
from benchmarks.measure import Cost, Meter
from sales_activity.sales_activity.credit import months

MIB = 2**20


def main(arguments: list[str]) -> None:
	"""Measure at each size, then the submit; print as it goes."""
	asked = _parse(arguments)
	frappe.init(site=os.environ["SA_SITE"])
	frappe.connect()
	try:
		print(
			f"Engine: {os.environ.get('SA_ENGINE', 'unknown')}, MariaDB {frappe.db.sql('select version()')[0][0]}"
		)
		print("Ratios are wall time / processor time (this process and its thread in MariaDB).", flush=True)
		load.make_masters()
		load.add_erpnext_targets()
		costs = {size: _measure_size(size, asked) for size in asked.sizes}
		if asked.sizes:
			_print_growth(costs)
			_print_submit(asked.submits)
		if asked.started:
			_print_milestones(asked)
		if asked.responses:
			_print_responses(asked)
		if asked.leads:
			_print_lead_reports(asked)
		if asked.claims:
			_print_expenses(asked)
	finally:
		frappe.destroy()


def _parse(arguments: list[str]) -> argparse.Namespace:
	parser = argparse.ArgumentParser(prog="make benchmark", description=__doc__)
	sizes = {
		"type": lambda text: [int(part) for part in text.split(",") if part],
		"default": [1000, 10_000, 100_000],
	}
	parser.add_argument("--sizes", **sizes, help="numbers of orders, smallest first")
	parser.add_argument("--rounds", type=int, default=5, help="repetitions of each report")
	parser.add_argument("--submits", type=int, default=42, help="orders submitted in each of three ways")
	parser.add_argument("--milestones", type=int, default=100_000, help="milestones that reports run on")
	parser.add_argument(
		"--started", type=int, default=1000, help="projects on which a process is started; 0: no milestones"
	)
	parser.add_argument("--responses", type=int, default=1_000_000, help="responses of leads that are scored")
	parser.add_argument("--leads", type=int, default=50_000, help="leads that their reports run on")
	parser.add_argument("--claims", type=int, default=100_000, help="open expense claims")
	parser.add_argument(
		"--variance-up-to", type=int, default=10_000, help="biggest size for ERPNext's own report"
	)
	return parser.parse_args(arguments)


def _measure_size(size: int, asked: argparse.Namespace) -> Cost:
	"""Load a company of that size and measure on it; returns what the report of everybody costs."""
	print(f"\n{size:,} orders")
	load.fill(size)
	_print_rebuild(size)
	load.analyze()
	_check_sums()
	_print_reports(asked.rounds, "ledger alone")
	_print_fold()
	load.analyze()
	everybody = _print_reports(asked.rounds, "folded")
	_print_counts()
	_print_variance(size, everybody, asked)
	return everybody


def _print_reports(rounds: int, state: str) -> Cost:
	"""The reports of three users against the plain SQL; returns what that of everybody costs."""
	costs = Meter().take_turns(
		{
			"plain SQL": report.plain_sql,
			"everybody": lambda: _report_as("Administrator"),
			"head of all": lambda: _report_as(load.HEAD_USER),
			"manager of 20": lambda: _report_as(load.MANAGER_USER),
		},
		rounds,
	)
	plain = costs.pop("plain SQL")
	_line("plain SQL over orders, lines and teams", f"{plain.wall:.2f} s / {plain.cpu:.2f} s")
	for name, cost in costs.items():
		_line(f"report against plain SQL, {name}, {state}", _ratio(cost / plain), f"{cost.wall:.2f} s")
	return costs["everybody"]


def _print_fold() -> None:
	"""Do what the nightly job does, with the entries of today too: here a year's ledger is a minute old."""
	started = time.perf_counter()
	count = months.fold(age=0)
	rate = count / (time.perf_counter() - started)
	_line("ledger folded into monthly sums", f"{rate:,.0f} entries/s", f"{count:,} entries")


def _report_as(user: str) -> tuple:
	measure.new_request(user)
	try:
		return report.run(load.COMPANY)
	finally:
		frappe.set_user("Administrator")


def _check_sums() -> None:
	"""The ledger and the plain SQL must tell the same, or comparing their speed means nothing."""
	due, posted = sum(amount for *_key, amount in report.plain_sql()), report.ledger_total()
	if abs(due - posted) > 0.01:
		raise SystemExit(f"The ledger holds {posted}, the orders come to {due}.")


def _print_rebuild(size: int) -> None:
	for label, result in (("ledger built", rebuild.run()), ("ledger rebuilt, nothing to do", rebuild.run())):
		_line(
			label,
			f"{size / result.seconds:,.0f} orders/s",
			f"{1000 * result.queries / size:.1f} queries per 1,000",
		)


def _print_counts() -> None:
	for user in ("Administrator", load.HEAD_USER, load.MANAGER_USER):
		_line(f"queries of the report, {user}", str(measure.queries(lambda user=user: _report_as(user))))
	for user in ("Administrator", load.HEAD_USER):
		_line(f"memory beyond idle, {user}", f"{measure.memory_in_new_process(user) / MIB:.1f} MiB")


def _print_variance(size: int, ours: Cost, asked: argparse.Namespace) -> None:
	variance = report.variance_report()
	if not variance:
		return _line("ERPNext's target variance report", "not on this engine")
	if size > asked.variance_up_to:
		return _line("ERPNext's target variance report", f"not run above {asked.variance_up_to:,} orders")
	theirs = Meter().cost(variance)
	_line("ERPNext's target variance report against ours", _ratio(theirs / ours), f"{theirs.wall:.1f} s")
	return _line("queries of ERPNext's report", str(measure.queries(variance)))


def _print_growth(costs: dict[int, Cost]) -> None:
	print("\ngrowth of the report")
	sizes = list(costs)
	for small, big in pairwise(sizes):
		_line(f"{small:,} to {big:,} orders", _ratio(costs[big] / costs[small]))


def _print_submit(rounds: int) -> None:
	print("\nSubmit of an order in the desk")
	costs, counts = submit.Contest(Meter(), rounds).run()
	for way in (submit.WITHOUT_EVENTS, submit.WITHOUT):
		_line(f"{submit.WITH} against {way}", _ratio(costs[submit.WITH] / costs[way], 3))
	for way, cost in costs.items():
		_line(way, f"{counts[way]} queries", f"{cost.wall * 1000:.0f} ms / {cost.cpu * 1000:.0f} ms")


def _print_milestones(asked: argparse.Namespace) -> None:
	course.make_masters()
	print(f"\nA process of {course.STEPS} milestones started on {asked.started:,} projects")
	costs, rows = milestones.StartContest(Meter(), asked.started, asked.rounds).run()
	_line("start against bare inserts", _ratio(costs["start"] / costs["inserts"]), _seconds(costs["start"]))
	_line("rows", " + ".join(f"{count:,}" for count in rows.values()))
	print("\nA milestone achieved")
	costs, counts = milestones.AchieveContest(Meter(), 8 * asked.rounds).run()
	_line("against a plain save", _ratio(costs["achieve"] / costs["plain"], 3))
	for way, cost in costs.items():
		_line(way, f"{counts[way]} queries", f"{cost.wall * 1000:.0f} ms / {cost.cpu * 1000:.0f} ms")
	if not asked.milestones:
		return
	print(f"\nReports on {asked.milestones:,} milestones")
	course.fill(asked.milestones)
	for name in milestones.REPORTS:
		_print_report(name, asked.rounds)
	course.empty()


def _print_responses(asked: argparse.Namespace) -> None:
	responses.fill(asked.responses)
	leads = asked.responses // responses.OF_A_LEAD
	print(f"\n{asked.responses:,} responses of {leads:,} leads")
	costs = responses.compare(Meter(), asked.rounds)
	plain = costs["plain SQL"]
	_line("plain SQL over responses and types", _seconds(plain))
	_line(
		"all leads rescored against plain SQL",
		_ratio(costs["rescoring"] / plain),
		_seconds(costs["rescoring"]),
	)
	_line("longest batch", f"{1000 * responses.longest_batch():.0f} ms")
	costs, counts = responses.RecordContest(Meter(), 40 * asked.rounds).run()
	beyond = costs["record"].wall - costs["insert"].wall
	_line("one response recorded, beyond a plain insert", f"{1000 * beyond:.1f} ms")
	for way, cost in costs.items():
		_line(way, f"{counts[way]} queries", f"{cost.wall * 1000:.1f} ms / {cost.cpu * 1000:.1f} ms")
	responses.empty()


def _print_lead_reports(asked: argparse.Namespace) -> None:
	lead_reports.fill(asked.leads)
	print("\nReports on " + ", ".join(f"{count:,} {name}" for name, count in lead_reports.counts().items()))
	_print_compared(lead_reports, asked.rounds)
	lead_reports.empty()


def _print_expenses(asked: argparse.Namespace) -> None:
	expenses.fill(asked.claims)
	print("\nExpenses: " + ", ".join(f"{count:,} {name}" for name, count in expenses.counts().items()))
	for overdue in (0, expenses.OVERDUE):
		expenses.make_overdue(overdue)
		cost, count, done = expenses.check(Meter())
		_line(f"hourly check, {done} overdue", _seconds(cost), f"{count} queries")
	_print_compared(expenses, asked.rounds)
	expenses.empty()


def _print_compared(domain: ModuleType, rounds: int) -> None:
	"""Each report of a module against its plain SQL, by user."""
	for name in domain.REPORTS:
		costs, counts = domain.compare(Meter(), name, rounds)
		plain = costs.pop("plain SQL")
		_line(f"{name}, plain SQL", _seconds(plain))
		for who, cost in costs.items():
			remark = f"{_seconds(cost)}, {counts[who]} queries"
			_line(f"{name} against plain SQL, {who}", _ratio(cost / plain), remark)


def _print_report(name: str, rounds: int) -> None:
	costs = milestones.compare(Meter(), name, rounds)
	plain = costs.pop("plain SQL")
	_line(f"{name}, plain SQL", _seconds(plain))
	for who, cost in costs.items():
		count = measure.queries(lambda who=who: milestones.run_report(name, milestones.USERS[who]))
		_line(f"{name} against plain SQL, {who}", _ratio(cost / plain), f"{_seconds(cost)}, {count} queries")


def _seconds(cost: Cost) -> str:
	return f"{cost.wall:.2f} s / {cost.cpu:.2f} s"


def _ratio(ratio: Cost, digits: int = 2) -> str:
	return f"{ratio.wall:.{digits}f} / {ratio.cpu:.{digits}f}"


def _line(label: str, value: str, remark: str = "") -> None:
	print(f"  {label:<60} {value:>20}  {remark}".rstrip(), flush=True)


if __name__ == "__main__":
	main(sys.argv[1:])
