#include "mailban/smtp/meaning.h"

#include <array>

namespace mailban {

namespace {

using Use = StatusUse;

constexpr auto kDeliveryMeanings = std::to_array<EnhancedStatusMeaning>({
    {0, 0, Use::any, "undefined", "Only the class is known.",
     "Read the text; only the reply code and the text say more.", "RFC 3463, 3.1"},

    {1, 0, Use::any, "address, unspecified", "Something about an address in the command is wrong.",
     "The text or the server's log says what.", "RFC 3463, 3.2"},
    {1, 1, Use::permanent, "no such mailbox", "The part before the @ is no user of this server.",
     "Many of them from one client: it tries which addresses exist.", "RFC 3463, 3.2"},
    {1, 2, Use::permanent, "no such mail domain",
     "The part after the @ does not exist or accepts no mail.",
     "A typing error of the sender, or a domain that was removed from DNS.", "RFC 3463, 3.2"},
    {1, 3, Use::permanent, "malformed recipient", "The recipient's address breaks the syntax.",
     "Usually a script with an error, rarely a person.", "RFC 3463, 3.2"},
    {1, 4, Use::failure, "ambiguous recipient", "The address fits more than one mailbox.",
     "Check aliases and lookups that accept similar names.", "RFC 3463, 3.2"},
    {1, 5, Use::success, "recipient valid", "The address is good.", "As it should be.",
     "RFC 3463, 3.2"},
    {1, 6, Use::permanent, "mailbox moved away",
     "The mailbox was here earlier; the reply does not say where it is now.",
     "The sender has to find the new address.", "RFC 3463, 3.2"},
    {1, 7, Use::failure, "malformed sender", "The sender's address breaks the syntax.",
     "Broken or hostile software; nothing that bounces could be returned to it.", "RFC 3463, 3.2"},
    {1, 8, Use::failure, "bad sender domain",
     "The sender's domain does not exist or takes no mail back.",
     "Usual with forged senders; a 4xx means DNS did not answer.", "RFC 3463, 3.2"},
    {1, 9, Use::any, "handed to a foreign system",
     "The message was sent on to a system that reports nothing back.",
     "Its delivery cannot be followed further.", "RFC 3886"},
    {1, 10, Use::permanent, "recipient domain takes no mail",
     "The recipient's domain says in DNS (null MX) that it accepts none.",
     "The sender has to correct the address.", "RFC 7505; RFC 7504, 4"},

    {2, 0, Use::any, "mailbox, unspecified", "The mailbox exists, and something about it is wrong.",
     "The text or the server's log says what.", "RFC 3463, 3.3"},
    {2, 1, Use::failure, "mailbox disabled",
     "The mailbox exists, but accepts no mail: permanently, or temporarily with class 4.",
     "Check whether it was disabled.", "RFC 3463, 3.3"},
    {2, 2, Use::temporary, "mailbox full", "The user is over the quota.",
     "The user has to delete mail, or you raise the quota.", "RFC 3463, 3.3"},
    {2, 3, Use::permanent, "message too large for the mailbox",
     "The message exceeds this mailbox's limit, which is below the system's.",
     "Raise the limit or use another way for large files.", "RFC 3463, 3.3"},
    {2, 4, Use::failure, "list cannot be expanded",
     "The address is a mailing list whose members could not be determined.",
     "Check the list's file or lookup.", "RFC 3463, 3.3"},

    {3, 0, Use::any, "system, unspecified",
     "The system accepts mail in general, but has a problem now.",
     "The server's own log says what.", "RFC 3463, 3.4"},
    {3, 1, Use::temporary, "system full", "The disks of the mail system are full.",
     "Free disk space at once: all mail waits.", "RFC 3463, 3.4"},
    {3, 2, Use::failure, "system takes no messages",
     "The host shuts down, is overloaded or under maintenance; with class 5 it never accepts mail.",
     "Check the load and planned maintenance.", "RFC 3463, 3.4; RFC 7504, 3"},
    {3, 3, Use::failure, "feature not supported",
     "The message asks for something that the system cannot do.",
     "Often a gateway between two kinds of mail.", "RFC 3463, 3.4"},
    {3, 4, Use::permanent, "message too large", "The message exceeds the system's limit.",
     "Raise the limit or use another way for large files.", "RFC 3463, 3.4"},
    {3, 5, Use::failure, "system misconfigured",
     "The configuration of the system does not allow this message.",
     "If your own server says it, check its configuration: often a mail loop to itself.",
     "RFC 3463, 3.4"},
    {3, 6, Use::success, "priority changed",
     "Accepted with another priority than requested; the text names it.",
     "Only where MT-PRIORITY is in use.", "RFC 6710"},

    {4, 0, Use::any, "network, unspecified", "Something about the network is wrong.",
     "The text or the server's log says what.", "RFC 3463, 3.5"},
    {4, 1, Use::temporary, "no answer", "The next host did not answer a connection.",
     "Check for a firewall on the path; otherwise wait.", "RFC 3463, 3.5"},
    {4, 2, Use::temporary, "connection lost", "A connection to the next host was lost.",
     "Check time limits, and packets that are too large for the path.", "RFC 3463, 3.5"},
    {4, 3, Use::temporary, "directory or DNS failure",
     "A directory that the route needs, usually DNS, did not answer.", "Check your resolver.",
     "RFC 3463, 3.5"},
    {4, 4, Use::failure, "no route", "The next host is unknown, because a DNS record is missing.",
     "Check the domain's MX and address records.", "RFC 3463, 3.5"},
    {4, 5, Use::temporary, "congestion", "The mail system is too busy to deliver.",
     "Check queue and load.", "RFC 3463, 3.5"},
    {4, 6, Use::failure, "mail loop", "The message has passed this server too many times.",
     "Two forwardings or two servers point at each other.", "RFC 3463, 3.5"},
    {4, 7, Use::failure, "too old", "The message waited longer than it may.",
     "The log lines of earlier attempts show the real cause.", "RFC 3463, 3.5"},
});

}  // namespace

std::span<const EnhancedStatusMeaning> delivery_meanings() noexcept
{
    return kDeliveryMeanings;
}

}  // namespace mailban
