"""The e-mail of a step: filled in for the lead, from whoever the program says, put into Frappe's queue.

It refers to the Lead, so that Frappe links the answer to it (``frappe.email.receive.InboundMail``); so the answer must
come to an account that Frappe fetches: Reply-To is the sender only if their mailbox is one.

What was sent is kept as a Communication on the Lead's timeline, as Frappe keeps what Notifications send. It carries the
e-mail's Message-Id, so answers find the Lead when Frappe has long emptied its queue, whoever they come from.
"""

from __future__ import annotations

from email.utils import formataddr
from typing import NamedTuple

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, escape_html, validate_email_address

from sales_activity.sales_activity.milestones.delivery import MUTED_SENDER
from sales_activity.sales_activity.nurture import program_links, program_pictures, program_texts, programs
from sales_activity.sales_activity.nurture.program_texts import Text

QUEUE, COMMUNICATION = "Email Queue", "Communication"


class MailFailedError(frappe.ValidationError):
	"""The e-mail of a step can't be sent to this lead, today or later."""


class Sender(NamedTuple):
	"""``name`` and ``email`` empty: as the site's default account says."""

	name: str
	email: str
	reply_to: str | None


class Queued(NamedTuple):
	"""An e-mail in the queue: its record there, its Message-Id, the addresses that its tracked links lead to."""

	queue: str
	message_id: str
	links: list[str]


def queue(program: Document, step: Document, lead: frappe._dict, run: str) -> Queued:
	"""Put the e-mail of a step into the queue; not committed. ``run``: the name that the Program Step Run gets. Raises
	MailFailedError; frappe.OutgoingEmailError where the site can't send at all."""
	address = validate_email_address((lead.email_id or "").strip())
	if not address:
		raise MailFailedError(_("The Lead has no e-mail address, or a wrong one."))
	sender, unsubscribe_url = sender_of(program, lead), program_links.unsubscribe_url(run)
	text = compose(program, step, lead, sender, unsubscribe_url)
	body, links = program_links.tracked(text.body, run)
	body = program_pictures.added_to(body, run)
	message_id = f"nurture-{run}@{frappe.local.site}"
	frappe.sendmail(
		recipients=[address],
		sender=_from(sender),
		subject=text.subject,
		message=body,
		reply_to=sender.reply_to,
		reference_doctype="Lead",
		reference_name=lead.name,
		message_id=message_id,
		add_unsubscribe_link=0,
		delayed=True,
	)
	queued = frappe.db.get_value(
		QUEUE, {"message_id": message_id}, ["name", "message", "sender"], as_dict=True
	)
	if not queued:
		raise MailFailedError(
			_("Frappe doesn't write to {0}: unsubscribed, or a wrong address.").format(address)
		)
	shown = text._replace(body=_harmless(text.body, unsubscribe_url))
	kept = _keep(lead.name, step.email_template, queued.sender, address, shown, message_id)
	# there is no other place for it: what ``frappe.sendmail`` takes as ``email_headers`` it sends as X-...
	message = program_links.headers(run) + queued.message
	frappe.db.set_value(QUEUE, queued.name, {"message": message, "communication": kept})
	return Queued(queued.name, message_id, links)


def _harmless(body: str, unsubscribe_url: str) -> str:
	"""The e-mail as colleagues see it: they must not unsubscribe the lead, nor pass for it."""
	return body.replace(escape_html(unsubscribe_url), "#").replace(unsubscribe_url, "#")


def _keep(lead: str, template: str, sender: str, address: str, text: Text, message_id: str) -> str:
	"""The e-mail on the timeline of its Lead."""
	communication = frappe.get_doc(
		{
			"doctype": COMMUNICATION,
			"communication_type": "Automated Message",
			"communication_medium": "Email",
			"sent_or_received": "Sent",
			"subject": text.subject,
			"content": text.body,
			"sender": sender,
			"recipients": address,
			"reference_doctype": "Lead",
			"reference_name": lead,
			"email_template": template,
			"message_id": message_id,
		}
	)
	communication.flags.skip_add_signature = True
	return communication.insert(ignore_permissions=True).name


def compose(
	program: Document, step: Document, lead: frappe._dict, sender: Sender, unsubscribe_url: str
) -> Text:
	"""The e-mail's subject and body, with a way to get no more. Raises MailFailedError."""
	template = frappe.db.get_value("Email Template", step.email_template, "*", as_dict=True)
	if not template:
		raise MailFailedError(_("There is no Email Template {0} any more.").format(step.email_template))
	values = program_texts.values_of(
		lead,
		owner_name=sender.name,
		owner_email=sender.email,
		program=program.name,
		step=step.title or "",
		link=step.link or "",
		unsubscribe_url=unsubscribe_url,
	)
	try:
		text = program_texts.fill(template, values)
	except program_texts.TemplateProblem as problem:
		raise MailFailedError(
			_("The Email Template {0} can't be filled in for this lead: {1}").format(
				step.email_template, problem
			)
		) from problem
	if escape_html(unsubscribe_url) in text.body or unsubscribe_url in text.body:
		return text
	footer = _("If you want no more e-mails of this kind, {0}unsubscribe here{1}.")
	link = f'<a href="{escape_html(unsubscribe_url)}" target="_blank" rel="noopener">'
	return text._replace(
		body=f'{text.body}<hr><p style="font-size: smaller">{footer.format(link, "</a>")}</p>'
	)


def sender_of(program: Document, lead: frappe._dict) -> Sender:
	"""Who a lead's e-mails are from: its owner, or the program's account. Owners without an enabled user are stood in
	for by the site's default account."""
	if program.send_as == programs.AS_ACCOUNT:
		account = _account({"name": program.email_account, "enable_outgoing": 1})
		if not account:
			raise frappe.OutgoingEmailError(
				_("The Email Account {0} doesn't send any more.").format(program.email_account)
			)
		return Sender(account.email_account_name or "", account.email_id, _fetched(account))
	owner = lead.lead_owner and frappe.db.get_value(
		"User", {"name": lead.lead_owner, "enabled": 1}, ["full_name", "email"], as_dict=True
	)
	if not owner or not validate_email_address(owner.email or ""):
		return Sender("", "", _fetched(None))
	return Sender(owner.full_name or "", owner.email, _fetched(_account({"email_id": owner.email})))


def _fetched(account: frappe._dict | None) -> str | None:
	"""Where answers reach this site: the account's own address if it is fetched, else the default incoming one."""
	if account and cint(account.enable_incoming):
		return account.email_id
	default = _account({"enable_incoming": 1, "default_incoming": 1})
	return default.email_id if default else None


def _account(filters: dict) -> frappe._dict | None:
	fields = ["name", "email_account_name", "email_id", "enable_incoming"]
	return frappe.db.get_value("Email Account", filters, fields, as_dict=True)


def _from(sender: Sender) -> str:
	if sender.email:
		return formataddr((" ".join(sender.name.split()), sender.email))
	# the account that Frappe makes up where e-mails are muted has no address (``EmailAccount.create_dummy``)
	return MUTED_SENDER if frappe.are_emails_muted() else ""
