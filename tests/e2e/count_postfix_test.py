"""Wrong passwords at a real Postfix that asks a real Dovecot or saslauthd.

rsyslog writes what Postfix says into two files, as Debian has it; Dovecot writes into a third, or
into the same two.
"""

from lab import dovecot, postfix, story, syslog
from lab.counting import Counting
from lab.dovecot import Dovecot
from lab.guessing import Door
from lab.login import Imap, Smtp
from lab.postfix import Postfix
from lab.sasl import Saslauthd
from lab.servers import running
from lab.syslog import Syslog


class AttemptsAreCountedOnce(Counting):

    def test_at_postfix_that_asks_dovecot(self):
        doors = [Door(f"Postfix {port} + Dovecot", Smtp, port) for port in postfix.PORTS]
        self.assert_counts(running(Syslog(), Dovecot(), Postfix(postfix.ASKS_DOVECOT)), doors,
                           [syslog.MAIL_LOG, syslog.SYSLOG, dovecot.LOG])

    def test_at_postfix_and_dovecot_that_share_a_log(self):
        doors = (Door("Postfix + Dovecot, one log", Smtp, 587),
                 Door("Dovecot imap, Postfix's log", Imap, 143, ("command", "PLAIN", "CRAM-MD5"),
                      counts_nameless_ends=True))
        servers = running(Syslog(), Dovecot(log="syslog"), Postfix(postfix.ASKS_DOVECOT))
        self.assert_counts(servers, doors, [syslog.MAIL_LOG, syslog.SYSLOG])

    def test_at_postfix_that_asks_saslauthd(self):
        door = Door("Postfix + saslauthd", Smtp, 587, ("PLAIN", "LOGIN"))
        self.assert_counts(running(Syslog(), Saslauthd(), Postfix(postfix.ASKS_SASLAUTHD)), [door],
                           [syslog.MAIL_LOG, syslog.SYSLOG])


if __name__ == "__main__":
    story.tell("postfix")
