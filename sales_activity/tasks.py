"""What the scheduler calls. Nothing is decided here."""

from __future__ import annotations

import frappe

from sales_activity.sales_activity.credit import months, reconcile, repost
from sales_activity.sales_activity.expenses import escalation as expense_escalation
from sales_activity.sales_activity.expenses import forwarding, payments, posting, turns
from sales_activity.sales_activity.milestones import delivery, events, reminders
from sales_activity.sales_activity.nurture import (
	enrolment,
	escalation,
	making,
	program_delivery,
	rescoring,
	retrying,
	scoring_again,
	stepping,
)


def check_ledger() -> None:
	"""Every night: compare the monthly sums with the ledger, and the ledger with the orders if the settings want
	it; tell Sales Operations of differences."""
	reconcile.check_monthly_sums()
	if frappe.db.get_single_value("Sales Activity Settings", "check_ledger_nightly"):
		reconcile.check_and_notify()


def fold_ledger() -> None:
	"""Every night: put the entries older than a day into the monthly sums."""
	months.fold()


def resume_reposts() -> None:
	"""Every ten minutes: go on with reposts whose worker died."""
	repost.resume_stopped()


def deliver_hand_offs() -> None:
	"""Every five minutes: deliver hand-offs whose job died, or which are to be tried again."""
	delivery.deliver_pending()


def take_up_documents() -> None:
	"""Every five minutes: achieve milestones whose document was submitted just while they were opened."""
	events.take_up_missed()


def remind_of_milestones() -> None:
	"""Every hour: remind of milestones that are due today, and escalate late ones; each once."""
	reminders.remind()


def rescore_leads() -> None:
	"""Every hour: after midnight all scores are of yesterday; later in the day there is only what a worker left that
	died."""
	rescoring.rescore()


def look_after_leads() -> None:
	"""Every ten minutes: tell of leads that sales did not accept in time, and go on making nurtures, or
	scoring leads by a new definition, whose worker died."""
	escalation.escalate()
	making.resume()
	scoring_again.resume()


def forward_expenses() -> None:
	"""Every morning: on the weekday of the settings, approved expense claims go to Accounts."""
	forwarding.forward_weekly()


def hand_claims_over() -> None:
	"""Every night: who stands in for an area manager from today gets what waits for them, and gives it back afterwards."""
	turns.follow_absences()


def remind_of_claims() -> None:
	"""Every hour: remind of expense claims that have waited too long, and take them a level up; each level once."""
	expense_escalation.escalate()


def look_after_expense_journals() -> None:
	"""Every night: book expense claims that waited for others, and read anew what is paid."""
	posting.post_waiting()
	payments.refresh_all()


def step_through_programs() -> None:
	"""Every five minutes: do the steps of nurture programs that are due, and failed ones that are to be tried again; put
	down which e-mails Frappe's queue could not send."""
	stepping.sweep()
	retrying.sweep()
	program_delivery.follow_queue()


def enrol_by_rules() -> None:
	"""Every hour: enrol leads in the programs whose rules hold for them."""
	enrolment.enrol_by_rules()
