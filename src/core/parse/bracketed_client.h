// The client as Sendmail and Cyrus print it: "mail.example [192.0.2.7]", or "[192.0.2.7]" where its
// address has no name.
#pragma once

#include "mailban/net/ip_address.h"

#include <optional>
#include <string_view>

namespace mailban {

// Eats the client at the front of `text`. The name cannot hold a blank or a bracket: resolvers
// refuse such names, and Sendmail drops such characters from an ident reply that it puts in front
// ("fred@mail.example [192.0.2.7]", "fred@[192.0.2.7]"). A name that looks like an address is still
// a name.
std::optional<IpAddress> take_bracketed_client(std::string_view& text) noexcept;

}  // namespace mailban
