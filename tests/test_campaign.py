"""A campaign of 200 leads from end to end: e-mails really sent, links really opened, answers really fetched.

The mail servers are `mail_server.py`, the site's side is `campaign_site.py`. What the leads do is below, by their number.
The worker is killed once while it does steps and once while it sends.
"""

from __future__ import annotations

import email
import json
import os
import re
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from email.message import EmailMessage
from email.utils import parseaddr
from functools import partial
from html import unescape
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

import mail_server
import pytest
from outside import World, explain, run_script
from test_http_programs import opened

from dev.tool import frappe_cli, paths

SITE = Path(__file__).with_name("campaign_site.py")
LEADS, ADDRESS, COMPANY = 200, "campaign@campaign.example", "Campaign House"
BOX, PASSWORD = "campaign", "a password"
GUIDE, PRICES, CASES, WEBINAR = PAGES = (
	*("https://example.com/guide?size=200&lang=en", "https://example.com/prices"),
	*("https://example.com/cases", "https://example.com/webinar"),
)
FIT, CLICK, REPLY = 10, 5, 15
SCANNER = {"User-Agent": "Mozilla/5.0 (compatible; Barracuda Sentinel)"}

# what leads do, by their number
KEEN, CURIOUS = range(20), range(20, 40)  # open every link, some often; open the first
SCANNED = range(40, 50)  # their scanner opens all
ANSWERING, SECRETARIES, ABSENT = range(50, 62), range(62, 66), range(66, 70)
LEAVING, ONE_CLICK = range(70, 75), range(75, 80)
BOUNCING = range(80, 82)
FORGING = range(82, 86)
NO_CONTACT = range(86, 88)
LOOKED_AT = 88  # a colleague opens its link
TAKEN_OUT = range(110, 190)  # somebody ends their runs after the first e-mail, from the list
REFUSED = 199
# what sales and the qualification team do with them
ACCEPTED, REJECTED, WAITING = range(7), range(7, 8), range(8, 10)
ORDERING = range(5)
ASKED, NO_FIT, KEPT_WARM = range(50, 54), range(54, 56), range(100, 110)

STOPPED = {*ANSWERING, *SECRETARIES, *LEAVING, *ONE_CLICK, *NO_CONTACT, *TAKEN_OUT}
SECOND = set(range(LEADS)) - STOPPED  # get the second e-mail
TASKS = SECOND - set(KEEN)  # come to the end of the program


class Campaign:
	"""The campaign on the site under test, and what was seen of it on its way."""

	def __init__(self, world: World, server: mail_server.MailServer, made: dict, folder: Path) -> None:
		self.world, self.server, self.folder = world, server, folder
		self.leads, self.owner, self.program = made["leads"], made["owner"], made["program"]
		self.bench, self.site = paths.Bench(Path(os.environ["SA_BENCH"])), os.environ["SA_SITE"]
		self.seen: dict[str, dict] = {}
		self.answers: dict[str, list[int]] = {}
		self.half_swept = 0

	# --- the site's workers ---

	def do(self, *deeds: str) -> object:
		"""Have a worker do deeds; what the last one says."""
		file = self.folder / "said.json"
		frappe_cli.run_script(self.bench, SITE, self.site, "do", str(file), *deeds, log="campaign-do")
		return json.loads(file.read_text())

	def look(self, name: str, *deeds: str) -> dict:
		"""Have a worker do deeds, and keep how things stand then under a name."""
		self.seen[name] = self.do(*deeds, "look")
		return self.seen[name]

	def kill_during(self, deed: str, has_begun: Callable[[], bool]) -> None:
		"""Have a worker do something, and kill it in the middle."""
		command = [self.bench.python, SITE, self.site, "do", self.folder / "killed.json", deed]
		environment = {**os.environ, **frappe_cli.environment(self.bench)}
		worker = subprocess.Popen(
			[str(part) for part in command],
			cwd=self.bench.sites,
			env=environment,
			stdout=subprocess.DEVNULL,
			stderr=subprocess.DEVNULL,
		)
		until = time.monotonic() + 60
		while not has_begun() and worker.poll() is None and time.monotonic() < until:
			time.sleep(0.01)
		worker.kill()
		assert worker.wait() == -9, f"{deed} ended with {worker.returncode} before it was killed"

	# --- leads ---

	def of(self, stage: str, number: int) -> dict:
		"""How a lead stood then."""
		return self.seen[stage]["leads"][self.leads[number]]

	def act(self, state: str, numbers: range) -> str:
		"""The deed of taking leads to a state."""
		return ":".join(("act", state, *(self.leads[number] for number in numbers)))

	def mails(self, title: str) -> dict[int, EmailMessage]:
		"""The e-mails of a step that the mail server got, by the lead's number. No lead has two."""
		found = [mail for mail in self.server.sent() if mail["Subject"].startswith(f"Campaign Mail {title} ")]
		by_number = {number_of(mail["To"]): mail for mail in found}
		assert len(by_number) == len(found), Counter(mail["To"] for mail in found).most_common(3)
		return by_number


