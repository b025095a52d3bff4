#include "io/daemon/event_log.h"

#include "mailban/hook/journal_fields.h"

#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <syslog.h>
#include <systemd/sd-journal.h>
#include <unistd.h>

#include <cstdlib>
#include <utility>

namespace mailban::io {

namespace {

bool is_journal_stream(int descriptor)
{
    const char* const stream = std::getenv("JOURNAL_STREAM");
    struct stat st = {};
    if (stream == nullptr || ::fstat(descriptor, &st) != 0) return false;
    return stream == std::to_string(st.st_dev) + ':' + std::to_string(st.st_ino);
}

int priority_of(spdlog::level::level_enum level)
{
    if (level >= spdlog::level::err) return LOG_ERR;
    if (level == spdlog::level::warn) return LOG_WARNING;
    return level == spdlog::level::info ? LOG_INFO : LOG_DEBUG;
}

bool send_to_journal(std::vector<std::string>& fields)
{
    std::vector<iovec> parts;
    parts.reserve(fields.size());
    for (std::string& field : fields)
        parts.push_back({field.data(), field.size()});
    // In brackets: the macro of this name adds where in the source it stands.
    return (sd_journal_sendv)(parts.data(), static_cast<int>(parts.size())) == 0;
}

}  // namespace

EventLog::EventLog() : is_journal_(is_journal_stream(STDERR_FILENO)) {}

void EventLog::note(spdlog::level::level_enum level, const std::string& text,
                    const std::optional<HookEvent>& hook_event, const std::string& log) const
{
    write(level, text, hook_event ? journal_fields(*hook_event) : std::vector<std::string>(), log);
}

bool EventLog::shows_events() const
{
    return spdlog::should_log(spdlog::level::debug);
}

void EventLog::note(const Event& event, const std::string& log) const
{
    write(spdlog::level::debug, debug_text(event), journal_fields(event), log);
}

void EventLog::write(spdlog::level::level_enum level, const std::string& text,
                     std::vector<std::string> fields, const std::string& log) const
{
    if (!spdlog::should_log(level)) return;
    const std::string message = log.empty() ? text : text + " (log " + log + ")";
    if (is_journal_ && !fields.empty()) {
        fields.push_back("MESSAGE=" + message);
        fields.push_back("PRIORITY=" + std::to_string(priority_of(level)));
        if (!log.empty()) fields.push_back("MAILBAN_LOG=" + log);
        if (send_to_journal(fields)) return;
    }
    spdlog::log(level, "{}", message);
}

}  // namespace mailban::io
