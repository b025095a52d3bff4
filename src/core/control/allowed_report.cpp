#include "mailban/control/allowed_report.h"

#include "mailban/or_null.h"
#include "mailban/time/time_or_null.h"

#include <utility>

#include "allowed_json.h"

namespace mailban {

namespace {

using json = nlohmann::ordered_json;

json to_json(const AllowFileReport& file)
{
    return {{"file", file.file}, {"prefixes", file.prefixes}, {"problems", file.problems}};
}

json to_json(const HostNameReport& name)
{
    return {{"name", name.name}, {"addresses", name.addresses}, {"problem", or_null(name.problem)}};
}

template <class Each>
json list_of(const std::vector<Each>& all)
{
    json list = json::array();
    for (const Each& one : all)
        list.push_back(to_json(one));
    return list;
}

}  // namespace

json allowed_json(const Allowed& entry)
{
    const auto& [prefix, origin, source, line, reason, since, until] = entry;
    return {{"prefix", prefix.to_string()},
            {"address", prefix.is_host() ? prefix.base().to_string() : prefix.to_string()},
            {"origin", to_string(origin)},
            {"source", or_null(source)},
            {"line", line > 0 ? json(line) : json()},
            {"since", origin == AllowOrigin::manual ? json(format_timestamp(since)) : json()},
            {"until", or_null(until)},
            {"reason", or_null(reason)}};
}

std::string reply_with(const AllowedReport& report)
{
    json entries = json::array();
    for (const Allowed& entry : report.entries)
        entries.push_back(allowed_json(entry));
    const json result{{"entries", std::move(entries)},
                      {"files", list_of(report.files)},
                      {"names", list_of(report.names)}};
    const json reply{
        {"ok", true}, {"result", result}, {"next", report.next ? json(*report.next) : json()}};
    return reply.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace mailban