def number_of(address: str) -> int:
	"""The lead with an address."""
	return int(re.fullmatch(r"lead(\d+)@.*", parseaddr(address)[1])[1])


def links(mail: EmailMessage) -> list[str]:
	"""The signed links of an e-mail: its pages in their order, then the one to unsubscribe."""
	html = mail.get_body(("html",)).get_content()
	return [unescape(href) for href in re.findall(r'href="([^"]+)"', html) if "program_links" in href]


# --- the course ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def campaign(world: World) -> Iterator[Campaign]:
	"""The whole course, once."""
	with (
		TemporaryDirectory() as folder,
		mail_server.running(BOX, PASSWORD) as server,
		run_script(SITE) as made,
	):
		found = Campaign(world, server, made, Path(folder))
		_first_mail(found)
		_answers_to_the_first(found)
		found.look(
			"second",
			*("fetch", "sweep", found.act("Do Not Contact", NO_CONTACT), "days:2", "sweep", "send", "look"),
		)
		_answers_to_the_second(found)
		found.look("end", *("sweep", "days:2", "sweep", "days:2", "sweep", "sweep"))
		_sales(found)
		yield found


def _first_mail(found: Campaign) -> None:
	"""The worker dies while it does steps, another one goes on; it dies while it sends, another one goes on."""
	found.do(f"account:{found.server.smtp}:{found.server.pop3}:{PASSWORD}")
	steps = partial(found.world.count, "Program Step Run", company=COMPANY)
	found.kill_during("sweep", lambda: steps() >= 40)
	found.half_swept = steps()
	found.look("swept", "sweep")
	found.kill_during("send", lambda: found.server.count() >= 40)
	killed = found.look("killed sending")
	lost = [
		str(mail["name"])
		for number, lead in enumerate(found.leads)
		for mail in killed["leads"][lead]["queued"]
		if mail["status"] == "Sending" and number not in found.mails("One")
	]
	found.look("first", *([":".join(("send_again", *lost))] if lost else []), "send", "sweep")


def _answers_to_the_first(found: Campaign) -> None:
	mails = found.mails("One")
	jobs = [partial(opened, links(mails[number])[0]) for number in KEEN for _ in range(1 + number % 3)]
	jobs += [partial(opened, links(mails[number])[1]) for number in KEEN]
	jobs += [partial(opened, links(mails[number])[0]) for number in CURIOUS]
	for number in SCANNED:
		first, second = links(mails[number])[:2]
		jobs += [partial(opened, first, "HEAD"), partial(opened, second, headers=SCANNER)]
	found.answers["clicks"] = _statuses(jobs)
	forged = [links(mails[number])[0] for number in FORGING]
	forged = [link[:-1] + ("A" if link[-1] != "A" else "B") for link in forged[:2]] + [
		link.replace("click.", "unsubscribe.") for link in forged[2:]
	]
	found.answers["forged"] = _statuses([partial(opened, link) for link in forged])
	for number in LEAVING:
		_press_the_button(links(mails[number])[2])
	found.answers["one click"] = _statuses([partial(_one_click, mails[number]) for number in ONE_CLICK])
	_as_colleague(found, links(mails[LOOKED_AT])[0])
	runs = [found.of("first", number)["run"]["name"] for number in TAKEN_OUT]
	found.world.admin.call("sales_activity.api.programs.stop", enrolments=runs).raise_for_status()
	replies = [_reply(mails[number]) for number in ANSWERING]
	replies += [_reply(mails[number], sender="office@elsewhere.example") for number in SECRETARIES]
	replies += [_absence(mails[number]) for number in ABSENT]
	replies += [_bounce(mails[number], threaded=number == BOUNCING[0]) for number in BOUNCING]
	found.server.deliver(*replies)
	assert found.server.waiting() == len(replies)


