#include "mailban/survey/line_survey.h"

#include "mailban/ascii_json.h"

#include <algorithm>
#include <numeric>
#include <tuple>

#include <nlohmann/json.hpp>

#include "log_json.h"

namespace mailban {

namespace {

// Members stand in the order in which they are documented.
using json = nlohmann::ordered_json;

// "postfix/smtpd: connect from {host}[{ip}]"
LineShape shape_of_line(std::string_view line, const Reading& reading)
{
    if (!reading.header) return shape_of(line);
    const auto& header = *reading.header;
    if (header.program.empty()) return shape_of(header.message);
    return shape_of(std::string(header.program) + ": " +
                    std::string(header.message.substr(0, kShapedBytes)));
}

template <class Key, class Hash>
std::vector<ShapeRow> shape_rows(const Frequent<Key, Hash>& shapes, std::size_t top)
{
    std::vector<ShapeRow> rows;
    for (auto& [key, row] : shapes.rows())
        rows.push_back({key.silence, key.server, key.shape, row.lines, row.example});
    std::stable_sort(rows.begin(), rows.end(), [](const ShapeRow& a, const ShapeRow& b) {
        return a.shape.likelihood < b.shape.likelihood;
    });
    rows.resize(std::min(rows.size(), top));
    return rows;
}

json to_json(const ShapeRow& row)
{
    return {{"shape", row.shape.text},
            {"lines", row.lines},
            {"likelihood", to_string(row.shape.likelihood)},
            {"server", row.server ? json(to_string(*row.server)) : json(nullptr)},
            {"no_event_reason", to_string(row.silence)},
            {"example", row.example}};
}

json to_json(const std::vector<ShapeRow>& rows)
{
    json list = json::array();
    for (const auto& row : rows)
        list.push_back(to_json(row));
    return list;
}

json logs_json(const LineFindings& findings)
{
    json logs = json::array();
    for (const auto& log : findings.logs)
        logs.push_back(log_json(log));
    return logs;
}

json events_json(const LineFindings& findings)
{
    json events = json::object();
    for (std::size_t index = 0; index < kEventKinds; ++index)
        events[std::string(to_string(static_cast<EventKind>(index)))] = findings.events[index];
    return events;
}

json silent_json(const LineFindings& findings)
{
    json servers = json::object();
    for (std::size_t index = 0; index < kMailServers; ++index) {
        const auto server = static_cast<MailServer>(index);
        if (findings.silent_of(server) == 0) continue;
        json& counts = servers[std::string(to_string(server))] = json::object();
        for (std::size_t silence = 0; silence < kNoEventReasons; ++silence) {
            const auto lines = findings.silent[index][silence];
            if (lines > 0)
                counts[std::string(to_string(static_cast<NoEventReason>(silence)))] = lines;
        }
    }
    return servers;
}

template <std::size_t N>
std::uint64_t sum_of(const std::array<std::uint64_t, N>& counts) noexcept
{
    return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
}

}  // namespace

std::uint64_t LineFindings::events_in_all() const noexcept
{
    return sum_of(events);
}

std::uint64_t LineFindings::silent_of(MailServer server) const noexcept
{
    return sum_of(silent[static_cast<std::size_t>(server)]);
}

std::uint64_t LineFindings::silent_in_all() const noexcept
{
    std::uint64_t all = 0;
    for (const auto& counts : silent)
        all += sum_of(counts);
    return all;
}

LineSurvey::LineSurvey(std::uint64_t hash_seed, std::size_t room)
    : shapes_(room, KeyHash{SeededHash{hash_seed}}),
      headerless_(room, KeyHash{SeededHash{hash_seed}}),
      programs_(room, SeededHash{hash_seed})
{
}

void LineSurvey::add(std::string_view line, const Reading& reading, std::optional<Timestamp> time)
{
    constexpr std::size_t kLongestProgram = 64;
    ++found_.lines;
    const auto silence = no_event_reason(reading, time);
    if (!silence) {
        ++found_.events[static_cast<std::size_t>(reading.event->kind)];
        return;
    }
    if (*silence == NoEventReason::partial_line) return;
    if (!reading.header) {
        ++found_.no_header;
        return headerless_.add({*silence, std::nullopt, shape_of_line(line, reading)}, line,
                               kLongestExample);
    }
    if (!reading.server) {
        ++found_.unknown_server;
        const std::string program(reading.header->program.substr(0, kLongestProgram));
        return programs_.add(program, line, kLongestExample);
    }
    ++found_.silent[static_cast<std::size_t>(*reading.server)][static_cast<std::size_t>(*silence)];
    shapes_.add({*silence, reading.server, shape_of_line(line, reading)}, line, kLongestExample);
}

LineFindings LineSurvey::findings(std::size_t top) const
{
    LineFindings all = found_;
    all.shapes = shape_rows(shapes_, top);
    all.headerless = shape_rows(headerless_, top);
    for (auto& [program, row] : programs_.rows()) {
        if (all.programs.size() == top) break;
        all.programs.push_back({program, row.lines, row.example});
    }
    all.distinct_shapes = shapes_.size();
    all.distinct_headerless = headerless_.size();
    all.distinct_programs = programs_.size();
    all.missed = std::max({shapes_.missed(), headerless_.missed(), programs_.missed()});
    return all;
}

std::string to_json(const LineFindings& findings)
{
    json programs = json::array();
    for (const auto& row : findings.programs)
        programs.push_back(
            {{"program", row.program}, {"lines", row.lines}, {"example", row.example}});
    return ascii_json<json>({{"type", "log"},
                             {"logs", logs_json(findings)},
                             {"lines", findings.lines},
                             {"events", events_json(findings)},
                             {"lines_without_event", silent_json(findings)},
                             {"shapes", to_json(findings.shapes)},
                             {"distinct_shapes", findings.distinct_shapes},
                             {"unknown_program_lines", findings.unknown_server},
                             {"programs", std::move(programs)},
                             {"distinct_programs", findings.distinct_programs},
                             {"lines_without_header", findings.no_header},
                             {"shapes_without_header", to_json(findings.headerless)},
                             {"distinct_shapes_without_header", findings.distinct_headerless},
                             {"max_count_error", findings.missed}});
}

}  // namespace mailban
