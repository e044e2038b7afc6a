"""Starting a process on many projects: those that can't be started don't keep the others from it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import frappe
from frappe import _

from sales_activity.sales_activity.milestones.starting import BATCH, ProcessStartError, start

SAVEPOINT = "start_process"
MOST_TOLD = 20  # refusals; the rest is counted


class Outcome(NamedTuple):
	"""How many projects were started, and why others were not: (project, reason)."""

	started: int
	refused: list[tuple[str, str]]


def start_each(
	projects: Sequence[str], process: str, user: str, after: Callable[[int], None] | None = None
) -> Outcome:
	"""Start the process on every project that it can be started on. ``after(done)`` is called after each batch."""
	started, refused = 0, []
	for first in range(0, len(projects), BATCH):
		batch = projects[first : first + BATCH]
		found = _start(batch, process, user)
		started, refused = started + found.started, refused + found.refused
		if after:
			after(min(first + BATCH, len(projects)))
	return Outcome(started, refused)


def start_in_background(projects: Sequence[str], process: str, user: str) -> None:
	"""The job behind ``api.milestones.start``: shows its progress to the user, and tells the outcome. Each batch is
	a transaction; a job that is run again passes over what was started."""

	def progress(done: int) -> None:
		frappe.db.commit()
		message = {
			"percent": 100 * done / len(projects),
			"title": _("Starting {0}").format(process),
			"description": _("{0} of {1} projects").format(done, len(projects)),
		}
		frappe.publish_realtime("progress", message, user=user)

	outcome = start_each(projects, process, user, progress)
	frappe.publish_realtime("msgprint", {"message": told(outcome), "title": process}, user=user)


def told(outcome: Outcome) -> str:
	"""The outcome for the user, as HTML."""
	text = _("The process was started on {0} projects.").format(outcome.started)
	if not outcome.refused:
		return text
	lines = [f"<li>{reason}</li>" for _project, reason in outcome.refused[:MOST_TOLD]]
	if len(outcome.refused) > MOST_TOLD:
		lines.append("<li>" + _("and {0} more").format(len(outcome.refused) - MOST_TOLD) + "</li>")
	return text + " " + _("Not started:") + "<ul>" + "".join(lines) + "</ul>"


def _start(batch: Sequence[str], process: str, user: str) -> Outcome:
	"""All at once; where one is refused, one by one."""
	try:
		return Outcome(_within_savepoint(batch, process, user), [])
	except ProcessStartError as error:
		if len(batch) == 1:
			return Outcome(0, [(batch[0], str(error))])
	found = [_start([project], process, user) for project in batch]
	return Outcome(sum(one.started for one in found), [row for one in found for row in one.refused])


def _within_savepoint(batch: Sequence[str], process: str, user: str) -> int:
	frappe.db.savepoint(SAVEPOINT)
	try:
		return len(start(batch, process, user))
	except ProcessStartError:
		frappe.db.rollback(save_point=SAVEPOINT)
		frappe.clear_last_message()
		raise
