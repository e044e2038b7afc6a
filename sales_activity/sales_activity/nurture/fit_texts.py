"""What the user reads about a bad definition: what is wrong, and what to do."""

from __future__ import annotations

from frappe import _

from sales_activity.sales_activity.milestones import form_texts
from sales_activity.sales_activity.milestones.forms import Problem


def text_of(problem: Problem) -> str:
	"""The sentence for a problem of ``fit`` or of ``milestones.forms``, with everything that was sent escaped."""
	return form_texts.text_of(problem, _texts())


def _texts() -> dict[str, str]:
	return {
		"no_criteria": _("A definition needs at least one criterion."),
		"too_many_criteria": _("A definition has at most {1} criteria. Whoever is called has little time."),
		"repeated_criterion": _("{0} stands there twice. Give each criterion a label of its own."),
		"no_label": _("A criterion has no label. Write what it is about."),
		"bad_kind": _("{0}: there is no kind '{1}'. Choose one of {2}."),
		"unknown_lead_field": _("{0}: a Lead has no field '{1}'. Choose one from the list."),
		"bad_scored_answer": _(
			"{0}: the line '{1}' is no answer with points. Write one answer a line, as: Yes, approved = 20"
		),
		"no_scored_answers": _(
			"{0}: write its answers with their points, one a line, as: Yes, approved = 20"
		),
		"bad_points": _(
			"{0}: '{1}' can't be points. Take a number up to {2} with at most two digits behind."
		),
		"bad_threshold": _("The threshold must be above 0: the points from which a lead goes to sales."),
		"threshold_out_of_reach": _(
			"No lead can ever reach the threshold {1}: all criteria together give {2} points. Lower it or give more."
		),
	}
