#include "mailban/smtp/meaning.h"

#include <array>

namespace mailban {

namespace {

using Use = StatusUse;

constexpr auto kMeanings = std::to_array<EnhancedStatusMeaning>({
    {0, 0, Use::any, "undefined", "Only the class is known.",
     "Read the text; the reply code and the text say all there is.", "RFC 3463, 3.1"},

    {1, 0, Use::any, "address, unspecified", "Something about an address in the command is wrong.",
     "The text or the server's log says what.", "RFC 3463, 3.2"},
    {1, 1, Use::permanent, "no such mailbox", "The part in front of the @ names nobody here.",
     "Many of them from one client: somebody tries out addresses.", "RFC 3463, 3.2"},
    {1, 2, Use::permanent, "no such mail domain",
     "The part behind the @ does not exist or takes no mail.",
     "A typing error of the sender's, or a domain that is gone from DNS.", "RFC 3463, 3.2"},
    {1, 3, Use::permanent, "malformed recipient", "The recipient's address breaks the syntax.",
     "A script that writes addresses badly, seldom a person.", "RFC 3463, 3.2"},
    {1, 4, Use::failure, "ambiguous recipient", "The address fits more than one mailbox.",
     "Look at aliases and at guessing lookups.", "RFC 3463, 3.2"},
    {1, 5, Use::success, "recipient valid", "The address is good.", "As it should be.",
     "RFC 3463, 3.2"},
    {1, 6, Use::permanent, "mailbox moved away",
     "The mailbox was here once; where it is now is not told.",
     "The sender has to find the new address.", "RFC 3463, 3.2"},
    {1, 7, Use::failure, "malformed sender", "The sender's address breaks the syntax.",
     "Broken or hostile software; nothing that bounces could be returned to it.", "RFC 3463, 3.2"},
    {1, 8, Use::failure, "bad sender domain",
     "The sender's domain does not exist or takes no mail back.",
     "Usual with forged senders; a 4xx means DNS did not answer.", "RFC 3463, 3.2"},
    {1, 9, Use::any, "handed to a foreign system",
     "The message went on to a system that reports nothing back.",
     "Its further way cannot be followed.", "RFC 3886"},
    {1, 10, Use::permanent, "recipient domain takes no mail",
     "The recipient's domain says in DNS (null MX) that it accepts none.",
     "The sender has to correct the address.", "RFC 7505; RFC 7504, 4"},

    {2, 0, Use::any, "mailbox, unspecified", "The mailbox exists, and something about it is wrong.",
     "The text or the server's log says what.", "RFC 3463, 3.3"},
    {2, 1, Use::failure, "mailbox disabled",
     "The mailbox exists and takes no mail: for good, or with class 4 for a while.",
     "Look whether somebody switched it off.", "RFC 3463, 3.3"},
    {2, 2, Use::temporary, "mailbox full", "The user is over the quota.",
     "The user has to delete mail, or you raise the quota.", "RFC 3463, 3.3"},
    {2, 3, Use::permanent, "message too large for the mailbox",
     "The message exceeds this mailbox's limit, which is below the system's.",
     "Raise the limit or use another way for large files.", "RFC 3463, 3.3"},
    {2, 4, Use::failure, "list cannot be expanded",
     "The address is a mailing list whose members could not be worked out.",
     "Look at the list's file or lookup.", "RFC 3463, 3.3"},

    {3, 0, Use::any, "system, unspecified",
     "The system takes mail as a rule, and something about it stands in the way now.",
     "The server's own log says what.", "RFC 3463, 3.4"},
    {3, 1, Use::temporary, "system full", "The disks of the mail system are full.",
     "Make room at once: all mail waits.", "RFC 3463, 3.4"},
    {3, 2, Use::failure, "system takes no messages",
     "The host shuts down, is overloaded or being worked on; with class 5 it never takes mail.",
     "Look at load and at what is planned.", "RFC 3463, 3.4; RFC 7504, 3"},
    {3, 3, Use::failure, "feature not supported",
     "The message asks for something that the system cannot do.",
     "Often a gateway between two kinds of mail.", "RFC 3463, 3.4"},
    {3, 4, Use::permanent, "message too large", "The message exceeds the system's limit.",
     "Raise the limit or use another way for large files.", "RFC 3463, 3.4"},
    {3, 5, Use::failure, "system misconfigured",
     "The system is set up so that it cannot take this message.",
     "Your own mistake if your server says it: often a mail loop to oneself.", "RFC 3463, 3.4"},
    {3, 6, Use::success, "priority changed",
     "Taken over, at another priority than was asked for; the text names it.",
     "Only where MT-PRIORITY is in use.", "RFC 6710"},

    {4, 0, Use::any, "network, unspecified", "Something about the network is wrong.",
     "The text or the server's log says what.", "RFC 3463, 3.5"},
    {4, 1, Use::temporary, "no answer", "The next host did not answer a connection.",
     "Look whether a firewall lies between; else wait.", "RFC 3463, 3.5"},
    {4, 2, Use::temporary, "connection lost",
     "A connection to the next host stood and did not last.",
     "Look at time limits and at packets that are too large for the way.", "RFC 3463, 3.5"},
    {4, 3, Use::temporary, "directory or DNS failure",
     "A directory that the route depends on, as a rule DNS, did not answer.",
     "Look at your resolver.", "RFC 3463, 3.5"},
    {4, 4, Use::failure, "no route",
     "The next host cannot be worked out, for want of a DNS record.",
     "Look at the domain's MX and address records.", "RFC 3463, 3.5"},
    {4, 5, Use::temporary, "congestion", "The mail system is too busy to deliver.",
     "Look at queue and load.", "RFC 3463, 3.5"},
    {4, 6, Use::failure, "mail loop", "The message has come by too many times.",
     "Two forwardings or two servers point at each other.", "RFC 3463, 3.5"},
    {4, 7, Use::failure, "too old", "The message waited longer than it may.",
     "The real cause stands in earlier attempts.", "RFC 3463, 3.5"},
});

}  // namespace

std::span<const EnhancedStatusMeaning> delivery_meanings() noexcept
{
    return kMeanings;
}

}  // namespace mailban
