// Any bytes as a request to the ufw helper, or as its answer: what is taken is what would be
// written.
#include "mailban/firewall/ufw_request.h"

#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size)
{
    const std::string_view line(reinterpret_cast<const char*>(data), size);
    const auto request = mailban::parse_ufw_request(line);
    if (request && mailban::to_line(*request) != std::string(line) + '\n') std::abort();
    const auto reply = mailban::parse_ufw_reply(line);
    if (reply && mailban::ufw_reply(reply) != std::string(line) + '\n') std::abort();
    return 0;
}
