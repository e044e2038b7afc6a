"""The texts of a program's e-mails: an Email Template filled in for a lead. No site, nothing looked up.

Templates are Jinja in a sandbox of their own, in which there is nothing but what is said of the lead: Frappe's own
(``frappe.utils.jinja``) offers the whole database to whoever may write an Email Template, and leaves what it doesn't
know standing as ``{{ name }}``. In the body everything that is filled in is escaped.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from jinja2 import StrictUndefined, TemplateError, meta
from jinja2.sandbox import ImmutableSandboxedEnvironment

from sales_activity.sales_activity.milestones.messages import one_line

# fields of the Lead that a template may use, as {{ lead_name }} or {{ doc.lead_name }}
LEAD_FIELDS = (
	*("first_name", "last_name", "lead_name", "company_name", "job_title", "email_id", "mobile_no", "phone"),
	*("website", "territory", "city", "country", "industry", "salutation", "title"),
)
# what else is filled in: the lead, whoever it is from, the step's link and title, how to get no more
NAMES = ("doc", "lead", "owner_name", "owner_email", "program", "step", "link", "unsubscribe_url")
MOST_CHARACTERS = 500_000


class TemplateProblem(Exception):
	"""A template that can't be filled in; says why in plain text."""


class Text(NamedTuple):
	"""Subject: one plain line; body: HTML."""

	subject: str
	body: str


def _environment(autoescape: bool) -> ImmutableSandboxedEnvironment:
	return ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=autoescape)


_PLAIN, _HTML = _environment(False), _environment(True)


def problem_of(template: Mapping[str, object]) -> str | None:
	"""What is wrong with an Email Template before anything is filled in: its notation, or a name that there isn't."""
	for source in parts(template):
		try:
			unknown = meta.find_undeclared_variables(_PLAIN.parse(source)) - {*NAMES, *LEAD_FIELDS}
		except TemplateError as error:
			return str(error)
		except RecursionError:
			return "too deeply nested"
		unknown -= set(_PLAIN.globals)
		if unknown:
			return f"{{{{ {', '.join(sorted(unknown))} }}}}?"
	return None


def parts(template: Mapping[str, object]) -> tuple[str, str]:
	"""Subject and body of an Email Template."""
	body = template.get("response_html") if template.get("use_html") else template.get("response")
	return str(template.get("subject") or ""), str(body or "")


def fill(template: Mapping[str, object], values: Mapping[str, object]) -> Text:
	"""Subject and body for a lead. ``values``: plain text by name. Raises TemplateProblem."""
	subject, body = parts(template)
	text = Text(one_line(_filled(_PLAIN, subject, values)), _filled(_HTML, body, values))
	if not text.subject:
		raise TemplateProblem("the subject is empty")
	return text


def _filled(environment: ImmutableSandboxedEnvironment, source: str, values: Mapping[str, object]) -> str:
	try:
		text = environment.from_string(source).render(values)
	except Exception as error:  # an expression may fail in any way
		raise TemplateProblem(f"{type(error).__name__}: {error}"[:400]) from error
	if len(text) > MOST_CHARACTERS:
		raise TemplateProblem(f"{len(text)} > {MOST_CHARACTERS}")
	return text


def values_of(lead: Mapping[str, object], **more: object) -> dict[str, object]:
	"""What templates are filled with: what is said of the Lead under its own names and in ``doc`` and ``lead``; what is
	empty is empty text."""
	said = {field: str(lead.get(field) or "") for field in LEAD_FIELDS}
	return {**said, "doc": said, "lead": said, **{name: "" for name in NAMES[2:]}, **more}
