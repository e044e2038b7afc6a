"""Real mail servers on free ports of 127.0.0.1, for the tests: SMTP and POP3 over mailboxes on disk, by Twisted.

	mail_server.py FOLDER USER PASSWORD

Takes in every e-mail by SMTP. What is for USER (name without domain) comes into that mailbox, which POP3 gives to USER
with PASSWORD; what is for anybody else comes into a mailbox for the rest. Both are in FOLDER. The ports are written into
FOLDER/ports.json once both listen. E-mails for `refused@...` are refused. Runs until it is killed.

Tests use `running()`, which starts it as a process of its own.
"""

from __future__ import annotations

import email
import email.policy
import json
import smtplib
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from pathlib import Path
from tempfile import TemporaryDirectory

START_SECONDS = 30
REST = "everybody else"


class Box:
	"""A mailbox: a folder with a file for each e-mail, named in the order they came."""

	def __init__(self, folder: Path) -> None:
		self.folder = folder
		folder.mkdir(exist_ok=True)

	def files(self) -> list[Path]:
		"""The e-mails, in the order they came."""
		return sorted(self.folder.glob("*.eml"))

	def add(self, text: bytes) -> None:
		"""Keep an e-mail; whoever looks sees all of it or nothing."""
		written = self.folder / f"{time.time_ns()}.new"
		written.write_bytes(text)
		written.rename(written.with_suffix(".eml"))

	def mails(self) -> list[EmailMessage]:
		"""The e-mails, parsed."""
		policy = email.policy.default
		return [email.message_from_bytes(file.read_bytes(), policy=policy) for file in self.files()]


class MailServer:
	"""The servers that `running` has started: their ports, and what came in."""

	def __init__(self, folder: Path, user: str, password: str, process: subprocess.Popen) -> None:
		self.user, self.password = user, password
		self.own, self.rest = Box(folder / user), Box(folder / REST)
		ports = _ports(folder, process)
		self.smtp, self.pop3 = ports["smtp"], ports["pop3"]

	def count(self) -> int:
		"""How many e-mails came for others than the user."""
		return len(self.rest.files())

	def sent(self) -> list[EmailMessage]:
		"""What came for others than the user, in the order it came."""
		return self.rest.mails()

	def waiting(self) -> int:
		"""How many e-mails the user has not fetched yet."""
		return len(self.own.files())

	def deliver(self, *messages: EmailMessage) -> None:
		"""Send e-mails to the user's mailbox or another, by SMTP, as other companies' servers do."""
		with smtplib.SMTP("127.0.0.1", self.smtp) as session:
			for message in messages:
				session.send_message(message)


@contextmanager
def running(user: str, password: str) -> Iterator[MailServer]:
	"""Servers with empty mailboxes, as long as they are needed."""
	with TemporaryDirectory() as name:
		command = [sys.executable, __file__, name, user, password]
		process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
		try:
			yield MailServer(Path(name), user, password, process)
		finally:
			process.kill()
			process.wait()


def _ports(folder: Path, process: subprocess.Popen) -> dict[str, int]:
	file, until = folder / "ports.json", time.monotonic() + START_SECONDS
	while not file.exists():
		assert process.poll() is None, f"the mail server ended with {process.returncode}"
		assert time.monotonic() < until, "the mail server does not start"
		time.sleep(0.05)
	return json.loads(file.read_text())


# --- the process ---------------------------------------------------------------------------------------------


def serve(folder: Path, user: str, password: str) -> None:
	"""Serve until the process is killed. The protocols are Twisted's, the mailboxes plain folders of files."""
	from twisted.cred.checkers import AllowAnonymousAccess
	from twisted.cred.checkers import InMemoryUsernamePasswordDatabaseDontUse as Passwords
	from twisted.cred.portal import IRealm, Portal
	from twisted.internet import protocol, reactor
	from twisted.mail import imap4, pop3, smtp
	from zope.interface import implementer

	passwords = Passwords(**{user: password.encode()})
	boxes = {user: Box(folder / user), REST: Box(folder / REST)}

	@implementer(smtp.IMessageDelivery)
	class Delivery:
		def receivedHeader(self, helo: tuple, origin: object, recipients: list) -> bytes:
			return b"Received: from %s by mail.example" % helo[0]

		def validateFrom(self, helo: tuple, origin: object) -> object:
			return origin

		def validateTo(self, user: smtp.User) -> object:
			name = user.dest.local.decode()
			if name == "refused":
				raise smtp.SMTPBadRcpt(user)
			return lambda: implementer(smtp.IMessage)(Incoming)(boxes.get(name, boxes[REST]))

	@implementer(IRealm)
	class Realm:
		def requestAvatar(self, name: bytes, mind: object, *interfaces: type) -> tuple:
			if smtp.IMessageDelivery in interfaces:
				return smtp.IMessageDelivery, Delivery(), lambda: None
			return pop3.IMailbox, implementer(pop3.IMailbox)(Open)(boxes[name.decode()]), lambda: None

	class TakesMail(protocol.Factory):
		def buildProtocol(self, address: object) -> smtp.ESMTP:
			made = smtp.ESMTP({b"LOGIN": imap4.LOGINCredentials, b"PLAIN": imap4.PLAINCredentials})
			# the user logs in to send; as any server it takes in from everybody what is for its own users
			made.portal = Portal(Realm(), [passwords, AllowAnonymousAccess()])
			return made

	class GivesMail(protocol.Factory):
		def buildProtocol(self, address: object) -> pop3.POP3:
			made = pop3.POP3()
			made.portal = Portal(Realm(), [passwords])
			return made

	factories = {"smtp": TakesMail(), "pop3": GivesMail()}
	ports = {
		name: reactor.listenTCP(0, factory, interface="127.0.0.1").getHost().port
		for name, factory in factories.items()
	}
	written = folder / "ports.new"
	written.write_text(json.dumps(ports))
	written.rename(folder / "ports.json")
	reactor.run()


class Incoming:
	"""An e-mail that is coming in (Twisted's IMessage)."""

	def __init__(self, box: Box) -> None:
		self.box, self.lines = box, []

	def lineReceived(self, line: bytes) -> None:
		self.lines.append(line)

	def eomReceived(self) -> object:
		from twisted.internet import defer

		self.box.add(b"\n".join(self.lines) + b"\n")
		return defer.succeed(None)

	def connectionLost(self) -> None:
		self.lines = []


class Open:
	"""A mailbox that somebody has open (Twisted's IMailbox): what came since is seen the next time."""

	def __init__(self, box: Box) -> None:
		self.mails, self.deleted = box.files(), set()

	def listMessages(self, index: int | None = None) -> int | list[int]:
		sizes = [0 if file in self.deleted else file.stat().st_size for file in self.mails]
		return sizes if index is None else sizes[index]

	def getMessage(self, index: int) -> object:
		return self.mails[index].open("rb")

	def getUidl(self, index: int) -> bytes:
		return self.mails[index].name.encode()

	def deleteMessage(self, index: int) -> None:
		self.deleted.add(self.mails[index])

	def undeleteMessages(self) -> None:
		self.deleted.clear()

	def sync(self) -> None:
		for file in self.deleted:
			file.unlink()


if __name__ == "__main__":
	serve(Path(sys.argv[1]), *sys.argv[2:])
