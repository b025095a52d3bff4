"""Wrong passwords at a real Sendmail, and at real Cyrus IMAP and POP3 servers, that ask saslauthd."""

from lab import cyrus, sendmail, story, syslog
from lab.counting import Counting
from lab.cyrus import Cyrus
from lab.guessing import Door
from lab.login import Imap, Pop3, Smtp
from lab.sasl import Saslauthd
from lab.sendmail import Sendmail
from lab.servers import running
from lab.syslog import Syslog

LOGS = [syslog.MAIL_LOG, syslog.SYSLOG]


class AttemptsAreCountedOnce(Counting):

    def test_at_sendmail(self):
        doors = [Door(f"Sendmail {port}", Smtp, port, ("PLAIN", "LOGIN"))
                 for port in sendmail.PORTS]
        self.assert_counts(running(Syslog(), Saslauthd(), Sendmail()), doors, LOGS)

    def test_at_cyrus(self):
        doors = [Door(f"Cyrus {speaks.name}", speaks, port, ("command", "PLAIN", "LOGIN"))
                 for speaks, port in zip((Imap, Pop3), cyrus.PORTS)]
        self.assert_counts(running(Syslog(), Saslauthd(), Cyrus()), doors, LOGS)


if __name__ == "__main__":
    story.tell("sendmail")
