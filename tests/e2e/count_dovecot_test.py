"""Wrong passwords at a real Dovecot's own servers: IMAP, POP3 and submission.

Its log tells of attempts one by one (auth_verbose) and again at each connection's end.
"""

from lab import story
from lab.counting import Counting
from lab.dovecot import CHAINED, LOG, Dovecot
from lab.guessing import Door
from lab.login import Imap, Pop3, Smtp

BOX_MECHANISMS = ("command", "PLAIN", "CRAM-MD5", "LOGIN")
BOXES = tuple(Door(f"Dovecot {name}", *door, counts_nameless_ends=True) for name, *door in (
    ("imap", Imap, 143, BOX_MECHANISMS), ("imaps", Imap, 993), ("pop3", Pop3, 110, BOX_MECHANISMS),
    ("submission", Smtp, 1587)))


class AttemptsAreCountedOnce(Counting):

    def test_at_dovecot_that_tells_each_attempt(self):
        self.assert_counts(Dovecot(), BOXES, [LOG])

    def test_at_dovecot_that_tells_at_the_end_only(self):
        door = Door("Dovecot imap, not verbose", Imap, 143, BOX_MECHANISMS, tells_at_the_end=True,
                    counts_nameless_ends=True)
        self.assert_counts(Dovecot(auth_verbose="no"), [door], [LOG])

    def test_at_dovecot_with_two_lists_of_passwords(self):
        door = Door("Dovecot imap, two passdbs", Imap, 143, BOX_MECHANISMS, counts_nameless_ends=True)
        self.assert_counts(Dovecot(passwords=CHAINED), [door], [LOG])


if __name__ == "__main__":
    story.tell("exim")
