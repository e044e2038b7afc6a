"""What machines do by themselves: it is kept, and scores nothing. Plain functions, no site."""

from __future__ import annotations

import re

# what mail programs write before the subject of an answer that nobody wrote, in the languages that we know of
_AUTOMATIC = re.compile(
	r"\s*(automatic reply|auto[- ]?reply|auto[- ]?response|autoreply|out of (the )?office|undeliverable|undelivered mail|"
	r"mail delivery (failed|failure|subsystem)|delivery status notification|delivery (has )?failed|returned mail|"
	r"failure notice|automatische antwort|abwesenheit\w*|abwesend|nicht im b\u00fcro|unzustellbar|"
	r"r\u00e9ponse automatique|absence du bureau|respuesta autom\u00e1tica|fuera de (la )?oficina|risposta automatica|"
	r"automatisch antwoord|resposta autom\u00e1tica)\b",
	re.IGNORECASE,
)
_MACHINES = re.compile(
	r"(mailer-daemon|postmaster|bounces?([+-].*)?|no-?reply|do-?not-?reply|nobody)@", re.IGNORECASE
)


def is_automatic_mail(subject: str, sender: str) -> bool:
	"""Whether an e-mail was written by a machine: an absence note, or news that something could not be delivered.
	Frappe keeps no headers of e-mails, so ``Auto-Submitted`` can't be asked."""
	return bool(_AUTOMATIC.match(subject) or _MACHINES.match(sender))


# programs that open the links of e-mails before, or instead of, whoever gets them: security scanners, previews, libraries
_SCANNERS = re.compile(
	r"bot\b|crawl|spider|scan|preview|proofpoint|mimecast|barracuda|safelinks|google-?safety|googleimageproxy|"
	r"trendmicro|fireeye|sophos|symantec|cloudmark|slackbot|whatsapp|facebookexternalhit|skypeuripreview|"
	r"headless|phantom|python|curl|wget|libwww|httpclient|okhttp|java/|go-http|axios|node-fetch|ruby|perl",
	re.IGNORECASE,
)


# mail programs that load the pictures of e-mails by themselves, read or not; Apple's says no more than the first word
_PREFETCHING = re.compile(r"yahoomailproxy|googleimageproxy|ggpht|^mozilla/5\.0$", re.IGNORECASE)


def is_prefetch(method: str, user_agent: str) -> bool:
	"""Whether the picture of an e-mail was loaded by a machine, as far as that can be told: what loads pictures for all of
	its users by itself says nothing about any of them."""
	return is_scanner(method, user_agent) or bool(_PREFETCHING.search(user_agent.strip()))


def is_scanner(method: str, user_agent: str) -> bool:
	"""Whether a link was opened by a machine: without asking for the page, without saying what it is, or known as one.
	Those that pass for browsers are told apart by what they do (``program_machines``)."""
	return method.upper() == "HEAD" or not user_agent.strip() or bool(_SCANNERS.search(user_agent))
