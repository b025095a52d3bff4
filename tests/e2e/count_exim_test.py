"""Wrong passwords at a real Exim that asks a real Dovecot, and at Dovecot's own servers.

Exim's main log and reject log and Dovecot's log are followed at the same time; Dovecot tells of
attempts one by one and again at each connection's end.
"""

import unittest

from lab import exim, story
from lab.counting import Counting
from lab.dovecot import CHAINED, LOG, Dovecot
from lab.exim import Exim
from lab.guessing import Door
from lab.login import Imap, Pop3, Smtp
from lab.servers import running

REJECT_LOG = exim.MAIN_LOG.replace("mainlog", "rejectlog")
BOX_MECHANISMS = ("command", "PLAIN", "CRAM-MD5", "LOGIN")
BOXES = (Door("Dovecot imap", Imap, 143, BOX_MECHANISMS), Door("Dovecot imaps", Imap, 993),
         Door("Dovecot pop3", Pop3, 110, BOX_MECHANISMS), Door("Dovecot submission", Smtp, 1587))


class AttemptsAreCountedOnce(Counting):

    def test_at_exim_that_asks_dovecot(self):
        doors = [Door(f"Exim {port} + Dovecot", Smtp, port, takes_silence_for_an_answer=True)
                 for port in (25, 465)]
        self.assert_counts(running(Dovecot(), Exim(exim.ASKS_DOVECOT)), doors,
                           [exim.MAIN_LOG, REJECT_LOG, LOG])

    def test_at_exim_that_asks_dovecot_and_logs_no_ports(self):
        door = Door("Exim + Dovecot, no ports", Smtp, 587, takes_silence_for_an_answer=True)
        self.assert_counts(running(Dovecot(), Exim(exim.ASKS_DOVECOT, "")), [door],
                           [exim.MAIN_LOG, LOG])

    def test_at_dovecot_that_tells_each_attempt(self):
        self.assert_counts(Dovecot(), BOXES, [LOG])

    def test_at_dovecot_that_tells_at_the_end_only(self):
        door = Door("Dovecot imap, not verbose", Imap, 143, BOX_MECHANISMS, tells_at_the_end=True)
        self.assert_counts(Dovecot(auth_verbose="no"), [door], [LOG])

    def test_at_dovecot_with_two_lists_of_passwords(self):
        door = Door("Dovecot imap, two passdbs", Imap, 143, BOX_MECHANISMS)
        self.assert_counts(Dovecot(passwords=CHAINED), [door], [LOG])


if __name__ == "__main__":
    story.tell("exim")