def _answers_to_the_second(found: Campaign) -> None:
	mails = found.mails("Two")
	_statuses([partial(opened, link) for number in KEEN for link in links(mails[number])[:2]])


def _sales(found: Campaign) -> None:
	"""The keen are qualified and handed over; some are accepted and order."""
	ripe = range(ACCEPTED.start, WAITING.stop)
	found.look(
		"sold",
		found.act("Qualifying", ripe),
		found.act("Qualified", ripe),
		found.act("Converted", ACCEPTED),
		found.act("Qualifying", REJECTED),
		":".join(("order", *(found.leads[number] for number in ORDERING))),
		found.act("Qualifying", range(ASKED.start, NO_FIT.stop)),
		found.act("Disqualified", NO_FIT),
		found.act("Nurturing", KEPT_WARM),
	)


def _statuses(jobs: list[Callable]) -> list[int]:
	with ThreadPoolExecutor(4) as pool:
		return [answer.status_code for answer in pool.map(lambda job: job(), jobs)]


def _press_the_button(link: str) -> None:
	page = opened(link)
	action = re.search(r'<form method="POST" action="([^"]+)"', page.text)[1]
	token = unescape(re.search(r'name="t" value="([^"]+)"', page.text)[1])
	assert opened(action, "POST", data={"t": token}).status_code == 200


def _one_click(mail: EmailMessage) -> object:
	"""As mail programs do it: no cookie, no page before."""
	link = mail["List-Unsubscribe"].strip(" <>").replace(" ", "")
	headers = {"User-Agent": "Mail Program"}
	return opened(link, "POST", headers=headers, data={"List-Unsubscribe": "One-Click"})


def _as_colleague(found: Campaign, link: str) -> None:
	parts = urlsplit(link)
	url = f"{found.world.url}{parts.path}?{parts.query}"
	answer = found.world.admin.session.get(url, allow_redirects=False, timeout=60)
	assert answer.headers["Location"] == GUIDE


def _reply(
	mail: EmailMessage, sender: str = "", subject: str = "", text: str = "Tell me more."
) -> EmailMessage:
	"""An answer as mail programs write it."""
	reply = EmailMessage()
	reply["From"], reply["To"] = sender or mail["To"], mail["Reply-To"]
	reply["Subject"] = subject or f"Re: {mail['Subject']}"
	reply["Message-ID"] = f"<{mail['Message-ID'].strip('<> ')[:24]}.reply@mail.example>"
	reply["In-Reply-To"] = reply["References"] = mail["Message-ID"]
	reply["Date"] = email.utils.formatdate()
	reply.set_content(f"{text}\n\n> {mail['Subject']}\n")
	return reply


def _absence(mail: EmailMessage) -> EmailMessage:
	note = _reply(mail, subject=f"Automatic reply: {mail['Subject']}", text="I am back on Monday.")
	note["Auto-Submitted"] = "auto-replied"
	return note


def _bounce(mail: EmailMessage, threaded: bool) -> EmailMessage:
	"""What a mail server writes of an e-mail that it could not deliver after all; some name it, some don't."""
	subject = "Undelivered Mail Returned to Sender"
	note = _reply(mail, "MAILER-DAEMON@campaign.example", subject, "The mailbox is full.")
	note["Auto-Submitted"] = "auto-replied"
	if not threaded:
		del note["In-Reply-To"], note["References"]
	note.add_attachment(mail)
	return note


# --- what came of it -----------------------------------------------------------------------------------------


def test_a_killed_worker_does_no_step_twice(campaign: Campaign) -> None:
	assert 40 <= campaign.half_swept < LEADS
	for number in range(LEADS):
		one = campaign.of("swept", number)
		assert [step["title"] for step in one["steps"]] == ["One"], number
		assert [mail["message_id"] for mail in one["queued"]] == [one["steps"][0]["message_id"]], number


def test_a_killed_worker_sends_nothing_twice(campaign: Campaign) -> None:
	"""`mails` sees to it that nobody has two. The one that was just being sent stays so, for an administrator to see."""
	killed = Counter(
		mail["status"] for one in campaign.seen["killed sending"]["leads"].values() for mail in one["queued"]
	)
	assert killed["Sending"] <= 1 and killed["Sent"] >= 38 and killed["Not Sent"] > 0, killed
	assert set(campaign.mails("One")) == set(range(LEADS)) - {REFUSED}
	assert set(campaign.mails("Two")) == SECOND - {REFUSED}


