"""Wrong passwords at real Courier servers: ESMTP, IMAP and POP3."""

from lab import story, syslog
from lab.counting import Counting
from lab.courier import Courier
from lab.guessing import Door
from lab.login import Imap, Pop3, Smtp
from lab.servers import running
from lab.syslog import Syslog

# Each refusal takes 5 s.
MOST = 3
DOORS = [Door("Courier esmtp", Smtp, 25, ("PLAIN", "LOGIN"), MOST),
         Door("Courier imap", Imap, 143, ("command", "PLAIN"), MOST, True, True),
         Door("Courier pop3", Pop3, 110, ("command", "PLAIN", "LOGIN"), MOST, True, True)]


class AttemptsAreCountedOnce(Counting):

    def test_at_courier(self):
        self.assert_counts(running(Syslog(), Courier()), DOORS, [syslog.MAIL_LOG, syslog.SYSLOG])


if __name__ == "__main__":
    story.tell("courier")
