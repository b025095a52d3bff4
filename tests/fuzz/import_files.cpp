// Any bytes as fail2ban's and csf's files: an error or settings that a configuration can have.
#include "mailban/import/csf.h"
#include "mailban/import/fail2ban.h"

#include <cstdlib>
#include <string>
#include <string_view>

namespace {

void check(const mailban::Imported& imported)
{
    const auto loaded = mailban::load_config("sources: auto\n", "mailban.yaml");
    const auto& config = std::get<mailban::Config>(loaded);
    const auto plan = mailban::plan_import(
        imported, config, [](const std::string&) { return mailban::LogState::followed; });
    const auto text = mailban::amend("sources: auto\n", "mailban.yaml", {}, plan.amendment);
    if (!text && text.error().message.empty()) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size)
{
    const std::string text(reinterpret_cast<const char*>(data), size);
    const auto half = text.size() / 2;
    const auto jails = mailban::read_fail2ban(
        {{"jail.conf", text.substr(0, half)}, {"jail.local", text.substr(half)}});
    if (jails) check(jails->imported);
    const auto lists = mailban::read_csf({{"csf.conf", text.substr(0, half)},
                                          {"csf.deny", text.substr(half)},
                                          {"csf.allow", text},
                                          {"csf.tempban", text.substr(half)}},
                                         mailban::Timestamp());
    if (lists) check(*lists);
    return 0;
}