def test_what_was_refused_is_shown(campaign: Campaign) -> None:
	one = campaign.of("first", REFUSED)
	[step], [mail] = one["steps"], one["queued"]
	assert (step["outcome"], mail["status"]) == ("Not Delivered", "Error")
	assert "refused@campaign.example" in step["why"] or "Email Queue" in step["why"], step
	assert campaign.seen["first"]["not_delivered"] == 1


def test_the_mails(campaign: Campaign) -> None:
	for number, mail in campaign.mails("One").items():
		name, sender = parseaddr(mail["From"])
		assert (bool(name), sender, mail["Reply-To"]) == (True, campaign.owner, ADDRESS)
		assert mail["Subject"] == f"Campaign Mail One for Campaign {number}"
		guide, prices, unsubscribe = links(mail)
		assert "unsubscribe?t=" in unsubscribe and guide != prices
		assert not any(page in mail.get_body(("html",)).get_content() for page in PAGES)
	raw = email.message_from_bytes(campaign.server.rest.files()[0].read_bytes())
	assert re.fullmatch(r"\s*<http[^\s=?]+/u/[\w-]{32}>", raw["List-Unsubscribe"]), raw["List-Unsubscribe"]
	assert raw["List-Unsubscribe-Post"].strip() == "List-Unsubscribe=One-Click"


def test_answers_over_http(campaign: Campaign) -> None:
	assert set(campaign.answers["clicks"]) == {302}
	assert set(campaign.answers["forged"]) == {403}
	assert campaign.answers["one click"] == [200] * len(ONE_CLICK)


def test_responses_are_what_leads_did(campaign: Campaign) -> None:
	"""Each link once, however often it was opened."""
	for number in range(LEADS):
		rows = campaign.of("sold", number)["responses"]
		given = Counter(
			(row["response_type"], row["robot"], row["url"] if row["url"] else "") for row in rows
		)
		assert given == Counter(_did(number)), (number, given)


def _did(number: int) -> list[tuple[str, int, str]]:
	if number in KEEN:
		return [("Link Clicked", 0, page) for page in PAGES]
	if number in CURIOUS:
		return [("Link Clicked", 0, GUIDE)]
	if number in SCANNED:
		return [("Link Clicked", 1, GUIDE), ("Link Clicked", 1, PRICES)]
	if number in (*ANSWERING, *SECRETARIES):
		return [("Reply", 0, "")]
	if number in (*ABSENT, BOUNCING[0]):
		return [("Reply", 1, "")]
	return [("Unsubscribe", 0, "")] if number in (*LEAVING, *ONE_CLICK) else []


def test_scores_follow_and_can_be_rebuilt(campaign: Campaign) -> None:
	points = {"Link Clicked": CLICK, "Reply": REPLY, "Unsubscribe": 0}
	for number in range(LEADS):
		expected = sum(points[kind] for kind, robot, _url in _did(number) if not robot)
		assert float(campaign.of("sold", number)["engagement"]) == expected, number
	for number in (*CURIOUS, *KEPT_WARM):
		assert float(campaign.of("sold", number)["score"]) == FIT + campaign.of("sold", number)["engagement"]
	rebuilt = campaign.do("rebuild", "look")
	for lead, one in campaign.seen["sold"]["leads"].items():
		now = rebuilt["leads"][lead]
		assert (now["score"], now["engagement"]) == (one["score"], one["engagement"])


def test_nobody_gets_more_than_they_should(campaign: Campaign) -> None:
	for number in range(LEADS):
		one = campaign.of("end", number)
		titles = ["One"] + ["Two"] * (number in SECOND) + ["Call", "Webinar"] * (number in TASKS)
		assert [step["title"] for step in one["steps"]] == titles, number
		assert (one["run"]["status"], one["run"]["reason"]) == _ended(number), number
	outcomes = Counter(
		(step["title"], step["outcome"])
		for one in campaign.seen["end"]["leads"].values()
		for step in one["steps"]
	)
	assert outcomes == {
		("One", "Sent"): LEADS - 1,
		("One", "Not Delivered"): 1,
		("Two", "Sent"): len(SECOND) - 1,
		("Two", "Not Delivered"): 1,
		("Call", "Task"): len(TASKS),
		("Webinar", "Task"): len(TASKS),
	}


