"""Wrong passwords at a real Exim that asks a real Dovecot.

Exim's main log and reject log and Dovecot's log are followed at the same time.
"""

from lab import exim, story
from lab.counting import Counting
from lab.dovecot import LOG, Dovecot
from lab.exim import Exim
from lab.guessing import Door
from lab.login import Smtp
from lab.servers import running

REJECT_LOG = exim.MAIN_LOG.replace("mainlog", "rejectlog")


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


if __name__ == "__main__":
    story.tell("exim")