def _ended(number: int) -> tuple[str, str | None]:
	"""How a lead's run ended."""
	if number in TASKS:
		return "Completed", None
	if number in KEEN:
		return "Stopped", "Threshold"
	if number in NO_CONTACT:
		return "Stopped", "Do Not Contact"
	if number in TAKEN_OUT:
		return "Stopped", "By Hand"
	return "Stopped", "Unsubscribed" if number in (*LEAVING, *ONE_CLICK) else "Replied"


def test_the_timeline_has_what_was_written(campaign: Campaign) -> None:
	"""In it nothing can be clicked in the lead's name; answers are threaded, from whatever address. The e-mail that the
	worker died over may say for good that it is being sent."""
	statuses = Counter()
	for number in (*ANSWERING, *SECRETARIES):
		mails = campaign.of("second", number)["mails"]
		by_kind = {mail["sent_or_received"]: mail for mail in mails}
		assert len(mails) == 2 and set(by_kind) == {"Sent", "Received"}, number
		assert by_kind["Received"]["in_reply_to"] and "Tell me more" in by_kind["Received"]["content"]
		statuses[by_kind["Sent"]["delivery_status"]] += 1
		assert unescape(by_kind["Sent"]["content"]).count(GUIDE) == 1
		assert "program_links" not in by_kind["Sent"]["content"]
	assert statuses["Sent"] >= len(ANSWERING) + len(SECRETARIES) - 1, statuses
	for number in SECRETARIES:
		received = campaign.of("second", number)["mails"]
		assert {"office@elsewhere.example"} == {
			mail["sender"] for mail in received if mail["sent_or_received"] == "Received"
		}
	assert campaign.of("first", REFUSED)["mails"][0]["delivery_status"] == "Error"


def test_every_lead_is_in_one_state_and_the_funnel_adds_up(campaign: Campaign) -> None:
	states = Counter()
	for one in campaign.seen["sold"]["leads"].values():
		states[one["state"]] += 1
		ends = [move["to_state"] for move in one["moves"]]
		begins = [move["from_state"] or "" for move in one["moves"]]
		assert Counter(ends) - Counter(begins) == Counter([one["state"]])
	expected = {
		"Converted": len(ACCEPTED),
		"With Sales": len(WAITING),
		"Qualifying": len(REJECTED) + len(ASKED),
		"Disqualified": len(NO_FIT),
		"Nurturing": len(KEPT_WARM),
		"Do Not Contact": len(NO_CONTACT),
	}
	assert states == {**expected, "New": LEADS - sum(expected.values())}
	found = campaign.seen["sold"]
	assert (found["deals"], found["projects"], found["orders"]) == (
		len(ACCEPTED),
		len(ACCEPTED),
		len(ORDERING),
	)
	rows = [row for row in _report(campaign, "Nurture Funnel") if not row["to_state"]]
	assert {row["state"]: row["there"] for row in rows if row["there"]} == states
	assert sum(row["there"] for row in rows) == LEADS
	assert all(row["came"] - row["left"] == row["there"] for row in rows)


def test_program_performance_says_what_the_mail_server_got(campaign: Campaign) -> None:
	total, *steps = _report(campaign, "Program Performance")
	sent = {title: len(campaign.mails(title)) for title in ("One", "Two")}
	assert {row["label"]: row["sent"] for row in steps if row["sent"]} == {
		"Day 0: One": sent["One"],
		"Day 2: Two": sent["Two"],
	}
	assert (total["enrolled"], total["sent"], total["undelivered"]) == (LEADS, sum(sent.values()), 2)
	assert total["unsubscribed"] == len(LEAVING) + len(ONE_CLICK)
	assert total["replied"] == len(ANSWERING) + len(SECRETARIES)
	assert (total["completed"], total["stopped"]) == (len(TASKS), LEADS - len(TASKS))


def _report(campaign: Campaign, name: str) -> list[dict]:
	today = date.today()
	span = {"from_date": f"{today.year}-01-01", "to_date": f"{today.year}-12-31"}
	answer = campaign.world.admin.report(name, company=COMPANY, **span)
	assert answer.ok, explain(answer)
	return [row for row in answer.json()["message"]["result"] if isinstance(row, dict)]
